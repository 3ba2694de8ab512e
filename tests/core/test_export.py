"""A list that leaves as a file is opened by a spreadsheet: nothing in it runs, and its name says nothing."""

from __future__ import annotations

import csv
import io

import pytest

from fravaer.core import export
from fravaer.reports import csvs
from fravaer.reports.sheets import Column, Kind, Sheet

FORMULAS = [
    '=HYPERLINK("http://127.0.0.1/","x")', "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1",
    "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20SUM(A1)", "=cmd|' /C calc'!A0",
]  # fmt: skip


def fields(content: bytes, delimiter: str) -> list[str]:
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter)
    return [cell for row in rows for cell in row]


@pytest.mark.parametrize("variant", list(csvs.Variant))
def test_36_no_cell_of_a_csv_is_taken_for_a_formula(variant: csvs.Variant) -> None:
    sheet = Sheet(
        key="liste",
        name="=1+1",
        columns=[Column("navn", "=Navn", Kind.TEXT)],
        rows=[[formula] for formula in FORMULAS],
        notes=["=1+1"],
    )
    delimiter = ";" if variant is csvs.Variant.EXCEL else ","
    found = fields(b"".join(csvs.lines(sheet, variant)), delimiter)
    assert [cell for cell in found if cell.startswith(export.FORMULA)] == []
    assert [cell for cell in found if cell.removeprefix("'") in FORMULAS] == [f"'{one}" for one in FORMULAS]


def test_36_no_cell_of_a_list_is_taken_for_a_formula() -> None:
    response = export.as_csv("liste", ["=Navn"], [[formula, None] for formula in FORMULAS])
    assert [cell for cell in fields(response.content, ";") if cell.startswith(export.FORMULA)] == []
    assert response.headers["Content-Disposition"] == 'attachment; filename="liste.csv"'
