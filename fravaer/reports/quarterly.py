"""What is in the quarterly report?

Absence of a period for all pupils and for those with a social measure, and by school, all counted by `absence.percentage`
and only arranged here. The method is *days*: absent school days of the group divided by its possible school days, as in the
Copenhagen status of March 2016. Published figures are rounded half up to one decimal, days a pupil to two.

A pupil belongs to the group with a social measure when a measure was in force on any day of the period; all her days in the
period then count. All pupils include those with a measure.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from fravaer.absence import percentage
from fravaer.absence.percentage import GroupTally, Tally
from fravaer.cases import measures
from fravaer.core.periods import Period
from fravaer.reports import suppression
from fravaer.schools.models import School

# Below this coverage (tenths of a percent) a rate is shown in grey with a warning: too many registers are missing.
LOW_COVERAGE_TENTHS = 950
NOBODY = GroupTally(Tally(), 0)


@dataclass(frozen=True, slots=True)
class Figure:
    """One group's figures as they are shown: percent in tenths and days a pupil in hundredths, both rounded half up."""

    group: GroupTally

    @property
    def percent(self) -> int | None:
        return self.group.rounded_tenths

    @property
    def days(self) -> int | None:
        return self.group.days_hundredths

    @property
    def coverage(self) -> int | None:
        return self.group.tally.coverage_tenths

    @property
    def pupils(self) -> int:
        return self.group.pupils

    @property
    def is_uncertain(self) -> bool:
        """Whether so many registers are missing that the rate may mislead."""
        return self.coverage is not None and self.coverage < LOW_COVERAGE_TENTHS

    @property
    def absent(self) -> int:
        return self.group.tally.absent

    @property
    def possible(self) -> int:
        return self.group.tally.possible


@dataclass(frozen=True, slots=True)
class SchoolLine:
    """One school, or `hidden` when its pupils are too few to be shown beside the total."""

    school: School
    now: Figure
    change: int | None
    hidden: bool


@dataclass(frozen=True, slots=True)
class Split:
    """The whole municipality and its pupils with a social measure; None for these when they are too few to be shown."""

    everybody: Figure
    with_measure: Figure | None


@dataclass(frozen=True, slots=True)
class Report:
    """A period counted up to and including the day before `counted.until`; `before` is the same span a year earlier."""

    counted: Period
    total: Figure
    before: Figure
    change: int | None
    schools: tuple[SchoolLine, ...]
    split: Split | None

    @property
    def is_empty(self) -> bool:
        return self.total.possible == 0

    @property
    def hides(self) -> bool:
        return any(line.hidden for line in self.schools)


def report(
    period: Period, schools: Sequence[School], *, today: date, limit: int | None, with_split: bool
) -> Report:
    """The period's report over these schools, as far as the period has come by `today`.

    `limit` is the fewest pupils a shown group may have; None for those who know the pupils by name. `with_split` adds the
    whole municipality with and without a social measure.
    """
    counted = percentage.spent(period, today)
    earlier = a_year_before(counted)
    ids = [school.pk for school in schools]
    now, before = (
        percentage.group_tallies(counted, "school", ids),
        percentage.group_tallies(earlier, "school", ids),
    )
    total, total_before = _all(counted, ids), _all(earlier, ids)
    sizes = {school.pk: now.get(school.pk, NOBODY).pupils for school in schools}
    few = suppression.hidden(sizes, limit) if limit is not None else frozenset()
    return Report(
        counted,
        total,
        total_before,
        _change(total, total_before),
        tuple(
            SchoolLine(
                school,
                figure := Figure(now.get(school.pk, NOBODY)),
                _change(figure, Figure(before.get(school.pk, NOBODY))),
                school.pk in few,
            )
            for school in schools
        ),
        _split(counted, limit or 0) if with_split else None,
    )


def a_year_before(period: Period) -> Period:
    """The same dates a year earlier; 29 February becomes the 28th."""
    return Period(_year_before(period.since), _year_before(period.until))


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return date(day.year - 1, 2, 28)


def _all(period: Period, school_ids: Collection[int] | None) -> Figure:
    return Figure(percentage.group_tallies(period, "all", school_ids).get(0, NOBODY))


def _change(now: Figure, before: Figure) -> int | None:
    """Percentage points in tenths from the earlier to the present figure, between the figures as they are shown."""
    if now.percent is None or before.percent is None:
        return None
    return now.percent - before.percent


def _split(period: Period, limit: int) -> Split:
    everybody = _all(period, None)
    group = Figure(percentage.group_of(period, measures.with_measure_in(period)))
    return Split(everybody, group if suppression.may_split(group.pupils, everybody.pupils, limit) else None)
