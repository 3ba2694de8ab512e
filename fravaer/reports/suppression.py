"""Which small numbers are hidden?

A figure of few pupils may tell of one of them. Groups of fewer pupils than the limit are hidden, and with them enough others
that nothing about fewer pupils than the limit can be found by subtracting what is shown from a total. The pattern is made
for the whole municipality at once and is the same for everybody, so that two readers gain nothing by laying their pages side
by side. Shown as ".." with a note, as Danish statistics do. A pupil who moved counts in each group she was in.

Roles that work with the named pupils of their own school see that school's figures unhidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pattern:
    """What is hidden: schools, totals of areas, and the total of the municipality."""

    schools: frozenset[int] = frozenset()
    areas: frozenset[int] = frozenset()
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Pupils of a group who are in a confidential part of it, and all the group's pupils."""

    inside: int
    everybody: int

    def is_small(self, limit: int) -> bool:
        """Whether the part, or what is left without it, is of too few; nobody and everybody tell as much as a few do."""
        return self.everybody > 0 and (self.inside < limit or self.everybody - self.inside < limit)


def pattern(areas: Mapping[int, Mapping[int, int]], limit: int) -> Pattern:
    """What to hide when schools, areas and the municipality are shown together. `areas` holds each area's schools' pupils.

    Empty schools tell of nobody and are shown. Hidden schools of an area that is shown hold at least `limit` pupils together;
    so do the hidden schools of all hidden areas.
    """
    sizes = {area: sum(schools.values()) for area, schools in areas.items()}
    hidden = {
        area: {key for key, size in schools.items() if 0 < size < limit} for area, schools in areas.items()
    }
    for area, schools in areas.items():
        if hidden[area] and sizes[area] >= limit:
            _hide_until(hidden[area], schools, limit)
    hidden_areas = {area for area, size in sizes.items() if 0 < size < limit}
    if hidden_areas:
        # Another area's total is hidden as well; one that hides schools already costs nothing more to read.
        others = sorted(
            (not hidden[area], size, area)
            for area, size in sizes.items()
            if size and area not in hidden_areas
        )
        for _hides_nothing, _size, area in others:
            if sum(areas[one][key] for one in hidden_areas for key in hidden[one]) >= limit:
                break
            hidden_areas.add(area)
            hidden[area] |= hidden[area] or {_smallest(areas[area])}
    return Pattern(
        frozenset(key for keys in hidden.values() for key in keys),
        frozenset(hidden_areas),
        0 < sum(sizes.values()) < limit,
    )


def hidden_parts(parts: Mapping[int, Part], whole: Part, limit: int) -> frozenset[int] | None:
    """The groups whose confidential part may not be shown beside the whole's; None when not even the whole's may.

    What the hidden ones hold together is no smaller than the limit, and neither is what is left of them.
    """
    if whole.is_small(limit):
        return None
    hidden = {key for key, part in parts.items() if part.is_small(limit)}
    others = sorted((part.inside, key) for key, part in parts.items() if part.everybody and key not in hidden)
    for _inside, key in others:
        if not hidden or not _together(parts[one] for one in hidden).is_small(limit):
            break
        hidden.add(key)
    return frozenset(hidden)


def _hide_until(hidden: set[int], sizes: Mapping[int, int], limit: int) -> None:
    """Hide the next smallest until what is hidden holds enough pupils."""
    for _size, key in sorted((size, key) for key, size in sizes.items() if size and key not in hidden):
        if sum(sizes[one] for one in hidden) >= limit:
            return
        hidden.add(key)


def _smallest(sizes: Mapping[int, int]) -> int:
    return min((size, key) for key, size in sizes.items() if size)[1]


def _together(parts: Iterable[Part]) -> Part:
    inside, everybody = 0, 0
    for part in parts:
        inside, everybody = inside + part.inside, everybody + part.everybody
    return Part(inside, everybody)
