"""In how many separate rows of school days was a pupil away, and how long was the longest of them?

A row is one or more of the pupil's own school days after one another on which she was away: for all that the registers
decided, where whole days are asked for, else for any of it. A day nobody registered neither breaks a row nor lengthens it; a
weekend, a closed day and a change of class do not break it either. Set-based, for everybody at once.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from fravaer.core.periods import Period

# A class's registered days of the window are numbered one after the other; days away whose numbers follow each other are one
# row. Whoever came or left within the window goes on counting where the former class's numbers ended. A row that begins with
# the window's first day is followed back, day by day, to where it began: few are, so that the year before need not be read
# for everybody.
ROWS = """
(WITH RECURSIVE class_day AS MATERIALIZED (
  SELECT c.school_class_id, d.day, d.possible, row_number() OVER (PARTITION BY c.school_class_id ORDER BY d.day) AS number
  FROM (
    SELECT DISTINCT e.school_class_id FROM schools_enrolment e
    WHERE e.starts_on < %(rows_until)s AND e.until > %(rows_ending)s AND {pupils}
  ) c
  CROSS JOIN LATERAL (
    SELECT r.day, sum(r.halves) AS possible FROM absence_register r
    WHERE r.school_class_id = c.school_class_id AND r.day >= %(rows_ending)s AND r.day < %(rows_until)s AND r.halves > 0
    GROUP BY r.day
  ) d
), away AS (
  SELECT a.pupil_id, a.school_class_id, a.day, sum(a.halves) AS halves
  FROM absence_absence a
  WHERE a.day >= %(rows_ending)s AND a.day < %(rows_until)s AND a.halves > 0 AND a.reason = ANY(%(rows_reasons)s)
    AND {pupils_away}
  GROUP BY a.pupil_id, a.school_class_id, a.day
), mover AS MATERIALIZED (
  SELECT e.pupil_id, e.school_class_id, e.starts_on AS since, e.until FROM schools_enrolment e
  WHERE e.starts_on < %(rows_until)s AND e.until > %(rows_ending)s AND {pupils}
    AND (e.starts_on > %(rows_ending)s OR e.until < %(rows_until)s)
), shift AS MATERIALIZED (
  SELECT pupil_id, school_class_id, since, until, coalesce(sum(attended) OVER (
      PARTITION BY pupil_id ORDER BY since ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0) - before AS shift
  FROM (
    SELECT m.pupil_id, m.school_class_id, m.since, m.until, count(*) FILTER (WHERE d.day < m.since) AS before,
      count(*) FILTER (WHERE d.day >= m.since AND d.day < m.until) AS attended
    FROM mover m LEFT JOIN class_day d ON d.school_class_id = m.school_class_id
    GROUP BY m.pupil_id, m.school_class_id, m.since, m.until
  ) counted
), placed AS (
  SELECT away.pupil_id, away.day, away.halves, d.number + coalesce(s.shift, 0) AS place
  FROM away
  JOIN class_day d ON d.school_class_id = away.school_class_id AND d.day = away.day
  LEFT JOIN shift s ON s.pupil_id = away.pupil_id AND s.school_class_id = away.school_class_id
    AND away.day >= s.since AND away.day < s.until
  WHERE {counts}
), rows_of_window AS MATERIALIZED (
  SELECT pupil_id, sum(halves) AS halves, min(place) AS place, min(day) AS began_on
  FROM (SELECT *, place - row_number() OVER (PARTITION BY pupil_id ORDER BY day) AS island FROM placed) numbered
  GROUP BY pupil_id, island
), back AS (
  SELECT pupil_id, began_on AS day, 0::bigint AS halves FROM rows_of_window WHERE place = 1 AND {lengthened}
  UNION ALL
  SELECT back.pupil_id, before.day, gone.halves
  FROM back
  CROSS JOIN LATERAL (
    SELECT e.school_class_id, latest.day
    FROM schools_enrolment e CROSS JOIN LATERAL (
      SELECT r.day FROM absence_register r
      WHERE r.school_class_id = e.school_class_id AND r.halves > 0
        AND r.day >= greatest(e.starts_on, %(rows_since)s) AND r.day < least(e.until, back.day)
      ORDER BY r.day DESC LIMIT 1
    ) latest
    WHERE e.pupil_id = back.pupil_id AND e.starts_on < back.day AND e.until > %(rows_since)s
    ORDER BY latest.day DESC LIMIT 1
  ) before
  CROSS JOIN LATERAL (
    SELECT sum(r.halves) AS possible FROM absence_register r
    WHERE r.school_class_id = before.school_class_id AND r.day = before.day
  ) held
  CROSS JOIN LATERAL (
    SELECT sum(a.halves) AS halves FROM absence_absence a
    WHERE a.pupil_id = back.pupil_id AND a.day = before.day AND a.reason = ANY(%(rows_reasons)s)
  ) gone
  WHERE gone.halves >= held.possible
)
SELECT w.pupil_id, max(w.halves + CASE WHEN w.place = 1 THEN coalesce(b.halves, 0) ELSE 0 END)::int AS longest,
  count(*)::int AS spells
FROM rows_of_window w
LEFT JOIN (SELECT pupil_id, sum(halves) AS halves FROM back GROUP BY pupil_id) b USING (pupil_id)
GROUP BY w.pupil_id)
"""
CHOSEN = "{0}.pupil_id IN (SELECT pupil_id FROM {1})"


def relation(
    within: Period, *, ending: date, reasons: Collection[int], whole_days: bool, among: str = ""
) -> tuple[str, dict[str, Any]]:
    """SQL of one row a pupil with at least one row of days away that lies `within` the period and ends on `ending` or later.

    Columns: pupil_id, longest (half-days away in the longest of those rows, from its first day on where `whole_days` are
    asked for) and spells (how many they are). Only absence for these reasons counts. `whole_days` leaves out days of which
    she attended a part: they end a row. The text is a parenthesised query with named parameters that begin with `rows_`,
    which come with it. Counted is everybody, or those `among` a table of the caller's with a column pupil_id.
    """
    pupils = CHOSEN.format("e", among) if among else "true"
    return ROWS.format(
        counts="away.halves >= d.possible" if whole_days else "true",
        pupils_away=CHOSEN.format("a", among) if among else "true",
        pupils=pupils,
        lengthened="true" if whole_days else "false",
    ), {
        "rows_since": within.since,
        "rows_until": within.until,
        "rows_ending": ending,
        "rows_reasons": sorted(reasons),
    }
