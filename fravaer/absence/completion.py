"""What is still missing before a school's period can be completed?

Counted for many schools at once, and listed for one: registers that were due and never taken, absences nobody has explained,
discrepancies nobody has settled, and pupils of whom not a single half-day is known. Legal basis: the school's registration is
finished before it is delivered by 1 July; a register nobody has taken is neither presence nor absence.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any
from uuid import UUID

from django.db import connection

from fravaer.absence import percentage
from fravaer.absence.checkpoints import RULES, Checkpoint
from fravaer.absence.models import Arrangement, Discrepancy
from fravaer.absence.tallies import cut_tenths
from fravaer.core.periods import Period
from fravaer.core.walls import DatabaseRole, acting_as


@dataclass(frozen=True, slots=True)
class Check:
    """How far one school is with one period, in numbers of registers, absences, discrepancies and pupils.

    `over` says that no school day of the school lies ahead in the period; `overdue` are those of the pending absences whose
    reason should have been there by now.
    """

    due: int = 0
    taken: int = 0
    pending: int = 0
    overdue: int = 0
    discrepancies: int = 0
    without_days: int = 0
    over: bool = False

    @property
    def untaken(self) -> int:
        return self.due - self.taken

    @property
    def blocked(self) -> bool:
        """Whether something a person has to decide is undecided."""
        return bool(self.pending or self.discrepancies)

    @property
    def gaps(self) -> int:
        """What is not known and cannot be made up afterwards; it may stay, once somebody has seen it."""
        return self.untaken + self.without_days

    @property
    def taken_tenths(self) -> int | None:
        """Registers taken of those due, in tenths of a percent, cut."""
        return cut_tenths(self.taken, self.due)


@dataclass(frozen=True, slots=True)
class Untaken:
    """A register that was due and never taken."""

    school_class_id: int
    class_name: str
    day: date
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class Open:
    """Something about a pupil that is undecided, or not known; `day` is None when it is about the whole period."""

    pupil_id: int
    pupil_uuid: UUID
    name: str
    protected: bool
    school_class_id: int
    class_name: str
    day: date | None = None
    checkpoint: Checkpoint | None = None
    overdue: bool = False
    kind: str = ""
    uuid: UUID | None = None


# A class without pupils on a day has no register that day.
DUE = """
  SELECT c.school_id, c.id AS school_class_id, c.year_group, c.letter, d.day, k.checkpoint, r.school_class_id AS taken
  FROM schools_schoolclass c
  JOIN schools_calendarday d ON d.calendar_id = c.calendar_id AND d.is_school_day
   AND d.day >= %(since)s AND d.day < %(until)s AND d.day <= %(today)s
  JOIN {rules} rule ON d.day >= rule.since AND d.day < rule.until
  JOIN (VALUES (%(start)s), (%(end)s)) k (checkpoint)
    ON k.checkpoint = %(start)s OR c.year_group >= rule.first_with_end
  LEFT JOIN absence_register r ON (r.school_class_id, r.day, r.checkpoint) = (c.id, d.day, k.checkpoint)
  WHERE c.school_id = ANY(%(schools)s) AND EXISTS (
    SELECT 1 FROM schools_enrolment e WHERE e.school_class_id = c.id AND e.starts_on <= d.day AND e.until > d.day)
"""
# A reason is due so many school days of the class after the absence, at a time of the day.
PENDING = """
  SELECT a.school_id, a.pupil_id, a.day, a.checkpoint, a.school_class_id, c.year_group, c.letter,
    coalesce((t.number_before - n.number_before, %(clock)s::time)
      >= (coalesce(g.reason_due_days, %(due_days)s), coalesce(g.reason_due_at, %(due_at)s::time)), true) AS overdue
  FROM absence_absence a
  JOIN schools_schoolclass c ON c.id = a.school_class_id
  LEFT JOIN absence_arrangement g ON g.school_id = a.school_id
  LEFT JOIN schools_calendarday n ON n.calendar_id = c.calendar_id AND n.day = a.day
  LEFT JOIN schools_calendarday t ON t.calendar_id = c.calendar_id
   AND t.day = least(%(today)s, (SELECT y.until FROM schools_schoolyear y WHERE y.id = c.school_year_id))
  WHERE a.reason = 0 AND a.halves > 0 AND a.day >= %(since)s AND a.day < %(until)s AND a.school_id = ANY(%(schools)s)
"""
# Pupils the school should know something of, and knows nothing.
WITHOUT_DAYS = """
  SELECT DISTINCT ON (t.pupil_id) t.pupil_id, c.school_id, c.id AS school_class_id, c.year_group, c.letter
  FROM {tallies} t
  JOIN schools_enrolment e ON e.pupil_id = t.pupil_id AND e.starts_on < %(until)s AND e.until > %(since)s
  JOIN schools_schoolclass c ON c.id = e.school_class_id
  WHERE t.due > 0 AND t.possible = 0 AND c.school_id = ANY(%(schools)s)
  ORDER BY t.pupil_id, e.starts_on DESC
"""
AMONG = (
    "(SELECT e.pupil_id FROM schools_enrolment e JOIN schools_schoolclass c ON c.id = e.school_class_id "
    "WHERE c.school_id = ANY(%(schools)s)) at_school"
)
COUNTS = """
WITH due AS ({due}), pending AS ({pending}), without_days AS ({without})
SELECT s.id,
  coalesce(d.due, 0), coalesce(d.taken, 0), coalesce(p.pending, 0), coalesce(p.overdue, 0),
  (SELECT count(*) FROM absence_discrepancy x WHERE x.school_id = s.id AND x.settled_at IS NULL
    AND x.day >= %(since)s AND x.day < %(until)s),
  (SELECT count(*) FROM without_days w WHERE w.school_id = s.id),
  %(since)s <= %(today)s AND NOT EXISTS (
    SELECT 1 FROM schools_schoolclass c JOIN schools_calendarday d ON d.calendar_id = c.calendar_id AND d.is_school_day
    WHERE c.school_id = s.id AND d.day > %(today)s AND d.day < %(ends)s)
FROM schools_school s
LEFT JOIN (SELECT school_id, count(*) AS due, count(taken) AS taken FROM due GROUP BY 1) d ON d.school_id = s.id
LEFT JOIN (SELECT school_id, count(*) AS pending, count(*) FILTER (WHERE overdue) AS overdue FROM pending GROUP BY 1) p
  ON p.school_id = s.id
WHERE s.id = ANY(%(schools)s)
"""
UNTAKEN = """
SELECT school_class_id, year_group || '.' || letter, day, checkpoint FROM ({due}) due WHERE taken IS NULL
ORDER BY day DESC, year_group, letter, school_class_id, checkpoint
"""
NAMED = """
SELECT p.id, p.uuid, p.given_name || ' ' || p.family_name, p.protected, x.school_class_id,
  x.year_group || '.' || x.letter, {columns}
FROM ({relation}) x JOIN schools_pupil p ON p.id = x.pupil_id
ORDER BY {first} x.year_group, x.letter, p.sort_given, p.id, 7, 8
"""
DISCREPANCIES = """
  SELECT d.*, c.id AS school_class_id, c.year_group, c.letter FROM absence_discrepancy d
  JOIN schools_enrolment e ON e.pupil_id = d.pupil_id AND e.starts_on <= d.day AND e.until > d.day
  JOIN schools_schoolclass c ON c.id = e.school_class_id
  WHERE d.school_id = %(school)s AND d.settled_at IS NULL AND d.day >= %(since)s AND d.day < %(until)s
"""


@acting_as(DatabaseRole.REPORT)
def checks(school_ids: Collection[int], period: Period, today: date, clock: time) -> dict[int, Check]:
    """How far each school is with the period, up to `today` at the time `clock` of the schools. One query."""
    tallies, parameters = _asked(school_ids, period, today, clock)
    sql = COUNTS.format(
        due=DUE.format(rules=RULES), pending=PENDING, without=WITHOUT_DAYS.format(tallies=tallies)
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return {row[0]: Check(*row[1:]) for row in cursor.fetchall()}


def untaken(school_id: int, period: Period, today: date, clock: time) -> list[Untaken]:
    """The registers that were due and never taken, the newest first. One query."""
    _tallies, parameters = _asked([school_id], period, today, clock)
    with connection.cursor() as cursor:
        cursor.execute(UNTAKEN.format(due=DUE.format(rules=RULES)), parameters)
        return [
            Untaken(school_class, name, day, Checkpoint(checkpoint))
            for school_class, name, day, checkpoint in cursor.fetchall()
        ]


def pending(school_id: int, period: Period, today: date, clock: time) -> list[Open]:
    """The absences without a reason, the oldest first. One query."""
    _tallies, parameters = _asked([school_id], period, today, clock)
    columns = "x.day, x.checkpoint, x.overdue, '', NULL"
    return _open(NAMED.format(columns=columns, relation=PENDING, first="x.day,"), parameters)


def discrepancies(school_id: int, period: Period) -> list[Open]:
    """The discrepancies nobody has settled, the oldest first. One query."""
    columns = "x.day, x.checkpoint, false, x.kind, x.uuid"
    parameters = {"school": school_id, "since": period.since, "until": period.until}
    return _open(NAMED.format(columns=columns, relation=DISCREPANCIES, first="x.day,"), parameters)


def without_days(school_id: int, period: Period, today: date, clock: time) -> list[Open]:
    """Pupils who had school days in the period and of whom no register says anything. One query."""
    tallies, parameters = _asked([school_id], period, today, clock)
    columns = "NULL::date, NULL::smallint, false, '', NULL"
    relation = WITHOUT_DAYS.format(tallies=tallies)
    return _open(NAMED.format(columns=columns, relation=relation, first=""), parameters)


def _open(sql: str, parameters: Mapping[str, Any]) -> list[Open]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [
            Open(
                pupil_id=row[0],
                pupil_uuid=row[1],
                name=row[2],
                protected=row[3],
                school_class_id=row[4],
                class_name=row[5],
                day=row[6],
                checkpoint=None if row[7] is None else Checkpoint(row[7]),
                overdue=row[8],
                kind=str(Discrepancy.Kind(row[9]).label) if row[9] else "",
                uuid=row[10],
            )
            for row in cursor.fetchall()
        ]


def _asked(
    school_ids: Collection[int], period: Period, today: date, clock: time
) -> tuple[str, dict[str, Any]]:
    """The tallies of the part of the period that has begun, and every parameter the statements take."""
    begun = percentage.spent(period, today)
    tallies, parameters = percentage.relation(begun, among=AMONG)
    return tallies, {
        **parameters,
        "schools": sorted(school_ids),
        "today": today,
        "ends": period.until,
        "clock": clock,
        "start": Checkpoint.START.value,
        "end": Checkpoint.END.value,
        "due_days": Arrangement._meta.get_field("reason_due_days").default,
        "due_at": Arrangement._meta.get_field("reason_due_at").default,
    }
