"""Does a pupil's absence gather on one day of the week?

An observation to ask about, never a finding: there may be a good reason for every Monday. Silent until there are enough
days to say anything at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

# School days that must have been registered, absent days on the one weekday, and the share of all absent days they make.
LEAST_KNOWN, LEAST_ALIKE, LEAST_PERCENT = 20, 4, 60


@dataclass(frozen=True, slots=True)
class Pattern:
    """`alike` of `absent` school days away fell on the same weekday (0 is Monday)."""

    weekday: int
    alike: int
    absent: int


def weekday(absent: Collection[date], known: int) -> Pattern | None:
    """The weekday most of the absent days fall on, when `known` registered school days are enough to ask about it.

    A long illness falls on every weekday alike and so is none.
    """
    if known < LEAST_KNOWN or not absent:
        return None
    counts = Counter(day.weekday() for day in absent)
    found, alike = max(counts.items(), key=lambda one: (one[1], -one[0]))
    if alike < LEAST_ALIKE or 100 * alike < LEAST_PERCENT * len(absent):
        return None
    return Pattern(found, alike, len(absent))
