"""What is in the quarterly report?

Absence of a period for all pupils and for those with a social measure, by area and by school, beside the same days a year
earlier: all counted by `absence.percentage` and only arranged here. The method is *days*: absent school days of the group
divided by its possible school days, as in the Copenhagen status of March 2016. Published figures are rounded half up to one
decimal, days a pupil to two. The quarter is one case; any period can be reported.

A pupil belongs to the group with a social measure when a measure was in force on any day of the period; all her days in the
period then count. All pupils include those with a measure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from fravaer.absence import percentage
from fravaer.absence.percentage import By, GroupTally, Tally
from fravaer.core.periods import Period, a_year_before
from fravaer.reports import cells, drawn, suppression, targets
from fravaer.reports.cells import Counted
from fravaer.reports.suppression import Part, Pattern
from fravaer.reports.units import WHOLE, Key
from fravaer.schools.models import Area, School

# Below this coverage (tenths of a percent) a rate is shown in grey with a warning: too many registers are missing.
LOW_COVERAGE_TENTHS = 950
NOBODY = GroupTally(Tally(), 0)
Groups = Mapping[By, Mapping[int, GroupTally]]


@dataclass(frozen=True, slots=True)
class Sums:
    """A period's groups: of everybody, and of the pupils who had a social measure on any day of it."""

    everybody: Groups
    with_measure: Groups


@dataclass(frozen=True, slots=True)
class Unit:
    """What a report is about: the municipality (`is_whole`), one area, or else the schools alone.

    `schools` are its lines, and of the municipality `areas` as well.
    """

    schools: tuple[School, ...]
    areas: tuple[Area, ...] = ()
    area: Area | None = None
    is_whole: bool = False

    @property
    def key(self) -> Key | None:
        """The one unit it is, or None of several schools."""
        if self.is_whole:
            return WHOLE
        if self.area is not None:
            return ("area", self.area.pk)
        return ("school", self.schools[0].pk) if len(self.schools) == 1 else None


@dataclass(frozen=True, slots=True)
class Limits:
    """The fewest pupils a shown group may hold, and the fewest who may be told apart inside one.

    `knows_pupils` is for those who work with the unit's pupils by name: nothing of the unit's own is hidden from them.
    """

    group: int
    part: int
    knows_pupils: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """One group's figures as they are shown.

    `percent` and `coverage` in tenths, `days` a pupil in hundredths, each None when there is nothing to divide by; `absent`
    and `possible` in half-days.
    """

    percent: int | None
    days: int | None
    coverage: int | None
    pupils: int
    absent: int
    possible: int

    @property
    def is_uncertain(self) -> bool:
        """Whether so many registers are missing that the rate may mislead."""
        return self.coverage is not None and self.coverage < LOW_COVERAGE_TENTHS


@dataclass(frozen=True, slots=True)
class Line:
    """A group now and over the same days a year earlier. What is hidden is not here at all: `now` is None, or `before`."""

    name: str
    now: Figure | None
    before: Figure | None
    # What the unit aims at, in tenths, by the target in force on the last day counted; and the numbers of its footnotes.
    target: int | None = None
    notes: tuple[int, ...] = ()

    @property
    def distance(self) -> targets.Distance | None:
        """How far the figure shown lies from its target; None where there is no figure or no target."""
        if self.target is None or self.now is None or self.now.percent is None:
            return None
        return targets.distance(self.now.percent, self.now.pupils, self.target)

    @property
    def is_hidden(self) -> bool:
        return self.now is None

    @property
    def change(self) -> int | None:
        """Percentage points in tenths, between the two figures as they are shown."""
        if self.now is None or self.before is None or self.now.percent is None or self.before.percent is None:
            return None
        return self.now.percent - self.before.percent

    @property
    def is_change_uncertain(self) -> bool:
        return self.before is not None and self.before.is_uncertain


@dataclass(frozen=True, slots=True)
class Split:
    """A group's pupils, and those of them who have a social measure."""

    everybody: Line
    with_measure: Line


@dataclass(frozen=True, slots=True)
class Report:
    """A period counted up to the day before `counted.until`, beside the same days a year before (`earlier`)."""

    counted: Period
    earlier: Period
    total: Line
    # For comparison, when the report is about less.
    municipality: Line | None
    areas: tuple[Line, ...]
    schools: tuple[Line, ...]
    # The whole municipality first, then areas.
    splits: tuple[Split, ...]
    # No register of the unit was taken in the period.
    is_empty: bool

    @property
    def lines(self) -> list[Line]:
        """Everything that may be shown or hidden."""
        lines = [self.total, *self.areas, *self.schools]
        for split in self.splits:
            lines += [split.everybody, split.with_measure]
        return lines

    @property
    def hides(self) -> bool:
        """Whether anything is hidden because it is of too few pupils."""
        return any(line.is_hidden for line in self.lines)

    @property
    def aims(self) -> bool:
        """Whether any line has a target to be set beside it."""
        return any(line.target is not None for line in (self.total, *self.areas, *self.schools))

    @property
    def widest(self) -> int:
        """The highest percent shown, in tenths: the length of the longest bar."""
        return max((line.now.percent or 0 for line in self.lines if line.now), default=0)


def report(
    period: Period,
    unit: Unit,
    *,
    today: date,
    now: datetime,
    limits: Limits,
    split: bool,
    split_areas: Sequence[Area] = (),
    notes: Mapping[Key, tuple[int, ...]] | None = None,
) -> Report:
    """The period's report on the unit, as far as the period has come by `today`.

    With `split` the municipality's pupils with a social measure are set beside all, and those of each of `split_areas`.
    `notes` are the footnotes' numbers of the units. Six queries while nothing in the periods has changed (`drawn`), however
    many pupils there are.
    """
    counted = percentage.spent(period, today)
    earlier = a_year_before(counted)
    area_of = dict(School.objects.values_list("pk", "area_id"))
    drawn_now, drawn_before = sums([counted, earlier], now)
    current = _Span(counted, unit, area_of, limits, drawn_now)
    before = _Span(earlier, unit, area_of, limits, drawn_before)
    aimed = targets.on(max(counted.since, counted.until - timedelta(days=1)))

    def annotated(line: Line, key: Key) -> Line:
        return replace(line, target=aimed.get(key), notes=(notes or {}).get(key, ()))

    def line(name: str, by: By, key: int) -> Line:
        return annotated(Line(name, current.figure(by, key), before.figure(by, key)), (by, key))

    whole = line("", "all", 0)
    total = Line(unit.area.name if unit.area else "", current.total(), before.total())
    own = unit.key
    return Report(
        counted=counted,
        earlier=earlier,
        total=annotated(total, own) if own else total,
        municipality=None if unit.is_whole else whole,
        areas=tuple(line(area.name, "area", area.pk) for area in unit.areas),
        schools=tuple(line(school.name, "school", school.pk) for school in unit.schools),
        splits=_splits(current, before, whole, split_areas) if split else (),
        is_empty=current.of_unit.tally.possible == 0,
    )


def sums(periods: Sequence[Period], now: datetime) -> list[Sums]:
    """The groups of each period, from its cells. Eight queries while nothing has changed."""
    draws = drawn.current(periods, now)
    area_of = dict(School.objects.values_list("pk", "area_id"))
    found = cells.counted([], [draw.id for draw in draws], list(area_of))
    return [
        Sums(_groups(found[draw.id, False], area_of), _groups(found[draw.id, True], area_of))
        for draw in draws
    ]


def _groups(counted: Counted, area_of: Mapping[int, int]) -> Groups:
    schools: dict[int, list[int]] = defaultdict(list)
    for school, area in area_of.items():
        schools[area].append(school)
    return {
        "all": {0: counted.of_schools(area_of).group},
        "area": {area: counted.of_schools(own).group for area, own in schools.items()},
        "school": {school: one.group for school, one in counted.by_school().items()},
    }


class _Span:
    """One of the two spans of days a report lays side by side: its sums, and what of them is hidden."""

    def __init__(
        self, period: Period, unit: Unit, area_of: Mapping[int, int], limits: Limits, sums: Sums
    ) -> None:
        self.period = period
        self.unit = unit
        self.limits = limits
        self.own = {school.pk for school in unit.schools}
        self.groups = sums.everybody
        self.with_measure = sums.with_measure
        self.of_unit = self._of_unit()
        sizes: dict[int, dict[int, int]] = defaultdict(dict)
        for school, area in area_of.items():
            sizes[area][school] = self.group("school", school).pupils
        self.pattern = suppression.pattern(sizes, limits.group)

    def group(self, by: By, key: int) -> GroupTally:
        return self.groups[by].get(key, NOBODY)

    def figure(self, by: By, key: int) -> Figure | None:
        return None if self._hides(by, key) else figure(self.group(by, key))

    def total(self) -> Figure | None:
        """The unit's own figure; of schools alone only when none of them is hidden."""
        if self.unit.is_whole:
            return self.figure("all", 0)
        if self.unit.area is not None:
            return self.figure("area", self.unit.area.pk)
        return None if any(self._hides("school", key) for key in self.own) else figure(self.of_unit)

    def _of_unit(self) -> GroupTally:
        if self.unit.is_whole:
            return self.group("all", 0)
        if self.unit.area is not None:
            return self.group("area", self.unit.area.pk)
        if len(self.own) == 1:
            return self.group("school", *self.own)
        return percentage.group_tallies(self.period, "all", self.own).get(0, NOBODY)

    def _hides(self, by: By, key: int) -> bool:
        pattern: Pattern = self.pattern
        if by == "school":
            return key in pattern.schools and not self.limits.knows_pupils
        if by == "area":
            return key in pattern.areas
        # Who knows her own hidden school would find the others by subtracting it.
        return pattern.whole or (self.limits.knows_pupils and not self.own.isdisjoint(pattern.schools))


def _splits(now: _Span, before: _Span, whole: Line, areas: Sequence[Area]) -> tuple[Split, ...]:
    parts, parts_before = _parts(now), _parts(before)
    splits = [Split(whole, Line("", parts.get(("all", 0)), parts_before.get(("all", 0))))]
    for area in areas:
        key: tuple[By, int] = ("area", area.pk)
        splits.append(
            Split(
                Line(area.name, now.figure(*key), before.figure(*key)),
                Line(area.name, parts.get(key), parts_before.get(key)),
            )
        )
    return tuple(splits)


def _parts(span: _Span) -> dict[tuple[By, int], Figure]:
    """Figures of the pupils with a social measure, of the municipality and each area, as far as they may be shown."""
    inside = span.with_measure
    limit = max(span.limits.group, span.limits.part)

    def part(by: By, key: int) -> Part:
        return Part(inside[by].get(key, NOBODY).pupils, span.group(by, key).pupils)

    areas = {area: part("area", area) for area in span.groups["area"]}
    hidden = suppression.hidden_parts(areas, part("all", 0), limit)
    if hidden is None:
        return {}
    shown: Iterable[tuple[By, int]] = [("all", 0), *(("area", area) for area in areas if area not in hidden)]
    return {(by, key): figure(inside[by].get(key, NOBODY)) for by, key in shown}


def figure(group: GroupTally) -> Figure:
    """The group's figures as they are shown."""
    return Figure(
        percent=group.rounded_tenths,
        days=group.days_hundredths,
        coverage=group.tally.coverage_tenths,
        pupils=group.pupils,
        absent=group.tally.absent,
        possible=group.tally.possible,
    )
