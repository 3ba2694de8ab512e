"""What does it cost to take figures along: a workbook of 50,000 rows, and the report for a committee?

Yardsticks are what anybody would compare with: the same rows as plain CSV, a tenth of them for memory, and the figures the
report is made of.
"""

from __future__ import annotations

import csv
import tracemalloc
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.utils import translation

from bench.figures import Figure
from bench.timing import medians
from fravaer.accounts.models import Grant
from fravaer.accounts.roles import Role
from fravaer.accounts.scoping import scope_of
from fravaer.core.periods import Quarter
from fravaer.reports import asked, committee, modes, outgoing, workbook
from fravaer.reports.blocks import Dashboard
from fravaer.reports.sheets import Cell, Column, Kind, Sheet

ROWS = 50_000
COLUMNS = (
    Column("school", "Skole"),
    Column("class", "Klasse"),
    Column("month", "Måned", Kind.DAY),
    *(Column(f"days-{number}", f"Dage {number}", Kind.HALVES) for number in range(6)),
    Column("percent", "Fravær", Kind.TENTHS),
)


def measured(day: date, now: datetime) -> list[Figure]:
    with TemporaryDirectory() as folder, translation.override("da"):
        target = Path(folder) / "file"
        return [*_workbook(target, now), *_report(day, now)]


def _rows(count: int) -> Iterator[list[Cell]]:
    for number in range(count):
        yield [f"Skole {number % 80}", f"{number % 10}.B", date(2026, 1, 1), *[number % 40] * 6, number % 300]


def _written(target: Path, count: int, now: datetime) -> None:
    workbook.write(
        target,
        "Fravær",
        [],
        [Sheet("rows", "Rækker", COLUMNS, _rows(count))],
        made_at=now,
        scratch=target.parent,
    )


def _workbook(target: Path, now: datetime) -> list[Figure]:
    def plain() -> None:
        with target.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows(_rows(ROWS))

    taken = medians({"workbook": lambda: _written(target, ROWS, now), "plain": plain}, rounds=5)
    return [
        Figure("workbook of 50,000 rows, against plain CSV", taken["workbook"], taken["plain"], 40),
        Figure(
            "its memory in MB, against a tenth of the rows",
            _peak(target, ROWS, now),
            _peak(target, ROWS // 10, now),
            1.25,
        ),
    ]


def _peak(target: Path, count: int, now: datetime) -> float:
    tracemalloc.start()
    try:
        _written(target, count, now)
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def _report(day: date, now: datetime) -> list[Figure]:
    """The municipality's last whole quarter for the chief, as it is published."""
    grant = Grant.objects.filter(role=Role.CHIEF).order_by("pk")[0]
    scope, mode = scope_of(grant.user_id, now, grant.role), modes.publication()
    wanted = asked.parse(Quarter.of(day).previous(), {}, scope, today=day)

    def figures() -> Dashboard:
        return outgoing.figures(wanted, scope, today=day, now=now, mode=mode)

    found = figures()
    taken = medians(
        {
            "report": lambda: committee.pdf(found, mode, municipality="Kommunen", made_at=now),
            "figures": figures,
        },
        rounds=5,
    )
    return [Figure("report for a committee, against its figures", taken["report"], taken["figures"], 10)]
