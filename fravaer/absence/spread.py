"""What do the pupils of each school and year group come to, and how are their own percentages spread?

The same half-days as `percentage.relation`, kept apart by where the pupil was: one row for each pupil, school and year group
she had a school day in during the period, and one for each pupil, laid out in temporary tables from which the sums of each
cell, the spread of pupils of one cell alone and the pupils of several are then read. Half-days of cells add up to the whole;
pupils do not, because one who moved stands in each of hers. Nobody can be told from what is read: there are counts alone.

The ministry's method weighs every pupil's percentage at the institution by her months with registration there, months
without absence counted (docs/absence-percentage.md).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection

from fravaer.absence.checkpoints import HALVES_A_DAY
from fravaer.absence.percentage import SPANS
from fravaer.core.periods import Period

# A cell as one number: its school's key times a hundred and its year group.
CELL = 100

# Months with registration are bits, so that two spans in one month make one.
A_ROW_A_PUPIL_AND_CELL = """
, registered AS MATERIALIZED (
  SELECT s.school_class_id, s.since, s.until, s.is_whole, coalesce((
      SELECT bit_or(1::bigint << (12 * extract(year FROM c.month) + extract(month FROM c.month) - %(first_number)s)::int)
      FROM absence_classmonth c
      WHERE c.school_class_id = s.school_class_id AND c.month >= s.first_month AND c.month < s.last_month AND c.taken > 0
    ), 0) | coalesce((
      SELECT bit_or(1::bigint << (12 * extract(year FROM r.day) + extract(month FROM r.day) - %(first_number)s)::int)
      FROM absence_register r
      WHERE r.school_class_id = s.school_class_id AND r.day >= s.since AND r.day < s.until AND r.halves > 0
        AND NOT (r.day >= s.first_month AND r.day < s.last_month)
    ), 0) AS months
  FROM class_span s
), parts AS (
  SELECT pupil_id, school_class_id, possible, due, months
  FROM span JOIN possible USING (school_class_id) JOIN registered USING (school_class_id)
  WHERE span.is_whole AND possible.is_whole AND registered.is_whole
  UNION ALL
  SELECT pupil_id, school_class_id, sum(possible)::int, sum(due)::int, bit_or(months)
  FROM span JOIN possible USING (school_class_id, since, until) JOIN registered USING (school_class_id, since, until)
  WHERE NOT span.is_whole
  GROUP BY pupil_id, school_class_id
)
SELECT pupil_id, school_id, year_group, pupil_id = ANY(%(measured)s) AS with_measure, sum(possible)::bigint AS possible,
  sum(due)::bigint AS due, coalesce(sum(illness), 0)::bigint AS illness, coalesce(sum(leave), 0)::bigint AS leave,
  coalesce(sum(unlawful), 0)::bigint AS unlawful, coalesce(sum(pending), 0)::bigint AS pending,
  coalesce(sum(illness + leave + unlawful + pending), 0)::bigint AS absent, bit_count(bit_or(months)::bit(64)) AS months
FROM parts JOIN schools_schoolclass c ON c.id = school_class_id LEFT JOIN absent USING (pupil_id, school_class_id)
GROUP BY pupil_id, school_id, year_group HAVING sum(due) > 0
"""

# A pupil's cells, and her share over all of them: twice her percent in tenths, cut, and one more where something was cut off.
A_ROW_A_PUPIL = """
SELECT array_agg(school_id::bigint * {cell} + year_group ORDER BY school_id, year_group) AS cells,
  bool_or(with_measure) AS with_measure, min(school_id) AS school_id, min(year_group) AS year_group, count(*) AS times,
  (2 * div(1000 * sum(absent), nullif(sum(possible), 0)) + (mod(1000 * sum(absent), nullif(sum(possible), 0)) > 0)::int)::int
    AS share
FROM absence_laid_out GROUP BY pupil_id
"""

# Everybody, and once more those with a social measure.
TWICE = "CROSS JOIN LATERAL (SELECT false AS counted_as UNION ALL SELECT true WHERE with_measure) twice"

# Columns as the names below say; half-days, pupils, months, and shares in billionths times months. Last come the pupils of one
# cell alone, by the band their share lies in.
COUNTED_CELLS = """
WITH banded AS (
  SELECT school_id, year_group, counted_as, {bands} AS bands
  FROM absence_pupils {twice} WHERE times = 1 AND share IS NOT NULL GROUP BY school_id, year_group, counted_as
), summed AS (
  SELECT school_id, year_group, counted_as, sum(possible) AS possible, sum(due) AS due, sum(illness) AS illness,
    sum(leave) AS leave, sum(unlawful) AS unlawful, sum(pending) AS pending, count(*) AS pupils, sum(months) AS months,
    coalesce(sum(months * (1000000000 * absent / nullif(possible, 0))), 0) AS weighted
  FROM absence_laid_out {twice} GROUP BY school_id, year_group, counted_as
)
SELECT school_id, year_group, counted_as, possible, due, illness, leave, unlawful, pending, pupils, months, weighted,
  coalesce(bands, {nobody})
FROM summed LEFT JOIN banded USING (school_id, year_group, counted_as)
"""
CELL_COLUMNS = """school_id, year_group, with_measure, possible, due, illness, leave, unlawful, pending, pupils, months, weighted,
  bands"""
COUNTED_SPREADS = """
SELECT school_id, year_group, counted_as, share, count(*)
FROM absence_pupils {twice} WHERE times = 1 AND share IS NOT NULL GROUP BY school_id, year_group, counted_as, share
"""
SPREADS = COUNTED_SPREADS.format(twice=TWICE)
SPREAD_COLUMNS = "school_id, year_group, with_measure, share, pupils"
COUNTED_MOVERS = """
SELECT counted_as, cells, share, count(*) FROM absence_pupils {twice} WHERE times > 1 GROUP BY counted_as, cells, share
"""
MOVERS = COUNTED_MOVERS.format(twice=TWICE)
MOVER_COLUMNS = "with_measure, cells, share, pupils"


def by_band(edges: Sequence[int], of: str = "count(*)") -> str:
    """An array of `of` for the shares below the first edge, from each edge to the next, and from the last one on."""
    bounds = [*zip([None, *edges], [*edges, None], strict=True)]
    return f"ARRAY[{', '.join(_between(of, since, until) for since, until in bounds)}]::int[]"


def _between(of: str, since: int | None, until: int | None) -> str:
    limits = [f"share >= {since}"] * (since is not None) + [f"share < {until}"] * (until is not None)
    return f"coalesce({of} FILTER (WHERE {' AND '.join(limits)}), 0)"


def cells(edges: Sequence[int]) -> str:
    """The statement that gives each cell, its bands beginning at zero and at these shares."""
    nobody = f"'{{{', '.join('0' for _ in range(len(edges) + 1))}}}'::int[]"
    return COUNTED_CELLS.format(twice=TWICE, bands=by_band(edges), nobody=nobody)


def lay_out(period: Period, measured: Collection[int]) -> None:
    """Lay the period out for the texts above, until the end of the transaction. `measured` are the pupils with a measure."""
    parameters: dict[str, Any] = {
        "since": period.since,
        "until": period.until,
        "first_number": 12 * period.since.year + period.since.month,
        "measured": sorted(measured),
    }
    statement = (SPANS + A_ROW_A_PUPIL_AND_CELL).format(
        absent_by="pupil_id, school_class_id", pupils="true", absent_pupils="true", halves_a_day=HALVES_A_DAY
    )
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS absence_laid_out, absence_pupils")
        cursor.execute(f"CREATE TEMPORARY TABLE absence_laid_out ON COMMIT DROP AS {statement}", parameters)
        cursor.execute(
            f"CREATE TEMPORARY TABLE absence_pupils ON COMMIT DROP AS {A_ROW_A_PUPIL.format(cell=CELL)}"
        )


def put_away() -> None:
    """Take away what was laid out: whoever lays out next in this transaction may be another role of the database."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS absence_laid_out, absence_pupils")


def cell(school_id: int, year_group: int) -> int:
    """The cell of a school and year group as one number."""
    return CELL * school_id + year_group
