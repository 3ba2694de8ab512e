"""What does a file of figures hold, whichever format it leaves in?

Tables are described once and written as a workbook (`workbook`), as CSV (`csvs`) or as JSON. A cell arrives as whole numbers
in the smallest unit of its column, never as text, so that each format writes a real number. What is hidden because it is of
too few pupils is `HIDDEN` and is nowhere else in a row.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, StrEnum, auto
from typing import Final

from django.utils.timezone import localtime


class Hidden(Enum):
    """The one value of a figure that is not shown."""

    HIDDEN = auto()


HIDDEN: Final = Hidden.HIDDEN
# As Danish statistics write what is not shown.
DOTS = ".."

Cell = str | int | date | datetime | Hidden | None
# Called with the number of rows written so far, every so many and at the end.
Tick = Callable[[int], None]
BEAT = 1_000


class Kind(StrEnum):
    """What a column's cells are, and the unit of its whole numbers."""

    TEXT = auto()
    COUNT = auto()
    # A percentage in tenths: 66 is 6.6 %.
    TENTHS = auto()
    # A difference between percentages, in tenths of a percentage point.
    POINTS = auto()
    # School days in hundredths: 721 is 7.21.
    HUNDREDTHS = auto()
    # School days counted in half-days: 7 is 3.5.
    HALVES = auto()
    DAY = auto()
    MOMENT = auto()


@dataclass(frozen=True, slots=True)
class Column:
    """`key` names the column to machines and never changes; `head` is what people read."""

    key: str
    head: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table. `notes` stand below it in files for people: what .. means, what a figure is uncertain by.

    `rows` may be an iterator over more rows than memory would hold; it is read once.
    """

    key: str
    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """One line about the figures: what they are of, how they are counted, as of when. An empty value makes `name` a heading."""

    name: str
    value: str | int | date | datetime = ""


def filename(*parts: str, day: date | datetime, ending: str) -> str:
    """`fravaer_kvartal_2026K1_omraade-valby_2026-04-15.xlsx`: plain letters alone, and nobody's name.

    `day` is the day the file was made. Empty parts are left out.
    """
    made = localtime(day).date() if isinstance(day, datetime) else day
    plain = [plainly(part) for part in parts]
    return "_".join(["fravaer", *(part for part in plain if part), made.isoformat()]) + f".{ending}"


def plainly(text: str) -> str:
    """The text in letters every file system and mail gateway takes: `Sct. Jørgens Å` is `sct-joergens-aa`; 2026K1 stays."""
    if re.fullmatch(r"\d{4}K\d", text):
        return text
    spelt = text.lower().translate({ord("æ"): "ae", ord("ø"): "oe", ord("å"): "aa", ord("ß"): "ss"})
    ascii_only = unicodedata.normalize("NFKD", spelt).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:60].rstrip("-")
