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
from typing import Any

# Long enough for the last line, whatever it holds.
TAIL = 4_194_304

Line = Mapping[str, Any]


class Broken(Exception):
    """A line of the journal cannot be read, or a number is missing: it has been changed, or was cut off."""


def append(path: Path, lines: Sequence[Line]) -> None:
    """Add these lines, on disk when this returns. Raises OSError when the file cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = "".join(json.dumps(line, sort_keys=True, separators=(",", ":")) + "\n" for line in lines)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, text.encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def latest(path: Path) -> int | None:
    """The number of the last line; None where there is no journal. Raises Broken."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL))
        last = file.read().rstrip(b"\n").rpartition(b"\n")[2]
    return _number(_line(last.decode())) if last else None


def after(path: Path, number: int) -> Iterator[Line]:
    """The lines of a higher number, in order, none missing between them. Raises Broken."""
    if not path.is_file():
        return
    expected = None
    with path.open(encoding="utf-8") as file:
        for text in file:
            line = _line(text)
            if expected is not None and _number(line) != expected:
                raise Broken(f"line {expected} of the journal is missing")
            expected = _number(line) + 1
            if _number(line) > number:
                yield line


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
