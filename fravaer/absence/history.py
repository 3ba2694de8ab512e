"""Which days stand behind this pupil's number?

Day by day, as the registers say: what was absent and why, what was taken, what nobody registered. Half-days as everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection

from fravaer.absence.reasons import Reason
from fravaer.core.periods import Period


@dataclass(frozen=True, slots=True)
class Day:
    """One school day of one pupil: half-days absent (0–2) with the reason of the first, and half-days decided (0–2)."""

    day: date
    school_class_id: int
    possible: int
    absent: int
    reason: Reason | None

    @property
    def unknown(self) -> bool:
        return self.possible == 0


DAYS = """
SELECT d.day, e.school_class_id,
  (SELECT coalesce(sum(r.halves), 0) FROM absence_register r WHERE r.school_class_id = c.id AND r.day = d.day),
  coalesce(sum(a.halves), 0), (array_agg(a.reason ORDER BY a.checkpoint) FILTER (WHERE a.halves > 0))[1]
FROM schools_enrolment e
JOIN schools_schoolclass c ON c.id = e.school_class_id
JOIN schools_calendarday d ON d.calendar_id = c.calendar_id AND d.is_school_day
  AND d.day >= greatest(e.starts_on, %(since)s) AND d.day < least(e.until, %(until)s)
LEFT JOIN absence_absence a ON a.pupil_id = e.pupil_id AND a.day = d.day
WHERE e.pupil_id = %(pupil)s
GROUP BY d.day, e.school_class_id, c.id
ORDER BY d.day DESC
"""


def days(pupil_id: int, period: Period) -> list[Day]:
    """The pupil's school days of the period, the newest first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(DAYS, {"pupil": pupil_id, "since": period.since, "until": period.until})
        return [
            Day(day, school_class, possible, absent, None if reason is None else Reason(reason))
            for day, school_class, possible, absent, reason in cursor.fetchall()
        ]
