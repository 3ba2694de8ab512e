"""What does a picture of figures look like?

Charts made on the server of plain values: lines with a target, stacked bars, bands of a whole, paired dots, a heat table and a
small line. Each is one SVG that page, print and PDF share. Percentages are in tenths. None is a figure that is not shown, whether
it is hidden or was never there; a picture cannot tell what it was not given. Bars and lines begin at zero; values stand beside
what they belong to, so that nobody has to match colours; marks and patterns differ without colour too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

from django.utils.safestring import SafeString

from fravaer.core import axes, drawing, strokes
from fravaer.core.strokes import ACCENT, DARK, FAINT, FILLS, GRID, INK, PAPER, RAMP, SMALL, STRONG
from fravaer.core.templatetags.danish import percent

WIDTH = 480
HIDDEN = ".."
SHAPES = ("circle", "diamond", "square", "triangle")
DASHES = ("", "6 3", "2 3", "8 3 2 3")
INKS = (STRONG, ACCENT, INK, FAINT)
# On which a small line stands.
GROUND = strokes.rule(0, 23, 100, 23)
# From little to much, and whether words on it are white.
HEAT = (("#ffffff", False), ("#dbe8ed", False), ("#a9c4ce", False), ("#4f7f91", True), ("#1f4e5f", True))


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture, and the words that stand for it where it cannot be seen. `svg` is a whole file of its own, too."""

    svg: SafeString
    alt: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Point:
    """One figure of a line; drawn hollow where it is uncertain, as `..` where it is hidden."""

    value: int | None
    is_uncertain: bool = False
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """A line and what it is of."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of parts, in the order of the chart's `parts`; `total` stands at its end."""

    name: str
    values: tuple[int | None, ...]
    total: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two figures of one unit: of everybody, and of some among them."""

    name: str
    first: int | None
    second: int | None


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A row of a heat table."""

    name: str
    values: tuple[Point, ...]


def line(
    names: Sequence[str],
    series: Sequence[Series],
    *,
    alt: str,
    key: str,
    aims: Sequence[int | None] = (),
    aim: str = "",
) -> Chart:
    """At most four lines over the same moments; `names` may break in two lines. The first of one or two is written out.

    `aims` is what is aimed at in each moment, drawn dashed and called `aim`.
    """
    known = [p.value for one in series for p in one.points if p.value is not None]
    top, step = axes.scale(max([*known, *(value for value in aims if value is not None)], default=0))
    ends = [one.name for one in series if len(series) > 1] + ([aim] if any(aims) else [])
    right = max([strokes.width_of(name, SMALL, bold=True) for name in ends], default=6.0) + 18
    left, upper, lower, height = 44.0, 24.0, 216.0, 256
    across = (WIDTH - left - right) / max(len(names) - 1, 1)

    def at(index: int) -> float:
        return left + index * across

    def high(value: int) -> float:
        return lower - (lower - upper) * value / top

    parts: list[str] = []
    for tick in range(0, top + 1, step):
        parts.append(strokes.rule(24, high(tick), WIDTH - right + 10, high(tick)))
        parts.append(
            strokes.text(20, high(tick) + 4, axes.tick(tick, step), anchor="end", size=SMALL, fill=FAINT)
        )
    widest = max([strokes.width_of(words, SMALL) for name in names for words in name.split("\n")], default=0)
    every = max(1, ceil((widest + 6) / across))
    for index, name in enumerate(names):
        if (len(names) - 1 - index) % every:
            continue
        for row, words in enumerate(name.split("\n")):
            parts.append(
                strokes.text(at(index), lower + 18 + 15 * row, words, anchor="middle", size=SMALL, fill=FAINT)
            )
    labels: list[tuple[float, str, str]] = []
    if any(aims):
        for start, end in axes.stretches(aims):
            half = min(across / 2, 16.0) if len(names) == 1 else across / 2
            level = [
                (max(24.0, at(i) + side * half), high(value))
                for i in range(start, end)
                if (value := aims[i]) is not None
                for side in (-1, 1)
            ]
            level[-1] = (min(level[-1][0], WIDTH - right + 10), level[-1][1])
            parts.append(strokes.path(level, stroke=INK, dashed="5 4"))
        labels.append((high([value for value in aims if value is not None][-1]), aim, INK))
    for order, one in enumerate(series):
        ink, values = INKS[order], [p.value for p in one.points]
        for start, end in axes.stretches(values):
            parts.append(
                strokes.path(
                    [(at(i), high(value)) for i in range(start, end) if (value := values[i]) is not None],
                    stroke=ink,
                    dashed=DASHES[order],
                )
            )
        for index, dot in enumerate(one.points):
            if dot.value is None:
                if dot.is_hidden:
                    parts.append(strokes.text(at(index), lower - 6, HIDDEN, anchor="middle", fill=FAINT))
                continue
            parts.append(
                strokes.point(at(index), high(dot.value), SHAPES[order], stroke=ink, hollow=dot.is_uncertain)
            )
            if order == 0 and len(names) <= 10 and len(series) <= 2:
                above = high(dot.value) - 10
                parts.append(strokes.plate(at(index), above, axes.short(dot.value)))
        drawn = [value for value in values if value is not None]
        if len(series) > 1 and drawn:
            labels.append((high(drawn[-1]), one.name, ink))
    for y, words, ink in axes.apart(labels):
        parts.append(
            strokes.text(at(len(names) - 1) + 12, y + 4, words, size=SMALL, fill=ink, bold=ink != INK)
        )
    return _chart(height, alt, key, parts)


def stacked(
    parts: Sequence[str],
    bars: Sequence[Bar],
    *,
    alt: str,
    key: str,
    top: int | None = None,
    fills: Sequence[str] = FILLS,
) -> Chart:
    """Bars of parts laid end to end, from zero to the longest of them, or to `top`. Each part keeps its pattern."""
    longest = max((sum(value or 0 for value in bar.values) for bar in bars), default=0)
    end, step = (top, 250) if top else axes.scale(longest)
    room = WIDTH - 8.0 - max([strokes.width_of(bar.total) for bar in bars], default=0.0) - 8
    drawn: list[str] = []
    y = 4.0
    for bar in bars:
        drawn.append(strokes.text(4, y + 14, bar.name))
        over = axes.above(bar.values, room, end, WIDTH)
        y += 20 + (16 if over else 0)
        x = 4.0
        for order, value in enumerate(bar.values):
            if not value:
                continue
            width = room * value / end
            drawn.append(strokes.area(x, y, width, 26, fills[order], key))
            words = axes.short(value)
            if width >= strokes.width_of(words, SMALL) + 8:
                drawn.append(strokes.plate(x + width / 2, y + 17, words, dark=fills[order] in DARK))
            elif order in over:
                drawn.append(strokes.text(over[order], y - 4, words, anchor="middle", size=SMALL))
                drawn.append(strokes.rule(over[order], y - 3, x + width / 2, y, stroke=FAINT))
            x += width
        if bar.total:
            drawn.append(strokes.text(x + 8, y + 18, bar.total, bold=True))
        y += 26 + 12
    for tick in range(0, end + 1, step):
        at = 4 + room * tick / end
        drawn.append(strokes.rule(at, y - 6, at, y, stroke=FAINT))
        anchor = "start" if not tick else "middle"
        drawn.append(strokes.text(at, y + 13, axes.tick(tick, step), anchor=anchor, size=SMALL, fill=FAINT))
    drawn.append(strokes.rule(4, y - 6, 4 + room, y - 6, stroke=FAINT))
    height, legend = _legend(list(zip(fills, parts, strict=False)), y + 22, key)
    return _chart(height, alt, key, [*drawn, *legend])


def bands(names: Sequence[str], bars: Sequence[Bar], *, alt: str, key: str) -> Chart:
    """How a whole is divided, in tenths of a percent: bars as long as each other, darker from part to part."""
    return stacked(names, bars, alt=alt, key=key, top=1000, fills=RAMP)


def paired(
    names: tuple[str, str],
    rows: Sequence[Pair],
    *,
    alt: str,
    key: str,
    written: Callable[[int], str] = percent,
    one: int = 10,
) -> Chart:
    """Two points on one line for each unit, from zero: how far some lie from everybody.

    `written` writes a figure, and `one` is how much of it makes one: ten tenths, or a hundred hundredths.
    """
    values = [value for row in rows for value in (row.first, row.second) if value is not None]
    top, step = (tick * one // 10 for tick in axes.scale(-(-10 * max(values, default=0) // one)))
    left, room = 40.0, WIDTH - 92.0

    def at(value: int) -> float:
        return left + room * value / top

    parts: list[str] = []
    y = 28.0
    for order, name in enumerate(names):
        x = 10 + (0 if order == 0 else strokes.width_of(names[0]) + 44)
        parts.append(strokes.point(x, 12, SHAPES[order], stroke=INKS[order], hollow=order == 0))
        parts.append(strokes.text(x + 12, 17, name, size=SMALL))
    bottom = y + 46 * len(rows)
    for tick in range(0, top + 1, step):
        parts.append(strokes.rule(at(tick), y + 4, at(tick), bottom))
        parts.append(
            strokes.text(
                at(tick),
                bottom + 15,
                axes.tick(tick * 10 // one, step * 10 // one),
                anchor="middle",
                size=SMALL,
                fill=FAINT,
            )
        )
    for row in rows:
        back = strokes.width_of(row.name) + 8
        parts.append(strokes.box(0, y, back, 18, fill=PAPER))
        parts.append(strokes.text(4, y + 14, row.name))
        middle = y + 30
        known = [(value, order) for order, value in enumerate((row.first, row.second)) if value is not None]
        if len(known) == 2:
            parts.append(
                strokes.rule(at(known[0][0]), middle, at(known[1][0]), middle, stroke=FAINT, width=3)
            )
        for value, order in known:
            parts.append(
                strokes.point(at(value), middle, SHAPES[order], stroke=INKS[order], hollow=order == 0)
            )
            is_right = value == max(known)[0] and (len(known) == 1 or order == 1 or known[0][0] > known[1][0])
            words = written(value)
            place = at(value) + 11 if is_right else at(value) - 11
            back = place if is_right else place - strokes.width_of(words)
            parts.append(strokes.box(back, middle - 9, strokes.width_of(words), 18, fill=PAPER))
            parts.append(strokes.text(place, middle + 5, words, anchor="start" if is_right else "end"))
        if len(known) < 2:
            parts.append(strokes.text(WIDTH - 4, middle + 5, HIDDEN, anchor="end", fill=FAINT))
        y += 46
    return _chart(int(bottom) + 24, alt, key, parts)


def heat(columns: Sequence[str], rows: Sequence[HeatRow], *, alt: str, key: str) -> Chart:
    """Figures in a grid, darker the higher they are within their column; an uncertain one stands in brackets."""
    left = max([strokes.width_of(row.name) for row in rows], default=0) + 10
    width = (WIDTH - left - 4) / max(len(columns), 1)
    parts: list[str] = []
    for column, name in enumerate(columns):
        middle = left + (column + 0.5) * width
        parts.append(strokes.text(middle, 16, name, anchor="middle", size=SMALL, bold=True))
    tops = [
        max([row.values[column].value or 0 for row in rows], default=0) or 1 for column in range(len(columns))
    ]
    for number, row in enumerate(rows):
        y = 24.0 + 28 * number
        parts.append(strokes.text(0, y + 19, row.name))
        for column, cell in enumerate(row.values):
            value = cell.value or 0
            fill, is_dark = HEAT[min(len(HEAT) * value // tops[column], len(HEAT) - 1)]
            x = left + column * width
            parts.append(strokes.box(x, y, width - 2, 26, fill=fill, stroke=GRID))
            words = HIDDEN if cell.is_hidden else "–" if cell.value is None else axes.short(cell.value)
            words = f"({words})" if cell.is_uncertain and cell.value is not None else words
            parts.append(
                strokes.text(
                    x + width / 2 - 1, y + 18, words, anchor="middle", fill=PAPER if is_dark else INK
                )
            )
    return _chart(24 + 28 * len(rows) + 4, alt, key, parts)


def sparkline(values: Sequence[int | None], *, alt: str, top: int | None = None) -> SafeString:
    """A development at a glance, for a table's row; nothing at all without values."""
    if all(value is None for value in values):
        return SafeString("")
    found = drawing.line(values, top or max(value for value in values if value is not None) or 1)
    return strokes.picture(
        100,
        24,
        alt,
        # A table has many of these, and each is the same few marks.
        GROUND,
        *(
            f'<polyline points="{stretch}" fill="none" stroke="{STRONG}" stroke-width="1.5"/>'
            for stretch in found.stretches
        ),
        f'<circle cx="{found.end_x}" cy="{found.end_y}" r="2" fill="{STRONG}"/>',
    )


def _chart(height: float, alt: str, key: str, parts: Sequence[str]) -> Chart:
    svg = strokes.picture(WIDTH, int(height), alt, strokes.patterns(key), *parts)
    return Chart(svg, alt, WIDTH, int(height))


def _legend(entries: Sequence[tuple[str, str]], y: float, key: str) -> tuple[float, list[str]]:
    """What each pattern means, in as many lines as it takes; and how far down that reaches."""
    found: list[str] = []
    x = 4.0
    for fill, words in entries:
        width = 24 + strokes.width_of(words, SMALL) + 12
        if x > 4 and x + width > WIDTH:
            x, y = 4.0, y + 20
        found.append(strokes.area(x, y, 18, 13, fill, key))
        found.append(strokes.text(x + 24, y + 11, words, size=SMALL))
        x += width
    return y + 22, found
