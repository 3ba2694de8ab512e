"""Which figures of a page are hidden from this reader?

The pattern is made of the whole municipality's schools at once (`suppression`), so that it is the same for every reader and
nothing is found by subtracting. Whoever works with the named pupils of her own schools sees those schools whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from fravaer.reports import suppression
from fravaer.reports.cells import Counted, Reach, Sums
from fravaer.reports.modes import Mode
from fravaer.reports.suppression import Part
from fravaer.reports.units import Key


class Hiding:
    """What one draw hides. `own` are the schools whose pupils the reader works with by name."""

    def __init__(
        self, everybody: Counted, area_of: Mapping[int, int], mode: Mode, own: frozenset[int] = frozenset()
    ) -> None:
        self.mode = mode
        self.own = own
        self.sizes: dict[int, dict[int, int]] = defaultdict(dict)
        found = everybody.by_school()
        for school, area in area_of.items():
            self.sizes[area][school] = found.get(school, Sums()).pupils
        self.area_of = area_of
        self.pattern = suppression.pattern(self.sizes, mode.group)

    def hides(self, key: Key) -> bool:
        by, pk = key
        if by == "school":
            return pk in self.pattern.schools and pk not in self.own
        if by == "area":
            return pk in self.pattern.areas
        if by == "own":
            return False
        # Who knows her own hidden school would find the others by subtracting it.
        return self.pattern.whole or not self.own.isdisjoint(self.pattern.schools)

    def years(self, sums: Mapping[int, Sums], is_own: bool) -> frozenset[int]:
        """The year groups of a unit that are hidden: the small ones, and enough others."""
        if is_own:
            return frozenset()
        sizes = {year: one.pupils for year, one in sums.items()}
        return suppression.pattern({0: sizes}, self.mode.group).schools

    def reaches(self, reaches: Mapping[int, Reach], is_own: bool) -> frozenset[int]:
        """Of which schools it is hidden how many pupils are over a line."""
        if is_own:
            return frozenset()
        found: set[int] = set()
        by_area: dict[int, dict[int, Reach]] = defaultdict(dict)
        for school, reach in reaches.items():
            by_area[self.area_of.get(school, 0)][school] = reach
        for schools in by_area.values():
            parts = {key: Part(reach.over_ten, reach.pupils) for key, reach in schools.items()}
            whole = _together(schools.values())
            hidden = suppression.hidden_parts(parts, whole, self.mode.part)
            found |= set(parts) if hidden is None else hidden
        return frozenset(found)

    def few(self, counts: tuple[int, ...], is_own: bool) -> frozenset[int]:
        """The places of a row of counts that are hidden beside their sum: the small ones, and enough others."""
        if is_own:
            return frozenset()
        limit, whole = self.mode.part, sum(counts)
        hidden = {place for place, one in enumerate(counts) if 0 < one < limit or 0 < whole - one < limit}
        others = sorted((one, place) for place, one in enumerate(counts) if one and place not in hidden)
        for _one, place in others:
            if not hidden or (len(hidden) > 1 and sum(counts[at] for at in hidden) >= limit):
                break
            hidden.add(place)
        return frozenset(hidden)


def measured(
    parts: Mapping[int, tuple[Sums, Sums]], whole: tuple[Sums, Sums], mode: Mode
) -> frozenset[int] | None:
    """The groups whose pupils with a measure may not be told of; None when not even the whole's may.

    Of each group everybody, and those with a measure.
    """
    limit = max(mode.group, mode.part)
    return suppression.hidden_parts({key: _part(pair) for key, pair in parts.items()}, _part(whole), limit)


def _part(pair: tuple[Sums, Sums]) -> Part:
    everybody, inside = pair
    return Part(inside.pupils, everybody.pupils)


def _together(reaches: Iterable[Reach]) -> Part:
    inside, everybody = 0, 0
    for reach in reaches:
        inside, everybody = inside + reach.over_ten, everybody + reach.pupils
    return Part(inside, everybody)
