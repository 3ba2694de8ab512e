"""How have a school's classes been, class by class, and who of their pupils was away on which days?

The same half-days as `percentage`, kept apart by class: what a pupil counted in another class is not here. How many of a class
have been away a tenth of their days or more goes by each pupil's whole percentage, wherever she was, as in every other group.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from fravaer.absence.checkpoints import HALVES_A_DAY
from fravaer.absence.percentage import AMONG, SPANS, GroupTally, Tally
from fravaer.absence.reasons import Reason
from fravaer.core.periods import Period
from fravaer.core.walls import DatabaseRole, acting_as

# A row for each pupil and class she had a school day in.
OWN = """
, parts AS (
  SELECT pupil_id, school_class_id, possible, due
  FROM span JOIN possible USING (school_class_id) WHERE span.is_whole AND possible.is_whole
  UNION ALL
  SELECT pupil_id, school_class_id, sum(possible)::int, sum(due)::int
  FROM span JOIN possible USING (school_class_id, since, until) WHERE NOT span.is_whole GROUP BY pupil_id, school_class_id
), own AS (
  SELECT pupil_id, school_class_id, possible, due, coalesce(illness, 0)::int AS illness, coalesce(leave, 0)::int AS leave,
    coalesce(unlawful, 0)::int AS unlawful, coalesce(pending, 0)::int AS pending
  FROM parts LEFT JOIN absent USING (pupil_id, school_class_id) WHERE due > 0
)
"""
HERE = """(
  SELECT n.pupil_id FROM schools_enrolment n JOIN schools_schoolclass k ON k.id = n.school_class_id
  WHERE k.school_id = %(school)s AND n.starts_on < %(until)s AND n.until > %(since)s
) here"""
OF_SCHOOL = """
, everywhere AS (
  SELECT pupil_id, sum(possible) AS possible, sum(illness + leave + unlawful + pending) AS absent FROM own GROUP BY pupil_id
)
SELECT own.school_class_id, sum(own.possible)::int, sum(own.due)::int, sum(illness)::int, sum(leave)::int, sum(unlawful)::int,
  sum(pending)::int, count(*), count(*) FILTER (WHERE e.possible > 0),
  count(*) FILTER (WHERE e.possible > 0 AND 10 * e.absent >= e.possible)
FROM own JOIN everywhere e USING (pupil_id) JOIN schools_schoolclass c ON c.id = own.school_class_id
WHERE c.school_id = %(school)s
GROUP BY own.school_class_id
"""
PUPILS = "SELECT pupil_id, school_class_id, possible, due, illness, leave, unlawful, pending FROM own"
DAYS = """
SELECT pupil_id, school_class_id, day, halves, reason FROM absence_absence
WHERE school_class_id = ANY(%(classes)s) AND day >= %(since)s AND day < %(until)s AND halves > 0
ORDER BY day, pupil_id, checkpoint
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """A class's half-days, and of its pupils who have a percentage how many have ten percent or more."""

    group: GroupTally
    with_percent: int
    over_ten: int


@dataclass(frozen=True, slots=True)
class InClass:
    """What a pupil counted in a class."""

    pupil_id: int
    school_class_id: int
    tally: Tally


@dataclass(frozen=True, slots=True)
class Away:
    """Half-days (1 or 2) a pupil was away on a day, for one reason."""

    pupil_id: int
    school_class_id: int
    day: date
    halves: int
    reason: Reason


@acting_as(DatabaseRole.REPORT)
def of_school(school_id: int, periods: Sequence[Period]) -> list[dict[int, Figures]]:
    """The school's classes in which anybody had a school day, of each period. One query for each."""
    found = []
    for period in periods:
        statement = _own(AMONG.format("e", HERE), AMONG.format("a", HERE)) + OF_SCHOOL
        found.append(
            {
                row[0]: Figures(GroupTally(Tally(*row[1:7]), row[7]), row[8], row[9])
                for row in _rows(statement, period, {"school": school_id})
            }
        )
    return found


def pupils(class_ids: Collection[int], period: Period) -> list[InClass]:
    """Every pupil who had a school day in these classes, those who have left too. One query."""
    statement = _own("e.school_class_id = ANY(%(classes)s)", "a.school_class_id = ANY(%(classes)s)") + PUPILS
    rows = _rows(statement, period, {"classes": sorted(class_ids)})
    return [InClass(row[0], row[1], Tally(*row[2:])) for row in rows]


def days(class_ids: Collection[int], period: Period) -> list[Away]:
    """The days behind these figures, the first one first. One query."""
    rows = _rows(DAYS, period, {"classes": sorted(class_ids)})
    return [
        Away(pupil, school_class, day, halves, Reason(reason))
        for pupil, school_class, day, halves, reason in rows
    ]


def _own(pupils: str, absent_pupils: str) -> str:
    return (SPANS + OWN).format(
        absent_by="pupil_id, school_class_id",
        pupils=pupils,
        absent_pupils=absent_pupils,
        halves_a_day=HALVES_A_DAY,
    )


def _rows(statement: str, period: Period, more: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"since": period.since, "until": period.until, **more})
        return list(cursor.fetchall())
