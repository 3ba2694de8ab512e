"""Can figures be counted on in a spreadsheet, without anything in them being run?"""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from fravaer.reports import csvs, workbook
from fravaer.reports.csvs import Variant
from fravaer.reports.sheets import HIDDEN, Cell, Column, Fact, Kind, Sheet, filename

MADE = datetime(2026, 4, 10, 4, 0, tzinfo=UTC)
COLUMNS = (
    Column("school", "Skole"),
    Column("percent", "Fravær", Kind.TENTHS),
    Column("change", "Ændring", Kind.POINTS),
    Column("days", "Dage pr. elev", Kind.HUNDREDTHS),
    Column("absent", "Dage i alt", Kind.HALVES),
    Column("pupils", "Elever", Kind.COUNT),
    Column("since", "Fra", Kind.DAY),
    Column("drawn_at", "Opgjort", Kind.MOMENT),
)
ROWS: list[tuple[Cell, ...]] = [
    ("Åløkkeskolen", 66, -3, 721, 2885, 1234, date(2015, 8, 10), MADE),
    ('=HYPERLINK("http://evil.example","klik")', 150, 12, 1330, 1, 10, date(2015, 8, 10), MADE),
    ("http://evil.example/", HIDDEN, None, HIDDEN, HIDDEN, HIDDEN, None, None),
    ("+4512345678\x07", 0, 0, 0, 0, 0, None, None),
]
NOTE = ".. betyder, at tallet ikke vises."


def sheet(name: str = "Skoler") -> Sheet:
    return Sheet("schools", name, COLUMNS, iter(ROWS), (NOTE,))


def opened(target: io.BytesIO | Path) -> dict[str, Worksheet]:
    book = load_workbook(target)
    return {one.title: one for one in book.worksheets}


def test_a_workbook_has_real_numbers_and_days_and_runs_nothing() -> None:
    target = io.BytesIO()
    about = [Fact("Periode"), Fact("Fra", date(2015, 8, 10)), Fact("Opgjort", MADE), Fact("Kilde", "=1+1")]
    workbook.write(target, "Fravær", about, [sheet(), sheet("skoler"), sheet("[a]:b")], made_at=MADE)
    found = opened(target)
    assert list(found) == ["Om tallene", "Skoler", "skoler 2", "a  b"]
    first = found["Om tallene"]
    assert (first["A1"].value, first["A4"].value) == ("Fravær", "Fra")
    assert first["B4"].value == datetime(2015, 8, 10)  # noqa: DTZ001
    assert first["B6"].value == "=1+1"
    assert first["B6"].data_type == "s"
    schools = found["Skoler"]
    assert schools.freeze_panes == "B2"
    assert [cell.value for cell in schools[2]] == [
        "Åløkkeskolen",
        0.066,
        -0.3,
        7.21,
        1442.5,
        1234,
        datetime(2015, 8, 10),  # noqa: DTZ001
        # Six in the morning in Copenhagen.
        datetime(2026, 4, 10, 6),  # noqa: DTZ001
    ]
    assert [cell.number_format for cell in schools[2]][1:4] == ["0.0\\ %", "+0.0;-0.0;0.0", "#,##0.00"]
    for cell, (name, *_figures) in zip(schools["A"][1:], ROWS, strict=False):
        assert cell.data_type == "s"
        assert cell.hyperlink is None
        assert cell.value == str(name).replace("\x07", "")
    assert [cell.value for cell in schools[4]][1:] == ["..", None, "..", "..", "..", None, None]
    assert schools["A7"].value == NOTE


def test_the_same_figures_give_the_same_bytes() -> None:
    first, second = io.BytesIO(), io.BytesIO()
    for target in (first, second):
        workbook.write(target, "Fravær", [Fact("Kilde", "Fravær")], [sheet()], made_at=MADE)
    assert first.getvalue() == second.getvalue()


def test_danish_excel_reads_commas_and_a_machine_full_stops() -> None:
    danish = b"".join(csvs.lines(sheet(), Variant.EXCEL))
    assert danish.startswith(b"\xef\xbb\xbfSkole;Frav")
    rows = list(csv.reader(io.StringIO(danish.decode("utf-8-sig")), delimiter=";"))
    assert rows[1] == [
        "Åløkkeskolen",
        "6,6",
        "-0,3",
        "7,21",
        "1442,5",
        "1234",
        "10-08-2015",
        "10-04-2026 06:00",
    ]
    assert rows[2][0] == '\'=HYPERLINK("http://evil.example","klik")'
    assert rows[3] == ["http://evil.example/", "..", "", "..", "..", "..", "", ""]
    assert rows[4][0].startswith("'+45")
    assert rows[-1] == [NOTE]

    machine = b"".join(csvs.lines(sheet(), Variant.MACHINE)).decode()
    found = list(csv.DictReader(io.StringIO(machine)))
    assert list(found[0]) == [column.key for column in COLUMNS]
    assert list(found[0].values()) == [
        "Åløkkeskolen",
        "6.6",
        "-0.3",
        "7.21",
        "1442.5",
        "1234",
        "2015-08-10",
        "2026-04-10T06:00:00+02:00",
    ]
    assert found[2]["percent"] == ""
    assert len(found) == len(ROWS)


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    def peak(rows: int) -> int:
        def many() -> Iterator[tuple[Cell, ...]]:
            for number in range(rows):
                yield (f"Skole {number}", 66, -3, 721, 2885, 1234, date(2015, 8, 10), MADE)

        told: list[int] = []
        tracemalloc.start()
        try:
            workbook.write(
                tmp_path / f"{rows}.xlsx",
                "Fravær",
                [],
                [Sheet("schools", "Skoler", COLUMNS, many())],
                made_at=MADE,
                tick=told.append,
                scratch=tmp_path,
            )
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            assert told[-1] == rows

    small = peak(1_000)
    assert peak(5_000) < small + 300_000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1000.xlsx", "5000.xlsx"]


def test_a_table_longer_than_a_sheet_goes_on_in_the_next() -> None:
    target = io.BytesIO()
    longest, workbook.LONGEST = workbook.LONGEST, 3
    try:
        workbook.write(target, "Fravær", [], [sheet()], made_at=MADE)
    finally:
        workbook.LONGEST = longest
    found = opened(target)
    assert list(found) == ["Om tallene", "Skoler", "Skoler 2"]
    assert found["Skoler 2"]["A1"].value == "Skole"
    assert str(found["Skoler 2"]["A2"].value).startswith("+45")


def test_a_file_is_called_by_plain_letters() -> None:
    name = filename("kvartal", "2026K1", "Område Ærø & Ågård", "", day=date(2026, 4, 15), ending="xlsx")
    assert name == "fravaer_kvartal_2026K1_omraade-aeroe-aagaard_2026-04-15.xlsx"
