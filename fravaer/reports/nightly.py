"""Are the periods everybody reads drawn, and is what was drawn still what the percentage room counts?

Every night the last twenty-one quarters and five school years are drawn where they have changed, so that no page has to wait
for it; and every draw that claims to hold is compared with a fresh count. One that differs is drawn anew, and told: it means
that something moved without a trace.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fravaer.absence import percentage
from fravaer.absence.percentage import By, GroupTally
from fravaer.cases import measures
from fravaer.core.periods import Period, Quarter, SchoolYear, a_year_before
from fravaer.reports import cells, contents, drawn
from fravaer.reports.cells import Counted
from fravaer.schools.models import School

QUARTERS, YEARS = 21, 5
# Messages and cases of a period come to rest some days after it.
SETTLES = timedelta(days=7)
BYS: tuple[By, ...] = ("all", "school", "year_group")


@dataclass(frozen=True, slots=True)
class Night:
    """How many periods there are, how many were drawn, and which had a draw that was not what is counted."""

    periods: int
    drawn: int
    wrong: tuple[Period, ...]


def periods(today: date) -> list[Period]:
    """What pages ask for: quarters and school years as far as they have come, and the running ones' days a year before."""
    quarters, years = [Quarter.of(today)], [SchoolYear.of(today)]
    while len(quarters) < QUARTERS:
        quarters.append(quarters[-1].previous())
    while len(years) < YEARS:
        years.append(years[-1].previous())
    wholes = [one.period for one in quarters] + [one.period for one in years]
    found = [percentage.spent(whole, today) for whole in wholes]
    return list(dict.fromkeys([*found, a_year_before(found[0]), a_year_before(found[QUARTERS])]))


def night(today: date, now: datetime) -> Night:
    """Draw what has changed, and check everything that was drawn before."""
    asked = periods(today)
    wrong = check(asked)
    states = dict(zip(asked, drawn.states(asked), strict=True))
    kept = drawn.holding(states)
    made = 0
    for period in asked:
        one = kept.get(period)
        if one is None or period in wrong or one.at.date() < min(period.until + SETTLES, today):
            drawn.draw(period, states[period], now)
            made += 1
    return Night(len(asked), made, tuple(wrong))


def check(asked: Collection[Period]) -> list[Period]:
    """The periods whose draw claims to hold and does not come to what the percentage room counts now."""
    states = dict(zip(asked, drawn.states(list(asked)), strict=True))
    schools = list(School.objects.values_list("pk", flat=True))
    found = []
    for period, one in drawn.holding(states).items():
        counted = cells.counted([], [one.id], schools)
        some = measures.with_measure_in(period)
        is_same = _groups(counted[one.id, False], schools) == _counted(period)
        is_same = is_same and _groups(counted[one.id, True], schools) == _counted(period, some)
        if not (is_same and contents.adds_up(one.id)):
            found.append(period)
    return found


def _groups(counted: Counted, schools: Collection[int]) -> dict[tuple[str, int], GroupTally]:
    found: dict[tuple[str, int], GroupTally] = {("all", 0): counted.of_schools(schools).group}
    found |= {("school", key): sums.group for key, sums in counted.by_school().items()}
    found |= {("year_group", key): sums.group for key, sums in counted.by_year().items()}
    return {key: group for key, group in found.items() if group.pupils}


def _counted(period: Period, some: set[int] | None = None) -> dict[tuple[str, int], GroupTally]:
    groups = percentage.groupings(period, BYS, pupil_ids=some)
    return {(by, key): group for by, found in groups.items() for key, group in found.items() if group.pupils}
