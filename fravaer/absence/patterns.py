"""Does a pupil's absence gather on one day of the week, or around the weekend?

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
# Mondays and Fridays are two days of five: that absence falls on them says something only when nearly all of it does.
LONG_WEEKEND = (0, 4)
LEAST_AROUND, LEAST_OF_EACH, LEAST_PERCENT_AROUND = 6, 2, 80


@dataclass(frozen=True, slots=True)
class Pattern:
    """`alike` of `absent` school days away fell on these weekdays (0 is Monday): on one, or on Mondays and Fridays."""

    weekdays: tuple[int, ...]
    alike: int
    absent: int


def weekday(absent: Collection[date], known: int) -> Pattern | None:
    """The weekday most of the absent days fall on, when `known` registered school days are enough to ask about it; else
    Mondays and Fridays, when nearly all of them do.

    A long illness falls on every weekday alike and so is none.
    """
    if known < LEAST_KNOWN or not absent:
        return None
    counts = Counter(day.weekday() for day in absent)
    found, alike = max(counts.items(), key=lambda one: (one[1], -one[0]))
    if alike >= LEAST_ALIKE and 100 * alike >= LEAST_PERCENT * len(absent):
        return Pattern((found,), alike, len(absent))
    each = [counts[day] for day in LONG_WEEKEND]
    enough = min(each) >= LEAST_OF_EACH and sum(each) >= LEAST_AROUND
    if enough and 100 * sum(each) >= LEAST_PERCENT_AROUND * len(absent):
        return Pattern(LONG_WEEKEND, sum(each), len(absent))
    return None
