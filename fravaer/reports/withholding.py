"""At which places may a count of cases not be told, because it is of few or few could be found from it?

A count above nothing and below the limit may tell of one child. Hiding it is worth nothing while the area's count and the other
schools' are shown; so others are hidden with it, until what the hidden ones of an area hold together is no smaller than the
limit, and of the hidden areas likewise. Nothing is as good as any other count: no case can be told from there being none.

Why nobody can find one: what a reader knows are sums of the counts that are shown, so of the hidden ones nothing but how many
they are together, in each shown area and in all hidden areas. Each of them can be anything from none to all of these.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from fravaer.reports.units import WHOLE, Key

# Several counts of one school that are told together, or not at all.
Counts = tuple[int, ...]


def withheld(counts: Mapping[int, Counts], area_of: Mapping[int, int], limit: int) -> frozenset[Key]:
    """The places whose counts are hidden: schools, areas and the municipality.

    `counts` holds the counts of schools, as many of each; who has none need not be there.
    """
    if not counts or limit <= 0:
        return frozenset()
    found = _Withholding({key: row for key, row in counts.items() if key in area_of}, area_of, limit)
    # Where nothing is of few, nothing stands beside it that could tell.
    while found.hidden and found.go_on():
        pass
    return frozenset(found.hidden)


class _Withholding:
    """What is hidden while it is decided; it only ever grows."""

    def __init__(self, counts: Mapping[int, Counts], area_of: Mapping[int, int], limit: int) -> None:
        self.limit = limit
        self.schools: dict[int, list[Key]] = defaultdict(list)
        self.rows: dict[Key, Counts] = {WHOLE: _added(counts.values())}
        for school in sorted(counts):
            self.schools[area_of[school]].append(("school", school))
            self.rows["school", school] = counts[school]
        for area, schools in self.schools.items():
            self.rows["area", area] = _added(self.rows[school] for school in schools)
        self.hidden = {key for key, row in self.rows.items() for one in row if 0 < one < limit}

    def go_on(self) -> bool:
        """Hide one more place where that is needed."""
        return any(self._within(area) for area in self.schools) or self._among_areas()

    def _within(self, area: int) -> bool:
        hidden, shown = self._parted(self.schools[area])
        if ("area", area) in self.hidden:
            # Otherwise the schools would add up to it.
            return not any(any(self.rows[key]) for key in hidden) and self._hide_smallest(shown)
        if not hidden or self._blurs(hidden):
            return False
        return self._hide_smallest(shown) or self._hide(("area", area))

    def _among_areas(self) -> bool:
        areas: list[Key] = [("area", area) for area in self.schools]
        hidden, shown = self._parted(areas)
        if not hidden or WHOLE in self.hidden:
            return False
        inside, beside = self._parted(key for _by, area in hidden for key in self.schools[area])
        if len(hidden) > 1 and self._blurs(inside):
            return False
        return self._hide_smallest(shown) or self._hide_smallest(beside) or self._hide(WHOLE)

    def _parted(self, keys: Iterable[Key]) -> tuple[list[Key], list[Key]]:
        """Those that are hidden, and those that are shown and have anything."""
        every = list(keys)
        return (
            [key for key in every if key in self.hidden],
            [key for key in every if key not in self.hidden and any(self.rows[key])],
        )

    def _blurs(self, keys: Sequence[Key]) -> bool:
        """Whether several hold together nothing, or no less than the limit, of each count."""
        together = _added(self.rows[key] for key in keys)
        return len(keys) > 1 and all(not one or one >= self.limit for one in together)

    def _hide_smallest(self, keys: Sequence[Key]) -> bool:
        return bool(keys) and self._hide(min(keys, key=lambda key: (sum(self.rows[key]), key)))

    def _hide(self, key: Key) -> bool:
        self.hidden.add(key)
        return True


def _added(rows: Iterable[Counts]) -> Counts:
    return tuple(map(sum, zip(*rows, strict=True)))
