"""How are the pupils' own percentages spread?

Shares of pupils in bands, and the median, from a histogram of their percentages. A band holds its upper end where domain law
and practice say so: ten percent begins the band over it, and twenty and sixty still belong to the one below, as the lines of
the early effort and of the absence team do.
"""

from __future__ import annotations

from collections.abc import Mapping
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


def counts(shares: Mapping[int, int]) -> tuple[int, ...]:
    """Pupils in each band."""
    return tuple(
        sum(pupils for share, pupils in shares.items() if band.first <= share < band.until) for band in BANDS
    )


def place(share: int) -> int:
    """The place of the band that holds the share."""
    return next(number for number, band in enumerate(BANDS) if share < band.until)


def median(shares: Mapping[int, int]) -> int | None:
    """The middle pupil's percent in tenths, cut; of an even number the lower one of the two in the middle. None of nobody."""
    pupils = sum(shares.values())
    if not pupils:
        return None
    passed = 0
    for share in sorted(shares):
        passed += shares[share]
        if 2 * passed >= pupils:
            return share // 2
    raise AssertionError("the middle was passed")
