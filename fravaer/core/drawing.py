"""Where on the paper does a figure lie?

Coordinates for small drawings made on the server, so that page, print and PDF show the same picture and a strict
content security policy has nothing to forbid. Numbers leave as text with a full stop: SVG knows no decimal comma.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

Figure = Decimal | int


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar in a box of 100 × 8: how far it reaches, and where a line marks a limit (empty when there is none)."""

    width: str
    mark: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line in a box of 100 × 24: its unbroken stretches as SVG points, and its last point."""

    stretches: tuple[str, ...]
    end_x: str
    end_y: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column's rectangle."""

    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class Columns:
    """A row of columns in a box of 100 × 24."""

    all: tuple[Column, ...]


def coordinate(value: Fraction | float) -> str:
    """A coordinate with at most two decimals."""
    text = f"{float(value):.2f}"
    return text.rstrip("0").rstrip(".")


def share(value: Figure, of: Figure) -> Fraction:
    """How much of the whole the value is, between 0 and 1; what lies outside is drawn at the edge."""
    if of <= 0:
        return Fraction(0)
    return min(max(Fraction(value) / Fraction(of), Fraction(0)), Fraction(1))


def bar(value: Figure, of: Figure = 100, limit: Figure | None = None) -> Bar:
    """A bar from zero. `limit` is where a line stands, for instance the target."""
    return Bar(
        width=coordinate(share(value, of) * 100),
        mark="" if limit is None else coordinate(share(limit, of) * 100),
    )


def line(values: Sequence[Figure | None], top: Figure | None = None) -> Line:
    """A line from zero to `top` (by default the largest value), evenly spaced; a missing value breaks it.

    Raises ValueError when there is no value at all.
    """
    known = [value for value in values if value is not None]
    if not known:
        raise ValueError("a line without values cannot be drawn")
    height = float(top if top is not None else max(known))
    step = 96 / max(len(values) - 1, 1)
    stretches: list[list[str]] = [[]]
    last = "2", "22"
    for index, value in enumerate(values):
        if value is None:
            stretches.append([])
        else:
            # A table has many of these: two decimals need no fractions.
            part = min(max(float(value) / height, 0.0), 1.0) if height > 0 else 0.0
            last = coordinate(2 + index * step), coordinate(22 - 20 * part)
            stretches[-1].append(f"{last[0]},{last[1]}")
    return Line(
        stretches=tuple(" ".join(stretch) for stretch in stretches if stretch),
        end_x=last[0],
        end_y=last[1],
    )


def columns(values: Sequence[int], top: int | None = None) -> Columns:
    """A row of columns from zero to `top` (by default the largest value), one beside the other. None is an empty row."""
    height = max(top if top is not None else max(values, default=0), 1)
    width = Fraction(100, max(len(values), 1))
    return Columns(
        tuple(
            Column(
                x=coordinate(index * width + width / 10),
                y=coordinate(24 - share(value, height) * 22),
                width=coordinate(width * 8 / 10),
                height=coordinate(share(value, height) * 22),
            )
            for index, value in enumerate(values)
        )
    )
