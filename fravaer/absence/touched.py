"""Whose figures may be others than when somebody last counted them?

Read from what is only ever added: saves of registers, words about absences, and what was known beforehand. A register's
first save decides a day for the whole class; a later one for those whose mark it changed. What a changed calendar or a
changed enrolment does is not in here: the night counts everybody after those have been brought in line.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from fravaer.core.periods import Period

TOUCHED = """
WITH saved AS MATERIALIZED (
  SELECT school_class_id, day, version, pupils FROM absence_registerevent
  WHERE saved_at >= %(at)s AND day >= %(since)s AND day < %(until)s
)
SELECT unnest(pupils) FROM saved
UNION
SELECT e.pupil_id FROM saved
JOIN schools_enrolment e ON e.school_class_id = saved.school_class_id AND e.starts_on <= saved.day AND e.until > saved.day
WHERE saved.version = 1
UNION
SELECT pupil_id FROM absence_explanation WHERE said_at >= %(at)s AND day >= %(since)s AND day < %(until)s
UNION
SELECT pupil_id FROM absence_known
WHERE pupil_id IS NOT NULL AND (entered_at >= %(at)s OR decided_at >= %(at)s)
  AND since < %(until)s AND until > %(since)s
"""


def since(at: datetime, within: Period) -> set[int]:
    """The pupils about whose days `within` the period anything was said at `at` or later. One query."""
    with connection.cursor() as cursor:
        cursor.execute(TOUCHED, {"at": at, "since": within.since, "until": within.until})
        return {pupil for (pupil,) in cursor.fetchall()}
