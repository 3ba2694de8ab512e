"""Is the process that marked this message still alive?

Every sending process holds a lock of its own in the database for as long as it lives, on a connection kept for nothing
else. A process that is dead has lost it; one that is merely frozen has not, and nobody repeats what it may still send.
Needs a direct connection: a pooler that shares connections between clients would hand the lock around.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.db import connection

# The first half of the lock's key; the second is the owner's number. The database's own `sms_owner_alive` asks for it.
LOCK = 77
PING_SECONDS = 2.0
# After a restart of the database the living have this long to take their locks again.
SETTLED = timedelta(seconds=30)


class OwnerTaken(Exception):
    """Another connection holds the lock of this owner."""


class Owner:
    """This process's lock, and the thread that keeps it."""

    def __init__(self) -> None:
        self.number = _next_number()
        self._closed = threading.Event()
        self._raw: Any = None
        self._take()
        self._keeper = threading.Thread(target=self._keep, daemon=True, name=f"sms-owner-{self.number}")
        self._keeper.start()

    def close(self) -> None:
        """Let the lock go; nothing can be marked by this owner any more."""
        self._closed.set()
        self._keeper.join()
        self._drop()

    def _keep(self) -> None:
        while not self._closed.wait(PING_SECONDS):
            try:
                with self._raw.cursor() as cursor:
                    cursor.execute("SELECT 1")
            except Exception:
                self._retake()

    def _retake(self) -> None:
        """A lost connection lost the lock as well; without it nothing can be marked."""
        self._drop()
        try:
            self._take()
        except Exception:
            # The database is away, or has not noticed yet that the old connection is: the next round asks again.
            self._drop()

    def _take(self) -> None:
        self._raw = connection.get_new_connection(connection.get_connection_params())
        self._raw.autocommit = True
        with self._raw.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK, self.number])
            if not cursor.fetchone()[0]:
                raise OwnerTaken

    def _drop(self) -> None:
        raw, self._raw = self._raw, None
        if raw is not None:
            with suppress(Exception):
                raw.close()


def alive() -> int:
    """How many processes that send hold their lock at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objsubid = 2 AND granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [LOCK],
        )
        row: tuple[int] = cursor.fetchone()
    return row[0]


def gone(number: int) -> bool:
    """Whether the owner is proven dead: its lock is free, and the database has been up long enough to know."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT NOT sms_owner_alive(%s) AND clock_timestamp() - pg_postmaster_start_time() > make_interval(secs => %s)",
            [number, SETTLED.total_seconds()],
        )
        row: tuple[bool] = cursor.fetchone()
    return row[0]


_lock = threading.Lock()
_mine: tuple[int, Owner] | None = None


def mine() -> Owner:
    """The owner of this process, made at the first need; a forked child is a process of its own."""
    global _mine
    with _lock:
        if _mine is None or _mine[0] != os.getpid():
            _mine = (os.getpid(), Owner())
        return _mine[1]


def let_go() -> None:
    """Close this process's owner, if it has one."""
    global _mine
    with _lock:
        if _mine is not None and _mine[0] == os.getpid():
            _mine[1].close()
        _mine = None


def _next_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('sms_owner')")
        row: tuple[int] = cursor.fetchone()
    return row[0]
