"""How is one mark of a chart written as SVG?

Lines, boxes, words and fills, with everything said in attributes: a picture needs no style sheet, so that the page, the print
and the PDF show the same one, and a strict content security policy has nothing to forbid. Fills differ by pattern as well as by
lightness, and are told apart on paper without colour.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from html import escape

from django.utils.safestring import SafeString

Place = float
Attributes = Mapping[str, str | float | None]

INK, FAINT, GRID, PAPER = "#1a1a1a", "#5e5e5e", "#dcdcdc", "#ffffff"
STRONG, MIDDLE, PALE = "#1f4e5f", "#7fa3b1", "#dbe8ed"
ACCENT = "#8a5a00"
FONT = "IBM Plex Sans, Helvetica, Arial, sans-serif, Libertinus Serif"
# In units of the drawing; what is aside is smaller.
SIZE, SMALL = 15, 14
# A letter's width for its height, on average; digits are no wider.
LETTER = 0.56

# How an area is filled: a plain colour, or strokes of one on another.
PLAIN = {"paper": PAPER, "pale": PALE, "middle": MIDDLE, "strong": STRONG}
# In an order in which neighbours differ most, also in grey.
FILLS = ("strong", "hatch", "pale", "dots", "middle", "cross", "paper", "bars")
# From light to dark, for parts that have an order.
RAMP = ("paper", "pale", "dots", "hatch", "middle", "strong")
DARK = frozenset({"strong"})


def width_of(words: str, size: int = SIZE, *, bold: bool = False) -> float:
    """About how wide the words are."""
    return len(words) * size * (LETTER * 1.12 if bold else LETTER)


def mark(tag: str, **attributes: str | float | None) -> str:
    """One element; an underscore in an attribute's name is a hyphen, None leaves it out."""
    return f"<{tag}{_written(attributes)}/>"


def text(
    x: Place,
    y: Place,
    words: str,
    *,
    anchor: str = "start",
    size: int = SIZE,
    fill: str = INK,
    bold: bool = False,
) -> str:
    """Words on their base line; `anchor` is start, middle or end."""
    # Most of a picture's marks are words: written out, because a page writes hundreds of them.
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{_placed(x)}" y="{_placed(y)}" text-anchor="{anchor}" font-size="{size}" fill="{fill}"{weight}>'
        f"{escape(words)}</text>"
    )


def plate(x: Place, y: Place, words: str, *, size: int = SMALL, dark: bool = False) -> str:
    """Words in the middle of an area, on a plate of paper where a pattern would run through them."""
    width = width_of(words, size) + 6
    written = text(x, y, words, anchor="middle", size=size, fill=PAPER if dark else INK)
    if dark:
        return written
    back = box(x - width / 2, y - size, width, size + 4, fill=PAPER)
    return f'{back[:-2]} fill-opacity="0.9"/>{written}'


def rule(
    x1: Place, y1: Place, x2: Place, y2: Place, *, stroke: str = GRID, width: Place = 1, dashed: str = ""
) -> str:
    dashes = f' stroke-dasharray="{dashed}"' if dashed else ""
    return (
        f'<line x1="{_placed(x1)}" y1="{_placed(y1)}" x2="{_placed(x2)}" y2="{_placed(y2)}" stroke="{stroke}"'
        f' stroke-width="{_placed(width)}"{dashes}/>'
    )


def path(points: Iterable[tuple[Place, Place]], *, stroke: str, dashed: str = "") -> str:
    """An unbroken line through the points."""
    written = " ".join(f"{_placed(x)},{_placed(y)}" for x, y in points)
    return mark(
        "polyline",
        points=written,
        fill="none",
        stroke=stroke,
        stroke_width=2,
        stroke_linejoin="round",
        stroke_dasharray=dashed or None,
    )


def point(x: Place, y: Place, shape: str, *, stroke: str, hollow: bool = False) -> str:
    """A point's mark: `circle`, `square`, `diamond` or `triangle`, hollow where the figure is uncertain."""
    fill = PAPER if hollow else stroke
    if shape == "circle":
        return f'<circle cx="{_placed(x)}" cy="{_placed(y)}" r="4" fill="{fill}" stroke="{stroke}" stroke-width="2"/>'
    paint: Attributes = {"fill": fill, "stroke": stroke, "stroke_width": 2}
    if shape == "square":
        return mark("rect", x=x - 4, y=y - 4, width=8, height=8, **paint)
    corners = {
        "diamond": ((0, -6), (6, 0), (0, 6), (-6, 0)),
        "triangle": ((0, -5), (5, 4), (-5, 4)),
    }[shape]
    points = " ".join(f"{_placed(x + dx)},{_placed(y + dy)}" for dx, dy in corners)
    return mark("polygon", points=points, **paint)


def area(x: Place, y: Place, width: Place, height: Place, fill: str, key: str) -> str:
    """A box filled by one of FILLS; `key` is the picture's own, whose patterns it uses."""
    paint = PLAIN.get(fill) or f"url(#{key}-{fill})"
    return f'{box(x, y, width, height, fill=paint, stroke=STRONG)[:-2]} stroke-width="0.75"/>'


@lru_cache(maxsize=64)
def patterns(key: str) -> str:
    """What the patterned fills of a picture look like."""

    def pattern(name: str, back: str, *lines: str) -> str:
        drawn = "".join(mark("path", d=d, stroke=STRONG, stroke_width=1.5, fill="none") for d in lines)
        paper = mark("rect", width=8, height=8, fill=back)
        opened = mark("pattern", id=f"{key}-{name}", width=8, height=8, patternUnits="userSpaceOnUse")
        return f"{opened[:-2]}>{paper}{drawn}</pattern>"

    found = (
        pattern("hatch", PAPER, "M-2,2 L2,-2 M0,8 L8,0 M6,10 L10,6"),
        pattern("dots", PALE, "M1,2 L3,2 M5,6 L7,6"),
        pattern("cross", PAPER, "M0,0 L8,8", "M0,8 L8,0"),
        pattern("bars", PAPER, "M0,2 L8,2 M0,6 L8,6"),
    )
    return f"<defs>{''.join(found)}</defs>"


def picture(width: int, height: int, alt: str, *parts: str) -> SafeString:
    """The whole picture on paper of its own, with the words that stand for it."""
    # Every part came out of the functions above, which escape what they are given.
    return SafeString(
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart-picture" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img" aria-label="{escape(alt)}" focusable="false" font-family="{FONT}">'
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>{"".join(parts)}</svg>'
    )


def box(x: Place, y: Place, width: Place, height: Place, *, fill: str, stroke: str = "") -> str:
    """A plain box; without a stroke it has no edge."""
    edge = f' stroke="{stroke}"' if stroke else ""
    return f'<rect x="{_placed(x)}" y="{_placed(y)}" width="{_placed(width)}" height="{_placed(height)}" fill="{fill}"{edge}/>'


def _written(attributes: Attributes) -> str:
    return "".join(
        [
            f' {_name(name)}="{escape(value) if isinstance(value, str) else _placed(value)}"'
            for name, value in attributes.items()
            if value is not None
        ]
    )


@lru_cache(maxsize=256)
def _name(name: str) -> str:
    return name.replace("_", "-")


# A picture's grid and lines of words lie where those of the one before lay.
@lru_cache(maxsize=8192, typed=True)
def _placed(value: Place) -> str:
    """A number with at most two decimals: SVG knows no decimal comma."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
