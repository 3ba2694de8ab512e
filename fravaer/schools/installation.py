"""Is this database the installation itself, or a copy that was restored?

The database says of itself in which cluster it lies and under which number; a dump carries the words along to where they are
not true any more. Restored over itself they would be true, and then the journal outside (`core.journal`) is ahead of it. In a
copy no job runs and no message leaves, until somebody has said that the copy is the installation from now on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from django.db import connection, transaction

from fravaer.core import journal
from fravaer.schools.models import Installation

# Which database of which cluster this session talks to.
IDENTITY = """
SELECT (SELECT system_identifier FROM pg_control_system())::text,
       (SELECT oid FROM pg_database WHERE datname = current_database())::bigint
"""
# Databases this process has seen to be no copy: what is restored is never under a process that runs.
_KNOWN: set[str] = set()


class Standing(StrEnum):
    NEW = "new"
    ITSELF = "itself"
    COPY = "copy"


def standing(folder: Path) -> Standing:
    """What the database is: one that never wrote a journal, the installation itself, or a copy of one. Two queries, or three."""
    row = Installation.objects.order_by("pk").first()
    if row is None:
        return Standing.NEW
    if (row.cluster, row.database) != _identity():
        return Standing.COPY
    try:
        outside = journal.latest(_file(folder, row))
    except journal.Broken:
        return Standing.COPY
    if outside is not None and outside > row.journal:
        # Somebody may have written since the row was read. A number stands in the row before its line lies outside.
        row.refresh_from_db(fields=["journal"])
    return Standing.COPY if outside is not None and outside > row.journal else Standing.ITSELF


def is_copy(folder: Path) -> bool:
    """Whether nothing may leave this database. Asked once a process where it may."""
    name = str(connection.settings_dict["NAME"])
    if name in _KNOWN:
        return False
    if standing(folder) == Standing.COPY:
        return True
    _KNOWN.add(name)
    return False


def forget() -> None:
    """Ask again: for tests that make copies under a process that runs."""
    _KNOWN.clear()


def stamp(now: datetime, number: int) -> None:
    """Say that this database is the installation from now on, its journal at `number`."""
    cluster, database = _identity()
    with transaction.atomic():
        row = Installation.objects.select_for_update().order_by("pk").first()
        if row is None:
            row = Installation(told_until=now)
        row.cluster, row.database, row.journal, row.stamped_at = cluster, database, number, now
        row.save()


@contextmanager
def telling() -> Iterator[None]:
    """One who writes the journal at a time. Whoever dies lets the next one in."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('fravaer.journal'))")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('fravaer.journal'))")


@transaction.atomic
def advanced(count: int, until: datetime) -> int:
    """Take the next `count` numbers of the journal, which then tells what happened until then. The first of the numbers.

    They are taken for good before their lines are written: whoever is killed between leaves the journal behind the database,
    which it may be, and never ahead of it, which only a copy is.
    """
    row = Installation.objects.select_for_update().order_by("pk").first()
    assert row is not None
    first = row.journal + 1
    row.journal += count
    row.told_until = until
    row.save(update_fields=["journal", "told_until"])
    return first


def journal_in(folder: Path) -> Path:
    """The file of the folder that is the installation's journal, in a copy as well as in itself.

    There is none before the database was stamped for the first time.
    """
    row = Installation.objects.order_by("pk").first()
    assert row is not None
    return _file(folder, row)


def told_until() -> datetime | None:
    """Up to when the journal tells what happened; None before it was ever written."""
    return Installation.objects.order_by("pk").values_list("told_until", flat=True).first()


def number() -> int:
    """The number of the last line this database knows of."""
    return Installation.objects.order_by("pk").values_list("journal", flat=True).first() or 0


def _file(folder: Path, row: Installation) -> Path:
    return folder / f"{row.key}.jsonl"


def _identity() -> tuple[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(IDENTITY)
        found: tuple[str, int] = cursor.fetchone()
    return found
