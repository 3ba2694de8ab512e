"""What did each pupil of a school miss, month by month?

The same half-days as `percentage` counts, split by calendar month and kept to the school they happened at: a pupil who moved
has her months at each school, and one who left is there with the months she was. Legal basis: the school reports to the
ministry, for every pupil who attended in the school year, days of absence by reason for each month (order on pupils' absence
in the Folkeskole, in force 1 January 2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from fravaer.absence.checkpoints import HALVES_A_DAY
from fravaer.absence.tallies import Tally
from fravaer.core.periods import Period


@dataclass(frozen=True, slots=True)
class Pupil:
    """A pupil at the school in the period: her last class there, and the days from the first up to, and without, `until`."""

    pk: int
    uuid: UUID
    roster_key: str
    name: str
    protected: bool
    year_group: int
    letter: str
    since: date
    until: date

    @property
    def class_name(self) -> str:
        return f"{self.year_group}.{self.letter}"


@dataclass(frozen=True, slots=True)
class Month:
    """A pupil's half-days of one month at the school; `month` is its first day."""

    pupil: Pupil
    month: date
    tally: Tally


# What a span of days could have held is looked up once for all who share it. An absence noted in a class the pupil was not in
# decides no half-days, so the school of its row is the school of the pupil.
MONTHS = """
WITH month AS (
  SELECT first::date AS month, greatest(first::date, %(since)s) AS since,
    least((first + interval '1 month')::date, %(until)s) AS until
  FROM generate_series(date_trunc('month', %(since)s::date), %(until)s::date - 1, interval '1 month') first
), enrolled AS (
  SELECT e.pupil_id, e.school_class_id, c.calendar_id, c.year_group, c.letter,
    greatest(e.starts_on, %(since)s) AS since, least(e.until, %(until)s) AS until
  FROM schools_enrolment e JOIN schools_schoolclass c ON c.id = e.school_class_id
  WHERE c.school_id = %(school)s AND e.starts_on < %(until)s AND e.until > %(since)s AND %(since)s < %(until)s
    AND (%(class)s::int IS NULL OR c.id = %(class)s)
), pupil AS (
  SELECT pupil_id, min(since) AS since, max(until) AS until,
    (array_agg(year_group ORDER BY until DESC))[1] AS year_group, (array_agg(letter ORDER BY until DESC))[1] AS letter
  FROM enrolled GROUP BY pupil_id
), span AS (
  SELECT n.pupil_id, n.school_class_id, n.calendar_id, m.month,
    greatest(n.since, m.since) AS since, least(n.until, m.until) AS until
  FROM enrolled n JOIN month m ON n.since < m.until AND n.until > m.since
), held AS MATERIALIZED (
  SELECT school_class_id, since, until,
    coalesce((SELECT sum(halves) FROM absence_register r
      WHERE r.school_class_id = s.school_class_id AND r.day >= s.since AND r.day < s.until), 0) AS possible,
    {halves_a_day} * coalesce((
        SELECT number_before FROM schools_calendarday d WHERE d.calendar_id = s.calendar_id AND d.day = s.until
      ) - (
        SELECT number_before FROM schools_calendarday d WHERE d.calendar_id = s.calendar_id AND d.day = s.since
      ), 0) AS due
  FROM (SELECT DISTINCT school_class_id, calendar_id, since, until FROM span) s
), counted AS (
  SELECT pupil_id, month, sum(possible) AS possible, sum(due) AS due
  FROM span JOIN held USING (school_class_id, since, until) GROUP BY pupil_id, month
), absent AS (
  SELECT pupil_id, date_trunc('month', day)::date AS month,
    sum(halves) FILTER (WHERE reason = 1) AS illness, sum(halves) FILTER (WHERE reason = 2) AS leave,
    sum(halves) FILTER (WHERE reason = 3) AS unlawful, sum(halves) FILTER (WHERE reason = 0) AS pending
  FROM absence_absence
  WHERE school_id = %(school)s AND day >= %(since)s AND day < %(until)s AND halves > 0
    AND (%(class)s::int IS NULL OR school_class_id = %(class)s)
  GROUP BY 1, 2
)
SELECT p.id, p.uuid, p.roster_key, p.given_name || ' ' || p.family_name, p.protected, u.year_group, u.letter, u.since, u.until,
  c.month, c.possible::int, c.due::int, coalesce(a.illness, 0)::int, coalesce(a.leave, 0)::int,
  coalesce(a.unlawful, 0)::int, coalesce(a.pending, 0)::int
FROM counted c
JOIN pupil u USING (pupil_id)
JOIN schools_pupil p ON p.id = c.pupil_id
LEFT JOIN absent a USING (pupil_id, month)
WHERE c.due > 0 OR c.possible > 0
ORDER BY u.year_group, u.letter, p.sort_given, p.id, c.month
"""


def months(school_id: int, period: Period, *, school_class_id: int | None = None) -> list[Month]:
    """Every month of the period with school days, of every pupil of the school or of one class, by class, name and month.

    `due` counts whole months: end the period at the day of counting. One query.
    """
    parameters: dict[str, Any] = {
        "school": school_id,
        "class": school_class_id,
        "since": period.since,
        "until": period.until,
    }
    pupils: dict[int, Pupil] = {}
    found = []
    with connection.cursor() as cursor:
        cursor.execute(MONTHS.format(halves_a_day=HALVES_A_DAY), parameters)
        for row in cursor.fetchall():
            pupil = pupils.setdefault(row[0], Pupil(*row[:9]))
            found.append(Month(pupil, row[9], Tally(*row[10:])))
    return found
