"""How has absence gone week by week?

The same half-days as `absence.percentage`, of few pupils and few weeks, told apart by ISO week: a class's register of a day
makes it possible, the pupil's absence counts against it. A week in which nothing was registered has no percentage, and is
never shown as full attendance. tests/absence/test_weekly.py holds the two rooms to the same figures.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from django.db import connection

from fravaer.absence.checkpoints import HALVES_A_DAY
from fravaer.absence.tallies import Tally
from fravaer.core.periods import Period

WEEKS = """
WITH span AS (
  SELECT e.pupil_id, e.school_class_id, greatest(e.starts_on, %(since)s) AS since, least(e.until, %(until)s) AS until
  FROM schools_enrolment e
  WHERE e.starts_on < %(until)s AND e.until > %(since)s AND e.pupil_id = ANY(%(pupils)s)
), class_span AS (
  SELECT DISTINCT school_class_id, since, until FROM span
), held AS MATERIALIZED (
  SELECT s.school_class_id, s.since, s.until, date_trunc('week', r.day)::date AS week, sum(r.halves) AS possible
  FROM class_span s JOIN absence_register r
    ON r.school_class_id = s.school_class_id AND r.day >= s.since AND r.day < s.until
  GROUP BY 1, 2, 3, 4
), planned AS MATERIALIZED (
  SELECT s.school_class_id, s.since, s.until, date_trunc('week', d.day)::date AS week, %(halves_a_day)s * count(*) AS due
  FROM class_span s JOIN schools_schoolclass c ON c.id = s.school_class_id
  JOIN schools_calendarday d ON d.calendar_id = c.calendar_id AND d.is_school_day AND d.day >= s.since AND d.day < s.until
  GROUP BY 1, 2, 3, 4
), absent AS (
  SELECT pupil_id, date_trunc('week', day)::date AS week,
    coalesce(sum(halves) FILTER (WHERE reason = 1), 0) AS illness,
    coalesce(sum(halves) FILTER (WHERE reason = 2), 0) AS leave,
    coalesce(sum(halves) FILTER (WHERE reason = 3), 0) AS unlawful,
    coalesce(sum(halves) FILTER (WHERE reason = 0), 0) AS pending
  FROM absence_absence
  WHERE day >= %(since)s AND day < %(until)s AND pupil_id = ANY(%(pupils)s) GROUP BY 1, 2
), weeks AS (
  SELECT span.pupil_id, coalesce(h.week, p.week) AS week, sum(coalesce(h.possible, 0)) AS possible, sum(coalesce(p.due, 0)) AS due
  FROM span JOIN (
    held h FULL JOIN planned p USING (school_class_id, since, until, week)
  ) USING (school_class_id, since, until)
  GROUP BY 1, 2
)
SELECT pupil_id, week, possible::int, due::int, coalesce(illness, 0)::int, coalesce(leave, 0)::int, coalesce(unlawful, 0)::int,
  coalesce(pending, 0)::int
FROM weeks LEFT JOIN absent USING (pupil_id, week)
"""
Weeks = dict[date, Tally]


def tallies(pupil_ids: Collection[int], period: Period) -> dict[int, Weeks]:
    """Each pupil's tally of every ISO week of the period, by the week's Monday, in order. One query.

    Every pupil named has all the weeks; one without a school day, or in which the pupil was nowhere enrolled, is an empty
    tally. `due` counts all of the period: end it at the day of counting.
    """
    mondays = weeks_of(period)
    found: dict[int, Weeks] = {pupil: dict.fromkeys(mondays, Tally()) for pupil in pupil_ids}
    if not found or not mondays:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            WEEKS,
            {
                "since": period.since,
                "until": period.until,
                "pupils": sorted(found),
                "halves_a_day": HALVES_A_DAY,
            },
        )
        for pupil, week, *figures in cursor.fetchall():
            found[pupil][week] = Tally(*figures)
    return found


def last(number: int, day: date) -> Period:
    """The latest `number` ISO weeks, that of `day` among them as far as it has come."""
    monday = day - timedelta(days=day.weekday())
    return Period(monday - timedelta(weeks=number - 1), day + timedelta(days=1))


def weeks_of(period: Period) -> list[date]:
    """The Mondays of the ISO weeks the period touches, in order."""
    monday = period.since - timedelta(days=period.since.weekday())
    found = []
    while monday < period.until:
        found.append(monday)
        monday += timedelta(weeks=1)
    return found
