"""How finely may each place's figures be told: by year group, by stage, as a total, or not at all?

A figure of few pupils may tell of one of them. A place whose smallest year group is of too few is told by stage (indskoling,
mellemtrin, udskoling), and as a total when a stage is of too few as well: a coarser table is read more easily than one with
holes. As totals are shown beside, others are coarsened with it until nothing about too few can be found by subtraction.

Why nobody can find it: each small cell (the pupils of one school and year group) is given a *swap*, in which pupils of the cell
and of others hidden like it change places while every sum that is shown stays what it is. Whatever a reader computes from
what is shown is the same before and after, so no sum of hers holds the small cell without holding more pupils than the limit,
and no small cell is told within a narrower span than the limit. The usual swap is a rectangle: two schools, two year groups.

Levels depend on numbers of pupils alone, not on their absence, and are made for the whole municipality at once and for
every reader the same. A pupil who moved is counted in one of her cells, so that sums never count more pupils than there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum

from fravaer.reports.units import WHOLE, Key

# Indskoling, mellemtrin and udskoling, as the ministry groups them.
STAGES: tuple[tuple[int, ...], ...] = ((0, 1, 2, 3), (4, 5, 6), (7, 8, 9, 10))
# A school and a year group of it.
Leaf = tuple[int, int]


class Level(IntEnum):
    """The finest a place is told; each level holds the coarser ones."""

    HIDDEN = 0
    TOTAL = 1
    STAGES = 2
    YEARS = 3


# What has to be told no finer than this for a swap to leave every shown sum as it is.
Caps = tuple[tuple[Key, Level], ...]
# What is lost, the worst first: totals of the municipality and of areas, the municipality's detail, totals of schools, detail of
# areas and of schools, and the pupils of schools that lose any. The caps put the rest in an order.
Loss = tuple[int, int, int, int, int, int, int]
Cost = tuple[Loss, Caps]


def stage_of(year_group: int) -> int:
    """The number of the year group's stage in STAGES."""
    return 0 if year_group <= STAGES[0][-1] else 1 if year_group <= STAGES[1][-1] else 2


def levels(area_of: Mapping[int, int], cells: Mapping[Leaf, int], limit: int) -> dict[Key, Level]:
    """The level of the municipality, each area and each school.

    `cells` holds the pupils of each school and year group that has any, each pupil counted in one cell alone. A place without
    pupils tells of nobody and is told in full.
    """
    coarsening = _Coarsening(area_of, cells, limit)
    for leaf in sorted(coarsening.small, key=lambda one: (cells[one], one)):
        coarsening.protect(leaf)
    return coarsening.levels


def coarsest(patterns: Iterable[Mapping[Key, Level]]) -> dict[Key, Level]:
    """What all of them tell: a school year is told no finer than its quarters, which add up to it."""
    found: dict[Key, Level] = {}
    for pattern in patterns:
        for key, level in pattern.items():
            found[key] = min(level, found.get(key, level))
    return found


class _Coarsening:
    """The levels while they are made; they only ever sink, so a swap found once stays one."""

    def __init__(self, area_of: Mapping[int, int], cells: Mapping[Leaf, int], limit: int) -> None:
        self.area_of = area_of
        self.cells = cells
        self.limit = limit
        years: dict[Key, dict[int, int]] = defaultdict(dict)
        for key in (WHOLE, *(("area", area) for area in area_of.values()), *(("school", s) for s in area_of)):
            years[key] = {}
        self.years_of: dict[int, dict[int, int]] = defaultdict(dict)
        for (school, year), pupils in cells.items():
            self.years_of[school][year] = pupils
            for key in self._above(school):
                years[key][year] = years[key].get(year, 0) + pupils
        self.levels = {key: self._alone(found) for key, found in years.items()}
        self.sizes = {school: sum(found.values()) for school, found in self.years_of.items()}
        self.schools: dict[int, list[int]] = defaultdict(list)
        for school in sorted(self.years_of):
            self.schools[area_of[school]].append(school)
        self.small = [leaf for leaf, pupils in cells.items() if pupils < limit]

    def protect(self, leaf: Leaf) -> None:
        """Coarsen as little as is needed for the leaf to have a swap."""
        own = self.area_of[leaf[0]]
        best = self._cheapest(self._rectangles(leaf, self.schools[own]), None)
        if best is None or any(best[0][:5]):
            # Only across areas, or within what the reader sees no total of.
            elsewhere = (school for area in sorted(self.schools) for school in self.schools[area])
            best = self._cheapest(self._rectangles(leaf, elsewhere), best)
            best = self._cheapest(self._lines(leaf), best)
            if best is None or best[0][0]:
                best = self._cheapest(self._diagonals(leaf), best)
        assert best is not None
        for key, level in best[1]:
            self.levels[key] = min(self.levels[key], level)

    def _cheapest(self, swaps: Iterator[tuple[Caps, int]], best: Cost | None) -> Cost | None:
        for caps, span in swaps:
            if best is not None and not any(best[0]):
                return best
            if span >= self.limit:
                cost = self._cost(caps)
                best = cost if best is None else min(best, cost)
        return best

    def _rectangles(self, leaf: Leaf, schools: Iterable[int]) -> Iterator[tuple[Caps, int]]:
        """Swaps with another school and year group, or with the other school alone: caps, and the span they leave."""
        school, year = leaf
        own, area = self.years_of[school], self.area_of[school]
        for other in schools:
            years = self.years_of[other]
            if other == school or year not in years:
                continue
            for across in own.keys() & years.keys():
                if across == year:
                    continue
                level = Level.STAGES if stage_of(across) == stage_of(year) else Level.TOTAL
                span = min(own[across], years[year]) + min(own[year], years[across])
                yield self._between(school, other, area, level), span
            yield self._between(school, other, area, Level.HIDDEN), own[year] + years[year]

    def _between(self, school: int, other: int, area: int, level: Level) -> Caps:
        caps: Caps = ((("school", school), level), (("school", other), level))
        elsewhere = self.area_of[other]
        if elsewhere != area:
            caps += ((("area", area), level), (("area", elsewhere), level))
        return caps

    def _lines(self, leaf: Leaf) -> Iterator[tuple[Caps, int]]:
        """Swaps within the school, where nothing above it tells its year groups; or nothing is told at all."""
        school, year = leaf
        above = self._above(school)
        for across, pupils in self.years_of[school].items():
            if across != year:
                level = Level.STAGES if stage_of(across) == stage_of(year) else Level.TOTAL
                yield tuple((key, level) for key in above), pupils + self.cells[leaf]
        yield tuple((key, Level.HIDDEN) for key in above), self.limit

    def _diagonals(self, leaf: Leaf) -> Iterator[tuple[Caps, int]]:
        """Swaps with another year group of another school, where neither is told and nothing above tells the year groups."""
        school, year = leaf
        area = self.area_of[school]
        for other, years in self.years_of.items():
            elsewhere = self.area_of[other]
            for across, pupils in years.items():
                if other == school or across == year:
                    continue
                level = Level.STAGES if stage_of(across) == stage_of(year) else Level.TOTAL
                above = level if elsewhere == area else Level.HIDDEN
                caps: dict[Key, Level] = {WHOLE: level, ("area", area): above, ("area", elsewhere): above}
                caps |= {("school", school): Level.HIDDEN, ("school", other): Level.HIDDEN}
                yield tuple(caps.items()), pupils + self.cells[leaf]

    def _cost(self, caps: Caps) -> Cost:
        totals = {"all": 0, "area": 0, "school": 0}
        details = {"all": 0, "area": 0, "school": 0}
        pupils = 0
        for key, level in caps:
            drop = max(0, self.levels[key] - level)
            details[key[0]] += drop
            totals[key[0]] += bool(drop) and level == Level.HIDDEN
            if drop and key[0] == "school":
                pupils += self.sizes[key[1]]
        return (
            totals["all"],
            totals["area"],
            details["all"],
            totals["school"],
            details["area"],
            details["school"],
            pupils,
        ), caps

    def _above(self, school: int) -> tuple[Key, Key, Key]:
        return ("school", school), ("area", self.area_of[school]), WHOLE

    def _alone(self, years: Mapping[int, int]) -> Level:
        """The finest level at which no group is of too few."""
        if all(pupils >= self.limit for pupils in years.values()):
            return Level.YEARS
        stages: dict[int, int] = defaultdict(int)
        for year, pupils in years.items():
            stages[stage_of(year)] += pupils
        if all(pupils >= self.limit for pupils in stages.values()):
            return Level.STAGES
        return Level.TOTAL if sum(years.values()) >= self.limit else Level.HIDDEN
