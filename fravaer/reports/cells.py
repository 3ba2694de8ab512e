"""What do the cells of some draws come to, for any schools and year groups?

Half-days and the ministry's weights add up over cells. Pupils do not: who was in several cells of a group counts once, so each
group counts its cells' pupils less what its movers have too many. The spread of pupils' own percentages counts pupils of one
cell there, and movers by all their days in every group they touch, once in each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection

from fravaer.absence.percentage import GroupTally, Tally
from fravaer.absence.spread import CELL

# A share is twice the percent in tenths and one more for what was cut off: at least 10 % is 200.
OVER_TEN = 200
NOTHING = Tally()


@dataclass(frozen=True, slots=True)
class Sums:
    """A group of cells: half-days, pupils, and the ministry's weights (shares in billionths times months, and the months)."""

    tally: Tally = NOTHING
    pupils: int = 0
    months: int = 0
    weighted: int = 0

    def __add__(self, other: Sums) -> Sums:
        """Pupils of both groups are in it twice."""
        return Sums(
            self.tally + other.tally,
            self.pupils + other.pupils,
            self.months + other.months,
            self.weighted + other.weighted,
        )

    @property
    def group(self) -> GroupTally:
        return GroupTally(self.tally, self.pupils)

    @property
    def ministry_tenths(self) -> int | None:
        """The mean of the pupils' percentages weighted by months, in tenths, rounded half up; None without any month."""
        if not self.months:
            return None
        tenth = 1_000_000 * self.months
        return (2 * self.weighted + tenth) // (2 * tenth)


@dataclass(frozen=True, slots=True)
class Reach:
    """Ten percent or more: how many, of how many pupils who have a percentage."""

    over_ten: int = 0
    pupils: int = 0


@dataclass(frozen=True, slots=True)
class Moved:
    """Pupils who were in the same several cells; of those with a percentage (`counted`), how many have ten or more."""

    cells: tuple[int, ...]
    pupils: int
    over_ten: int
    counted: int


@dataclass(slots=True)
class Counted:
    """One draw, of everybody or of those with a measure. What is asked for comes from the methods below."""

    # Of every school; of the chosen schools' year groups. Pupils of several cells are in them several times.
    cells_of_school: dict[int, Sums] = field(default_factory=dict)
    cells_of_year: dict[int, Sums] = field(default_factory=dict)
    movers: list[Moved] = field(default_factory=list)
    # Of the chosen schools and year groups: how many pupils have each share; and those of one cell by school and year group.
    shares: dict[int, int] = field(default_factory=dict)
    staying_of_school: dict[int, Reach] = field(default_factory=dict)
    staying_of_year: dict[int, Reach] = field(default_factory=dict)
    chosen: frozenset[int] = frozenset()
    years: frozenset[int] | None = None
    # What was asked before: a page asks for the same schools again and again.
    together: dict[frozenset[int], Sums] = field(default_factory=dict)

    def of_schools(self, schools: Iterable[int]) -> Sums:
        """The schools together, each pupil once."""
        wanted = frozenset(schools)
        if not self.together:
            self.together |= {frozenset([key]): sums for key, sums in self.by_school().items()}
        if wanted not in self.together:
            self.together[wanted] = self._of_schools(wanted)
        return self.together[wanted]

    def _of_schools(self, wanted: frozenset[int]) -> Sums:
        found = sum((self.cells_of_school[key] for key in wanted if key in self.cells_of_school), Sums())
        again = self._again(lambda cell: 0 if cell // CELL in wanted else None)
        return replace(found, pupils=found.pupils - again[0])

    def by_school(self) -> dict[int, Sums]:
        """Each school of the municipality."""
        again = self._again(lambda cell: cell // CELL)
        return {
            key: replace(sums, pupils=sums.pupils - again[key]) for key, sums in self.cells_of_school.items()
        }

    def of_years(self, years: Iterable[int]) -> Sums:
        """These year groups of the chosen schools together, each pupil once."""
        wanted = set(years)
        found = sum((self.cells_of_year[key] for key in wanted if key in self.cells_of_year), Sums())
        again = self._again(lambda cell: 0 if cell % CELL in wanted and cell // CELL in self.chosen else None)
        return replace(found, pupils=found.pupils - again[0])

    def by_year(self) -> dict[int, Sums]:
        """Each year group of the chosen schools."""
        again = self._again(lambda cell: cell % CELL if cell // CELL in self.chosen else None)
        return {
            key: replace(sums, pupils=sums.pupils - again[key]) for key, sums in self.cells_of_year.items()
        }

    def reach_of_schools(self, schools: Iterable[int]) -> Reach:
        """Of these of the chosen schools together, each pupil once."""
        wanted = set(schools)
        staying = [self.staying_of_school[key] for key in wanted & self.staying_of_school.keys()]
        whole = Reach(sum(one.over_ten for one in staying), sum(one.pupils for one in staying))
        return self._reach({0: whole}, lambda cell: 0 if cell // CELL in wanted else None)[0]

    def reach_by_school(self) -> dict[int, Reach]:
        """Of each chosen school."""
        return self._reach(
            self.staying_of_school, lambda cell: cell // CELL if cell // CELL in self.chosen else None
        )

    def reach_by_year(self) -> dict[int, Reach]:
        """Of each year group of the chosen schools."""
        return self._reach(
            self.staying_of_year, lambda cell: cell % CELL if cell // CELL in self.chosen else None
        )

    def _reach(self, staying: dict[int, Reach], group: Callable[[int], int | None]) -> dict[int, Reach]:
        found = defaultdict(Reach, staying)
        for moved in self.movers:
            for key in {group(cell) for cell in self._asked(moved)} - {None}:
                assert key is not None
                now = found[key]
                found[key] = Reach(now.over_ten + moved.over_ten, now.pupils + moved.counted)
        return dict(found)

    def _again(self, group: Callable[[int], int | None]) -> defaultdict[int, int]:
        """By group, how often movers were counted again in it."""
        found: defaultdict[int, int] = defaultdict(int)
        for moved in self.movers:
            hits: defaultdict[int, int] = defaultdict(int)
            for cell in self._asked(moved):
                key = group(cell)
                if key is not None:
                    hits[key] += 1
            for key, times in hits.items():
                found[key] += (times - 1) * moved.pupils
        return found

    def _asked(self, moved: Moved) -> Iterable[int]:
        if self.years is None:
            return moved.cells
        return [cell for cell in moved.cells if cell % CELL in self.years]


SUMMED = """ARRAY[sum(possible), sum(due), sum(illness), sum(leave), sum(unlawful), sum(pending), sum(pupils), sum(months),
  sum(weighted)]::bigint[]"""
OVER = "ARRAY[sum(pupils), sum(over_ten)]::bigint[]"
# Of the periods that are only points of a line there is everybody by school alone.
EVERYTHING = """
WITH staying AS (
  SELECT draw_id, with_measure, school_id, year_group, share, pupils FROM reports_spread
  WHERE draw_id = ANY(%(compared)s) AND school_id = ANY(%(schools)s) AND {years}
), reached AS (
  SELECT draw_id, with_measure, school_id, year_group, sum(pupils) AS pupils,
    coalesce(sum(pupils) FILTER (WHERE share >= %(over_ten)s), 0) AS over_ten
  FROM staying GROUP BY draw_id, with_measure, school_id, year_group
)
SELECT 'school', draw_id, with_measure, school_id::bigint, NULL::bigint[], {summed} FROM reports_cell
WHERE draw_id = ANY(%(draws)s) AND (NOT with_measure OR draw_id = ANY(%(compared)s)) AND {years}
GROUP BY draw_id, with_measure, school_id
UNION ALL
SELECT 'year', draw_id, with_measure, year_group, NULL, {summed} FROM reports_cell
WHERE draw_id = ANY(%(compared)s) AND school_id = ANY(%(schools)s) AND {years}
GROUP BY draw_id, with_measure, year_group
UNION ALL
SELECT 'moved', draw_id, with_measure, NULL, cells, ARRAY[sum(pupils),
  coalesce(sum(pupils) FILTER (WHERE share >= %(over_ten)s), 0),
  coalesce(sum(pupils) FILTER (WHERE share IS NOT NULL), 0)]::bigint[]
FROM reports_mover WHERE draw_id = ANY(%(compared)s) GROUP BY draw_id, with_measure, cells
UNION ALL
SELECT 'share', draw_id, with_measure, share, NULL, ARRAY[sum(pupils)]::bigint[] FROM (
  SELECT draw_id, with_measure, share, pupils FROM staying
  UNION ALL
  SELECT draw_id, with_measure, share, pupils FROM reports_mover
  WHERE share IS NOT NULL AND id IN (
    SELECT moved.id FROM reports_mover moved CROSS JOIN unnest(moved.cells) cell
    WHERE moved.draw_id = ANY(%(compared)s) AND cell / {cell} = ANY(%(schools)s) AND {years_of_cell}
  )
) each GROUP BY draw_id, with_measure, share
UNION ALL
SELECT 'school_over', draw_id, with_measure, school_id, NULL, {over} FROM reached GROUP BY draw_id, with_measure, school_id
UNION ALL
SELECT 'year_over', draw_id, with_measure, year_group, NULL, {over} FROM reached GROUP BY draw_id, with_measure, year_group
"""


def counted(
    draws: Collection[int],
    compared: Collection[int],
    schools: Collection[int],
    years: Collection[int] | None = None,
) -> dict[tuple[int, bool], Counted]:
    """By draw, and whether of those with a measure alone: everything there is to a selection. One query.

    Of draws that are not `compared` with each other there are the half-days by school alone.
    """
    parameters: dict[str, Any] = {
        "draws": sorted({*draws, *compared}),
        "compared": sorted(compared),
        "schools": sorted(schools),
        "over_ten": OVER_TEN,
    }
    words = {"years": "true", "years_of_cell": "true", "cell": str(CELL), "summed": SUMMED, "over": OVER}
    if years is not None:
        parameters["years"] = sorted(years)
        words |= {"years": "year_group = ANY(%(years)s)", "years_of_cell": "cell %% 100 = ANY(%(years)s)"}
    chosen, kept_years = frozenset(schools), None if years is None else frozenset(years)
    found: dict[tuple[int, bool], Counted] = defaultdict(lambda: Counted(chosen=chosen, years=kept_years))
    with connection.cursor() as cursor:
        cursor.execute(EVERYTHING.format(**words), parameters)
        rows = cursor.fetchall()
    for part, draw, measured, key, several, numbers in rows:
        one = found[draw, measured]
        if part == "school":
            one.cells_of_school[key] = _sums(numbers)
        elif part == "year":
            one.cells_of_year[key] = _sums(numbers)
        elif part == "moved":
            one.movers.append(Moved(tuple(several), *numbers))
        elif part == "share":
            one.shares[key] = numbers[0]
        else:
            pupils, over = numbers
            staying = one.staying_of_school if part == "school_over" else one.staying_of_year
            staying[key] = Reach(over, pupils)
    return found


def _sums(numbers: list[int]) -> Sums:
    *tally, pupils, months, weighted = numbers
    return Sums(Tally(*tally), pupils, months, weighted)
