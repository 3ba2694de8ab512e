"""How does a window of days look at many moments of a year, for everybody at once?

The same half-days as `absence.percentage` and the same rows of days away as `absence.spells`, but of a window that moves: each
absence and each register enters a window once and leaves it once, so that a year of weeks costs little more than the year's
rows. tests/cases/test_preview.py holds these rooms to the same figures.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from fravaer.absence.checkpoints import HALVES_A_DAY
from fravaer.core.periods import Period, school_year_start

Sql = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Turn:
    """A moment: the day counted last, and the window that ends with it, inside one school year."""

    day: date
    window: Period


# A day's rows come into the first window that holds the day and go out with the first that begins after it. Only pupils who
# were away enough at some moment are followed (`candidate`), and only as long as they go to school (`place`).
TURNS = """
turns AS MATERIALIZED (
  SELECT * FROM unnest(%(turn_days)s::date[], %(turn_sinces)s::date[], %(turn_untils)s::date[], %(turn_years)s::date[])
    WITH ORDINALITY AS t(day, since, until, year_since, turn)
), day_map AS MATERIALIZED (
  SELECT d.day::date AS day, e.turn AS enters, (
      SELECT min(x.turn) FROM turns x WHERE x.since > d.day AND x.turn > e.turn
    ) AS leaves
  FROM generate_series(%(turns_since)s::timestamp, %(turns_until)s::timestamp - interval '1 day', interval '1 day') AS d(day)
  CROSS JOIN LATERAL (SELECT min(turn) AS turn FROM turns WHERE until > d.day) e
  JOIN turns s ON s.turn = e.turn AND s.since <= d.day
), cell AS MATERIALIZED (
  SELECT a.pupil_id, m.enters, m.leaves, sum(a.halves)::int AS halves
  FROM absence_absence a JOIN day_map m ON m.day = a.day
  WHERE a.day >= %(turns_since)s AND a.day < %(turns_until)s AND a.reason = ANY(%(turn_reasons)s) {of_school_away}
  GROUP BY a.pupil_id, m.enters, m.leaves
), summed AS MATERIALIZED (
  SELECT pupil_id, turn, lead(turn) OVER of_pupil - 1 AS last, sum(halves) OVER of_pupil AS absent
  FROM (
    SELECT pupil_id, turn, sum(halves)::int AS halves
    FROM (
      SELECT pupil_id, enters AS turn, halves FROM cell
      UNION ALL SELECT pupil_id, leaves, -halves FROM cell WHERE leaves IS NOT NULL
    ) moved GROUP BY pupil_id, turn
  ) events
  WINDOW of_pupil AS (PARTITION BY pupil_id ORDER BY turn)
), candidate AS MATERIALIZED (
  SELECT pupil_id FROM summed GROUP BY pupil_id HAVING max(absent) >= %(at_least)s
)"""
PLACES = """
, span AS MATERIALIZED (
  SELECT e.pupil_id, e.school_class_id, e.starts_on AS since, e.until,
    lead(e.starts_on) OVER (PARTITION BY e.pupil_id ORDER BY e.starts_on) AS next_since,
    dense_rank() OVER (ORDER BY e.school_class_id, e.starts_on, e.until) AS track
  FROM schools_enrolment e JOIN candidate USING (pupil_id)
  WHERE e.starts_on < %(turns_until)s AND e.until > %(turns_since)s
), track AS MATERIALIZED (
  SELECT s.*, c.calendar_id
  FROM (SELECT DISTINCT track, school_class_id, since, until FROM span) s
  JOIN schools_schoolclass c ON c.id = s.school_class_id
), held AS MATERIALIZED (
  SELECT track, moved.turn, sum(moved.halves)::int AS halves
  FROM (
    SELECT t.track, m.enters AS turn, m.leaves, sum(r.halves)::int AS halves
    FROM track t
    JOIN absence_register r ON r.school_class_id = t.school_class_id AND r.day >= t.since AND r.day < t.until
    JOIN day_map m ON m.day = r.day
    WHERE r.day >= %(turns_since)s AND r.day < %(turns_until)s
    GROUP BY t.track, m.enters, m.leaves
  ) cells CROSS JOIN LATERAL (VALUES (turn, halves), (leaves, -halves)) AS moved(turn, halves)
  WHERE moved.turn IS NOT NULL
  GROUP BY track, moved.turn
), track_turn AS MATERIALIZED (
  SELECT t.track, w.turn, sum(coalesce(h.halves, 0)) OVER (PARTITION BY t.track ORDER BY w.turn) AS possible,
    {halves_a_day} * coalesce(ending.number_before - beginning.number_before, 0) AS due
  FROM track t
  JOIN turns w ON w.since < t.until AND w.until > t.since
  LEFT JOIN held h ON h.track = t.track AND h.turn = w.turn
  LEFT JOIN schools_calendarday beginning
    ON beginning.calendar_id = t.calendar_id AND beginning.day = greatest(w.since, t.since)
  LEFT JOIN schools_calendarday ending
    ON ending.calendar_id = t.calendar_id AND ending.day = least(w.until, t.until)
), earlier AS MATERIALIZED (
  -- What a pupil could have attended in the class she left in the middle of the school year.
  SELECT s.pupil_id, w.turn, sum(k.possible)::int AS possible, sum(k.due)::int AS due
  FROM span s
  JOIN track_turn k USING (track)
  JOIN turns w ON w.turn = k.turn AND w.day >= s.until
  WHERE extract(year FROM s.next_since - interval '7 months') = extract(year FROM s.since - interval '7 months')
  GROUP BY s.pupil_id, w.turn
)"""
# Rows of the pupil's own days away are told apart by numbering the days her class was registered; where she changed class,
# the numbers go on. A row counts from its first day on, as far as it has come.
ROWS = """
, class_day AS MATERIALIZED (
  SELECT school_class_id, day, sum(halves) AS possible,
    row_number() OVER (PARTITION BY school_class_id ORDER BY day) AS number
  FROM absence_register
  WHERE day >= %(years_since)s AND day < %(turns_until)s AND halves > 0
    AND school_class_id IN (SELECT school_class_id FROM span)
  GROUP BY school_class_id, day
), reached AS MATERIALIZED (
  -- How many days she had in earlier classes, less those her class had before her: nobody else has any.
  SELECT pupil_id, school_class_id, since, until, coalesce(sum(attended) OVER (
      PARTITION BY pupil_id ORDER BY since ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0) - before AS shift
  FROM (
    SELECT s.pupil_id, s.school_class_id, s.since, s.until, count(d.day) FILTER (WHERE d.day < s.since) AS before,
      count(d.day) FILTER (WHERE d.day >= s.since AND d.day < s.until) AS attended
    FROM span s
    LEFT JOIN class_day d ON d.school_class_id = s.school_class_id
    WHERE s.pupil_id IN (SELECT pupil_id FROM span GROUP BY pupil_id HAVING count(*) > 1)
    GROUP BY s.pupil_id, s.school_class_id, s.since, s.until
  ) counted
), away AS MATERIALIZED (
  SELECT a.pupil_id, a.day, a.year_since, a.halves, d.number + coalesce(s.shift, 0)
    - row_number() OVER (PARTITION BY a.pupil_id, a.year_since ORDER BY a.day) AS island
  FROM (
    SELECT pupil_id, school_class_id, day, sum(halves) AS halves,
      make_date(extract(year FROM day - interval '7 months')::int, 8, 1) AS year_since
    FROM absence_absence
    WHERE day >= %(years_since)s AND day < %(turns_until)s AND halves > 0 AND reason = ANY(%(turn_reasons)s)
      AND pupil_id IN (SELECT pupil_id FROM candidate)
    GROUP BY pupil_id, school_class_id, day
  ) a
  JOIN class_day d ON d.school_class_id = a.school_class_id AND d.day = a.day
  LEFT JOIN reached s ON s.pupil_id = a.pupil_id AND s.school_class_id = a.school_class_id
    AND a.day >= s.since AND a.day < s.until
  WHERE a.halves >= d.possible OR NOT %(whole_days)s
), row_of_days AS MATERIALIZED (
  SELECT pupil_id, year_since, island, min(day) AS first_day, max(day) AS last_day, sum(halves) AS halves
  FROM away GROUP BY pupil_id, year_since, island
), with_rows AS MATERIALIZED (
  SELECT DISTINCT pupil_id FROM (
    SELECT pupil_id FROM row_of_days GROUP BY pupil_id, year_since
    HAVING CASE WHEN %(whole_days)s THEN max(halves) ELSE count(*) END >= %(at_least_in_rows)s
  ) of_year
), in_rows AS MATERIALIZED (
  SELECT pupil_id, turn, max(halves) AS longest, count(*) AS spells
  FROM (
    SELECT r.pupil_id, w.turn, r.island, sum(a.halves) AS halves
    FROM row_of_days r
    JOIN with_rows USING (pupil_id)
    JOIN turns w ON w.year_since = r.year_since AND r.first_day < w.until AND r.last_day >= w.since
    JOIN away a ON a.pupil_id = r.pupil_id AND a.year_since = r.year_since AND a.island = r.island AND a.day < w.until
    GROUP BY r.pupil_id, w.turn, r.island, w.since HAVING max(a.day) >= w.since
  ) so_far GROUP BY pupil_id, turn
)"""
GRID = """
, followed AS MATERIALIZED (
  {followed}
), place AS MATERIALIZED (
  SELECT s.pupil_id, w.turn, s.school_class_id, k.possible, k.due
  FROM span s
  JOIN followed USING (pupil_id)
  JOIN track_turn k USING (track)
  JOIN turns w ON w.turn = k.turn AND w.day >= s.since AND w.day < s.until
), so_far AS MATERIALIZED (
  SELECT s.pupil_id, g.turn, s.absent
  FROM summed s JOIN followed USING (pupil_id)
  CROSS JOIN LATERAL generate_series(s.turn, coalesce(s.last, %(last_turn)s)) AS g(turn)
)
SELECT p.pupil_id, p.turn::int AS turn, p.school_class_id, (p.possible + coalesce(e.possible, 0))::int AS possible,
  (p.due + coalesce(e.due, 0))::int AS due, s.absent::int AS absent{more}
FROM so_far s
JOIN place p ON p.pupil_id = s.pupil_id AND p.turn = s.turn
LEFT JOIN earlier e ON e.pupil_id = p.pupil_id AND e.turn = p.turn{joined}
"""
OF_ROWS = "SELECT pupil_id FROM with_rows"
EVERYBODY = "SELECT pupil_id FROM candidate"
# In a window that only grows a share is never larger than when the latest absence was new, or than of the days it takes to
# say anything. Whoever has changed class is followed in any case.
SHARE = """SELECT s.pupil_id
  FROM on_track s
  JOIN track_turn k ON k.track = s.track AND k.turn = s.turn
  JOIN turns w ON w.turn = s.turn
  WHERE w.day < s.since OR w.day >= s.until
    OR 100 * s.absent >= %(at_least_percent)s * greatest(k.possible, %(at_least_possible)s)
  GROUP BY s.pupil_id"""
# Put together first, or every pupil would be joined with every turn of her track.
ON_TRACK = """
, on_track AS MATERIALIZED (
  SELECT s.pupil_id, s.turn, s.absent, p.track, p.since, p.until FROM summed s JOIN span p USING (pupil_id)
)"""
WITH_ROWS = " LEFT JOIN in_rows r ON r.pupil_id = p.pupil_id AND r.turn = p.turn"
OF_SCHOOL = """AND a.pupil_id IN (
  SELECT o.pupil_id FROM schools_enrolment o JOIN schools_schoolclass k ON k.id = o.school_class_id
  WHERE k.school_id = %(turn_school)s AND o.starts_on < %(turns_until)s AND o.until > %(turns_since)s
)"""


def relation(
    turns: Sequence[Turn],
    reasons: Collection[int],
    *,
    at_least: int,
    school_id: int | None = None,
    rows: int | None = None,
    whole_days: bool = True,
    share: tuple[int, int] | None = None,
) -> Sql:
    """SQL of one row a pupil and turn, of those pupils who at some turn were away for at least so many half-days.

    Columns: pupil_id, turn (1 is the first), school_class_id (on the turn's day), possible, due and absent (half-days of the
    window; absent for these reasons). A pupil has no row before her first absence or where she is not enrolled. `rows` adds
    longest (half-days of the longest row of days away that reaches into the window) and spells (how many such rows), of whole
    days or of any, for pupils who in some year come to so many: of half-days in a row if the days are whole, else of rows.
    `share` leaves out pupils who at no turn reach so many percent of what was possible, and that of so many half-days at
    least; only for windows that grow from turn to turn until they begin anew. With a school only pupils who have gone there
    are counted. The windows of the turns, at least one, never begin or end earlier than the one before. The text is a
    parenthesised query with named parameters, which come with it.
    """
    parameters: dict[str, Any] = {
        "turn_days": [turn.day for turn in turns],
        "turn_sinces": [turn.window.since for turn in turns],
        "turn_untils": [turn.window.until for turn in turns],
        "turn_years": [school_year_start(turn.day) for turn in turns],
        "turns_since": turns[0].window.since,
        "turns_until": turns[-1].window.until,
        "years_since": school_year_start(turns[0].day),
        "last_turn": len(turns),
        "turn_reasons": sorted(reasons),
        "at_least": max(1, at_least),
        "whole_days": whole_days,
    }
    if rows is not None:
        parameters["at_least_in_rows"] = rows
    if share is not None:
        parameters["at_least_percent"], parameters["at_least_possible"] = share
    if school_id is not None:
        parameters["turn_school"] = school_id
    statement = (
        "(WITH "
        + TURNS.format(of_school_away="" if school_id is None else OF_SCHOOL)
        + PLACES.format(halves_a_day=HALVES_A_DAY)
        + (ROWS if rows is not None else "")
        + (ON_TRACK if share is not None else "")
        + GRID.format(
            followed=SHARE if share is not None else EVERYBODY if rows is None else OF_ROWS,
            more=", coalesce(r.longest, 0)::int AS longest, coalesce(r.spells, 0)::int AS spells"
            if rows is not None
            else "",
            joined=WITH_ROWS if rows is not None else "",
        )
        + ")"
    )
    return statement, parameters
