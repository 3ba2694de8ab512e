"""Which lines and fields does a CSV file hold?

Reads one file of our own set whole: encoding, separator, header and the shape of every line. What a field means is not
asked here (fravaer.schools.importing.own_csv).
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from fravaer.schools.importing.problems import Problems
from fravaer.schools.importing.values import looks_like_cpr

LARGEST_FILE = 100 * 1024 * 1024
LONGEST_FIELD = 1_000
WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
# æ, ø, å and their like, saved as UTF-8 and once read as something else; and the mark of a lost letter.
GARBLED = re.compile("\ufffd|Ã[¦¸¥†˜…©¶¼¤\u0086\u0098\u0085]")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# A line without any of this, and without a long field, needs no closer look.
SUSPECT = re.compile(r"[\x00-\x08\n-\x1f\x7f-\x9f]|(?<!\d)\d{6}[- ]\d{4}(?!\d)|(?<![\d+])\d{10}(?!\d)")


@dataclass(frozen=True, slots=True)
class Column:
    """`danish` is the other name the header may use. An `optional` column may be left out, its fields empty."""

    name: str
    danish: str
    optional: bool = False
    longest: int = 100
    phone: bool = False
    # Its fields may hold CPR numbers, where the installation keeps them.
    cpr: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """The fields of one line by the columns' own names, trimmed; `headings` are the names the file uses.

    `wrong` are the columns about which a problem was noted already; their fields are not to be looked at.
    """

    file: str
    number: int
    fields: dict[str, str]
    headings: dict[str, str]
    wrong: frozenset[str]


def lines(
    path: Path, columns: Sequence[Column], problems: Problems, *, keeps_cpr: bool = False
) -> list[Line]:
    """The lines of the file that have the right number of fields, each numbered by where it begins."""
    data = _loaded(path, problems)
    return [] if data is None else lines_of(path.name, data, columns, problems, keeps_cpr=keeps_cpr)


def lines_of(
    file: str, data: bytes, columns: Sequence[Column], problems: Problems, *, keeps_cpr: bool = False
) -> list[Line]:
    """The same of a file that was sent, which lies on no disk."""
    noted = len(problems.found)
    text = _text(file, data, problems)
    if text is None:
        return []
    separator = _separator(file, text, problems)
    if separator is None:
        return []
    rows = _rows(file, text, separator, problems)
    _number, header = next(rows, (1, []))
    found = _header(file, header, columns, problems)
    if found is None:
        return []
    kinds = [{column.name: column for column in columns}[name] for name in found]
    headings = {name: heading.strip() for name, heading in zip(found, header, strict=True)}
    read: list[Line] = []
    for number, row in rows:
        if len(row) != len(found):
            problems.add(file, number, "", _shape(row, found, separator))
            continue
        wrong = list(_wrong(row, kinds, keeps_cpr))
        for position, message in wrong:
            problems.add(file, number, header[position].strip(), message)
        fields = dict(zip(found, (" ".join(field.split()) for field in row), strict=True))
        read.append(
            Line(
                file,
                number,
                fields,
                headings,
                frozenset(found[position] for position, _message in wrong),
            )
        )
    if not read and len(problems.found) == noted:
        problems.add(file, 0, "", _("The file has no lines below its header. Export it again."))
    return read


def _loaded(path: Path, problems: Problems) -> bytes | None:
    try:
        if path.stat().st_size > LARGEST_FILE:
            problems.add(path.name, 0, "", _("The file is larger than 100 MB. It cannot be a roster."))
            return None
        return path.read_bytes()
    except FileNotFoundError:
        problems.add(path.name, 0, "", _("The file is missing. All six files belong together."))
        return None
    except OSError:
        problems.add(
            path.name, 0, "", _("The file cannot be read. Check that it is a file and may be opened.")
        )
        return None


def _text(file: str, data: bytes, problems: Problems) -> str | None:
    message = ""
    if not data.strip(codecs.BOM_UTF8 + b" \t\r\n"):
        message = _("The file is empty. Export it again.")
    elif data.startswith(WIDE_MARKS) or data[:200].count(0) * 3 > len(data[:200]):
        message = _("The file is saved as UTF-16 (“Unicode”). Save it as CSV UTF-8.")
    elif 0 in data:
        line = data[: data.index(0)].count(b"\n") + 1
        problems.add(file, line, "", _("The line holds a NUL byte: the file is damaged. Export it again."))
        return None
    if message:
        problems.add(file, 0, "", message)
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        problems.add(
            file,
            line,
            "",
            _("The file is not UTF-8; it looks like Windows-1252 (Latin-1). Save it as CSV UTF-8."),
        )
        return None
    if match := GARBLED.search(text):
        problems.add(
            file,
            text.count("\n", 0, match.start()) + 1,
            "",
            _(
                "Letters such as æ, ø and å were garbled before the file was saved. Export it again as CSV UTF-8."
            ),
        )
        return None
    # A letter with its ring or dots apart from it, as some systems write them, is the same letter.
    return unicodedata.normalize("NFC", text)


def _separator(file: str, text: str, problems: Problems) -> str | None:
    header = text.lstrip("\r\n").split("\n", 1)[0]
    used = [mark for mark in ";," if mark in header]
    if len(used) == 1:
        return used[0]
    if used:
        problems.add(
            file, 1, "", _("The header uses both semicolon and comma. Use one of them in the whole file.")
        )
    else:
        problems.add(file, 1, "", _("The header has neither semicolon nor comma between the column names."))
    return None


def _rows(file: str, text: str, separator: str, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """Number of the first line, and fields, of every row that is not blank. A row the format forbids ends the reading."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            message = _(
                "A quotation mark opened in this line is not closed, or stands inside a field. The rest was not read."
            )
            if "limit" in str(error):
                message = _(
                    "A field of this line is far too long. The rest was not read. Export the file again."
                )
            problems.add(file, begins, "", message)
            return
        if any(field.strip() for field in row):
            yield begins, row
        begins = reader.line_num + 1


def _header(file: str, header: list[str], columns: Sequence[Column], problems: Problems) -> list[str] | None:
    """The columns' own names in the file's order, or None when the header cannot be used."""
    names = {name: column.name for column in columns for name in (column.name, column.danish)}
    found: list[str] = []
    sound = True
    for position, heading in enumerate(header, start=1):
        name = names.get(heading.strip().casefold())
        # The heading itself may be data (a file without a header), so it is told by its place.
        if name is None:
            message = _(
                "Column %(n)d has a name that is not known. Delete the column, or use a name from: %(names)s."
            )
            sound = False
            problems.add(
                file,
                1,
                "",
                message % {"n": position, "names": ", ".join(column.name for column in columns)},
            )
        elif name in found:
            sound = False
            problems.add(file, 1, name, _("The column stands twice. Delete one of them."))
        found.append(name or "")
    for column in columns:
        if column.name not in found and not column.optional:
            sound = False
            problems.add(
                file, 1, column.name, _("The column is missing. Add it, also when it has few values.")
            )
    return found if sound else None


def _shape(row: list[str], found: list[str], separator: str) -> str:
    other = "," if separator == ";" else ";"
    if len(row) < len(found) and sum(field.count(other) for field in row) >= len(row):
        return _(
            "The line is separated by %(other)s, but the header by %(own)s. Use one of them in the whole file."
        ) % {
            "other": _name(other),
            "own": _name(separator),
        }
    return _(
        "The line has %(n)d fields, but the header has %(wanted)d. A %(own)s inside a field needs quotation marks."
    ) % {
        "n": len(row),
        "wanted": len(found),
        "own": _name(separator),
    }


def _name(separator: str) -> str:
    return _("semicolon") if separator == ";" else _("comma")


def _wrong(row: list[str], kinds: list[Column], keeps_cpr: bool) -> Iterator[tuple[int, str]]:
    """Position of, and message about, each field that may not be looked into at all."""
    if not SUSPECT.search("|".join(row)) and all(
        len(field) <= kind.longest for field, kind in zip(row, kinds, strict=True)
    ):
        return
    for position, (field, kind) in enumerate(zip(row, kinds, strict=True)):
        if len(field) > LONGEST_FIELD:
            yield (
                position,
                _("The field is longer than 1,000 characters. A quotation mark is probably missing."),
            )
        elif "\n" in field or "\r" in field:
            yield (
                position,
                _("The field holds a line break. Write it on one line; perhaps a quotation mark is missing."),
            )
        elif CONTROL.search(field):
            yield position, _("The field holds a character that is no letter. Write the field again.")
        elif not (kind.cpr and keeps_cpr) and looks_like_cpr(field.strip(), phone=kind.phone):
            yield (
                position,
                _(
                    "This looks like a CPR number. The roster must not carry CPR numbers: delete it from the export."
                ),
            )
        elif len(" ".join(field.split())) > kind.longest:
            yield position, _("The field is longer than %(n)d characters. Shorten it.") % {"n": kind.longest}
