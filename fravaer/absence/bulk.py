"""How does a year of earlier absence come in at once?

Registers and absences are appended already counted: half-days, totals and class-month sums are right when the rows
arrive, by the same rules as `alignment` holds them to, because changing millions of rows afterwards costs far more. No
events are written: the history of such registers lies where they came from.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.db import connection, transaction

from fravaer.absence.alignment import EVERYTHING, PARAMETERS, WRITE_MONTHS
from fravaer.absence.checkpoints import RULES
from fravaer.absence.models import Absence, ClassMonth, Register
from fravaer.core import copying
from fravaer.core.periods import next_month


class TakenRegister(NamedTuple):
    school_class_id: int
    day: date
    checkpoint: int
    taken_by_id: int | None
    taken_at: datetime


class NewAbsence(NamedTuple):
    pupil_id: int
    day: date
    checkpoint: int
    school_class_id: int
    reason: int


class Loaded(NamedTuple):
    registers: int
    absences: int


class AlreadyTaken(Exception):
    """A class has a register of that day already; earlier absence is only brought in beside it, never over it."""


class NotTaken(Exception):
    """An absence came without its register: nobody would know whether the others were there."""


STAGING = """
CREATE TEMPORARY TABLE staged_register (
  school_class_id integer NOT NULL, day date NOT NULL, checkpoint smallint NOT NULL,
  taken_by_id integer, taken_at timestamptz NOT NULL
) ON COMMIT DROP;
CREATE TEMPORARY TABLE staged_absence (
  pupil_id integer NOT NULL, day date NOT NULL, checkpoint smallint NOT NULL,
  school_class_id integer NOT NULL, reason smallint NOT NULL
) ON COMMIT DROP;
SET LOCAL work_mem = '128MB'
"""
UNSTAGING = "DROP TABLE staged_register, staged_absence, counted_register, counted_absence"

SPAN = "SELECT min(day), max(day) FROM staged_register"
# Only days of the span are looked at, so that earlier years cost nothing.
TAKEN_BEFORE = """
SELECT EXISTS (
  SELECT FROM absence_register r JOIN staged_register s USING (school_class_id, day)
  WHERE r.day BETWEEN %(first)s AND %(last)s
)
"""

# Half-days as the calendar has them, and how many pupils the class had that day: arrivals up to it less departures.
COUNT_REGISTERS = """
CREATE TEMPORARY TABLE counted_register ON COMMIT DROP AS
WITH moves AS (
  SELECT school_class_id, day, sum(change) AS change
  FROM (SELECT school_class_id, starts_on AS day, 1 AS change FROM schools_enrolment
        UNION ALL SELECT school_class_id, until, -1 FROM schools_enrolment) m
  GROUP BY 1, 2
), sizes AS (
  SELECT school_class_id, day AS since, sum(change) OVER w AS pupils,
    coalesce(lead(day) OVER w, 'infinity') AS until
  FROM moves WINDOW w AS (PARTITION BY school_class_id ORDER BY day)
)
SELECT s.school_class_id, s.day, s.checkpoint, c.school_id, s.taken_by_id, s.taken_at,
  (CASE WHEN NOT coalesce(d.is_school_day, false) THEN 0
        WHEN c.year_group >= rule.first_with_end THEN 1
        WHEN s.checkpoint = %(start)s THEN 2 ELSE 0 END)::smallint AS halves,
  coalesce(z.pupils, 0)::smallint AS enrolled
FROM staged_register s
JOIN {rules} rule ON s.day >= rule.since AND s.day < rule.until
LEFT JOIN schools_schoolclass c ON c.id = s.school_class_id
LEFT JOIN schools_calendarday d ON d.calendar_id = c.calendar_id AND d.day = s.day
LEFT JOIN sizes z ON z.school_class_id = s.school_class_id AND z.since <= s.day AND z.until > s.day
"""
# An absence whose register is not among those given finds no partner, and is missed in the count.
COUNT_ABSENCES = """
CREATE TEMPORARY TABLE counted_absence ON COMMIT DROP AS
SELECT a.pupil_id, a.day, a.checkpoint, a.school_class_id, r.school_id, a.reason,
  (e.pupil_id IS NOT NULL) AS enrolled,
  (CASE WHEN e.pupil_id IS NULL THEN 0
        WHEN a.checkpoint = %(start)s AND late.halves IS NOT NULL AND other.pupil_id IS NULL AND rule.start_decides
          THEN r.halves + late.halves
        ELSE r.halves END)::smallint AS halves
FROM staged_absence a
JOIN {rules} rule ON a.day >= rule.since AND a.day < rule.until
JOIN counted_register r USING (school_class_id, day, checkpoint)
LEFT JOIN schools_enrolment e
  ON e.pupil_id = a.pupil_id AND e.school_class_id = a.school_class_id AND e.starts_on <= a.day AND e.until > a.day
LEFT JOIN counted_register late
  ON late.school_class_id = a.school_class_id AND late.day = a.day AND late.checkpoint = %(end)s
LEFT JOIN staged_absence other
  ON other.pupil_id = a.pupil_id AND other.day = a.day AND other.checkpoint = %(end)s
"""
WRITE_ABSENCES = """
INSERT INTO absence_absence (pupil_id, day, checkpoint, school_class_id, school_id, halves, reason)
SELECT pupil_id, day, checkpoint, school_class_id, school_id, halves, reason FROM counted_absence
"""
WRITE_REGISTERS = """
INSERT INTO absence_register (school_class_id, day, checkpoint, school_id, halves, version, enrolled,
  illness, leave, unlawful, pending, taken_by_id, taken_at)
SELECT r.school_class_id, r.day, r.checkpoint, r.school_id, r.halves, 1, r.enrolled,
  coalesce(a.illness, 0), coalesce(a.leave, 0), coalesce(a.unlawful, 0), coalesce(a.pending, 0),
  r.taken_by_id, r.taken_at
FROM counted_register r
LEFT JOIN (
  SELECT school_class_id, day, checkpoint,
    count(*) FILTER (WHERE reason = 1) AS illness, count(*) FILTER (WHERE reason = 2) AS leave,
    count(*) FILTER (WHERE reason = 3) AS unlawful, count(*) FILTER (WHERE reason = 0) AS pending
  FROM counted_absence WHERE enrolled GROUP BY 1, 2, 3
) a USING (school_class_id, day, checkpoint)
"""
# The months those days lie in, each as a whole: their sums hold what was there before as well.
MONTHS = EVERYTHING | {
    "registers": "r.day >= %(since)s AND r.day < %(until)s",
    "absences": "a.day >= %(since)s AND a.day < %(until)s",
}


@transaction.atomic
def load(registers: Iterable[TakenRegister], absences: Iterable[NewAbsence]) -> Loaded:
    """Append taken registers and the absences noted in them, and bring the class-month sums in line.

    The registers are read first, then the absences. Both tables stay locked until the transaction ends.

    Raises:
        AlreadyTaken: a class has a register of one of its days already.
        NotTaken: an absence has no register among those given.
        IntegrityError: something comes twice, or names a class, pupil or user that does not exist.
    """
    with connection.cursor() as cursor:
        cursor.execute(STAGING)
        taken = copying.copy("staged_register", TakenRegister._fields, registers)
        absent = copying.copy("staged_absence", NewAbsence._fields, absences)
        copying.analyse("staged_register", "staged_absence")
        cursor.execute(SPAN)
        first, last = cursor.fetchone()
        cursor.execute(TAKEN_BEFORE, {"first": first, "last": last})
        if cursor.fetchone() == (True,):
            raise AlreadyTaken
        cursor.execute(COUNT_REGISTERS.format(rules=RULES), PARAMETERS)
        copying.analyse("counted_register")
        cursor.execute(COUNT_ABSENCES.format(rules=RULES), PARAMETERS)
        if cursor.rowcount < absent:
            raise NotTaken
        with copying.bare(Register._meta.db_table, Absence._meta.db_table):
            cursor.execute(WRITE_ABSENCES)
            cursor.execute(WRITE_REGISTERS)
        cursor.execute(UNSTAGING)
        if taken:
            span = {"since": first.replace(day=1), "until": next_month(last)}
            cursor.execute(WRITE_MONTHS.format(**MONTHS), PARAMETERS | span)
    copying.analyse(ClassMonth._meta.db_table)
    return Loaded(registers=taken, absences=absent)
