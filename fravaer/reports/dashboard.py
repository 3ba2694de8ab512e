"""What does a quarter or a school year show of a unit?

The blocks of the page that area managers, social services and school leaders open, and of every file made of it: all counted
in cells that were drawn by the percentage room's own definitions (`drawn`, `cells`), and only arranged here. The method *days*
stands beside the ministry's, each figure names its own, and what may not be told is not in the answer at all.

A pupil belongs to the group with a social measure when a measure was in force on any day of the period; all her days in the
period then count. All pupils include those with a measure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from fravaer.absence import percentage
from fravaer.accounts.roles import Action
from fravaer.core.periods import Period, Quarter, a_year_before
from fravaer.core.scope import Scope
from fravaer.reports import bands, cells, drawn, footnotes, targets, values
from fravaer.reports.asked import STAGES, Asked
from fravaer.reports.blocks import (
    Band,
    Bands,
    Dashboard,
    Pair,
    Point,
    Reason,
    SchoolRow,
    Total,
    Value,
    YearRow,
)
from fravaer.reports.cells import Counted, Reach, Sums
from fravaer.reports.drawn import AT_ONCE, Drawn
from fravaer.reports.hiding import Hiding, measured
from fravaer.reports.modes import Mode
from fravaer.reports.units import WHOLE, Key
from fravaer.schools.models import Area, School

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
    draws = drawn.current(page.periods, now, after)
    page.read(draws)
    return page.dashboard()


class _Page:
    """One page while it is put together: the two spans of days laid side by side, and the points of the lines."""

    def __init__(self, asked: Asked, scope: Scope, *, today: date, mode: Mode) -> None:
        self.asked, self.scope, self.today, self.mode = asked, scope, today, mode
        self.counted = percentage.spent(asked.period, today)
        self.earlier = a_year_before(self.counted)
        self.quarters = _quarters(asked, today)
        self.point_periods = [percentage.spent(quarter.period, today) for quarter in self.quarters]
        self.periods = list(dict.fromkeys([self.counted, self.earlier, *self.point_periods]))
        # Of everybody's schools, not only the reader's: what is hidden is the same for all.
        self.area_of = dict(School.objects.values_list("pk", "area_id"))
        self.is_own = scope.persons and not scope.municipality
        self.own = frozenset(asked.schools) if self.is_own else frozenset()

    def read(self, draws: Sequence[Drawn]) -> None:
        by_period = {one.period: one for one in draws}
        self.drawn_now, self.drawn_before = by_period[self.counted], by_period[self.earlier]
        self.points = [by_period[period] for period in self.point_periods]
        self.cells = cells.counted(
            [one.id for one in draws],
            [self.drawn_now.id, self.drawn_before.id],
            self.asked.schools,
            self.asked.years,
        )
        self.now, self.before = self._counted(self.drawn_now), self._counted(self.drawn_before)
        self.hiding = Hiding(self.now, self.area_of, self.mode, self.own)
        self.hiding_before = Hiding(self.before, self.area_of, self.mode, self.own)
        since = min(period.since for period in self.periods)
        self.aims = targets.over(Period(since, max(self.asked.period.until, since)))
        self.last_day = max(self.counted.since, self.counted.until - timedelta(days=1))
        keys: list[Key] = [WHOLE, *dict.fromkeys(self._keys())]
        self.footnotes = footnotes.under(keys, self.asked.period)
        self.marks = footnotes.marks(self.footnotes)

    def dashboard(self) -> Dashboard:
        key = self.asked.place.key
        total = self.now.of_schools(self.asked.schools)
        hides, hid = self.hiding.hides(key), self.hiding_before.hides(key)
        return Dashboard(
            asked=self.asked,
            counted=self.counted,
            earlier=self.earlier,
            drawn_at=self.drawn_now.at,
            frozen=None,
            since_frozen=None,
            total=self._total(total, hides, hid),
            reasons=self._reasons(total, hides, hid),
            measure=self._measure(),
            bands=self._bands(hides, hid),
            areas=self._areas(),
            schools=self._rows(),
            years=self._years(hides),
            quality=None,
            efforts=None,
            footnotes=tuple(self.footnotes),
            notes=(),
            is_empty=total.tally.possible == 0,
        )

    def _counted(self, draw: Drawn, measured: bool = False) -> Counted:
        return self.cells[draw.id, measured]

    def _keys(self) -> Iterable[Key]:
        yield self.asked.place.key
        if self.asked.place.key == WHOLE:
            yield from (("area", area.pk) for area in self.asked.choices.areas)
        yield from (("school", school) for school in self.asked.schools)

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
            median=values.median("total.median", self.now.shares, now, hidden=hides),
            ministry=values.ministry("total.ministry", now, hidden=hides),
            before=earlier,
            before_days=values.days("total.before_days", before, hidden=hid),
            before_ministry=values.ministry("total.before_ministry", before, hidden=hid),
            change=values.change("total.change", percent, earlier),
            target=target,
            distance=_distance(percent, target),
            municipality=whole,
            country=None,
            line=self._line(key, self.asked.schools),
        )

    def _line(self, key: Key, schools: Iterable[int]) -> tuple[Point, ...]:
        """The unit's percent in each quarter. Hidden where it is now: what was small may be told of by what it has become."""
        hides = self.hiding.hides(key)
        wanted = set(schools)
        found = []
        for quarter, period, draw in zip(self.quarters, self.point_periods, self.points, strict=True):
            sums = Sums()
            for school, one in self._counted(draw).cells_of_school.items():
                if school in wanted:
                    sums += one
            # As many half-days as so many pupils have in a week, or the point is of too few.
            hidden = hides or (not self.is_own and 0 < sums.pupils < self.mode.group)
            value = values.percent("", sums, hidden=hidden)
            target = self.aims.of(key, max(period.since, period.until - timedelta(days=1)))
            found.append(
                Point(
                    quarter,
                    value.shown,
                    target,
                    value.is_uncertain,
                    is_hidden=value.is_hidden,
                    is_running=period.until < quarter.period.until,
                )
            )
        return tuple(found)

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
        some = self._counted(self.drawn_now, measured=True)
        by_area: dict[int, list[int]] = {}
        for school, area in self.area_of.items():
            by_area.setdefault(area, []).append(school)
        whole = self.now.of_schools(self.area_of), some.of_schools(self.area_of)
        areas = {
            area: (self.now.of_schools(schools), some.of_schools(schools))
            for area, schools in by_area.items()
        }
        hidden = measured(areas, whole, self.mode)
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
                for area in self._shown_areas()
            ]
        if self.asked.place.key == WHOLE:
            stages = {
                place: (self.now.of_years(years), some.of_years(years))
                for place, years in enumerate(STAGES.values())
            }
            hidden_stages = measured(stages, whole, self.mode)
            pairs += [
                self._pair(
                    "stage",
                    name,
                    f"measure.stage.{name}",
                    stages[place],
                    hidden_stages is None or place in hidden_stages,
                    WHOLE,
                )
                for place, name in enumerate(STAGES)
                if stages[place][0].pupils
            ]
        return tuple(pairs)

    def _pair(self, kind: str, name: str, code: str, pair: tuple[Sums, Sums], hidden: bool, key: Key) -> Pair:
        everybody, some = pair
        hides = self.hiding.hides(key)
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
        return Bands(
            now=self._spread("band", self.now, self.hiding, hides),
            before=self._spread("band.before", self.before, self.hiding_before, hid),
            over_ten=self._over_ten("over_ten", self.now, self.hiding, hides),
            over_ten_before=self._over_ten("over_ten.before", self.before, self.hiding_before, hid),
            country=None,
            version=bands.VERSION,
        )

    def _spread(self, code: str, of: Counted, hiding: Hiding, hides: bool) -> tuple[Band, ...]:
        counts = bands.counts(of.shares)
        hidden = hiding.few(counts, self.is_own)
        sums = of.of_schools(self.asked.schools)
        return tuple(
            Band(
                name=limits.name,
                share=values.share(
                    f"{code}.{limits.name}",
                    Reach(pupils, sum(counts)),
                    sums,
                    hidden=hides or place in hidden,
                ),
                count=values.count(
                    f"{code}.{limits.name}.count", pupils, sum(counts), hidden=hides or place in hidden
                ),
            )
            for place, (limits, pupils) in enumerate(zip(bands.BANDS, counts, strict=True))
        )

    def _over_ten(self, code: str, of: Counted, hiding: Hiding, hides: bool) -> Value:
        over = sum(pupils for one, pupils in of.shares.items() if one >= cells.OVER_TEN)
        pupils = sum(of.shares.values())
        few = hiding.few((over, pupils - over), self.is_own)
        return values.share(
            code, Reach(over, pupils), of.of_schools(self.asked.schools), hidden=hides or bool(few)
        )

    # Blocks 5 and 6.

    def _shown_areas(self) -> list[Area]:
        by, pk = self.asked.place.key
        areas = self.asked.choices.areas
        return list(areas) if by == "all" else [area for area in areas if by == "area" and area.pk == pk]

    def _areas(self) -> tuple[SchoolRow, ...]:
        if self.asked.place.key != WHOLE or len(self.asked.choices.areas) < 2:
            return ()
        reaches, _schools = self.now.reach_by_school(), 0
        found = []
        for area in self.asked.choices.areas:
            schools = [school for school, of in self.area_of.items() if of == area.pk]
            reach = _together(reaches, schools)
            hidden = bool(self.hiding.few((reach.over_ten, reach.pupils - reach.over_ten), self.is_own))
            found.append(self._row("area", ("area", area.pk), area.name, area.code, schools, reach, hidden))
        return tuple(found)

    def _rows(self) -> tuple[SchoolRow, ...]:
        if self.asked.place.key[0] == "school":
            return ()
        reaches = self.now.reach_by_school()
        hidden = self.hiding.reaches(reaches, self.is_own)
        return tuple(
            self._row(
                "school",
                ("school", school.pk),
                school.name,
                str(school.pk),
                [school.pk],
                reaches.get(school.pk, Reach()),
                school.pk in hidden,
            )
            for school in self.asked.named()
        )

    def _row(
        self,
        kind: str,
        key: Key,
        name: str,
        code: str,
        schools: Sequence[int],
        reach: Reach,
        hides_reach: bool,
    ) -> SchoolRow:
        now, before = self.now.of_schools(schools), self.before.of_schools(schools)
        hides, hid = self.hiding.hides(key), self.hiding_before.hides(key)
        stem = f"{kind}.{key[1]}"
        percent = values.percent(f"{stem}.percent", now, hidden=hides)
        earlier = values.percent(f"{stem}.before", before, hidden=hid)
        target = self.aims.of(key, self.last_day)
        distance = _distance(percent, target)
        return SchoolRow(
            kind=kind,  # type: ignore[arg-type]
            key=key,
            name=name,
            code=code,
            percent=percent,
            days=values.days(f"{stem}.days", now, hidden=hides),
            before=earlier,
            change=values.change(f"{stem}.change", percent, earlier),
            over_ten=values.share(f"{stem}.over_ten", reach, now, hidden=hides or hides_reach),
            unlawful=values.percent(f"{stem}.unlawful", now, absent=now.tally.unlawful, hidden=hides),
            coverage=values.coverage(f"{stem}.coverage", now, hidden=hides),
            timely=None,
            line=self._line(key, schools),
            target=target,
            distance=distance,
            against=None
            if distance is None
            else "over"
            if distance.is_over
            else "under"
            if distance.is_under
            else "at",
            notes=self.marks.get(key, ()),
        )

    def _years(self, hides: bool) -> tuple[YearRow, ...]:
        found = self.now.by_year()
        hidden = self.hiding.years(found, self.is_own)
        return tuple(
            YearRow(
                year_group=year,
                percent=values.percent(f"year.{year}.percent", sums, hidden=hides or year in hidden),
                **{
                    key: values.percent(
                        f"year.{year}.{key}",
                        sums,
                        absent=getattr(sums.tally, key),
                        hidden=hides or year in hidden,
                    )
                    for key in REASONS
                },
            )
            for year, sums in sorted(found.items())
            if sums.pupils
        )


def _quarters(asked: Asked, today: date) -> list[Quarter]:
    """The eight quarters that end with the one asked for; of a school year with its last that has begun."""
    last = asked.name if isinstance(asked.name, Quarter) else Quarter.of(date(asked.name.year + 1, 4, 1))
    if not isinstance(asked.name, Quarter) and last.since > today:
        last = max(Quarter.of(today), Quarter.of(asked.name.since))
    found = [last]
    while len(found) < POINTS:
        found.append(found[-1].previous())
    return found[::-1]


def _distance(percent: Value, target: int | None) -> targets.Distance | None:
    if target is None or percent.shown is None:
        return None
    return targets.distance(percent.shown, percent.pupils or 0, target)


def _together(reaches: Mapping[int, Reach], schools: Iterable[int]) -> Reach:
    found = [reaches[school] for school in schools if school in reaches]
    return Reach(sum(one.over_ten for one in found), sum(one.pupils for one in found))
