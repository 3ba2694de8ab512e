"""What has been decided that a restored copy of the database would not know of?

A file outside the database, only ever added to: numbered lines of ids, no names. It goes where the backup does not: another
machine, another custodian. What was deleted stays deleted and who lost her access stays without it, because a copy that is
older than its lines learns them again before it is used.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

# Long enough for the last line, whatever it holds.
TAIL = 4_194_304

Line = Mapping[str, Any]


class Broken(Exception):
    """A line of the journal cannot be read, or a number is missing: it has been changed, or was cut off."""


def append(path: Path, lines: Sequence[Line]) -> None:
    """Add these lines, on disk when this returns. Raises OSError when the file cannot be written, and Broken.

    Numbers only rise. Where some were given and never written, because whoever had them was killed, the line after them names
    the one it follows. Half a line that a kill left behind is taken away first. One writer at a time.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    before = latest(path)
    first = _number(lines[0])
    if before is not None and before + 1 != first:
        lines = [{**lines[0], "follows": before}, *lines[1:]]
    text = "".join(json.dumps(line, sort_keys=True, separators=(",", ":")) + "\n" for line in lines)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        file.truncate(_end(file))
        file.seek(0, os.SEEK_END)
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())


def last(path: Path) -> Line | None:
    """The last whole line; None where there is none. Raises Broken."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        end = _end(file)
        file.seek(max(0, end - TAIL))
        text = file.read(end - file.tell()).rstrip(b"\n").rpartition(b"\n")[2]
    return _line(text.decode()) if text else None


def latest(path: Path) -> int | None:
    """The number of the last line; None where there is no journal. Raises Broken."""
    line = last(path)
    return None if line is None else _number(line)


def after(path: Path, number: int) -> Iterator[Line]:
    """The lines of a higher number, in order, none missing between them. Raises Broken."""
    if not path.is_file():
        return
    before = None
    with path.open(encoding="utf-8") as file:
        for text in file:
            if not text.endswith("\n"):
                return
            line = _line(text)
            if before is not None and line.get("follows", _number(line) - 1) != before:
                raise Broken(f"line {before + 1} of the journal is missing")
            before = _number(line)
            if before > number:
                yield line


def _end(file: BinaryIO) -> int:
    """Where the last whole line ends, in bytes."""
    size = file.seek(0, os.SEEK_END)
    begin = file.seek(max(0, size - TAIL))
    return begin + file.read().rfind(b"\n") + 1


def _line(text: str) -> Line:
    try:
        found = json.loads(text)
    except ValueError:
        raise Broken("a line of the journal cannot be read") from None
    if not isinstance(found, dict):
        raise Broken("a line of the journal is none of ours")
    return found


def _number(line: Line) -> int:
    number = line.get("number")
    if not isinstance(number, int):
        raise Broken("a line of the journal has no number")
    return number
