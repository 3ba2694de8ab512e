"""What do the cells of some draws come to, for any schools and year groups?

Half-days and the ministry's weights add up over cells. Pupils do not: who was in several cells of a group counts once, so each
group counts its cells' pupils less what its movers have too many. How the pupils' own percentages are spread counts pupils of
one cell there, and movers by all their days in every group they touch, once in each.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.db import connection

from fravaer.absence.percentage import GroupTally, Tally
from fravaer.absence.spread import CELL, by_band
from fravaer.core.remembering import Memory
from fravaer.reports import bands
from fravaer.reports.drawn import Drawn
from fravaer.reports.drawn import Key as DrawKey

NOTHING = Tally()
# Pupils by the band their own percentage lies in.
Banded = tuple[int, ...]
# Where movers were, one place for each of their cells there.
Places = tuple[int, ...]


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
    """Pupils who were in the same several cells, and those of them with a percentage by its band."""

    cells: tuple[int, ...]
    pupils: int
    banded: Banded


@dataclass
class Counted:
    """One draw, of everybody or of those with a measure. What is asked for comes from the methods below."""

    # Of every school; of the chosen schools' year groups. Pupils of several cells are in them several times.
    cells_of_school: dict[int, Sums] = field(default_factory=dict)
    cells_of_year: dict[int, Sums] = field(default_factory=dict)
    movers: list[Moved] = field(default_factory=list)
    # Those of one cell alone, by the band of their percentage.
    staying_of_school: dict[int, Banded] = field(default_factory=dict)
    staying_of_year: dict[int, Banded] = field(default_factory=dict)
    # The middle share of the pupils of the chosen schools and year groups, where it was asked for; None of nobody.
    middle: int | None = None
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
            self.together[wanted] = _together(self.cells_of_school, self._moved_by_school, wanted)
        return self.together[wanted]

    def by_school(self) -> dict[int, Sums]:
        """Each school of the municipality."""
        return _each(self.cells_of_school, self._moved_by_school)

    def of_years(self, years: Iterable[int]) -> Sums:
        """These year groups of the chosen schools together, each pupil once."""
        return _together(self.cells_of_year, self._moved_by_year, frozenset(years))

    def by_year(self) -> dict[int, Sums]:
        """Each year group of the chosen schools."""
        return _each(self.cells_of_year, self._moved_by_year)

    @cached_property
    def banded(self) -> Banded:
        """Of the chosen schools and year groups together: how many pupils there are in each band, each pupil once."""
        staying = (row for key, row in self.staying_of_school.items() if key in self.chosen)
        moved = (one.banded for one in self.movers if any(self._chosen(one)))
        return added([*staying, *moved])

    def reach_of_schools(self, schools: Iterable[int]) -> Reach:
        """Of these of the chosen schools together, each pupil once."""
        wanted = self.chosen & frozenset(schools)
        rows = [row for key, row in self.staying_of_school.items() if key in wanted]
        rows += [
            one.banded for one in self.movers if any(cell // CELL in wanted for cell in self._asked(one))
        ]
        return _reach(added(rows))

    def reach_by_school(self) -> dict[int, Reach]:
        """Of each chosen school."""
        staying = {key: row for key, row in self.staying_of_school.items() if key in self.chosen}
        return self._reaches(staying, lambda cell: cell // CELL)

    def reach_by_year(self) -> dict[int, Reach]:
        """Of each year group of the chosen schools."""
        return self._reaches(self.staying_of_year, lambda cell: cell % CELL)

    def _reaches(self, staying: Mapping[int, Banded], group: Callable[[int], int]) -> dict[int, Reach]:
        rows = {key: [row] for key, row in staying.items()}
        for one in self.movers:
            for key in {group(cell) for cell in self._chosen(one)}:
                rows.setdefault(key, []).append(one.banded)
        return {key: _reach(added(found)) for key, found in rows.items()}

    @cached_property
    def _moved_by_school(self) -> Counter[Places]:
        """Pupils by the schools of their several cells: many movers share them."""
        found = Counter[Places]()
        for one in self.movers:
            found[tuple(cell // CELL for cell in self._asked(one))] += one.pupils
        return found

    @cached_property
    def _moved_by_year(self) -> Counter[Places]:
        found = Counter[Places]()
        for one in self.movers:
            found[tuple(cell % CELL for cell in self._chosen(one))] += one.pupils
        return found

    def _asked(self, moved: Moved) -> Iterable[int]:
        if self.years is None:
            return moved.cells
        return [cell for cell in moved.cells if cell % CELL in self.years]

    def _chosen(self, moved: Moved) -> Iterable[int]:
        return [cell for cell in self._asked(moved) if cell // CELL in self.chosen]


def added(rows: Iterable[Banded]) -> Banded:
    """The rows band by band; nobody of no rows."""
    return tuple(map(sum, zip(bands.NOBODY, *rows, strict=True)))


def _reach(banded: Banded) -> Reach:
    return Reach(bands.over_ten(banded), sum(banded))


def _together(cells: Mapping[int, Sums], moved: Mapping[Places, int], wanted: frozenset[int]) -> Sums:
    """Some groups' cells, each mover once."""
    found = sum((cells[key] for key in wanted if key in cells), Sums())
    again = 0
    for places, pupils in moved.items():
        hits = len([place for place in places if place in wanted])
        if hits > 1:
            again += (hits - 1) * pupils
    return replace(found, pupils=found.pupils - again)


def _each(cells: Mapping[int, Sums], moved: Mapping[Places, int]) -> dict[int, Sums]:
    """Each group's cells, each mover once in each of her groups."""
    again: Counter[int] = Counter()
    for places, pupils in moved.items():
        # Most were in one cell of each: nobody is counted twice there.
        if len(set(places)) < len(places):
            for place, hits in Counter(places).items():
                again[place] += (hits - 1) * pupils
    return {
        key: Sums(sums.tally, sums.pupils - again[key], sums.months, sums.weighted) if again[key] else sums
        for key, sums in cells.items()
    }


Pair = tuple[Counted, Counted]
Remembered = tuple[DrawKey, bool, bool, frozenset[int], frozenset[int] | None]


def _size(_key: Remembered, both: Pair) -> int:
    return sum(600 * (len(one.cells_of_school) + len(one.cells_of_year) + len(one.movers)) for one in both)


# Everybody and those with a measure, by draw and selection: sums alone, the same for whoever asks for these schools.
_memory = Memory[Remembered, Pair](most=16_000_000, size=_size)
SUMMED = """ARRAY[sum(possible), sum(due), sum(illness), sum(leave), sum(unlawful), sum(pending), sum(pupils), sum(months),
  sum(weighted)]::bigint[]"""
BANDED = f"ARRAY[{', '.join(f'sum(bands[{place}])' for place in range(1, len(bands.BANDS) + 1))}]::int[]"
# Of the periods that are only points of a line there is everybody by chosen school alone. Shares are many rows, and read only
# of the draws whose middle pupil is asked for; of an even number the middle is the lower one of the two.
EVERYTHING = """
SELECT 'school', draw_id, with_measure, school_id::bigint, NULL::bigint[], {summed}, NULL::int[] FROM reports_cell
WHERE draw_id = ANY(%(points)s) AND NOT with_measure AND school_id = ANY(%(schools)s) AND {years}
GROUP BY draw_id, with_measure, school_id
UNION ALL
SELECT 'school', draw_id, with_measure, school_id, NULL, {summed}, {banded} FROM reports_cell
WHERE draw_id = ANY(%(compared)s) AND {years} GROUP BY draw_id, with_measure, school_id
UNION ALL
SELECT 'year', draw_id, with_measure, year_group, NULL, {summed}, {banded} FROM reports_cell
WHERE draw_id = ANY(%(compared)s) AND school_id = ANY(%(schools)s) AND {years}
GROUP BY draw_id, with_measure, year_group
UNION ALL
SELECT 'moved', draw_id, with_measure, NULL, cells, ARRAY[sum(pupils)]::bigint[], {moved}
FROM reports_mover WHERE draw_id = ANY(%(compared)s) GROUP BY draw_id, with_measure, cells
UNION ALL
SELECT 'middle', draw_id, false, min(share), NULL, NULL, NULL FROM (
  SELECT draw_id, share, sum(sum(pupils)) OVER (PARTITION BY draw_id ORDER BY share) AS passed,
    sum(sum(pupils)) OVER (PARTITION BY draw_id) AS pupils
  FROM (
    SELECT draw_id, share, pupils FROM reports_spread
    WHERE draw_id = ANY(%(middles)s) AND NOT with_measure AND school_id = ANY(%(schools)s) AND {years}
    UNION ALL
    SELECT draw_id, share, pupils FROM reports_mover
    WHERE draw_id = ANY(%(middles)s) AND NOT with_measure AND share IS NOT NULL AND EXISTS (
      SELECT FROM unnest(cells) cell WHERE cell / {cell} = ANY(%(schools)s) AND {years_of_cell}
    )
  ) each GROUP BY draw_id, share
) ranked WHERE 2 * passed >= pupils GROUP BY draw_id
"""


# A draw, and whether of those with a measure alone.
Whose = tuple[int, bool]


def remembered(
    points: Collection[Drawn],
    compared: Collection[Drawn],
    schools: Collection[int],
    years: Collection[int] | None = None,
    *,
    middles: Collection[Drawn] = (),
) -> dict[Whose, Counted]:
    """The same as `counted`, asked only for draws of which it is not remembered. At most one query."""
    chosen, kept_years = frozenset(schools), None if years is None else frozenset(years)
    compared_ids, middle_ids = {one.id for one in compared}, {one.id for one in middles}
    keys = {
        one.id: (one.key, one.id in compared_ids, one.id in middle_ids, chosen, kept_years)
        for one in (*points, *compared)
    }
    known = _memory.of(keys.values())
    missing = {draw for draw, key in keys.items() if key not in known}
    read: dict[Whose, Counted] = {}
    if missing:
        read = counted(
            missing - compared_ids, missing & compared_ids, schools, years, middles=missing & middle_ids
        )
    found: dict[Whose, Counted] = {}
    for draw, key in keys.items():
        both = known.get(key) or _memory.keep(key, (read[draw, False], read[draw, True]))
        found[draw, False], found[draw, True] = both
    return found


def counted(
    points: Collection[int],
    compared: Collection[int],
    schools: Collection[int],
    years: Collection[int] | None = None,
    *,
    middles: Collection[int] = (),
) -> dict[Whose, Counted]:
    """By draw, and whether of those with a measure alone: everything there is to a selection. One query.

    Of `points` that are not `compared` with each other there are everybody's half-days by chosen school alone. Of the draws in
    `middles` there is the middle share.
    """
    parameters: dict[str, Any] = {
        "points": sorted({*points} - {*compared}),
        "compared": sorted(compared),
        "schools": sorted(schools),
        "middles": sorted(middles),
    }
    words = {
        "years": "true",
        "years_of_cell": "true",
        "cell": str(CELL),
        "summed": SUMMED,
        "banded": BANDED,
        "moved": by_band(bands.EDGES, "sum(pupils)"),
    }
    if years is not None:
        parameters["years"] = sorted(years)
        words |= {"years": "year_group = ANY(%(years)s)", "years_of_cell": "cell %% 100 = ANY(%(years)s)"}
    chosen, kept_years = frozenset(schools), None if years is None else frozenset(years)
    found: dict[tuple[int, bool], Counted] = defaultdict(lambda: Counted(chosen=chosen, years=kept_years))
    with connection.cursor() as cursor:
        cursor.execute(EVERYTHING.format(**words), parameters)
        rows = cursor.fetchall()
    for part, draw, measured, key, several, numbers, banded in rows:
        one = found[draw, measured]
        if part == "school":
            one.cells_of_school[key] = _sums(numbers)
            if banded is not None:
                one.staying_of_school[key] = tuple(banded)
        elif part == "year":
            one.cells_of_year[key] = _sums(numbers)
            one.staying_of_year[key] = tuple(banded)
        elif part == "moved":
            one.movers.append(Moved(tuple(several), numbers[0], tuple(banded)))
        else:
            one.middle = key
    return found


def _sums(numbers: list[int]) -> Sums:
    *tally, pupils, months, weighted = numbers
    return Sums(Tally(*tally), pupils, months, weighted)
