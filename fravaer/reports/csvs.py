"""How do figures leave as text that Danish Excel opens, or that a machine reads?

Danish Excel's variant has the mark of UTF-8, semicolons, decimal commas and days as `10-03-2026`; `..` stands for what is
hidden and the notes stand below. The machine's has commas, full stops, ISO days and the columns' keys as its head, and leaves
a hidden figure empty. In both a text that a spreadsheet would take for a formula gets an apostrophe before it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from django.http import HttpResponse
from django.utils.timezone import localtime

from fravaer.core import export
from fravaer.reports.sheets import BEAT, DOTS, HIDDEN, Cell, Column, Kind, Sheet, Tick

TYPE = "text/csv; charset=utf-8"
# How far the decimal point of a cell's whole number is moved.
PLACES = {Kind.TENTHS: 1, Kind.POINTS: 1, Kind.HUNDREDTHS: 2}


class Variant(StrEnum):
    """Who is to read it."""

    EXCEL = "excel"
    MACHINE = "machine"


def lines(sheet: Sheet, variant: Variant) -> Iterator[bytes]:
    """The file line by line, its head first."""
    is_danish = variant is Variant.EXCEL
    text = io.StringIO()
    out = csv.writer(text, delimiter=";" if is_danish else ",", lineterminator="\r\n")

    def line(fields: Sequence[str]) -> bytes:
        text.seek(0)
        text.truncate()
        out.writerow(fields)
        return text.getvalue().encode()

    if is_danish:
        yield b"\xef\xbb\xbf" + line([export.written(column.head) for column in sheet.columns])
    else:
        yield line([column.key for column in sheet.columns])
    write = _danish if is_danish else _plain
    for row in sheet.rows:
        yield line([write(column, cell) for column, cell in zip(sheet.columns, row, strict=True)])
    if is_danish and sheet.notes:
        yield b"\r\n"
        for note in sheet.notes:
            yield line([export.written(note)])


def write(target: Path, sheet: Sheet, variant: Variant, *, tick: Tick | None = None) -> None:
    """Write the file. `tick` is called with the number of lines so far, every thousand and at the end."""
    number = 0
    with target.open("wb") as stream:
        for number, one in enumerate(lines(sheet, variant)):
            stream.write(one)
            if tick and number and number % BEAT == 0:
                tick(number)
    if tick:
        tick(number)


def response(name: str, sheet: Sheet, variant: Variant) -> HttpResponse:
    """A small file as an answer, to be kept under a name that says nothing of anybody."""
    answer = HttpResponse(b"".join(lines(sheet, variant)), content_type=TYPE)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


def _danish(column: Column, cell: Cell) -> str:
    if cell is HIDDEN:
        return DOTS
    if isinstance(cell, datetime):
        return localtime(cell).strftime("%d-%m-%Y %H:%M")
    return export.written(_number(column.kind, cell) if isinstance(cell, int) else cell)


def _plain(column: Column, cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case str():
            return export.written(cell)
        case datetime():
            return localtime(cell).isoformat(timespec="seconds")
        case date():
            return cell.isoformat()
        case int():
            return str(_number(column.kind, cell))
    return ""


def _number(kind: Kind, value: int) -> Decimal | int:
    if kind is Kind.HALVES:
        return Decimal(value) / 2
    return Decimal(value).scaleb(-PLACES[kind]) if kind in PLACES else value
