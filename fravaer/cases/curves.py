"""Where on the paper do a week, an effort and an answer lie?

Coordinates for the drawings of an evaluation. Time runs from left to right, the same in all of them, so that absence and
attachment lie above each other. Voices are told apart by shape, efforts by their place and name: never by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from fravaer.cases.evaluation import Evaluation
from fravaer.cases.models import Voice
from fravaer.core.drawing import coordinate, share
from fravaer.core.periods import Period

# The box of a drawing: time between LEFT and RIGHT, values between TOP and BOTTOM.
WIDTH, LEFT, RIGHT = 360, 34, 352
TOP, BOTTOM = 10, 110
# An effort's bar beneath the curve.
BAR, STEP = 120, 12
# How far apart marks of the same day and value lie.
BESIDE = 10


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on the paper, with what it says there."""

    x: str
    y: str
    text: str = ""
    shape: str = ""
    width: str = ""


@dataclass(frozen=True, slots=True)
class Curve:
    """Absence week by week: unbroken stretches, lines of the scale, months, the day the case was opened, bars of the efforts."""

    height: int
    stretches: Sequence[str]
    points: Sequence[Mark]
    scale: Sequence[Mark]
    months: Sequence[Mark]
    opened: str
    bars: Sequence[Mark]
    top: int


@dataclass(frozen=True, slots=True)
class Dots:
    """One question over time: the answers as shapes by voice, and the lines of its scale."""

    name: str
    height: int
    dots: Sequence[Mark]
    scale: Sequence[Mark]


SHAPES = {Voice.CHILD: "circle", Voice.PARENTS: "square", Voice.SCHOOL: "triangle"}


def span(evaluation: Evaluation) -> Period:
    """The days all drawings show."""
    last = evaluation.curve[-1].monday + timedelta(days=7)
    return Period(evaluation.curve[0].monday, last)


def curve(evaluation: Evaluation) -> Curve:
    """The curve of absence in percent a week; a week without registers breaks it."""
    days = span(evaluation)
    highest = max((week.tally.tenths or 0 for week in evaluation.curve), default=0)
    top = next(limit for limit in (20, 40, 60, 100) if highest <= 10 * limit)
    stretches: list[list[str]] = [[]]
    points = []
    for week in evaluation.curve:
        tenths = week.tally.tenths
        if tenths is None:
            stretches.append([])
            continue
        x, y = _x(week.monday + timedelta(days=3), days), _y(Fraction(tenths, 10), top)
        stretches[-1].append(f"{x},{y}")
        points.append(Mark(x, y))
    # The case itself is the line; the others are bars.
    bars = []
    for number, effort in enumerate(evaluation.efforts[1:]):
        since = max(effort.since, days.since)
        until = min(effort.until or days.until, days.until)
        left, right = Fraction(_x(since, days)), Fraction(_x(max(until, since), days))
        bars.append(
            Mark(
                coordinate(left),
                str(BAR + 18 + STEP * number),
                str(number + 1),
                width=coordinate(max(right - left, Fraction(3))),
            )
        )
    return Curve(
        height=BAR + 24 + STEP * len(bars),
        stretches=[" ".join(one) for one in stretches if one],
        points=points,
        scale=[Mark(str(LEFT), _y(Fraction(value), top), f"{value}") for value in (0, top // 2, top)],
        months=months(days),
        opened=_x(evaluation.opened_on, days) if evaluation.opened_on in days else "",
        bars=bars,
        top=top,
    )


def dots(name: str, said: Sequence[tuple[date, Voice, int]], days: Period, lowest: int, highest: int) -> Dots:
    """The answers to one question; several of a day and value lie side by side."""
    low, high = 12, 58
    taken: dict[tuple[date, int], int] = {}
    marks = []
    for day, voice, value in said:
        if day not in days:
            continue
        beside = taken.get((day, value), 0)
        taken[day, value] = beside + 1
        y = high - share(value - lowest, highest - lowest) * (high - low)
        x = min(Fraction(_x(day, days)), Fraction(RIGHT - 2 * BESIDE)) + BESIDE * beside
        marks.append(Mark(coordinate(x), coordinate(y), str(value), SHAPES[voice]))
    scale = [
        Mark(
            str(LEFT),
            coordinate(high - share(value - lowest, highest - lowest) * (high - low)),
            str(value),
        )
        for value in (lowest, highest)
    ]
    return Dots(name, 70, marks, scale)


def months(days: Period) -> list[Mark]:
    """Where each month begins, with its number; every other where there are many."""
    found = []
    day = days.since.replace(day=1)
    while day < days.until:
        if day >= days.since:
            found.append(Mark(_x(day, days), "", str(day.month)))
        day = (day + timedelta(days=32)).replace(day=1)
    return found


def _x(day: date, days: Period) -> str:
    return coordinate(LEFT + share((day - days.since).days, (days.until - days.since).days) * (RIGHT - LEFT))


def _y(percent: Fraction, top: int) -> str:
    return coordinate(BOTTOM - min(percent / top, Fraction(1)) * (BOTTOM - TOP))
