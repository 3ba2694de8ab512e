"""How finely may the distribution of the pupils' own percentages be told: in six bands, in five, in two, or not at all?

A count of few pupils in a band, all but few, or all of them, may tell of one. Bands are then merged, over 20 and over 60
percent first, and at last only under and over 10 percent are told apart. The distribution is told of places in all their year
groups, and of the municipality's stages and year groups; nowhere are both told apart.

As in `coarsening` each small count is given a swap: a pupil of the school moves into the band, another school's pupil of the same
year group moves out of it, and every sum that is told stays what it is. The municipality's year groups are protected in the
same way, with schools and year groups in each other's place.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum

from fravaer.reports.coarsening import Leaf, Level, stage_of
from fravaer.reports.units import WHOLE, Key

# Pupils by band, from the lowest percentages to the highest.
Counts = Sequence[int]
# A place in all its year groups, or one of the municipality's stages or year groups: ("stage", 2), ("year", 9).
Node = tuple[str, int]


class Detail(IntEnum):
    """The finest a distribution is told."""

    NONE = 0
    TWO = 1
    FIVE = 2
    SIX = 3


Block = tuple[int, ...]
BLOCKS: Mapping[Detail, tuple[Block, ...]] = {
    Detail.SIX: ((0,), (1,), (2,), (3,), (4,), (5,)),
    Detail.FIVE: ((0,), (1,), (2,), (3,), (4, 5)),
    Detail.TWO: ((0, 1, 2), (3, 4, 5)),
    Detail.NONE: ((0, 1, 2, 3, 4, 5),),
}
# Told apart at some detail.
EVERY_BLOCK = sorted({block for detail, blocks in BLOCKS.items() if detail for block in blocks})
NOBODY: Counts = (0, 0, 0, 0, 0, 0)
Caps = tuple[tuple[Node, Detail], ...]
# What is lost, the worst first: the whole distribution of the municipality and of areas or stages, the municipality's detail, the
# distribution of schools or year groups, detail of areas or stages and of those, and the other's pupils. Then the caps' order.
Loss = tuple[int, int, int, int, int, int, int]
Cost = tuple[Loss, Caps]


def details(
    area_of: Mapping[int, int],
    counts: Mapping[Leaf, Counts],
    levels: Mapping[Key, Level],
    *,
    group: int,
    part: int,
) -> dict[Node, Detail]:
    """The detail of every place, and of the municipality's stages and year groups.

    `counts` holds the pupils of each school and year group by band, each pupil once. Nothing is told of groups that `levels`
    hides or that hold fewer than `group` pupils with a percentage; no block of bands with 1 to `part` - 1 pupils.
    """
    rows = {leaf: row for leaf, row in counts.items() if any(row)}
    told = _told(area_of, rows, levels, group, part, by_years=True)
    alone = _told(area_of, rows, levels, group, part, by_years=False)
    assert alone is not None
    if told is not None and all(told[node] >= alone[node] for node in alone if node[0] in ("all", "area")):
        return told
    # The municipality's year groups would cost the places too much.
    return alone


def _told(
    area_of: Mapping[int, int],
    rows: Mapping[Leaf, Counts],
    levels: Mapping[Key, Level],
    group: int,
    part: int,
    *,
    by_years: bool,
) -> dict[Node, Detail] | None:
    """The details with or without the municipality's stages and year groups; None where those cannot be protected."""
    places: dict[int, dict[int, Counts]] = defaultdict(dict)
    years: dict[int, dict[int, Counts]] = defaultdict(dict)
    for (school, year), row in rows.items():
        years[year][school] = row
        # Where nothing is told by year group, pupils of all of them can change places.
        at = year if by_years else 0
        places[school][at] = [sum(both) for both in zip(row, places[school].get(at, NOBODY), strict=True)]
    found: dict[Node, Detail] = {}
    for school, area in area_of.items():
        found |= {("school", school): Detail.SIX, ("area", area): Detail.SIX}
    stages = {year: stage_of(year) for year in years}
    by_place = _Merging(found, "school", "area", area_of, places, group, part)
    by_year = _Merging(found, "year", "stage", stages, years, group, part)
    for node in found:
        if not _is_told(node, levels) or (not by_years and node[0] in ("stage", "year")):
            found[node] = Detail.NONE
    if not by_place.protect_all(gives_up=by_years):
        return None
    if by_years and not by_year.protect_all(gives_up=True):
        return None
    return found


def _is_told(node: Node, levels: Mapping[Key, Level]) -> bool:
    if node[0] == "stage":
        return levels[WHOLE] >= Level.STAGES
    if node[0] == "year":
        return levels[WHOLE] >= Level.YEARS
    return levels[node] >= Level.TOTAL  # type: ignore[index]


class _Merging:
    """The details of one tree: leaves under parents under the municipality. They only ever sink."""

    def __init__(
        self,
        details: dict[Node, Detail],
        leaf: str,
        parent: str,
        parent_of: Mapping[int, int],
        rows: Mapping[int, Mapping[int, Counts]],
        group: int,
        part: int,
    ) -> None:
        self.details, self.leaf, self.parent, self.parent_of = details, leaf, parent, parent_of
        self.rows, self.group, self.part = rows, group, part
        sums: dict[Node, list[int]] = {WHOLE: [0] * 6}
        for key, others in rows.items():
            for node in self._above(key):
                total = sums.setdefault(node, [0] * 6)
                for row in others.values():
                    for band, pupils in enumerate(row):
                        total[band] += pupils
        self.sums = sums
        for node, total in sums.items():
            details[node] = min(details.get(node, Detail.SIX), self._alone(total))
        self.leaves: dict[int, list[int]] = defaultdict(list)
        for key in sorted(rows):
            self.leaves[parent_of[key]].append(key)

    def protect_all(self, *, gives_up: bool) -> bool:
        """Protect every small count. Gives up rather than telling nothing of everything that holds one."""
        secrets = []
        for key in self.rows:
            total = self.sums[(self.leaf, key)]
            size = sum(total)
            for block in EVERY_BLOCK:
                inside = sum(total[band] for band in block)
                if inside and (inside < self.part or inside == size or size < self.group):
                    secrets.append((inside, key, block, min(self.part, size)))
        return all(self._protect(key, block, span, gives_up) for _inside, key, block, span in sorted(secrets))

    def _protect(self, key: int, block: Block, span: int, gives_up: bool) -> bool:
        """Merge as little as is needed for the block's count to have a swap that leaves a span of so many."""
        own = self.parent_of[key]
        best = self._cheapest(key, block, span, self.leaves[own], None)
        if best is None or any(best[0][:5]):
            elsewhere = (one for parent in sorted(self.leaves) for one in self.leaves[parent])
            best = self._cheapest(key, block, span, elsewhere, best)
            if not gives_up:
                alone = self._cost(key, tuple((node, Detail.NONE) for node in self._above(key)))
                best = alone if best is None else min(best, alone)
        if best is None:
            return False
        for node, detail in best[1]:
            self.details[node] = min(self.details[node], detail)
        return True

    def _cheapest(
        self, key: int, block: Block, span: int, others: Iterable[int], best: Cost | None
    ) -> Cost | None:
        for other, detail, outside in self._swaps(key, block, others):
            caps = self._between(key, other, detail)
            cost = self._cost(other, caps)
            if (best is None or cost < best) and self._span(key, other, block, outside) >= span:
                best = cost
                if not any(best[0][:6]):
                    return best
        return best

    def _swaps(self, key: int, block: Block, others: Iterable[int]) -> Iterator[tuple[int, Detail, Block]]:
        """Partners, how coarsely both must be told, and the bands the block then is merged with."""
        merged = []
        for detail in (Detail.FIVE, Detail.TWO, Detail.NONE):
            around = next(one for one in BLOCKS[detail] if block[0] in one)
            outside = tuple(band for band in around if band not in block)
            if outside and set(block) <= set(around):
                merged.append((detail, outside))
        for other in others:
            if other != key:
                for detail, outside in merged:
                    yield other, detail, outside

    def _span(self, key: int, other: int, block: Block, outside: Block) -> int:
        """How far the block's count can move up and down, each pupil against one of the same across."""
        span = 0
        theirs = self.rows[other]
        for across, row in self.rows[key].items():
            facing = theirs.get(across)
            if facing is not None:
                span += min(_in(row, outside), _in(facing, block)) + min(
                    _in(row, block), _in(facing, outside)
                )
        return span

    def _between(self, key: int, other: int, detail: Detail) -> Caps:
        caps: Caps = (((self.leaf, key), detail), ((self.leaf, other), detail))
        own, elsewhere = self.parent_of[key], self.parent_of[other]
        if own != elsewhere:
            caps += (((self.parent, own), detail), ((self.parent, elsewhere), detail))
        return caps

    def _cost(self, other: int, caps: Caps) -> Cost:
        whole, detail = Counter[str](), Counter[str]()
        for node, cap in caps:
            drop = max(0, self.details[node] - cap)
            detail[node[0]] += drop
            whole[node[0]] += bool(drop) and cap == Detail.NONE
        return (
            whole["all"],
            whole[self.parent],
            detail["all"],
            whole[self.leaf],
            detail[self.parent],
            detail[self.leaf],
            sum(self.sums[(self.leaf, other)]),
        ), caps

    def _above(self, key: int) -> tuple[Node, Node, Node]:
        return (self.leaf, key), (self.parent, self.parent_of[key]), WHOLE

    def _alone(self, total: Counts) -> Detail:
        """The finest detail at which no block is of too few, or of everybody."""
        size = sum(total)
        if size == 0:
            return Detail.SIX
        if size < self.group:
            return Detail.NONE
        for detail in (Detail.SIX, Detail.FIVE, Detail.TWO):
            blocks = [sum(total[band] for band in block) for block in BLOCKS[detail]]
            if all(not inside or self.part <= inside < size for inside in blocks):
                return detail
        return Detail.NONE


def _in(row: Counts, bands: Block) -> int:
    return sum(row[band] for band in bands)
