"""How are the pupils' own percentages spread?

Shares of pupils in bands. A band holds its upper end where domain law and practice say so: ten percent begins the band over
it, and twenty and sixty still belong to the one below, as the lines of the early effort and of the absence team do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# Moves when a band does; what was frozen names its own.
VERSION = 1


@dataclass(frozen=True, slots=True)
class Limits:
    """A band by name and the shares it holds: from `first` up to, and without, `until` (twice the tenths; see `Spread`)."""

    name: str
    first: int
    until: int


# Exactly 20 % is share 400 and the smallest share above it is 401.
BANDS = (
    Limits("0-2", 0, 40),
    Limits("2-5", 40, 100),
    Limits("5-10", 100, 200),
    Limits("10-20", 200, 401),
    Limits("20-60", 401, 1201),
    Limits("60-100", 1201, 2002),
)
# Where each of them begins, but for the first.
EDGES = tuple(band.first for band in BANDS[1:])
# Of these bands are the pupils with ten percent or more.
OVER_TEN = tuple(place for place, band in enumerate(BANDS) if band.first >= 200)
NOBODY = (0,) * len(BANDS)


def place(share: int) -> int:
    """The place of the band that holds the share."""
    return next(number for number, band in enumerate(BANDS) if share < band.until)


def over_ten(counts: Sequence[int]) -> int:
    """Of so many pupils in each band, those with ten percent or more."""
    return sum(counts[place] for place in OVER_TEN)
