"""Which figures of a page are hidden from this reader?

What a draw's pattern tells (`patterns`) is the same for every reader. Whoever works with the named pupils of her own schools sees
those schools whole; of the units above she sees what she could not use to find another school by subtracting her own.
"""

from __future__ import annotations

from collections.abc import Mapping

from fravaer.reports import bands, suppression
from fravaer.reports.cells import Sums
from fravaer.reports.merging import BLOCKS, Detail
from fravaer.reports.modes import Mode
from fravaer.reports.patterns import Told
from fravaer.reports.suppression import Part
from fravaer.reports.units import OWN, Key

Years = tuple[int, ...] | None


class Hiding:
    """What one draw hides of the year groups asked for.

    `own` are the schools whose pupils the reader works with by name, and `several` those a unit of several schools is made of.
    """

    def __init__(
        self,
        told: Told,
        years: Years,
        own: frozenset[int] = frozenset(),
        several: frozenset[int] = frozenset(),
    ) -> None:
        self.told = told
        self.years = years
        self.own = own
        self.several = several

    def hides(self, key: Key) -> bool:
        """Whether a unit's figures of the year groups asked for are hidden."""
        return self.hides_of(key, self.years)

    def hides_of(self, key: Key, years: Years) -> bool:
        """Whether a unit's figures of some year groups are hidden; of all of them with None."""
        if self._is_own(key):
            return False
        if key == OWN:
            # What is left without those that are told would be the others.
            return any(not self.told.tells(("school", school), years) for school in self.several)
        if not self.told.tells(key, years):
            return True
        # Who knows her own hidden school would find the others by subtracting it.
        return any(not self.told.tells(("school", school), years) for school in self.own)

    def detail(self, key: Key) -> Detail:
        """How finely a unit's distribution is told."""
        if self._is_own(key):
            return Detail.SIX
        if self.hides(key):
            return Detail.NONE
        units: list[Key] = [("school", school) for school in self.own]
        units += [("school", school) for school in self.several] if key == OWN else [key]
        return min(self.told.detail(unit, self.years) for unit in units)

    def hides_reach(self, key: Key) -> bool:
        """Whether it is hidden how many of a unit's pupils are over ten percent."""
        return self.detail(key) < Detail.TWO

    def _is_own(self, key: Key) -> bool:
        by, pk = key
        return bool(self.own) and (key == OWN or (by == "school" and pk in self.own))


def merged(counts: tuple[int, ...], detail: Detail) -> list[tuple[str, int]]:
    """The bands as they are told, by name from where the first begins to where the last ends, and how many are in each."""
    blocks = BLOCKS[detail] if detail else BLOCKS[Detail.SIX]
    edges = [one.name.split("-") for one in bands.BANDS]
    return [
        (f"{edges[block[0]][0]}-{edges[block[-1]][1]}", sum(counts[band] for band in block))
        for block in blocks
    ]


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
