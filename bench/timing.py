"""How long does each of these take, measured side by side?

Rounds are interleaved, so that whatever else the machine does falls on all of them alike; a figure is a median of rounds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter


def medians(
    subjects: Mapping[str, Callable[[], object]], *, rounds: int = 7, calls: int = 1
) -> dict[str, float]:
    """Seconds a call of each subject, the median over the rounds. One round of warming up is not counted."""
    taken: dict[str, list[float]] = {name: [] for name in subjects}
    for turn in range(rounds + 1):
        for name, subject in subjects.items():
            begun = perf_counter()
            for _ in range(calls):
                subject()
            if turn:
                taken[name].append((perf_counter() - begun) / calls)
    return {name: median(times) for name, times in taken.items()}
