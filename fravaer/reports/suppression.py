"""Which parts of a group may not be told beside the whole's?

A part of few pupils, or what is left of a group without it, may tell of one of them. Such parts are hidden, and with them enough
others that nothing about fewer pupils than the limit can be found by subtracting what is shown from a total; nobody and
everybody tell as much as a few do. Shown as ".." with a note, as Danish statistics do. Tables of places and year groups are
protected by `coarsening` and `merging`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """Pupils of a group who are in a confidential part of it, and all the group's pupils."""

    inside: int
    everybody: int

    def is_small(self, limit: int) -> bool:
        """Whether the part, or what is left without it, is of too few; nobody and everybody tell as much as a few do."""
        return self.everybody > 0 and (self.inside < limit or self.everybody - self.inside < limit)


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


def _together(parts: Iterable[Part]) -> Part:
    inside, everybody = 0, 0
    for part in parts:
        inside, everybody = inside + part.inside, everybody + part.everybody
    return Part(inside, everybody)
