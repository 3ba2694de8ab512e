"""How is the database emptied after a test that committed?

Django empties every table there is and writes its own rows of permissions anew, which takes longer than most of these tests.
Here the tables that have rows are emptied, and those rows of Django's own, which no test changes, stay. So do the rules
and the offers that come with every installation.
"""

from __future__ import annotations

from functools import cache
from threading import Event
from typing import Any

from django.db import connection, connections, transaction
from django.test import TransactionTestCase

from fravaer.cases import offers, rulebook

# Written by `migrate` for Django's own use.
DJANGOS_OWN = ("django_migrations", "django_content_type", "auth_permission")

# This process has a database of its own by now.
IS_THERE = Event()
# Bytes of a table.
SWOLLEN = 500_000

# Readings are noted on a connection of their own and are there whatever the test takes back. Here, and nowhere else, the
# trail's guards look away from whoever says so: taking them off for a moment would wait for every test that has written.
TRAIL_CAN_BE_EMPTIED = """
    DROP TRIGGER audit_event_is_append_only ON audit_event;
    CREATE TRIGGER audit_event_is_append_only BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW
      WHEN (current_setting('tests.emptying', true) IS DISTINCT FROM 'yes') EXECUTE FUNCTION refuse_change()
"""
EMPTY_TRAIL = """
    BEGIN; SET LOCAL tests.emptying = 'yes'; DELETE FROM audit_event; COMMIT
"""
_noted = Event()


def empty_only_what_is_filled() -> None:
    """From now on tests that commit are cleaned up by `empty`."""
    IS_THERE.set()
    TransactionTestCase._fixture_teardown = lambda _test: empty()  # type: ignore[attr-defined]


def let_the_trail_be_written() -> None:
    """Let every test write the trail on its own connection, outside the transaction that is taken back."""
    TransactionTestCase._validate_databases = classmethod(  # type: ignore[attr-defined]
        lambda cls: frozenset({"default", "trail"})
    )
    # Nothing is begun on it and nothing taken back.
    TransactionTestCase._databases_names = classmethod(lambda cls, include_mirrors=True: ["default"])  # type: ignore[attr-defined]
    connections["trail"].settings_dict["NAME"] = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(TRAIL_CAN_BE_EMPTIED)

    def noting(execute: Any, *about: Any) -> Any:
        _noted.set()
        return execute(*about)

    connections["trail"].execute_wrappers.append(noting)


def empty_the_trail(*, anyhow: bool = False) -> None:
    """Remove what a test has noted on the trail's own connection, if it has; `anyhow` also what nobody here knows of."""
    if anyhow or _noted.is_set():
        with connections["trail"].cursor() as cursor:
            cursor.execute(EMPTY_TRAIL)
        _noted.clear()


def empty() -> None:
    """Delete every row a test may have left, also those that are appended only.

    The tables are locked first: a request that is being answered yet is waited for, and writes nothing afterwards.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {', '.join(tables())} IN SHARE ROW EXCLUSIVE MODE")
        left, swollen = filled(), swollen_tables()
        guarded = [table for table in (tables() if swollen else left) if table in tables_with_triggers()]
        statements = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in guarded]
        statements += [f"TRUNCATE {', '.join(swollen)} CASCADE"] if swollen else []
        statements += [f"DELETE FROM {table}" for table in left]
        statements += ["SET CONSTRAINTS ALL IMMEDIATE"]
        statements += [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in guarded]
        cursor.execute("; ".join(statements))
        # The migrations' own rows: whoever comes next finds what she would have found first.
        rulebook.ship_defaults()
        offers.ship()


def filled() -> list[str]:
    """The tables with rows in them, but Django's own."""
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"(SELECT '{table}' FROM {table} LIMIT 1)" for table in tables()))
        return [table for (table,) in cursor.fetchall()]


def swollen_tables() -> list[str]:
    """The tables in which so many dead rows of earlier tests lie that reading them takes longer than cutting them off."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM unnest(%s) AS name WHERE pg_relation_size(name::regclass) > %s",
            [list(tables()), SWOLLEN],
        )
        return [table for (table,) in cursor.fetchall()]


def keep_estimates_out() -> None:
    """Let nobody count rows behind the tests' back: a table seen empty once would be taken for an empty one ever after."""
    with connection.cursor() as cursor:
        cursor.execute("; ".join(f"ALTER TABLE {table} SET (autovacuum_enabled = off)" for table in tables()))


def forget_estimates() -> None:
    """Make the database forget how many rows earlier tests have let it count; between tests the tables are empty.

    What is counted in a transaction outlives its end, and a plan for three rows takes minutes over thousands.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM unnest(%s) AS name JOIN pg_class ON pg_class.oid = name::regclass WHERE reltuples >= 0",
            [list(tables())],
        )
        counted = [table for (table,) in cursor.fetchall()]
        if not counted:
            return
        guards = sorted(tables_with_triggers())
        statements = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in guards]
        statements += [f"TRUNCATE {', '.join(counted)} CASCADE"]
        statements += [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in guards]
        with transaction.atomic():
            cursor.execute("; ".join(statements))
            rulebook.ship_defaults()
            offers.ship()


@cache
def tables() -> tuple[str, ...]:
    """Every table of the database but Django's own."""
    with connection.cursor() as cursor:
        found = connection.introspection.table_names(cursor)
    return tuple(table for table in found if table not in DJANGOS_OWN)


@cache
def tables_with_triggers() -> frozenset[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
        return frozenset(table for (table,) in cursor.fetchall())
