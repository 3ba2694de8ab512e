"""How has everybody been at school over several windows of days at once?

The same half-days as `absence.percentage`, of windows that lie inside one another or follow each other in one school year: each
absence is read once for all of them, and so is each enrolment. tests/cases/test_triage_units.py holds the rooms to the same
figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Any

from fravaer.absence.checkpoints import HALVES_A_DAY
from fravaer.core.periods import Period

Sql = tuple[str, dict[str, Any]]

REASONS = {"pending": 0, "illness": 1, "leave": 2, "unlawful": 3}
# Half-days of the four reasons are added up as one number, thirteen bits for each: no pupil has 8,192 half-days in a year, and
# 52 bits are exact in a double. Summing them one by one takes half as long again.
BITS = 13
PACKED = "(a.halves::bigint << (13 * a.reason))::float8"
UNPACKED = "({packed} >> {shift} & 8191)::int"

# A track is a class and the dates between which somebody was in it: nearly all are a whole class over the whole span. What could
# be attended on it is looked up once: windows of whole months from the class-month sums, the days left over and the short
# windows from the registers.
SEVERAL = """
(WITH span AS (
  SELECT e.pupil_id, e.school_class_id, greatest(e.starts_on, %(span_since)s) AS since, least(e.until, %(span_until)s) AS until,
    e.starts_on <= %(span_since)s AND e.until >= %(span_until)s AS is_whole
  FROM schools_enrolment e
  WHERE e.starts_on < %(span_until)s AND e.until > %(span_since)s AND {pupils}
), track AS MATERIALIZED (
  SELECT told_apart.*, c.calendar_id,
    (date_trunc('month', since) + CASE WHEN extract(day FROM since) = 1 THEN interval '0' ELSE interval '1 month' END)::date
      AS first_month,
    date_trunc('month', until)::date AS last_month
  FROM (
    SELECT school_class_id, %(span_since)s::date AS since, %(span_until)s::date AS until, true AS is_whole
    FROM span WHERE is_whole GROUP BY school_class_id
    UNION ALL
    SELECT school_class_id, since, until, false FROM span WHERE NOT is_whole GROUP BY school_class_id, since, until
  ) told_apart
  JOIN schools_schoolclass c ON c.id = school_class_id
), tail AS MATERIALIZED (
  -- Nearly every track ends as its class does: what lies after its last whole month is counted once for the class.
  SELECT r.school_class_id, {of_tail} FROM absence_register r
  WHERE r.day >= %(tail_since)s AND r.day < %(span_until)s AND r.school_class_id IN (SELECT school_class_id FROM track)
  GROUP BY r.school_class_id
), numbers AS MATERIALIZED (
  SELECT k.id AS calendar_id, {numbers}
  FROM schools_calendar k
), possible AS MATERIALIZED (
  SELECT t.school_class_id, t.since, t.until, t.is_whole, {possible}, {due}
  FROM track t
  LEFT JOIN numbers n ON n.calendar_id = t.calendar_id
  CROSS JOIN LATERAL (
    SELECT CASE WHEN NOT t.is_whole THEN {at_since} END AS since, CASE WHEN t.until < %(span_until)s THEN {at_until} END AS until
    OFFSET 0
  ) own
  CROSS JOIN LATERAL (
    SELECT {of_months} FROM absence_classmonth m
    WHERE m.school_class_id = t.school_class_id AND m.month >= t.first_month AND m.month < t.last_month
  ) months
  CROSS JOIN LATERAL (
    SELECT {before_months} FROM absence_register r
    WHERE (t.since < t.first_month OR t.first_month >= t.last_month) AND r.school_class_id = t.school_class_id
      AND r.day >= t.since AND r.day < CASE WHEN t.first_month < t.last_month THEN t.first_month ELSE t.until END
  ) before
  CROSS JOIN LATERAL (
    SELECT {after_months} FROM absence_register r
    WHERE t.first_month < t.last_month AND NOT {with_tail} AND r.school_class_id = t.school_class_id
      AND r.day >= greatest(t.first_month, least(t.last_month, %(short_since)s)) AND r.day < t.until
  ) after
  LEFT JOIN tail ON {with_tail} AND tail.school_class_id = t.school_class_id
), spans AS (
  SELECT pupil_id, span.school_class_id, {columns}
  FROM span JOIN possible USING (school_class_id) WHERE span.is_whole AND possible.is_whole
  UNION ALL
  SELECT pupil_id, max(school_class_id) FILTER (WHERE until = %(span_until)s), {sums}
  FROM span JOIN possible USING (school_class_id, since, until) WHERE NOT span.is_whole GROUP BY pupil_id
), absent AS (
  SELECT pupil_id, {absent}
  FROM (
    SELECT pupil_id, {packed}
    FROM (
      SELECT a.pupil_id, {parts}
      FROM absence_absence a
      WHERE a.day >= %(span_since)s AND a.day < %(span_until)s AND {absent_pupils}
      GROUP BY a.pupil_id
    ) in_parts
    OFFSET 0
  ) of_windows
)
SELECT spans.*, {columns_absent}
FROM spans LEFT JOIN absent USING (pupil_id)
WHERE school_class_id IS NOT NULL)
"""
AMONG = "{0}.pupil_id IN (SELECT pupil_id FROM {1})"
WITH_TAIL = "(t.until = %(span_until)s AND t.first_month <= %(tail_since)s AND t.first_month < t.last_month)"
NUMBER = (
    "(SELECT number_before FROM schools_calendarday d WHERE d.calendar_id = {calendar} AND d.day = {day})"
)


def relation(windows: Mapping[str, Period], *, among: str = "") -> Sql:
    """SQL of one row a pupil who goes to a class on the last day of the windows, which lie in one school year.

    Columns: pupil_id, school_class_id on that day, and of each window in half-days `<name>_possible`, `<name>_due`,
    `<name>_illness`, `<name>_leave`, `<name>_unlawful` and `<name>_pending`; `due` of the windows that reach the last day, of
    the others it is 0. The text is a parenthesised query with named parameters, which come with it. Counted is everybody, or
    those `among` a table of the caller's with a column pupil_id.
    """
    since, until = (
        min(one.since for one in windows.values()),
        max(one.until for one in windows.values()),
    )
    long = {name for name, one in windows.items() if one.since.day == 1 and one.until == until}
    parameters: dict[str, Any] = {
        "span_since": since,
        "span_until": until,
        "short_since": min((one.since for name, one in windows.items() if name not in long), default=until),
        "last_month": until.replace(day=1),
    }
    parameters["tail_since"] = min(parameters["last_month"], parameters["short_since"])
    for name, one in windows.items():
        parameters |= {f"{name}_since": one.since, f"{name}_until": one.until}
    figures = [f"{name}_{figure}" for name in windows for figure in ("possible", "due")]
    # The span cut where a window begins or ends: each absence belongs to one part, and a window is some of them.
    cuts = sorted({day for one in windows.values() for day in (one.since, one.until)})
    parts = {f"part_{number}": Period(*ends) for number, ends in enumerate(pairwise(cuts))}
    for name, part in parts.items():
        parameters |= {f"{name}_since": part.since, f"{name}_until": part.until}
    packed = {
        name: " + ".join(
            f"coalesce({of}, 0)"
            for of, part in parts.items()
            if one.since <= part.since and part.until <= one.until
        )
        or "0"
        for name, one in windows.items()
    }
    absences = {
        f"{name}_{reason}": UNPACKED.format(packed=f"{name}_packed", shift=BITS * number)
        for name in windows
        for reason, number in REASONS.items()
    }
    ending = [name for name, one in windows.items() if one.until == until]
    return SEVERAL.format(
        pupils=AMONG.format("e", among) if among else "true",
        absent_pupils=AMONG.format("a", among) if among else "true",
        numbers=", ".join(
            [
                *(f"{NUMBER.format(calendar='k.id', day=f'%({name}_since)s')} AS {name}" for name in ending),
                f"{NUMBER.format(calendar='k.id', day='%(span_until)s')} AS at_end",
            ]
        ),
        at_since=NUMBER.format(calendar="t.calendar_id", day="t.since"),
        at_until=NUMBER.format(calendar="t.calendar_id", day="t.until"),
        possible=", ".join(
            "("
            + " + ".join(
                f"coalesce({part}.{name}, 0)"
                for part in ("before", "after", "tail", "months")
                if name in long or part != "months"
            )
            + f")::int AS {name}_possible"
            for name in windows
        ),
        with_tail=WITH_TAIL,
        of_tail=_registers(windows, since, until, after=dict.fromkeys(long, "%(last_month)s")),
        due=", ".join(_due(name) if name in ending else f"0 AS {name}_due" for name in windows),
        of_months=", ".join(
            f"sum(m.taken) FILTER (WHERE m.month >= %({name}_since)s) AS {name}" for name in sorted(long)
        )
        or "0 AS none",
        before_months=_registers(windows, since, until),
        after_months=_registers(windows, since, until, after=dict.fromkeys(long, "t.last_month")),
        columns=", ".join(figures),
        sums=", ".join(f"sum({name})::int AS {name}" for name in figures),
        parts=", ".join(
            f"sum({PACKED}) FILTER (WHERE true{_within('a', name, part, since, until)}) AS {name}"
            for name, part in parts.items()
        ),
        packed=", ".join(f"({added})::bigint AS {name}_packed" for name, added in packed.items()),
        absent=", ".join(f"{counted} AS {name}" for name, counted in absences.items()),
        columns_absent=", ".join(f"coalesce({name}, 0) AS {name}" for name in absences),
    ), parameters


def _registers(
    windows: Mapping[str, Period], since: date, until: date, *, after: Mapping[str, str] | None = None
) -> str:
    """What each window takes of a track's registers; those counted by months only what lies `after` the last whole one."""
    found = []
    for name, one in windows.items():
        within = _within("r", name, one, since, until)
        if after and name in after:
            within += f" AND r.day >= {after[name]}"
        found.append(f"sum(r.halves) FILTER (WHERE true{within}) AS {name}")
    return ", ".join(found)


def _within(row: str, name: str, window: Period, since: date, until: date) -> str:
    """SQL of whether a row's day lies in the window, where the whole span does not say so already."""
    begins = f" AND {row}.day >= %({name}_since)s" if window.since > since else ""
    ends = f" AND {row}.day < %({name}_until)s" if window.until < until else ""
    return begins + ends


def _due(name: str) -> str:
    """SQL of a window's due half-days on a track, by the running numbers of its calendar."""
    start = f"CASE WHEN t.since <= %({name}_since)s THEN n.{name} ELSE own.since END"
    return (
        f"CASE WHEN t.until > %({name}_since)s THEN {HALVES_A_DAY} * coalesce("
        f"CASE WHEN t.until = %(span_until)s THEN n.at_end ELSE own.until END - {start}, 0) ELSE 0 END AS {name}_due"
    )
