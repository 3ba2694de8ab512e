"""What percent absent is this pupil, this class, this school?

The only room that answers. Absent half-days divided by possible half-days; a half-day is possible when the register of the
pupil's class was taken on a school day while the pupil was enrolled there. A register that was not taken makes nobody
present and nobody absent: it lowers the coverage (taken of due half-days) that stands beside every rate. The definition in
words, with examples, is docs/absence-percentage.md. Percentages compare in whole numbers and are cut, never rounded, to one
decimal, so that a shown 15.0 has always reached 15 (order on pupils' absence in the Folkeskole, in force 1 January 2020:
percent = days of absence / school days held in the quarter).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, Literal

from django.db import connection

from fravaer.absence.checkpoints import HALVES_A_DAY
from fravaer.absence.tallies import GroupTally, Tally
from fravaer.core.periods import Period

__all__ = [
    "By",
    "GroupTally",
    "Tally",
    "group_of",
    "group_tallies",
    "groupings",
    "relation",
    "spent",
    "tallies",
    "tally",
]

Sql = tuple[str, dict[str, Any]]
By = Literal["all", "area", "school", "year_group", "class"]


# Spans are enrolments clipped to the period. What a span could have attended is looked up once for each class and span:
# whole months from the class-month sums, the days left over from the registers. (Materialised, or the planner looks it up
# for every pupil.) A whole span fills the period: nearly all do, there is one of a class and one of a pupil, and they are
# grouped and joined by the class alone, which the planner can foresee. The few others are told apart by their dates.
SPANS = """
WITH span AS (
  SELECT e.pupil_id, e.school_class_id, greatest(e.starts_on, %(since)s) AS since, least(e.until, %(until)s) AS until,
    e.starts_on <= %(since)s AND e.until >= %(until)s AS is_whole
  FROM schools_enrolment e
  WHERE e.starts_on < %(until)s AND e.until > %(since)s AND %(since)s < %(until)s AND {pupils}
), class_span AS (
  SELECT *,
    (date_trunc('month', since) + CASE WHEN extract(day FROM since) = 1 THEN interval '0' ELSE interval '1 month' END)::date
      AS first_month,
    date_trunc('month', until)::date AS last_month
  FROM (
    SELECT school_class_id, %(since)s::date AS since, %(until)s::date AS until, true AS is_whole
    FROM span WHERE is_whole GROUP BY school_class_id
    UNION ALL
    SELECT school_class_id, since, until, false FROM span WHERE NOT is_whole GROUP BY school_class_id, since, until
  ) told_apart
), months AS (
  SELECT s.school_class_id, s.since, s.until, sum(c.taken) AS taken
  FROM class_span s JOIN absence_classmonth c
    ON c.school_class_id = s.school_class_id AND c.month >= s.first_month AND c.month < s.last_month
  WHERE c.month >= %(since)s AND c.month < %(until)s
  GROUP BY s.school_class_id, s.since, s.until
), numbers AS MATERIALIZED (
  SELECT k.id AS calendar_id,
    (SELECT number_before FROM schools_calendarday d WHERE d.calendar_id = k.id AND d.day = %(since)s) AS at_start,
    (SELECT number_before FROM schools_calendarday d WHERE d.calendar_id = k.id AND d.day = %(until)s) AS at_end
  FROM schools_calendar k
), tail AS MATERIALIZED (
  -- The last month, where it is not over: the same for every span that ends with the period.
  SELECT school_class_id, (
      SELECT sum(halves) FROM absence_register r
      WHERE r.school_class_id = ending.school_class_id AND r.day >= ending.last_month AND r.day < %(until)s
    ) AS taken
  FROM (
    SELECT DISTINCT school_class_id, last_month FROM class_span
    WHERE until = %(until)s AND until > last_month AND first_month < last_month
  ) ending
), possible AS MATERIALIZED (
  SELECT s.school_class_id, s.since, s.until, s.is_whole,
    (coalesce(m.taken, 0)
      + coalesce(CASE WHEN s.since < s.first_month OR s.first_month >= s.last_month THEN (
          SELECT sum(halves) FROM absence_register r
          WHERE r.school_class_id = s.school_class_id AND r.day >= s.since
            AND r.day < CASE WHEN s.first_month < s.last_month THEN s.first_month ELSE s.until END
        ) END, 0)
      + coalesce(CASE WHEN s.until > s.last_month AND s.first_month < s.last_month THEN
          CASE WHEN s.until = %(until)s THEN tail.taken ELSE (
          SELECT sum(halves) FROM absence_register r
          WHERE r.school_class_id = s.school_class_id AND r.day >= s.last_month AND r.day < s.until
        ) END END, 0))::int AS possible,
    ({halves_a_day} * coalesce(CASE WHEN s.until = %(until)s THEN n.at_end ELSE (
        SELECT number_before FROM schools_calendarday d WHERE d.calendar_id = c.calendar_id AND d.day = s.until
      ) END - CASE WHEN s.since = %(since)s THEN n.at_start ELSE (
        SELECT number_before FROM schools_calendarday d WHERE d.calendar_id = c.calendar_id AND d.day = s.since
      ) END, 0))::int AS due
  FROM class_span s
  JOIN schools_schoolclass c ON c.id = s.school_class_id
  LEFT JOIN numbers n ON n.calendar_id = c.calendar_id
  LEFT JOIN months m USING (school_class_id, since, until)
  LEFT JOIN tail USING (school_class_id)
), absent AS (
  SELECT {absent_by},
    coalesce(sum(halves) FILTER (WHERE reason = 1), 0) AS illness,
    coalesce(sum(halves) FILTER (WHERE reason = 2), 0) AS leave,
    coalesce(sum(halves) FILTER (WHERE reason = 3), 0) AS unlawful,
    coalesce(sum(halves) FILTER (WHERE reason = 0), 0) AS pending
  FROM absence_absence a
  WHERE a.day >= %(since)s AND a.day < %(until)s AND {absent_pupils}
  GROUP BY {absent_by}
)
"""
A_ROW_A_PUPIL = """
, spans AS (
  SELECT pupil_id, possible, due, school_class_id
  FROM span JOIN possible USING (school_class_id) WHERE span.is_whole AND possible.is_whole
  UNION ALL
  SELECT pupil_id, sum(possible)::int AS possible, sum(due)::int AS due,
    max(school_class_id) FILTER (WHERE until = %(until)s) AS school_class_id
  FROM span JOIN possible USING (school_class_id, since, until) WHERE NOT span.is_whole GROUP BY pupil_id
)
SELECT pupil_id, possible, due, coalesce(illness, 0)::int AS illness, coalesce(leave, 0)::int AS leave,
  coalesce(unlawful, 0)::int AS unlawful, coalesce(pending, 0)::int AS pending{more}
FROM spans LEFT JOIN absent USING (pupil_id)
"""
AMONG = "{0}.pupil_id IN (SELECT pupil_id FROM {1})"


def relation(
    period: Period, pupil_ids: Collection[int] | None = None, *, among: str = "", with_class: bool = False
) -> Sql:
    """SQL of one row a pupil enrolled in the period, for rooms that count many pupils in one statement.

    Columns, in half-days: pupil_id, possible, due, illness, leave, unlawful, pending. The text is a parenthesised query
    with named parameters (%(since)s, %(until)s, %(pupils)s), which come with it. Counted are everybody, the pupils named,
    or those `among` a table of the caller's with a column pupil_id. `with_class` adds school_class_id: where the pupil is
    enrolled on the period's last day, null when she has left.
    """
    parameters: dict[str, Any] = {"since": period.since, "until": period.until}
    words = _pupils(pupil_ids is not None)
    if pupil_ids is not None:
        parameters["pupils"] = sorted(pupil_ids)
    elif among:
        words["pupils"] = AMONG.format("e", among)
        words["absent_pupils"] = AMONG.format("a", among)
    words["more"] = ", school_class_id" if with_class else ""
    return f"({SPANS}{A_ROW_A_PUPIL})".format(absent_by="pupil_id", **words), parameters


def tallies(period: Period, pupil_ids: Collection[int] | None = None) -> dict[int, Tally]:
    """Each pupil's tally over the period; everyone enrolled in it, or only those named. One query.

    A pupil not enrolled in the period has no entry. `due` counts the whole period: end it at the day of counting.
    """
    sql, parameters = relation(period, pupil_ids)
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return {row[0]: Tally(*row[1:]) for row in cursor.fetchall()}


def tally(period: Period, pupil_id: int) -> Tally:
    """One pupil is a list of one."""
    return tallies(period, [pupil_id]).get(pupil_id, Tally())


GROUPS: dict[By, str] = {
    "all": "0",
    "area": "s.area_id",
    "school": "c.school_id",
    "year_group": "c.year_group",
    "class": "c.id",
}

# What each class's pupils counted in it, from the class-month sums: half-days over all pupils of the class. Pupils of a class
# mostly share their dates, so what is due is looked up once for each class and span of dates.
SUMS_OF_EVERYBODY = """
WITH months AS (
  SELECT school_class_id, sum(possible) AS possible, sum(illness) AS illness, sum(leave) AS leave,
    sum(unlawful) AS unlawful, sum(pending) AS pending
  FROM absence_classmonth WHERE month >= %(first_month)s AND month < %(last_month)s AND {classes} GROUP BY school_class_id
), edge_possible AS (
  SELECT school_class_id, sum(halves * enrolled) AS possible FROM absence_register
  WHERE day >= %(since)s AND day < %(until)s AND NOT (day >= %(first_month)s AND day < %(last_month)s) AND {classes}
  GROUP BY school_class_id
), edge_absent AS (
  SELECT school_class_id,
    sum(halves) FILTER (WHERE reason = 1) AS illness, sum(halves) FILTER (WHERE reason = 2) AS leave,
    sum(halves) FILTER (WHERE reason = 3) AS unlawful, sum(halves) FILTER (WHERE reason = 0) AS pending
  FROM absence_absence
  WHERE day >= %(since)s AND day < %(until)s AND NOT (day >= %(first_month)s AND day < %(last_month)s) AND {classes}
  GROUP BY school_class_id
), class_span AS (
  SELECT school_class_id, greatest(starts_on, %(since)s) AS since, least(until, %(until)s) AS until, count(*) AS pupils
  FROM schools_enrolment WHERE starts_on < %(until)s AND until > %(since)s AND %(since)s < %(until)s AND {classes}
  GROUP BY 1, 2, 3
), held_span AS MATERIALIZED (
  SELECT n.*, coalesce((
      SELECT number_before FROM schools_calendarday d WHERE d.calendar_id = c.calendar_id AND d.day = n.until
    ) - (
      SELECT number_before FROM schools_calendarday d WHERE d.calendar_id = c.calendar_id AND d.day = n.since
    ), 0) AS days
  FROM class_span n JOIN schools_schoolclass c ON c.id = n.school_class_id
), held AS (
  SELECT school_class_id, sum(pupils) FILTER (WHERE days > 0) AS pupils, sum({halves_a_day} * pupils * days) AS due
  FROM held_span GROUP BY school_class_id
), idle AS (
  SELECT school_class_id, since, until FROM held_span WHERE days = 0
), sums AS MATERIALIZED (
  SELECT c.id AS school_class_id, coalesce(m.possible, 0) + coalesce(ep.possible, 0) AS possible, held.due,
    coalesce(m.illness, 0) + coalesce(ea.illness, 0) AS illness,
    coalesce(m.leave, 0) + coalesce(ea.leave, 0) AS leave,
    coalesce(m.unlawful, 0) + coalesce(ea.unlawful, 0) AS unlawful,
    coalesce(m.pending, 0) + coalesce(ea.pending, 0) AS pending, held.pupils
  FROM schools_schoolclass c
  JOIN schools_schoolyear y ON y.id = c.school_year_id
  LEFT JOIN months m ON m.school_class_id = c.id
  LEFT JOIN edge_possible ep ON ep.school_class_id = c.id
  LEFT JOIN edge_absent ea ON ea.school_class_id = c.id
  LEFT JOIN held ON held.school_class_id = c.id
  WHERE y.starts_on < %(until)s AND y.until > %(since)s AND {schools}
)
"""
# The same for named pupils: only what they counted in each class.
SUMS_OF_SOME = """
, spans AS (
  SELECT school_class_id, sum(possible) AS possible, sum(due) AS due, count(*) FILTER (WHERE due > 0) AS pupils
  FROM span JOIN possible USING (school_class_id, since, until) GROUP BY school_class_id
), idle AS (
  SELECT school_class_id, since, until FROM possible WHERE due = 0
), sums AS MATERIALIZED (
  SELECT school_class_id, possible, due, illness, leave, unlawful, pending, pupils
  FROM spans LEFT JOIN absent USING (school_class_id)
)
"""
# Few pupils have more than one enrolment with a school day in a period. A group counts every such enrolment once, less what
# its own movers have too many. Idle are the spans without any: July's, for nearly everybody.
MOVERS = """
, movers AS MATERIALIZED (
  SELECT pupil_id, unnest(array_agg(school_class_id)) AS school_class_id
  FROM schools_enrolment e
  WHERE starts_on < %(until)s AND until > %(since)s AND %(since)s < %(until)s AND {pupils} AND {classes} AND NOT EXISTS (
    SELECT FROM idle WHERE idle.school_class_id = e.school_class_id
      AND idle.since = greatest(e.starts_on, %(since)s) AND idle.until = least(e.until, %(until)s)
  )
  GROUP BY pupil_id HAVING count(*) > 1
)
"""
GROUPED = """
SELECT '{by}', grouping, possible, due, illness, leave, unlawful, pending, enrolments - coalesce(again.times, 0) FROM (
  SELECT {group} AS grouping, coalesce(sum(possible), 0) AS possible, coalesce(sum(due), 0) AS due,
    coalesce(sum(illness), 0) AS illness, coalesce(sum(leave), 0) AS leave, coalesce(sum(unlawful), 0) AS unlawful,
    coalesce(sum(pending), 0) AS pending, coalesce(sum(pupils), 0) AS enrolments
  FROM sums JOIN schools_schoolclass c ON c.id = sums.school_class_id JOIN schools_school s ON s.id = c.school_id
  WHERE {schools} GROUP BY 1
) grouped LEFT JOIN (
  SELECT grouping, sum(enrolments - 1) AS times FROM (
    SELECT {group} AS grouping, m.pupil_id, count(*) AS enrolments
    FROM movers m JOIN schools_schoolclass c ON c.id = m.school_class_id JOIN schools_school s ON s.id = c.school_id
    WHERE {schools} GROUP BY 1, 2
  ) moved GROUP BY grouping
) again USING (grouping)
"""


def group_tallies(period: Period, by: By, school_ids: Iterable[int] | None = None) -> dict[int, GroupTally]:
    """Sums of the period by municipality (key 0), area, school, year group or class, over all or some schools. One query."""
    return groupings(period, [by], school_ids)[by]


def group_of(period: Period, pupil_ids: Collection[int]) -> GroupTally:
    """The sums of any set of pupils, wherever they go to school. One query."""
    return groupings(period, ["all"], pupil_ids=pupil_ids)["all"].get(0, GroupTally(Tally(), 0))


def groupings(
    period: Period,
    bys: Collection[By],
    school_ids: Iterable[int] | None = None,
    pupil_ids: Collection[int] | None = None,
) -> dict[By, dict[int, GroupTally]]:
    """Sums of the period grouped in several ways at once, of everybody or of the pupils named. One query.

    A pupil is counted where she had a school day, registered or not, and one who moved in each such group, with the days she had
    there. Who is only written down for July belongs to no group of the new school year. Absence is read from the class-month
    sums when nobody is named, so that a quarter's days cost the same for 4,000 pupils and for 50,000.
    """
    first_month, last_month = period.whole_months()
    parameters: dict[str, Any] = {
        "since": period.since,
        "until": period.until,
        "first_month": first_month,
        "last_month": last_month,
    }
    schools = classes = "true"
    if school_ids is not None:
        schools = "c.school_id = ANY(%(schools)s)"
        # A school's figure reads the school's rows, however large the municipality.
        classes = "school_class_id IN (SELECT id FROM schools_schoolclass WHERE school_id = ANY(%(schools)s))"
        parameters["schools"] = sorted(school_ids)
    if pupil_ids is not None:
        parameters["pupils"] = sorted(pupil_ids)
    words = _pupils(pupil_ids is not None)
    sums = SUMS_OF_EVERYBODY if pupil_ids is None else SPANS + SUMS_OF_SOME
    sql = (sums + MOVERS).format(
        absent_by="school_class_id", schools=schools, classes=classes, **words
    ) + "UNION ALL".join(GROUPED.format(by=by, group=GROUPS[by], schools=schools) for by in bys)
    found: dict[By, dict[int, GroupTally]] = {by: {} for by in bys}
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        for by, key, *figures, pupils in cursor.fetchall():
            found[by][int(key)] = GroupTally(Tally(*(int(figure) for figure in figures)), int(pupils))
    return found


def _pupils(named: bool) -> dict[str, Any]:
    """The words of a statement about everybody, or about the pupils named."""
    return {
        "pupils": "e.pupil_id = ANY(%(pupils)s)" if named else "true",
        "absent_pupils": "a.pupil_id = ANY(%(pupils)s)" if named else "true",
        "halves_a_day": HALVES_A_DAY,
    }


def spent(period: Period, today: date) -> Period:
    """The part of the period that has begun, today included: what can be due by now."""
    until = min(period.until, date.fromordinal(today.toordinal() + 1))
    return Period(period.since, max(period.since, until))
