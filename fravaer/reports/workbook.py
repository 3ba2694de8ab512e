"""How do figures leave as a workbook that a spreadsheet counts on, without running what stands in it?

The first sheet says what the figures are: definitions, filters, as-of and version. Numbers and days are real numbers and
days; a text is only ever text, whatever it begins with, and is neither formula nor link. It is made in memory, so that nothing of
it lies open on a disk; given a folder of its own, rows go there one by one, and memory does not grow with them. The same figures
give the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from datetime import date, datetime
from io import BytesIO, RawIOBase
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import xlsxwriter
from django.http import HttpResponse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from fravaer.reports.sheets import BEAT, DOTS, HIDDEN, Cell, Column, Fact, Kind, Sheet, Tick

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What a sheet of a spreadsheet holds; a longer table goes on in a further sheet. The head and the notes need some rows.
LONGEST = 1_048_000
LONGEST_TEXT = 32_000
FORMATS: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {},
    Kind.COUNT: {"num_format": "#,##0"},
    Kind.TENTHS: {"num_format": "0.0\\ %"},
    Kind.POINTS: {"num_format": "+0.0;-0.0;0.0"},
    Kind.HUNDREDTHS: {"num_format": "#,##0.00"},
    Kind.HALVES: {"num_format": "#,##0.0"},
    Kind.DAY: {"num_format": "dd-mm-yyyy"},
    Kind.MOMENT: {"num_format": "dd-mm-yyyy hh:mm"},
}
# What a cell's whole number is divided by.
DIVISORS = {Kind.COUNT: 1, Kind.TENTHS: 1000, Kind.POINTS: 10, Kind.HUNDREDTHS: 100, Kind.HALVES: 2}
WIDTHS = {Kind.TEXT: 30, Kind.DAY: 12, Kind.MOMENT: 17}
WIDTH = 12


def write(
    target: Path | IO[bytes] | RawIOBase,
    title: str,
    about: Sequence[Fact],
    sheets: Sequence[Sheet],
    *,
    made_at: datetime,
    tick: Tick | None = None,
    scratch: Path | None = None,
) -> None:
    """Write the workbook. `tick` is called with the number of rows written so far, every thousand and at the end.

    What is written in a folder in `scratch` is for figures without persons: it is not sealed until it is put together.
    """
    with nullcontext() if scratch is None else TemporaryDirectory(dir=scratch) as folder:
        book = xlsxwriter.Workbook(
            str(target) if isinstance(target, Path) else target,
            {
                "in_memory": folder is None,
                "constant_memory": folder is not None,
                "tmpdir": folder,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "default_date_format": "dd-mm-yyyy",
            },
        )
        book.set_properties({"title": title, "created": localtime(made_at).replace(tzinfo=None)})
        writer = _Writer(book, tick)
        writer.about(title, about)
        for sheet in sheets:
            writer.table(sheet)
        writer.close()


def response(
    name: str, title: str, about: Sequence[Fact], sheets: Sequence[Sheet], *, made_at: datetime
) -> HttpResponse:
    """A small workbook as an answer, to be kept under a name that says nothing of anybody."""
    target = BytesIO()
    write(target, title, about, sheets, made_at=made_at)
    answer = HttpResponse(target.getvalue(), content_type=TYPE)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


class _Writer:
    def __init__(self, book: Any, tick: Tick | None) -> None:
        self.book = book
        self.tick = tick
        self.rows = 0
        self.names: set[str] = set()
        self.heading = book.add_format({"bold": True, "font_size": 14})
        self.head = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E8E8E8"}
        )
        self.label = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top", "align": "left"})
        self.note = book.add_format({"italic": True})
        self.dots = book.add_format({"align": "right"})
        self.formats = {kind: book.add_format(look) for kind, look in FORMATS.items()}
        self.facts = {
            kind: book.add_format(FORMATS[kind] | {"align": "left", "valign": "top"})
            for kind in (Kind.COUNT, Kind.DAY, Kind.MOMENT)
        }

    def about(self, title: str, facts: Sequence[Fact]) -> None:
        sheet = self._sheet(_("About the figures"), landscape=False)
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 1, 92)
        sheet.write_string(0, 0, clean(title), self.heading)
        for number, fact in enumerate(facts, start=2):
            sheet.write_string(number, 0, clean(fact.name), self.label)
            match fact.value:
                case datetime():
                    sheet.write_datetime(number, 1, _naive(fact.value), self.facts[Kind.MOMENT])
                case date():
                    sheet.write_datetime(number, 1, fact.value, self.facts[Kind.DAY])
                case int():
                    sheet.write_number(number, 1, fact.value, self.facts[Kind.COUNT])
                case "":
                    pass
                case _:
                    sheet.write_string(number, 1, clean(fact.value), self.wrapped)

    def table(self, table: Sheet) -> None:
        rows = iter(table.rows)
        head: list[Sequence[Cell]] = []
        part = 1
        while part == 1 or head:
            name = table.name if part == 1 else f"{table.name} {part}"
            sheet = self._sheet(name, landscape=True)
            self._head(sheet, table.columns)
            last = self._rows(sheet, table.columns, islice(chain(head, rows), LONGEST))
            sheet.autofilter(0, 0, last, len(table.columns) - 1)
            for number, note in enumerate(table.notes, start=last + 2):
                sheet.write_string(number, 0, clean(note), self.note)
            head = list(islice(rows, 1))
            part += 1

    def close(self) -> None:
        self.book.close()
        if self.tick:
            self.tick(self.rows)

    def _sheet(self, name: str, *, landscape: bool) -> Any:
        sheet = self.book.add_worksheet(self._unused(name))
        sheet.set_paper(9)
        if landscape:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&A&R&P / &N")
        return sheet

    def _unused(self, name: str) -> str:
        """A sheet's name as spreadsheets take it: 31 characters, some of them forbidden, none twice."""
        plain = re.sub(r"[\[\]:*?/\\]", " ", clean(name)).strip(" '")[:31] or "-"
        found, number = plain, 1
        while found.casefold() in self.names:
            number += 1
            found = f"{plain[: 30 - len(str(number))]} {number}"
        self.names.add(found.casefold())
        return found

    def _head(self, sheet: Any, columns: Sequence[Column]) -> None:
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)
        for number, column in enumerate(columns):
            longest = max((len(word) for word in column.head.split()), default=0)
            sheet.set_column(number, number, max(WIDTHS.get(column.kind, WIDTH), longest + 2))
            sheet.write_string(0, number, clean(column.head), self.head)

    def _rows(self, sheet: Any, columns: Sequence[Column], rows: Iterator[Sequence[Cell]]) -> int:
        number = 0
        for number, row in enumerate(rows, start=1):
            for place, (column, cell) in enumerate(zip(columns, row, strict=True)):
                self._cell(sheet, number, place, column.kind, cell)
            self.rows += 1
            if self.tick and self.rows % BEAT == 0:
                self.tick(self.rows)
        return number

    def _cell(self, sheet: Any, row: int, place: int, kind: Kind, cell: Cell) -> None:
        look = self.formats[kind]
        if cell is None or cell == "":
            return
        if cell is HIDDEN:
            sheet.write_string(row, place, DOTS, self.dots)
        elif isinstance(cell, datetime):
            sheet.write_datetime(row, place, _naive(cell), look)
        elif isinstance(cell, date):
            sheet.write_datetime(row, place, cell, look)
        elif isinstance(cell, str):
            sheet.write_string(row, place, clean(cell), look)
        else:
            sheet.write_number(row, place, cell / DIVISORS[kind], look)


def clean(text: str) -> str:
    """The text without the characters a workbook cannot hold, and no longer than a cell may be."""
    if text.isprintable() and len(text) <= LONGEST_TEXT:
        return text
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text)[:LONGEST_TEXT]


def _naive(moment: datetime) -> datetime:
    """Local time as a spreadsheet knows it, which has no zones."""
    return localtime(moment).replace(tzinfo=None)
