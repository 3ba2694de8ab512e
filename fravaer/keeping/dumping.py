"""Does a backup hold every row?

A role that row-level security hides rows from makes a dump that looks whole and is empty; so the role is looked at first, and
the rows of each table are counted in the very snapshot the dump is made from. The list of counts lies beside the dump, and is
what a restore drill compares with.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Session  # noqa: N812

HOURS = 6
COUNTED = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') ORDER BY 1
"""
SEES_ALL = "SELECT rolsuper OR rolbypassrls, current_user FROM pg_roles WHERE rolname = current_user"
HIDDEN = "SELECT count(*) FROM pg_class WHERE relrowsecurity AND relnamespace = 'public'::regnamespace"
UNREADABLE = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT has_table_privilege(c.oid, 'SELECT') ORDER BY 1
"""


class CannotSeeAll(Exception):
    """The role would dump fewer rows than there are."""


class Failed(Exception):
    """pg_dump is not there, or did not end well."""


@dataclass(frozen=True, slots=True)
class Made:
    """A dump, with how many tables and rows it holds."""

    file: Path
    tables: int
    rows: int
    sha256: str


def url(given: str) -> str:
    """The database as the backup role: as given, or as the environment says. Raises CannotSeeAll when neither does."""
    found = given or os.environ.get("FRAVAER_BACKUP_URL", "")
    if not found:
        raise CannotSeeAll("FRAVAER_BACKUP_URL names no role that sees every row")
    return found


def dump(address: str, folder: Path, now: datetime) -> Made:
    """Dump the database into a file of the folder, and its counts beside it. Raises CannotSeeAll and Failed."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / f"fravaer-{now:%Y%m%dT%H%M%SZ}.dump"
    growing = file.with_suffix(".growing")
    with closing(psycopg2.connect(address)) as session:
        session.set_session(isolation_level="REPEATABLE READ", readonly=True)
        _require_all(session)
        snapshot = _one(session, "SELECT pg_export_snapshot()")
        counts = _counts(session)
        # It holds every name there is.
        growing.touch(mode=0o600)
        _run(["--format=custom", f"--snapshot={snapshot}", f"--file={growing}"], address)
    if not counts or not sum(counts.values()):
        growing.unlink()
        raise Failed("there is not a single row in the database")
    sha256 = _sha256(growing)
    growing.rename(file)
    listed = {"made_at": now.isoformat(), "sha256": sha256, "rows": counts}
    told = file.with_suffix(".json")
    told.touch(mode=0o600)
    told.write_text(json.dumps(listed, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return Made(file, len(counts), sum(counts.values()), sha256)


def counts(address: str) -> dict[str, int]:
    """The rows of each table, as the role of the address sees them. Raises CannotSeeAll."""
    with closing(psycopg2.connect(address)) as session:
        _require_all(session)
        return _counts(session)


def program(name: str) -> str:
    """A program of Postgres: of the folder FRAVAER_PG_BIN, or on the path."""
    folder = os.environ.get("FRAVAER_PG_BIN", "")
    return str(Path(folder) / name) if folder else name


def environment(address: str) -> dict[str, str]:
    """What a program of Postgres is told of the database, its password too: the command line is everybody's to read."""
    parts = urlsplit(address)
    said = {
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": unquote(parts.path.lstrip("/")),
        **{
            f"PG{key.upper()}": value
            for key, value in parse_qsl(parts.query)
            if key in {"sslmode", "options"}
        },
    }
    return {**os.environ, **{key: value for key, value in said.items() if value}}


def _require_all(session: Session) -> None:
    with session.cursor() as cursor:
        cursor.execute(SEES_ALL)
        sees_all, role = cursor.fetchone() or (False, "")
        cursor.execute(HIDDEN)
        (hidden,) = cursor.fetchone() or (0,)
        cursor.execute(UNREADABLE)
        unreadable = [name for (name,) in cursor.fetchall()]
    if unreadable:
        raise CannotSeeAll(f"the role {role} may not read {', '.join(unreadable[:5])}")
    if hidden and not sees_all:
        raise CannotSeeAll(f"row-level security hides rows of {hidden} tables from the role {role}")


def _counts(session: Session) -> dict[str, int]:
    found = {}
    with session.cursor() as cursor:
        cursor.execute(COUNTED)
        for (name,) in cursor.fetchall():
            cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name)))
            (found[name],) = cursor.fetchone() or (0,)
    return found


def _one(session: Session, statement: str) -> str:
    with session.cursor() as cursor:
        cursor.execute(statement)
        (found,) = cursor.fetchone() or ("",)
    return str(found)


def _run(arguments: list[str], address: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603
            [program("pg_dump"), *arguments],
            env=environment(address),
            capture_output=True,
            text=True,
            timeout=HOURS * 3600,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(f"pg_dump did not run: {error}") from error
    if done.returncode:
        raise Failed(done.stderr.strip() or f"pg_dump ended with {done.returncode}")


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
