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

# A class's registered days are numbered one after the other; days away whose numbers follow each other are one row. Whoever
# changed class goes on counting where the former class's numbers ended.
ROWS = """
(WITH class_day AS MATERIALIZED (
  SELECT school_class_id, day, sum(halves) AS possible,
    row_number() OVER (PARTITION BY school_class_id ORDER BY day) AS number
  FROM absence_register
  WHERE day >= %(rows_since)s AND day < %(rows_until)s AND halves > 0 AND {classes}
  GROUP BY school_class_id, day
), away AS (
  SELECT a.pupil_id, a.school_class_id, a.day, sum(a.halves) AS halves
  FROM absence_absence a
  WHERE a.day >= %(rows_since)s AND a.day < %(rows_until)s AND a.halves > 0 AND a.reason = ANY(%(rows_reasons)s)
    AND {pupils_away}
  GROUP BY a.pupil_id, a.school_class_id, a.day
), mover AS MATERIALIZED (
  SELECT pupil_id, school_class_id, starts_on AS since, until
  FROM (
    SELECT e.*, count(*) OVER (PARTITION BY e.pupil_id) AS times
    FROM schools_enrolment e WHERE e.starts_on < %(rows_until)s AND e.until > %(rows_since)s AND {pupils}
  ) of_pupil WHERE times > 1
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
)
SELECT pupil_id, max(halves)::int AS longest, count(*)::int AS spells
FROM (
  SELECT pupil_id, sum(halves) AS halves, max(day) AS ended_on
  FROM (SELECT *, place - row_number() OVER (PARTITION BY pupil_id ORDER BY day) AS island FROM placed) numbered
  GROUP BY pupil_id, island
) of_rows
WHERE ended_on >= %(rows_ending)s
GROUP BY pupil_id)
"""
CHOSEN = "{0}.pupil_id IN (SELECT pupil_id FROM {1})"
THEIR_CLASSES = "school_class_id IN (SELECT e.school_class_id FROM schools_enrolment e WHERE {0})"


def relation(
    within: Period, *, ending: date, reasons: Collection[int], whole_days: bool, among: str = ""
) -> tuple[str, dict[str, Any]]:
    """SQL of one row a pupil with at least one row of days away that lies `within` the period and ends on `ending` or later.

    Columns: pupil_id, longest (half-days away in the longest of those rows, from its first day on) and spells (how many
    they are). Only absence for these reasons counts. `whole_days` leaves out days of which she attended a part: they end a
    row. The text is a parenthesised query with named parameters that begin with `rows_`, which come with it. Counted is
    everybody, or those `among` a table of the caller's with a column pupil_id.
    """
    pupils = CHOSEN.format("e", among) if among else "true"
    return ROWS.format(
        counts="away.halves >= d.possible" if whole_days else "true",
        classes=THEIR_CLASSES.format(pupils) if among else "true",
        pupils_away=CHOSEN.format("a", among) if among else "true",
        pupils=pupils,
    ), {
        "rows_since": within.since,
        "rows_until": within.until,
        "rows_ending": ending,
        "rows_reasons": sorted(reasons),
    }
