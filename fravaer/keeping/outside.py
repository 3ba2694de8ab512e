"""What is written outside the database, and how does a restored copy learn it again?

Every few minutes: grants taken back, accounts closed, holds placed and what was disposed of, as numbered lines of ids. A line a
time at least, so that a database restored over itself is seen to be behind its journal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from fravaer.accounts import withdrawn
from fravaer.core import journal
from fravaer.keeping import batches
from fravaer.keeping.models import Disposal, Hold
from fravaer.schools import installation
from fravaer.schools.installation import Standing

# A transaction that was open while the last lines were written is told of by the next.
OVERLAP = timedelta(minutes=10)


class IsACopy(Exception):
    """A restored copy writes no journal: it is not the installation."""


class IsNoCopy(Exception):
    """This is the installation itself; it has nothing to learn."""


@dataclass(slots=True)
class Learnt:
    """What a copy learnt from the journal."""

    lines: int = 0
    grants: int = 0
    accounts: int = 0
    holds: int = 0
    things: dict[str, int] = field(default_factory=dict)


def write(folder: Path, now: datetime) -> int:
    """Tell the journal what has happened since it was last told. Returns how many lines.

    Raises IsACopy, journal.Broken and OSError. Killed anywhere, the next one tells what this one did not.
    """
    with installation.telling():
        match installation.standing(folder):
            case Standing.COPY:
                raise IsACopy
            case Standing.NEW:
                installation.stamp(now, 0)
        path = installation.journal_in(folder)
        before = journal.last(path)
        last = datetime.fromisoformat(before["at"]) if before else (installation.told_until() or now)
        lines = _happened(last, now) or [{"what": "tick"}]
        first = installation.advanced(len(lines), now)
        journal.append(
            path, [{"number": first + i, "at": now.isoformat(), **line} for i, line in enumerate(lines)]
        )
    return len(lines)


def _happened(last: datetime, now: datetime) -> list[dict[str, Any]]:
    """What a copy would have to learn of the time since `last`."""
    since = last - OVERLAP
    found: list[dict[str, Any]] = []
    if grants := withdrawn.since(since):
        found.append({"what": "grants", "ended": {str(pk): at.isoformat() for pk, at in grants.items()}})
    if last.date() != now.date() and (closed := withdrawn.closed()):
        found.append({"what": "accounts", "closed": closed})
    found += [_hold(row) for row in Hold.objects.filter(placed_at__gte=since).order_by("pk")]
    return found + [_disposal(row) for row in batches.disposed_since(since)]


def learn(folder: Path, now: datetime) -> Learnt:
    """Do again in this copy what the journal tells that it does not know. Raises IsNoCopy and journal.Broken."""
    if installation.standing(folder) != Standing.COPY:
        raise IsNoCopy
    learnt = Learnt()
    ways: dict[str, Callable[[dict[str, Any], Learnt, datetime], None]] = {
        "grants": _grants,
        "accounts": _accounts,
        "hold": _held,
        "disposal": _disposed,
        "tick": lambda line, learnt, now: None,
    }
    for line in journal.after(installation.journal_in(folder), installation.number()):
        with transaction.atomic():
            ways[line["what"]](dict(line), learnt, now)
        learnt.lines += 1
    return learnt


def is_there(folder: Path) -> bool:
    """Whether there is a journal this copy can learn from. Raises IsNoCopy and journal.Broken."""
    if installation.standing(folder) != Standing.COPY:
        raise IsNoCopy
    return journal.latest(installation.journal_in(folder)) is not None


def go_live(folder: Path, now: datetime) -> None:
    """Let this copy be the installation from now on."""
    there = journal.latest(installation.journal_in(folder)) or 0
    installation.stamp(now, max(there, installation.number()))


def _hold(row: Hold) -> dict[str, Any]:
    return {
        "what": "hold",
        "hold": str(row.uuid),
        "pupil": row.pupil_id,
        "kind": row.kind,
        "by": row.placed_by_id,
    }


def _disposal(row: Disposal) -> dict[str, Any]:
    return {
        "what": "disposal",
        "batch": str(row.batch.uuid),
        "kind": row.kind,
        "before": row.batch.before.isoformat(),
        "digest": row.digest,
        "keys": row.keys,
        "proposed_by": row.batch.proposed_by_id,
        "decided_by": row.batch.decided_by_id,
    }


def _grants(line: dict[str, Any], learnt: Learnt, now: datetime) -> None:
    ended = {int(pk): datetime.fromisoformat(at) for pk, at in line["ended"].items()}
    learnt.grants += withdrawn.take_back(ended)


def _accounts(line: dict[str, Any], learnt: Learnt, now: datetime) -> None:
    learnt.accounts += withdrawn.close(line["closed"])


def _held(line: dict[str, Any], learnt: Learnt, now: datetime) -> None:
    _row, made = Hold.objects.get_or_create(
        uuid=UUID(line["hold"]),
        defaults={
            "pupil_id": line["pupil"],
            "kind": line["kind"],
            # Its words are not written outside.
            "reason": "–",
            "placed_by_id": line["by"],
            "placed_at": datetime.fromisoformat(line["at"]),
        },
    )
    learnt.holds += made


def _disposed(line: dict[str, Any], learnt: Learnt, now: datetime) -> None:
    batch = batches.known(
        UUID(line["batch"]),
        kind=line["kind"],
        before=date.fromisoformat(line["before"]),
        digest=line["digest"],
        proposed_by=line["proposed_by"],
        decided_by=line["decided_by"],
        at=datetime.fromisoformat(line["at"]),
    )
    if Disposal.objects.filter(batch=batch).exists():
        return
    batches.repeat(batch, line["keys"], now)
    learnt.things[line["kind"]] = learnt.things.get(line["kind"], 0) + len(line["keys"])
