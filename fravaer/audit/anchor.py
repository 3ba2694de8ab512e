"""Where does the chain's head lie, so that nobody who rules the database reaches it?

Every five minutes the head is written as one line to a file, and sent to an address, both outside the database: whoever makes
the chain anew or cuts its end off would have to change those as well. Each line is signed with a key that the database never
sees, and signs the line before it. The file is only ever appended to; keep it where files cannot be changed.
"""

from __future__ import annotations

import fcntl
import hmac
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from fravaer.audit import chain


@dataclass(frozen=True, slots=True)
class Anchored:
    """One line: the head's number and hash at a moment, the line before, and the signature over them."""

    n: int
    hash: str
    at: str
    previous: str
    mac: str

    @property
    def line(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)


def anchored(head: chain.Head, at: datetime, previous: str, key: bytes) -> Anchored:
    """The head as a signed line behind the line whose signature is `previous`."""
    moment = at.astimezone(UTC).isoformat()
    return Anchored(
        head.n, head.hash.hex(), moment, previous, _mac(key, head.n, head.hash.hex(), moment, previous)
    )


def _mac(key: bytes, *fields: object) -> str:
    return hmac.new(key, json.dumps(fields).encode(), "sha256").hexdigest()


def keep(path: Path, head: chain.Head, at: datetime, key: bytes) -> Anchored | None:
    """Append the head to the file, unless it stands there already. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        last = None
        for line in file:
            last = line
        before = Anchored(**json.loads(last)) if last else None
        if before and before.n == head.n:
            return None
        kept = anchored(head, at, before.mac if before else "", key)
        file.write(kept.line + "\n")
        file.flush()
        os.fsync(file.fileno())
    return kept


def read(path: Path) -> list[Anchored]:
    """The lines of the file, or of a file put together from what was sent. Raises OSError, ValueError."""
    with path.open(encoding="utf-8") as file:
        try:
            return [Anchored(**json.loads(line)) for line in file if line.strip()]
        except (TypeError, json.JSONDecodeError) as error:
            raise ValueError(f"{path.name} holds a line that is no anchor") from error


@dataclass(frozen=True, slots=True)
class Astray:
    """One thing the anchors tell: `forged`, `unlinked`, `rewritten` or `cut`, and of which line."""

    kind: str
    line: Anchored


def astray(lines: list[Anchored], key: bytes) -> Iterator[Astray]:
    """Where the anchors do not hold, or the chain is not the one that was anchored."""
    previous = ""
    true = []
    for line in lines:
        if not hmac.compare_digest(line.mac, _mac(key, line.n, line.hash, line.at, line.previous)):
            yield Astray("forged", line)
            continue
        # What is only sent stands by itself.
        if line.previous and line.previous != previous:
            yield Astray("unlinked", line)
        previous = line.mac
        true.append(line)
    there = chain.links([line.n for line in true])
    for line in true:
        if line.n not in there:
            yield Astray("cut", line)
        elif there[line.n].hex() != line.hash:
            yield Astray("rewritten", line)
