"""What does a quarter or a school year show of a unit?

The blocks of the page that area managers, social services and school leaders open, and of every file made of it: all counted
in cells that were drawn by the percentage room's own definitions (`drawn`, `cells`), and only arranged here. The method *days*
stands beside the ministry's, each figure names its own, and what may not be told is not in the answer at all.

A pupil belongs to the group with a social measure when a measure was in force on any day of the period; all her days in the
period then count. All pupils include those with a measure.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from fravaer.accounts.roles import Action
from fravaer.core.periods import SchoolYear
from fravaer.core.scope import Scope
from fravaer.reports import bands, drawn, initiatives, lines, quality, references, values
from fravaer.reports.asked import STAGES, Asked
from fravaer.reports.blocks import (
    Band,
    Bands,
    Dashboard,
    Pair,
    Reason,
    Total,
    Value,
)
from fravaer.reports.cells import Counted, Reach, Sums
from fravaer.reports.drawn import AT_ONCE
from fravaer.reports.hiding import measured, merged
from fravaer.reports.merging import Detail
from fravaer.reports.modes import Mode
from fravaer.reports.reading import Reading, distance_of
from fravaer.reports.references import Measure
from fravaer.reports.units import WHOLE, Key

__all__ = ["Dashboard", "Value", "dashboard"]

POINTS = 8
REASONS = ("illness", "leave", "unlawful", "pending")


def dashboard(
    asked: Asked, scope: Scope, *, today: date, now: datetime, mode: Mode, after: timedelta = AT_ONCE
) -> Dashboard:
    """What is asked, as far as the period has come by `today`, hidden as `mode` wants it for this reader.

    Draws older than `after` are made anew where they no longer hold.
    """
    page = _Page(asked, scope, today=today, mode=mode)
    draws = drawn.current(page.periods, now, after, whole=page.counted)
    page.read(draws)
    return page.dashboard()


class _Page(Reading):
    """The blocks of one page."""

    def dashboard(self) -> Dashboard:
        self.country = references.latest(SchoolYear.of(self.last_day).year)
        key = self.asked.place.key
        agreed = self._initiatives()
        total = self.now.of_schools(self.asked.schools)
        hides, hid = self.hiding.hides(key), self.hiding_before.hides(key)
        whole = self._total(total, hides, hid)
        return Dashboard(
            asked=self.asked,
            counted=self.counted,
            earlier=self.earlier,
            drawn_at=self.drawn_now.at,
            frozen=self.source.summary if self.source else None,
            since_frozen=self.since_frozen(whole.percent),
            total=whole,
            reasons=self._reasons(total, hides, hid),
            measure=self._measure(),
            bands=self._bands(hides, hid),
            areas=lines.areas(self),
            schools=lines.schools(self),
            years=lines.years(self, hides),
            quality=quality.quality(
                self.besides, self.asked.schools, total, is_own=self.is_own, hidden=hides
            ),
            efforts=quality.efforts(
                quality.Work(self.besides, 0 if self.is_own else self.mode.part),
                key,
                self.asked.schools,
                [line for line in agreed if key[0] != "school" or line.row.school_id == key[1]],
            ),
            footnotes=tuple(self.footnotes),
            initiatives=tuple(agreed),
            notes=(),
            is_empty=total.tally.possible == 0,
        )

    def _initiatives(self) -> list[initiatives.Line]:
        """What was agreed after the asked quarter, or after any quarter of the school year."""
        area = self.asked.area
        return initiatives.of_period(
            self.asked.period, self.scope, None if area is None else [area.pk], self.today
        )

    # Block 1.

    def _total(self, now: Sums, hides: bool, hid: bool) -> Total:
        key = self.asked.place.key
        before = self.before.of_schools(self.asked.schools)
        percent = values.percent("total.percent", now, hidden=hides)
        earlier = values.percent("total.before", before, hidden=hid)
        target = self.aims.of(key, self.last_day)
        whole = None
        if key != WHOLE:
            whole = values.percent(
                "total.municipality", self.now.of_schools(self.area_of), hidden=self.hiding.hides(WHOLE)
            )
        return Total(
            percent=percent,
            days=values.days("total.days", now, hidden=hides),
            median=values.median("total.median", self.now, now, hidden=hides),
            ministry=values.ministry("total.ministry", now, hidden=hides),
            before=earlier,
            before_days=values.days("total.before_days", before, hidden=hid),
            before_ministry=values.ministry("total.before_ministry", before, hidden=hid),
            change=values.change("total.change", percent, earlier),
            enrolled=values.count("total.enrolled", now.pupils, hidden=hides),
            coverage=values.coverage("total.coverage", now, hidden=hides),
            target=target,
            distance=distance_of(percent, target),
            municipality=whole,
            country=self.country.get(Measure.PERCENT),
            line=self.line(key, self.asked.schools),
        )

    # Block 2.

    def _reasons(self, now: Sums, hides: bool, hid: bool) -> tuple[Reason, ...]:
        before = self.before.of_schools(self.asked.schools)

        def reason(key: str) -> Reason:
            absent, was = getattr(now.tally, key), getattr(before.tally, key)
            return Reason(
                key=key,  # type: ignore[arg-type]
                percent=values.percent(f"reason.{key}", now, absent=absent, hidden=hides),
                days=values.days(f"reason.{key}.days", now, absent=absent, hidden=hides),
                before=values.percent(f"reason.{key}.before", before, absent=was, hidden=hid),
                before_days=values.days(f"reason.{key}.before_days", before, absent=was, hidden=hid),
            )

        return tuple(reason(key) for key in REASONS)

    # Block 3.

    def _measure(self) -> tuple[Pair, ...] | None:
        """The municipality's pupils with a measure beside all, as far as the reader may have it; None of who may not."""
        if not self.scope.may(Action.MEASURE_SPLIT):
            return None
        some = self.of(self.drawn_now, measured=True)
        by_area: dict[int, list[int]] = {}
        for school, area in self.area_of.items():
            by_area.setdefault(area, []).append(school)
        whole = self.now.of_schools(self.area_of), some.of_schools(self.area_of)
        areas = {
            area: (self.now.of_schools(schools), some.of_schools(schools))
            for area, schools in by_area.items()
        }
        hidden = measured(areas, whole, self.mode)
        if self.asked.years is not None:
            # Areas by year groups could be set against each other.
            hidden = None
        pairs = [self._pair("municipality", "", "measure.municipality", whole, hidden is None, WHOLE)]
        if self.scope.may(Action.MEASURE_SPLIT_AREA):
            pairs += [
                self._pair(
                    "area",
                    area.name,
                    f"measure.area.{area.pk}",
                    areas.get(area.pk, (Sums(), Sums())),
                    hidden is None or area.pk in hidden,
                    ("area", area.pk),
                )
                for area in lines.shown_areas(self)
            ]
        if self.asked.place.key == WHOLE:
            stages = {
                place: (self.now.of_years(years), some.of_years(years))
                for place, years in enumerate(STAGES.values())
            }
            hidden_stages = None if hidden is None else measured(stages, whole, self.mode)
            pairs += [
                self._pair(
                    "stage",
                    name,
                    f"measure.stage.{name}",
                    stages[place],
                    hidden_stages is None or place in hidden_stages,
                    WHOLE,
                    STAGES[name],
                )
                for place, name in enumerate(STAGES)
                if stages[place][0].pupils
            ]
        return tuple(pairs)

    def _pair(
        self,
        kind: str,
        name: str,
        code: str,
        pair: tuple[Sums, Sums],
        hidden: bool,
        key: Key,
        years: tuple[int, ...] | None = None,
    ) -> Pair:
        everybody, some = pair
        hides = self.hiding.hides_of(key, years or self.asked.years)
        return Pair(
            kind=kind,  # type: ignore[arg-type]
            name=name,
            everybody=values.percent(f"{code}.everybody", everybody, hidden=hides),
            everybody_days=values.days(f"{code}.everybody_days", everybody, hidden=hides),
            with_measure=values.percent(f"{code}.with_measure", some, hidden=hidden or hides),
            with_measure_days=values.days(f"{code}.with_measure_days", some, hidden=hidden or hides),
        )

    # Block 4.

    def _bands(self, hides: bool, hid: bool) -> Bands:
        key = self.asked.place.key
        now, before = self.hiding.detail(key), self.hiding_before.detail(key)
        # Side by side both years have the same bands; a year that may not be told does not coarsen the other.
        detail = min([one for one in (now, before) if one] or [now])
        return Bands(
            now=self._spread("band", self.now, detail, hidden=hides or not now),
            before=self._spread("band.before", self.before, detail, hidden=hid or not before),
            over_ten=self._over_ten("over_ten", self.now, hidden=hides or not now),
            over_ten_before=self._over_ten("over_ten.before", self.before, hidden=hid or not before),
            country=self.country.get(Measure.OVER_TEN),
            version=bands.VERSION,
        )

    def _spread(self, code: str, of: Counted, detail: Detail, *, hidden: bool) -> tuple[Band, ...]:
        counts = of.banded
        sums = of.of_schools(self.asked.schools)
        return tuple(
            Band(
                name=name,
                share=values.share(f"{code}.{name}", Reach(pupils, sum(counts)), sums, hidden=hidden),
                count=values.count(f"{code}.{name}.count", pupils, sum(counts), hidden=hidden),
            )
            for name, pupils in merged(counts, detail)
        )

    def _over_ten(self, code: str, of: Counted, *, hidden: bool) -> Value:
        reach = of.reach_of_schools(self.asked.schools)
        return values.share(code, reach, of.of_schools(self.asked.schools), hidden=hidden)
