"""In which order do the lines of a table stand?

Alphabetical, until the reader asks for another order: no league table stands there by itself. A line whose registers are too few
to trust is not ranked among the others, and a hidden one's place tells nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fravaer.reports.blocks import SchoolRow, Value

# What can be sorted by, and the figure it is; "" is the order the lines came in.
ORDERS: dict[str, Callable[[SchoolRow], Value | None]] = {
    "percent": lambda row: row.percent,
    "days": lambda row: row.days,
    "change": lambda row: row.change,
    "over_ten": lambda row: row.over_ten,
    "unlawful": lambda row: row.unlawful,
    "coverage": lambda row: row.coverage,
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table with what it is set beside: tenths of a percentage point from it, None where either has no figure."""

    row: SchoolRow
    apart: int | None
    # The address of the page about it; "" where there is none.
    url: str

    @property
    def is_uncertain(self) -> bool:
        return self.row.percent.is_uncertain


def ordered(rows: Sequence[SchoolRow], order: str) -> list[SchoolRow]:
    """The rows from high to low by one of ORDERS, or from low to high with a minus before; the untrusted last.

    Raises KeyError for another order.
    """
    if not order:
        return list(rows)
    figure = ORDERS[order.removeprefix("-")]

    def place(row: SchoolRow) -> tuple[bool, int]:
        value = figure(row)
        if value is None or value.shown is None or value.is_uncertain:
            return True, 0
        return False, value.shown if order.startswith("-") else -value.shown

    return sorted(rows, key=place)
