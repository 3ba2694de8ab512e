"""How do very many rows reach a table at once?

By Postgres' COPY, streamed while the rows are still being made, into tables whose indexes and foreign keys are put aside
and built anew afterwards: checking a foreign key row by row costs several times what checking all rows together does.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from itertools import islice

from django.db import connection, transaction

# What stands for NULL in the stream; an empty string is an empty string.
NULL = r"\N"
ROWS_A_CHUNK = 5_000
READ_SIZE = 1 << 18

# Foreign keys first: they may lean on the unique keys after them. A key that another table refers to stays.
CONSTRAINTS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
FROM pg_constraint c
WHERE conrelid = ANY (%s::regclass[]) AND contype IN ('f', 'p', 'u', 'x')
  AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = c.conindid AND f.oid <> c.oid
                  AND c.contype <> 'f')
ORDER BY contype = 'f' DESC, conrelid, conname
"""
INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
FROM pg_index i
WHERE indrelid = ANY (%s::regclass[])
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
ORDER BY 1
"""


def copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Append `rows`, values in the order of `columns`, to the table. Returns how many.

    A value is written as `str` writes it; None becomes NULL. Raises IntegrityError or DataError when a row does not fit.
    """
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.cursor.copy_expert(
            f"COPY {connection.ops.quote_name(table)} ({names}) FROM STDIN WITH (FORMAT csv, NULL '{NULL}')",
            _Stream(rows),
            size=READ_SIZE,
        )
        return int(cursor.rowcount)


@contextmanager
def bare(*tables: str) -> Iterator[None]:
    """The tables without indexes, foreign and own keys inside the block; all of them built and checked at its end.

    Only in a transaction: nobody else ever sees the tables bare, because they are locked until it commits, against reading
    too. Raises IntegrityError at the end when the rows break a constraint.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("Tables are only laid bare inside a transaction.")
    with connection.cursor() as cursor:
        # What is still to be checked belongs to the constraints we are about to drop.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        cursor.execute(CONSTRAINTS, [list(tables)])
        constraints: list[tuple[str, str, str]] = cursor.fetchall()
        cursor.execute(INDEXES, [list(tables)])
        indexes: list[tuple[str, str]] = cursor.fetchall()
        for table, name, _ in constraints:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
    yield
    with connection.cursor() as cursor:
        for _, definition in indexes:
            cursor.execute(definition)
        for table, name, definition in reversed(constraints):
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
    analyse(*tables)


def analyse(*tables: str) -> None:
    """Let Postgres learn what the tables hold now; it plans badly for rows it has not counted."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE " + ", ".join(connection.ops.quote_name(table) for table in tables))


def tidy() -> None:
    """Let Postgres tidy up after very many new rows, so that indexes can be read without the tables. Not in a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def reserved(table: str, count: int) -> list[int]:
    """As many new primary keys, from the table's sequence, so that rows can name each other before they are written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
        )
        return [key for (key,) in cursor.fetchall()]


class _Stream:
    """A file that is written while it is read: Postgres takes in one chunk while we make the next."""

    def __init__(self, rows: Iterable[Sequence[object]]) -> None:
        self._rows = iter(rows)

    def read(self, size: int = -1) -> str:
        """The next chunk, whatever its size; empty at the end."""
        chunk = list(islice(self._rows, ROWS_A_CHUNK))
        if any(None in row for row in chunk):
            chunk = [[NULL if value is None else value for value in row] for row in chunk]
        text = StringIO()
        csv.writer(text, lineterminator="\n").writerows(chunk)
        return text.getvalue()
