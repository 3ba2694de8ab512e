"""How does a school's data set reach a folder of the operator's, whole or not at all?

A file grows under a name of its own and gets the right one when all of it is on the disk, so that nobody delivers half of one. It
is read by its owner alone. The same data set gives the same files, byte for byte, whenever they are written; beside them lies a
receipt that `sha256sum --check` reads.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from django.utils.translation import gettext as _

from fravaer.absence.monthly import Month
from fravaer.reports import csvs, sheets, stil, workbook
from fravaer.reports.csvs import Variant
from fravaer.reports.models import DataSet
from fravaer.reports.stil import Cut

XLSX = "xlsx"
FORMS = (Variant.MACHINE.value, Variant.EXCEL.value, XLSX)
# What a file of each form is called beside its school.
NAMES = {Variant.MACHINE.value: ("maskinfil", "csv"), Variant.EXCEL.value: ("", "csv"), XLSX: ("", "xlsx")}


def write(
    folder: Path, data_set: DataSet, cut: Cut, months: Sequence[Month], forms: Iterable[str]
) -> list[Path]:
    """Write the rows as these forms, and last the receipt with the hash of each. Raises OSError; then no file is half there."""
    written = []
    for form in forms:
        kind, ending = NAMES[form]
        target = folder / _name(data_set, cut, kind, ending)
        whole(target, lambda form=form: _contents(data_set, cut, months, form))  # type: ignore[misc]
        written.append(target)
    lines = [f"{sha256(one.read_bytes()).hexdigest()}  {one.name}\n" for one in written]
    receipt = folder / _name(data_set, cut, "kvittering", "sha256")
    whole(receipt, lambda: [line.encode() for line in lines])
    return [*written, receipt]


def whole(target: Path, contents: Callable[[], Iterable[bytes]]) -> None:
    """Put a file in its place when all of it is written, in place of one that lies there."""
    growing = target.with_name(f".{target.name}.growing")
    try:
        with os.fdopen(os.open(growing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            for part in contents():
                stream.write(part)
            stream.flush()
            os.fsync(stream.fileno())
        growing.rename(target)
    except BaseException:
        with suppress(OSError):
            growing.unlink()
        raise


def _name(data_set: DataSet, cut: Cut, kind: str, ending: str) -> str:
    years = f"{cut.year.since.year}-{cut.year.until.year % 100:02d}"
    number = cut.school.institution_number
    # The day the data set was made: written again, its files are the same.
    return sheets.filename("stil", years, number, kind, day=data_set.made_at, ending=ending)


def _contents(data_set: DataSet, cut: Cut, months: Sequence[Month], form: str) -> Iterable[bytes]:
    sheet = stil.sheet(cut, months)
    if form != XLSX:
        return csvs.lines(sheet, Variant(form))
    book = BytesIO()
    about = stil.about(cut, rows=len(months), sha256=data_set.sha256, made_at=data_set.made_at)
    workbook.write(book, _("Prepared for STIL"), about, [sheet], made_at=data_set.made_at)
    return [book.getvalue()]
