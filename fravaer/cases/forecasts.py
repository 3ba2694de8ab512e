"""How many more days away before a pupil reaches the next line, on each of the two clocks?

All absence of the school year so far, by which the municipality's lines are drawn, and unlawful absence of the calendar
quarter so far, at 10 and 15 percent of which the law has the school act (order on pupils' absence in the Folkeskole, in force
1 January 2020). For any number of pupils at once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from fravaer.absence import checkpoints, halfdays, percentage
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.nearing import days_until, unlawful_until
from fravaer.absence.percentage import Tally
from fravaer.cases.rules import ABSENCE_TEAM, EARLY_EFFORT, REFERRAL, WARNING
from fravaer.core.periods import Quarter, school_year_of
from fravaer.schools.models import Enrolment

TOTAL_PERCENTS = (EARLY_EFFORT.lower, ABSENCE_TEAM.lower)
LEGAL_PERCENTS = (WARNING.percent, REFERRAL.percent)


@dataclass(frozen=True, slots=True)
class Forecast:
    """Both clocks of one pupil: the school year and the calendar quarter so far, and what is left until each line.

    `days_left` are whole school days away until each of `TOTAL_PERCENTS`, `unlawful_left` half-days of unlawful absence until
    each of `LEGAL_PERCENTS`; 0 where the line has been reached, None while nothing has been registered.
    """

    year: Tally
    quarter: Tally
    days_left: tuple[int | None, ...]
    unlawful_left: tuple[int | None, ...]

    @property
    def next_line(self) -> tuple[int, int] | None:
        """The nearest line not reached, as its percent and the school days away until it; None above all of them."""
        return _first(TOTAL_PERCENTS, self.days_left)

    @property
    def next_legal_line(self) -> tuple[int, int] | None:
        """The law's nearest line not reached, as its percent and the half-days of unlawful absence until it."""
        return _first(LEGAL_PERCENTS, self.unlawful_left)


def of(pupil_ids: Collection[int], day: date) -> dict[int, Forecast]:
    """Both clocks of each pupil, up to and including `day`. Four queries, however many pupils."""
    pupil_ids = list(pupil_ids)
    if not pupil_ids:
        return {}
    year = percentage.tallies(percentage.spent(school_year_of(day), day), pupil_ids)
    quarter = percentage.tallies(percentage.spent(Quarter.of(day).period, day), pupil_ids)
    rule = halfdays.on(day)
    grades = dict(
        Enrolment.objects.on(day)
        .filter(pupil_id__in=pupil_ids)
        .values_list("pupil_id", "school_class__year_group")
    )
    found = {}
    for pupil in pupil_ids:
        so_far, in_quarter = year.get(pupil, Tally()), quarter.get(pupil, Tally())
        # Where the morning decides the whole day, nobody is away for half of one.
        step = checkpoints.halves(grades.get(pupil, 0), Checkpoint.START, rule)
        found[pupil] = Forecast(
            so_far,
            in_quarter,
            tuple(days_until(so_far, percent) for percent in TOTAL_PERCENTS),
            tuple(unlawful_until(in_quarter, percent, step=step) for percent in LEGAL_PERCENTS),
        )
    return found


def _first(percents: tuple[int, ...], left: tuple[int | None, ...]) -> tuple[int, int] | None:
    return next(((percent, steps) for percent, steps in zip(percents, left, strict=True) if steps), None)
