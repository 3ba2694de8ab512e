"""How far does an axis reach, and where do labels find room?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from django.utils.translation import get_language

from fravaer.core.strokes import SIZE, SMALL, width_of
from fravaer.core.templatetags.danish import percent


def scale(highest: int) -> tuple[int, int]:
    """The end of an axis from zero, in tenths, and the step between its ticks: three to six steps."""
    for step in (5, 10, 20, 50, 100, 200, 500, 1000):
        if highest <= 5 * step:
            return max(-(-highest // step), 3) * step, step
    step = -(-highest // 5000) * 1000
    return -(-highest // step) * step, step


def short(tenths: int) -> str:
    """`6,6`: the percentage without its sign, as it stands inside a picture."""
    return _short(get_language(), tenths)


@lru_cache(maxsize=4096)
def _short(language: str | None, tenths: int) -> str:
    return percent(tenths).rstrip("% \N{NO-BREAK SPACE}")


def tick(tenths: int, step: int) -> str:
    """What stands at an axis: without decimals where the steps are whole."""
    return str(tenths // 10) if step % 10 == 0 else short(tenths)


def stretches(values: Sequence[int | None]) -> list[tuple[int, int]]:
    """Where values stand without a gap: first index, and one after the last."""
    found: list[tuple[int, int]] = []
    start = None
    for index, value in enumerate([*values, None]):
        if value is not None and start is None:
            start = index
        elif value is None and start is not None:
            found.append((start, index))
            start = None
    return found


def apart(labels: Sequence[tuple[float, str, str]]) -> list[tuple[float, str, str]]:
    """Labels moved down as little as keeps them from lying on one another."""
    placed: list[tuple[float, str, str]] = []
    for y, words, ink in sorted(labels):
        lowest = placed[-1][0] + SIZE if placed else y
        placed.append((max(y, lowest), words, ink))
    return placed


def above(values: Sequence[int | None], room: float, end: int, width: int) -> dict[int, float]:
    """Where the figures of parts too narrow for them stand above the bar, none on another and none outside."""
    found: list[tuple[int, float, float]] = []
    x, free = 4.0, 4.0
    for order, value in enumerate(values):
        own = room * (value or 0) / end
        words = width_of(short(value), SMALL) if value else 0
        if value and own < words + 8:
            middle = max(x + own / 2, free + words / 2)
            found.append((order, middle, words))
            free = middle + words / 2 + 4
        x += own
    placed: dict[int, float] = {}
    free = float(width)
    for order, middle, words in reversed(found):
        placed[order] = min(middle, free - words / 2)
        free = placed[order] - words / 2 - 4
    return placed
