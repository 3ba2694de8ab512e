"""Do registers and absences still count what the calendar and the enrolments of today say they should?

A calendar or an enrolment may change after a register was taken: a day is closed afterwards, a pupil turns out to have
changed class last week. Rows are then not lost; they only stop deciding anything (`halves` 0), and do so again when the
change is undone. `align` brings every row and every sum in line, class by class, and changes nothing when all is well;
`align_days` does it for the days another calendar has changed, and `count_day` for one class and day, in the transaction of
every save, by the very same statements.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import connection, transaction

from fravaer.absence.checkpoints import RULES, Checkpoint
from fravaer.core.periods import next_month

# Half-days a register decides by today's calendar. With an END checkpoint each register decides one half-day.
REGISTERS_DUE = """
  SELECT r.school_class_id, r.day, r.checkpoint, r.halves AS stands,
    CASE WHEN NOT coalesce(d.is_school_day, false) THEN 0
         WHEN c.year_group >= rule.first_with_end THEN 1
         WHEN r.checkpoint = %(start)s THEN 2 ELSE 0 END AS halves
  FROM absence_register r
  JOIN schools_schoolclass c ON c.id = r.school_class_id
  JOIN {rules} rule ON r.day >= rule.since AND r.day < rule.until
  LEFT JOIN schools_calendarday d ON d.calendar_id = c.calendar_id AND d.day = r.day
  WHERE {registers}
"""
REGISTERS = """
UPDATE absence_register r SET halves = due.halves
FROM ({due}) due
WHERE (r.school_class_id, r.day, r.checkpoint) = (due.school_class_id, due.day, due.checkpoint)
  AND r.halves <> due.halves
""".replace("{due}", REGISTERS_DUE)

# An absence decides what its register decides, while the pupil was in that class; absent at the start and present at the
# end of a day with both registers taken counts as the whole day, where the rule lets the start decide.
ABSENCES_DUE = """
  SELECT a.pupil_id, a.day, a.checkpoint, a.school_class_id, a.halves AS stands,
    CASE WHEN r.halves IS NULL OR e.pupil_id IS NULL THEN 0
         WHEN a.checkpoint = %(start)s AND late.halves IS NOT NULL AND other.pupil_id IS NULL AND rule.start_decides
           THEN r.halves + late.halves
         ELSE r.halves END AS halves
  FROM absence_absence a
  JOIN {rules} rule ON a.day >= rule.since AND a.day < rule.until
  LEFT JOIN absence_register r
    ON (r.school_class_id, r.day, r.checkpoint) = (a.school_class_id, a.day, a.checkpoint)
  LEFT JOIN schools_enrolment e
    ON e.pupil_id = a.pupil_id AND e.school_class_id = a.school_class_id AND e.starts_on <= a.day AND e.until > a.day
  LEFT JOIN absence_register late
    ON late.school_class_id = a.school_class_id AND late.day = a.day AND late.checkpoint = %(end)s
  LEFT JOIN absence_absence other
    ON other.pupil_id = a.pupil_id AND other.day = a.day AND other.checkpoint = %(end)s
   AND other.school_class_id = a.school_class_id
  WHERE {absences}
"""
ABSENCES = """
UPDATE absence_absence a SET halves = due.halves
FROM ({due}) due
WHERE (a.pupil_id, a.day, a.checkpoint) = (due.pupil_id, due.day, due.checkpoint) AND a.halves <> due.halves
""".replace("{due}", ABSENCES_DUE)

TOTALS_DUE = """
  SELECT r.school_class_id, r.day, r.checkpoint,
    (r.enrolled, r.illness, r.leave, r.unlawful, r.pending) IS DISTINCT FROM (count(e.pupil_id),
      count(*) FILTER (WHERE a.reason = 1), count(*) FILTER (WHERE a.reason = 2),
      count(*) FILTER (WHERE a.reason = 3), count(*) FILTER (WHERE a.reason = 0)) AS wrong,
    count(e.pupil_id) AS enrolled,
    count(*) FILTER (WHERE a.reason = 1) AS illness, count(*) FILTER (WHERE a.reason = 2) AS leave,
    count(*) FILTER (WHERE a.reason = 3) AS unlawful, count(*) FILTER (WHERE a.reason = 0) AS pending
  FROM absence_register r
  LEFT JOIN schools_enrolment e
    ON e.school_class_id = r.school_class_id AND e.starts_on <= r.day AND e.until > r.day
  LEFT JOIN absence_absence a
    ON a.pupil_id = e.pupil_id AND a.day = r.day AND a.checkpoint = r.checkpoint
   AND a.school_class_id = r.school_class_id
  WHERE {registers}
  GROUP BY r.school_class_id, r.day, r.checkpoint
"""
TOTALS = """
UPDATE absence_register r
SET enrolled = n.enrolled, illness = n.illness, leave = n.leave, unlawful = n.unlawful, pending = n.pending
FROM ({due}) n
WHERE (r.school_class_id, r.day, r.checkpoint) = (n.school_class_id, n.day, n.checkpoint) AND n.wrong
""".replace("{due}", TOTALS_DUE)

# Absent half-days come from the absences, because one absence may decide more than its own register's half-day.
MONTHS = """
WITH taken AS (
  SELECT date_trunc('month', day::timestamp)::date AS month, school_class_id, min(school_id) AS school_id,
    sum(halves) AS taken, sum(halves * enrolled) AS possible
  FROM absence_register r WHERE {registers} GROUP BY 1, 2
), absent AS (
  SELECT date_trunc('month', a.day::timestamp)::date AS month, a.school_class_id,
    coalesce(sum(halves) FILTER (WHERE reason = 1), 0) AS illness,
    coalesce(sum(halves) FILTER (WHERE reason = 2), 0) AS leave,
    coalesce(sum(halves) FILTER (WHERE reason = 3), 0) AS unlawful,
    coalesce(sum(halves) FILTER (WHERE reason = 0), 0) AS pending
  FROM absence_absence a WHERE {absences} GROUP BY 1, 2
), counted AS (
  SELECT t.month, t.school_class_id, t.school_id, t.taken, t.possible, coalesce(a.illness, 0) AS illness,
    coalesce(a.leave, 0) AS leave, coalesce(a.unlawful, 0) AS unlawful, coalesce(a.pending, 0) AS pending
  FROM taken t LEFT JOIN absent a USING (month, school_class_id)
)
"""
WRITE_MONTHS = (
    MONTHS
    + """
INSERT INTO absence_classmonth AS m
  (month, school_class_id, school_id, taken, possible, illness, leave, unlawful, pending)
SELECT month, school_class_id, school_id, taken, possible, illness, leave, unlawful, pending FROM counted
ON CONFLICT (month, school_class_id) DO UPDATE SET
  taken = excluded.taken, possible = excluded.possible, illness = excluded.illness, leave = excluded.leave,
  unlawful = excluded.unlawful, pending = excluded.pending, version = m.version + 1
{when}
"""
)
# Absences that decide otherwise than before may leave the sums of their class as they were: one pupil's less, another's more.
TOUCHED = """
  RETURNING a.school_class_id, a.day
), touched AS (
  UPDATE absence_classmonth m SET version = version + 1
  FROM (SELECT DISTINCT school_class_id, date_trunc('month', day)::date AS month FROM changed) c
  WHERE (m.school_class_id, m.month) = (c.school_class_id, c.month)
)
SELECT count(*) FROM changed
"""
ABSENCES_AND_VERSIONS = f"WITH changed AS ({ABSENCES}{TOUCHED}"
# Classes out of line, with the pupils whose absences are.
OUT_OF_LINE = (
    "SELECT DISTINCT school_class_id, NULL::int FROM ({due}) due WHERE halves <> stands".replace(
        "{due}", REGISTERS_DUE
    ),
    "SELECT DISTINCT school_class_id, pupil_id FROM ({due}) due WHERE halves <> stands".replace(
        "{due}", ABSENCES_DUE
    ),
    "SELECT DISTINCT school_class_id, NULL::int FROM ({due}) due WHERE wrong".replace("{due}", TOTALS_DUE),
    MONTHS
    + """
SELECT DISTINCT school_class_id, NULL::int FROM counted c LEFT JOIN absence_classmonth m USING (month, school_class_id)
WHERE (c.taken, c.possible, c.illness, c.leave, c.unlawful, c.pending) IS DISTINCT FROM
  (m.taken, m.possible, m.illness, m.leave, m.unlawful, m.pending)
""",
)
WRONG_MONTHS = (
    MONTHS
    + """
SELECT count(*) FROM counted c FULL JOIN absence_classmonth m USING (month, school_class_id)
WHERE (c.taken, c.possible, c.illness, c.leave, c.unlawful, c.pending) IS DISTINCT FROM
  (m.taken, m.possible, m.illness, m.leave, m.unlawful, m.pending)
  AND NOT (c.taken IS NULL AND (m.taken, m.possible) = (0, 0))
"""
)
# Saves wait for us and we for them: otherwise a register taken meanwhile would be summed twice or not at all.
LOCK = "LOCK TABLE absence_register IN SHARE ROW EXCLUSIVE MODE"
# As a save does.
LOCK_CLASS = "SELECT 1 FROM schools_schoolclass WHERE id = %(class)s FOR NO KEY UPDATE"
PARAMETERS = {
    "start": Checkpoint.START.value,
    "end": Checkpoint.END.value,
}
EVERYTHING = {
    "rules": RULES,
    "registers": "true",
    "absences": "true",
    "when": "WHERE (m.taken, m.possible, m.illness, m.leave, m.unlawful, m.pending) IS DISTINCT FROM "
    "(excluded.taken, excluded.possible, excluded.illness, excluded.leave, excluded.unlawful, excluded.pending)",
}
ONE_CLASS = {
    "rules": RULES,
    "registers": "r.school_class_id = %(class)s",
    # By way of the enrolments, so that the absences are found pupil by pupil in their primary key. Those of pupils who
    # are in the class no more decide nothing, but for the ones found out of line.
    "absences": "a.school_class_id = %(class)s AND a.pupil_id IN (SELECT pupil_id FROM schools_enrolment "
    "WHERE school_class_id = %(class)s UNION ALL SELECT unnest(%(pupils)s::int[]))",
    "when": EVERYTHING["when"],
}
# Of every class. The condition on the outer row as well, so that both sides of the update are found by the day.
SOME_DAYS = {
    "rules": RULES,
    "registers": "r.day = ANY(%(days)s)",
    "absences": "a.day = ANY(%(days)s)",
}
# The range is what the index on the day answers; the months between the first and the last that nothing touched go after it.
THEIR_MONTHS = {
    "registers": "r.day >= %(since)s AND r.day < %(until)s "
    "AND date_trunc('month', r.day::timestamp)::date = ANY(%(months)s)",
    "absences": "a.day >= %(since)s AND a.day < %(until)s "
    "AND date_trunc('month', a.day::timestamp)::date = ANY(%(months)s)",
    "when": EVERYTHING["when"],
}
ONE_DAY = {
    "rules": RULES,
    "registers": "r.school_class_id = %(class)s AND r.day = %(day)s",
    "absences": "a.school_class_id = %(class)s AND a.day = %(day)s",
}
ONE_MONTH = {
    "registers": "r.school_class_id = %(class)s AND r.day >= %(month)s AND r.day < %(next_month)s",
    # By way of the enrolments, so that the absences are found pupil by pupil in their primary key.
    "absences": "a.pupil_id IN (SELECT pupil_id FROM schools_enrolment WHERE school_class_id = %(class)s) "
    "AND a.school_class_id = %(class)s AND a.day >= %(month)s AND a.day < %(next_month)s",
    # A save may move an absence from one pupil to another and leave the sums as they were.
    "when": "",
}


def align() -> int:
    """Bring every row and sum in line with calendars and enrolments. Returns how many rows had to change.

    What is out of line is looked for without keeping anybody waiting. Each class found is then brought in line by itself,
    under the lock its own saves take and in a transaction of its own unless the caller has one.
    """
    found: dict[int, list[int]] = defaultdict(list)
    with connection.cursor() as cursor:
        for statement in OUT_OF_LINE:
            cursor.execute(statement.format(**EVERYTHING), PARAMETERS)
            for school_class, pupil in cursor.fetchall():
                found[school_class] += [pupil] if pupil is not None else []
    return sum(_align_class(school_class, found[school_class]) for school_class in sorted(found))


@transaction.atomic
def _align_class(school_class_id: int, pupil_ids: list[int]) -> int:
    """Bring one class in line, of the pupils who are in it no more only these. Returns how many rows had to change."""
    parameters: dict[str, Any] = {**PARAMETERS, "class": school_class_id, "pupils": pupil_ids}
    changed = 0
    with connection.cursor() as cursor:
        cursor.execute(LOCK_CLASS, parameters)
        for statement in (REGISTERS, ABSENCES_AND_VERSIONS, TOTALS, WRITE_MONTHS):
            cursor.execute(statement.format(**ONE_CLASS), parameters)
            changed += cursor.fetchone()[0] if statement is ABSENCES_AND_VERSIONS else cursor.rowcount
    return changed


def align_days(days: Collection[date]) -> int:
    """Bring the registers and absences of these days in line with the calendars, and the sums of their months.

    To be called in the transaction that changed the calendars. What a change of the calendar leaves alone is not looked at:
    other days, and how many pupils each register counts. Returns how many rows had to change.
    """
    if not days:
        return 0
    months = sorted({day.replace(day=1) for day in days})
    parameters: dict[str, Any] = {
        **PARAMETERS,
        "days": sorted(days),
        "months": months,
        "since": months[0],
        "until": next_month(months[-1]),
    }
    changed = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK)
        for statement, rows in (
            (REGISTERS, SOME_DAYS),
            (ABSENCES_AND_VERSIONS, SOME_DAYS),
            (WRITE_MONTHS, THEIR_MONTHS),
        ):
            cursor.execute(statement.format(**rows), parameters)
            changed += cursor.fetchone()[0] if statement is ABSENCES_AND_VERSIONS else cursor.rowcount
    return changed


def count_day(school_class_id: int, day: date, *, both_checkpoints: bool) -> None:
    """Bring one class's day and month in line, inside the transaction of the save that changed it.

    The caller holds the class's lock, so that two saves of one month never count without each other. `both_checkpoints`
    says that the class has an END register, whose absences and the morning's decide together.
    """
    month = day.replace(day=1)
    parameters: dict[str, Any] = {
        **PARAMETERS,
        "class": school_class_id,
        "day": day,
        "month": month,
        "next_month": next_month(month),
    }
    with connection.cursor() as cursor:
        # The totals count pupils, whatever their absences decide; so both are one statement.
        statement = f"WITH decided AS ({ABSENCES}) {TOTALS}" if both_checkpoints else TOTALS
        cursor.execute(statement.format(**ONE_DAY), parameters)
        cursor.execute(WRITE_MONTHS.format(**ONE_MONTH), parameters)


def wrong_months() -> int:
    """Class-months whose stored sums differ from a recount of registers and absences; 0 when all is well."""
    with connection.cursor() as cursor:
        cursor.execute(WRONG_MONTHS.format(**EVERYTHING))
        row: tuple[int] = cursor.fetchone()
    return row[0]
