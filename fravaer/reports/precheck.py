"""What stands between a school and the delivery of its school year?

Counted for many schools at once on top of `absence.completion` and `absence.closing`; nothing here is about a child. What a
person has to decide, or a day that lies ahead, is an obstacle; a register nobody took is a gap, which may stay once the leader
has seen it and completed the year.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from fravaer.absence import closing, completion, percentage
from fravaer.absence.completion import Check
from fravaer.absence.monthly import Month
from fravaer.absence.tallies import Tally
from fravaer.core.periods import Period
from fravaer.reports.models import DataSet, DataSetKind, Delivery
from fravaer.schools.models import School

# Digits, or a letter and five digits.
INSTITUTION_NUMBER = re.compile(r"\d{6}|[A-Z]\d{5}")


class Obstacle(StrEnum):
    """What has to be settled before the year can be delivered, in the order in which it is best done."""

    NOTHING = "nothing"
    NUMBER = "number"
    PENDING = "pending"
    DISCREPANCIES = "discrepancies"
    NOT_OVER = "not_over"
    NOT_COMPLETED = "not_completed"
    UNEQUAL = "unequal"


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one school is with one school year: what is lacking, who completed it when, the latest data set, and when it
    was said to be delivered."""

    school: School
    year: Period
    check: Check
    completed_at: datetime | None
    data_set: DataSet | None
    delivered: Delivery | None

    @property
    def is_empty(self) -> bool:
        """Whether the school has had no register due in the year: it was not there, or has not begun."""
        return not self.check.due

    @property
    def obstacles(self) -> list[Obstacle]:
        """What stands in the way, as far as it is seen without counting the rows."""
        if self.is_empty:
            return [Obstacle.NOTHING]
        found = {
            Obstacle.NUMBER: not INSTITUTION_NUMBER.fullmatch(self.school.institution_number),
            Obstacle.PENDING: bool(self.check.pending),
            Obstacle.DISCREPANCIES: bool(self.check.discrepancies),
            Obstacle.NOT_OVER: not self.check.over,
            Obstacle.NOT_COMPLETED: self.completed_at is None,
        }
        return [obstacle for obstacle, stands in found.items() if stands]

    @property
    def lacking(self) -> dict[str, int]:
        """What is not known and may stay, in counts, as a receipt keeps it."""
        return {"untaken": self.check.untaken, "without_days": self.check.without_days}

    def counted(self, today: date) -> Period:
        """The days that are counted: the whole year once its last school day is over, until then up to and including today."""
        return self.year if self.check.over else percentage.spent(self.year, today)


def standings(schools: Sequence[School], year: Period, today: date, clock: time) -> list[Standing]:
    """How far each school is. Four queries, however many schools."""
    ids = [school.pk for school in schools]
    checks = completion.checks(ids, year, today, clock)
    closed = closing.standing(ids, year)
    sets = DataSet.objects.filter(kind=DataSetKind.STIL, school_year=year.since.year, school_id__in=ids)
    made = {one.school_id: one for one in sets.order_by("made_at", "pk")}
    said = Delivery.objects.filter(data_set__in=sets, what=Delivery.What.DELIVERED)
    delivered = {one.data_set_id: one for one in said.order_by("at", "pk")}
    return [
        Standing(
            school,
            year,
            checks[school.pk],
            closed[school.pk].closed_at if school.pk in closed else None,
            data_set := made.get(school.pk),
            delivered.get(data_set.pk) if data_set else None,
        )
        for school in schools
    ]


def agrees(standing: Standing, found: Iterable[Month], today: date) -> bool:
    """Whether the rows add up to the school's half-days of the year as the percentage counts them. One query."""
    whole = percentage.group_tallies(standing.counted(today), "school", [standing.school.pk])
    counted = whole.get(standing.school.pk)
    return sum((one.tally for one in found), Tally()) == (counted.tally if counted else Tally())
