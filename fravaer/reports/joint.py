"""How has absence gone over the years, by reason, stage, season and social measure?

What the school and the social administration analyse together each October: up to twenty quarters of the municipality, or of one
area, by year groups as the ministry stages them, by the reasons of the law, and of all pupils or of those with a social measure.
Sums over the quarters' drawn cells; what is too small is not in the answer. Quarters of the same number are one season: absence
of a winter is compared with winters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from fravaer.absence import percentage
from fravaer.core.periods import Quarter
from fravaer.reports import cells, drawn, frozen, patterns, values
from fravaer.reports.asked import STAGES
from fravaer.reports.blocks import Value
from fravaer.reports.cells import Counted, Sums
from fravaer.reports.hiding import measured
from fravaer.reports.modes import Mode
from fravaer.reports.patterns import Told
from fravaer.reports.units import WHOLE, Key
from fravaer.schools.models import School

MOST = 20
REASONS = ("illness", "leave", "unlawful", "pending")
# All pupils of the unit, whatever their stage.
ALL_STAGES = ""

Reason = Literal["", "illness", "leave", "unlawful", "pending"]


@dataclass(frozen=True, slots=True)
class Group:
    """A stage's figures, one for each quarter, oldest first."""

    stage: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Season:
    """Quarters of one number together: a stage's half-days of them all, divided once."""

    number: int
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Joint:
    """The analysis. Each table has the whole first, then the stages."""

    quarters: tuple[Quarter, ...]
    stages: tuple[str, ...]
    # Of all pupils, and of those with a social measure where the reader may have them.
    everybody: tuple[Group, ...]
    with_measure: tuple[Group, ...] | None
    seasons: tuple[Season, ...]
    seasons_with_measure: tuple[Season, ...] | None
    # The last quarter by reason: a group for each stage, a value for each of REASONS.
    by_reason: tuple[Group, ...]
    by_reason_with_measure: tuple[Group, ...] | None
    drawn_at: datetime
    is_empty: bool


def joint(
    last: Quarter,
    count: int,
    reason: Reason,
    place: Key,
    schools: Collection[int] | None,
    *,
    measure: bool,
    today: date,
    now: datetime,
    mode: Mode,
    after: timedelta,
) -> Joint:
    """The `count` quarters that end with `last`, of one reason or of all together (""); of these schools, or of all.

    Raises ValueError for fewer than one quarter or more than twenty.
    """
    if not 1 <= count <= MOST:
        raise ValueError(f"{count} quarters are not between 1 and {MOST}")
    quarters = [last]
    while len(quarters) < count:
        quarters.append(quarters[-1].previous())
    quarters.reverse()
    periods = [percentage.spent(quarter.period, today) for quarter in quarters]
    standing = {period: source.now for period, source in frozen.sources(periods).items()}
    live = drawn.current([period for period in periods if period not in standing], now, after)
    by_period = {draw.period: draw for draw in live} | standing
    draws = [by_period[period] for period in periods]
    ids = [draw.id for draw in draws]
    # Of everybody's schools, not only the reader's: what is hidden is the same for all.
    area_of = dict(School.objects.values_list("pk", "area_id"))
    found = cells.counted([], ids, area_of if schools is None else schools)
    told = patterns.of_draws(draws, area_of, mode)
    spans = [_Span(found[pk, False], found[pk, True], told[pk], place, area_of, mode) for pk in ids]
    stages = (ALL_STAGES, *STAGES)
    return Joint(
        quarters=tuple(quarters),
        stages=stages,
        everybody=_over_time(spans, stages, reason, some=False),
        with_measure=_over_time(spans, stages, reason, some=True) if measure else None,
        seasons=_seasons(quarters, spans, stages, reason, some=False),
        seasons_with_measure=_seasons(quarters, spans, stages, reason, some=True) if measure else None,
        by_reason=_reasons(spans[-1], stages, some=False),
        by_reason_with_measure=_reasons(spans[-1], stages, some=True) if measure else None,
        drawn_at=max(draw.at for draw in draws),
        is_empty=all(span.everybody[ALL_STAGES].tally.possible == 0 for span in spans),
    )


class _Span:
    """One quarter's sums by stage, and which of them are hidden."""

    def __init__(
        self,
        everybody: Counted,
        some: Counted,
        told: Told,
        place: Key,
        area_of: Mapping[int, int],
        mode: Mode,
    ) -> None:
        self.everybody = _by_stage(everybody)
        self.some = _by_stage(some)
        self.hidden = {
            stage for stage in self.everybody if not told.tells(place, STAGES.get(stage) if stage else None)
        }
        self.hidden_some = self.hidden | self._small(everybody, some, place, area_of, mode)

    def _small(
        self, everybody: Counted, some: Counted, place: Key, area_of: Mapping[int, int], mode: Mode
    ) -> set[str]:
        """Of which stages too few have a measure. An area's are not told by stage: the others' could be subtracted."""
        schools: dict[int, list[int]] = defaultdict(list)
        for school, area in area_of.items():
            schools[area].append(school)
        areas = {area: (everybody.of_schools(own), some.of_schools(own)) for area, own in schools.items()}
        whole = everybody.of_schools(area_of), some.of_schools(area_of)
        hidden_areas = measured(areas, whole, mode)
        every = set(self.everybody)
        if hidden_areas is None or place[1] in hidden_areas:
            return every
        if place != WHOLE:
            return every - {ALL_STAGES}
        stages = {
            number: (self.everybody[stage], self.some[stage])
            for number, stage in enumerate(STAGES)
            if self.everybody[stage].pupils
        }
        found = measured(stages, whole, mode)
        order = list(STAGES)
        return set(STAGES) if found is None else {order[number] for number in found}

    def of(self, stage: str, some: bool) -> tuple[Sums, bool]:
        """A stage's sums, and whether they are hidden."""
        if some:
            return self.some[stage], stage in self.hidden_some
        return self.everybody[stage], stage in self.hidden


def _by_stage(counted: Counted) -> dict[str, Sums]:
    every = counted.of_schools(counted.chosen)
    return {ALL_STAGES: every} | {stage: counted.of_years(years) for stage, years in STAGES.items()}


def _absent(sums: Sums, reason: Reason) -> int:
    return sums.tally.absent if not reason else int(getattr(sums.tally, reason))


def _over_time(
    spans: Sequence[_Span], stages: Sequence[str], reason: Reason, *, some: bool
) -> tuple[Group, ...]:
    def value(span: _Span, stage: str) -> Value:
        sums, hidden = span.of(stage, some)
        return values.percent("", sums, absent=_absent(sums, reason), hidden=hidden)

    return tuple(Group(stage, tuple(value(span, stage) for span in spans)) for stage in stages)


def _seasons(
    quarters: Sequence[Quarter], spans: Sequence[_Span], stages: Sequence[str], reason: Reason, *, some: bool
) -> tuple[Season, ...]:
    """Each season over the years. Hidden where any of its quarters is: the others could be subtracted."""

    def value(number: int, stage: str) -> Value:
        found = [
            span.of(stage, some)
            for quarter, span in zip(quarters, spans, strict=True)
            if quarter.number == number
        ]
        sums = sum((one for one, _hidden in found), Sums())
        return values.percent(
            "", sums, absent=_absent(sums, reason), hidden=any(hidden for _sums, hidden in found)
        )

    numbers = sorted({quarter.number for quarter in quarters})
    return tuple(Season(number, tuple(value(number, stage) for stage in stages)) for number in numbers)


def _reasons(span: _Span, stages: Sequence[str], *, some: bool) -> tuple[Group, ...]:
    def value(stage: str, reason: str) -> Value:
        sums, hidden = span.of(stage, some)
        return values.percent("", sums, absent=int(getattr(sums.tally, reason)), hidden=hidden)

    return tuple(Group(stage, tuple(value(stage, reason) for reason in REASONS)) for stage in stages)
