"""What does the database itself refuse, whatever the application asks?

The second wall (data protection regulation article 32): rows about children lie behind row-level security, and the web runs
as a role that owns nothing. Who acts, and in which of her roles, is told at the door of every request; what she reaches is then
worked out by the database from the grants in force at that moment, so that a query that forgot to ask for its reader's rows
shows no more than a query that did not.

Each app says in its `walls` what holds for each of its tables: a `Wall`, or in a sentence why the table needs none. They are
put up after every migration, as one whole: a table nobody spoke of stops it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.db import DatabaseError, connection, connections, transaction
from django.db.models import Func, TextField, Value

# The setting in which a request's actor stands for as long as the request lasts; and the role she chose to act in.
ACTOR, CHOSEN, MOMENT = "app.actor", "app.chosen", "app.moment"


# What is chosen instead of a role while one child is read in an emergency; the access's own key follows.
EMERGENCY = "emergency:"
_HAS_BEEN_TOLD = "fravaer_has_been_told"
_SAY = "SELECT set_config(%s, %s, false), set_config(%s, %s, false), set_config(%s, %s, false)"


class DatabaseRole(StrEnum):
    """Whom the database lets in, and as what."""

    # Pages: sees what the actor reaches, nothing without one.
    APP = "fravaer_app"
    # Workers and commands: everybody's rows, but neither owns tables nor changes them.
    JOB = "fravaer_job"
    # Sums over everybody for a page of figures: reads all, writes nothing about a child.
    REPORT = "fravaer_report"
    # The trail's readers.
    AUDIT = "fravaer_audit"
    # Dumps: every row there is, so that a backup is never silently without them.
    BACKUP = "fravaer_backup"


class NoWalls(Exception):
    """The database has not got the roles, or a table is spoken of by nobody; the message says which."""


@dataclass(frozen=True, slots=True)
class Wall:
    """Which rows of a table a page's actor reads and writes, as SQL conditions over its columns.

    `written` is for rows added and for what a changed row becomes; the same as `rows` where it is not said.
    """

    rows: str
    written: str | None = None


def enter(actor_id: int, chosen_role: str, now: datetime) -> None:
    """Tell the database who acts from here on on this connection. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_SAY, [ACTOR, str(actor_id), CHOSEN, chosen_role, MOMENT, now.isoformat()])
    told(connection, True)


def told(known: Any, somebody: bool) -> None:
    """Note whether this connection has been told of somebody."""
    setattr(known, _HAS_BEEN_TOLD, somebody)


def leave() -> None:
    """From here on nobody acts on this connection. One query, and none where it was told of nobody."""
    if not getattr(connection, _HAS_BEEN_TOLD, False):
        return
    told(connection, False)
    try:
        with connection.cursor() as cursor:
            cursor.execute(_SAY, [ACTOR, "", CHOSEN, "", MOMENT, ""])
    except DatabaseError:
        # A connection that is gone has nothing to forget; a new one begins with nobody.
        connection.close()


def holds() -> bool:
    """Whether this process comes to the database as a role the policies hold. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (role,) = cursor.fetchone()
    return role in (DatabaseRole.APP, DatabaseRole.JOB)


def reaches_everybody() -> bool:
    """Whether this process comes as one whose rows are everybody's: a job, or the owner in a trial. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (role,) = cursor.fetchone()
    return role not in (DatabaseRole.APP, DatabaseRole.AUDIT)


# What a query of rows is annotated with that tells the database on its way who acts.
TOLD = ("told_actor", "told_role", "told_moment")


def telling(actor: str, chosen_role: str, moment: str) -> dict[str, Func]:
    """The same as annotations of a query: whoever reads its rows has told the database, if there is a row at all."""
    said = zip(TOLD, (ACTOR, CHOSEN, MOMENT), (actor, chosen_role, moment), strict=True)
    return {
        name: Func(
            Value(setting), Value(value), Value(False), function="set_config", output_field=TextField()
        )
        for name, setting, value in said
    }


# The role a page acts as now; None outside pages, where nobody has to be let further.
_acts_as: ContextVar[DatabaseRole | None] = ContextVar("acts_as", default=None)


@contextmanager
def page() -> Iterator[None]:
    """Inside, a request is answered: as the role whose rows the walls decide."""
    before = _acts_as.set(DatabaseRole.APP)
    try:
        yield
    finally:
        _acts_as.reset(before)


@contextmanager
def acting_as(role: DatabaseRole) -> Iterator[None]:
    """Act as another of the database's roles inside, in one transaction: two queries more, and none outside pages.

    As `REPORT` where what comes back is sums and no row about anybody; as `JOB` where a page does a job's work. The rooms
    that do so are named with their reasons in `tests/architecture/habits.py`.
    """
    # Jobs and the owner of the tables reach everybody already; and so does who acts as one of them already.
    if _acts_as.get() in (None, role, DatabaseRole.JOB):
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        # Where pages come as the owner, as in a trial on a server of one's own, there is no role to take.
        cursor.execute(
            "SELECT current_user, set_config('role', CASE WHEN current_user = ANY (%s) THEN %s ELSE current_user END, true)",
            [[DatabaseRole.APP, DatabaseRole.REPORT], role],
        )
        before, _now = cursor.fetchone()
        token = _acts_as.set(role)
        try:
            yield
        finally:
            _acts_as.reset(token)
        cursor.execute("SELECT set_config('role', %s, true)", [before])


@dataclass(slots=True)
class Said:
    """What every app says: walls by table, tables without one and tables closed to pages and jobs with their reasons, and the
    functions that walls are made of."""

    walls: dict[str, Wall]
    without: dict[str, str]
    closed: dict[str, str]
    functions: str


def owns(table: str) -> bool:
    """Whether this process comes to the database as the owner of the table, who alone may take its rules off for a load."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class WHERE oid = %s::regclass",
            [table],
        )
        return bool(cursor.fetchone()[0])


def declared() -> Said:
    """What the apps say in their `walls`."""
    walls: dict[str, Wall] = {}
    without: dict[str, str] = {}
    closed: dict[str, str] = {}
    functions = ""
    for app in apps.get_app_configs():
        if app.name.startswith("fravaer.") and find_spec(f"{app.name}.walls") and app.name != "fravaer.core":
            said = import_module(f"{app.name}.walls")
            walls |= getattr(said, "WALLS", {})
            without |= getattr(said, "WITHOUT", {})
            closed |= getattr(said, "CLOSED", {})
            functions += getattr(said, "FUNCTIONS", "")
    return Said(walls, without, closed, functions)


def put_up(alias: str = "default") -> None:
    """Put up every wall anew, in one transaction: functions, privileges, policies. By the owner of the tables.

    Raises NoWalls.
    """
    said = declared()
    spoken = said.walls.keys() | said.without.keys() | said.closed.keys()
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        # Two that migrate at once would fall over each other's policies.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('fravaer.walls'))")
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [[*DatabaseRole]])
        lacking = {*DatabaseRole} - {name for (name,) in cursor.fetchall()}
        if lacking:
            raise NoWalls(
                f"the database has no role {', '.join(sorted(lacking))}: run tools/roles.sql as its administrator"
            )
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = sorted(name for (name,) in cursor.fetchall())
        if unspoken := [table for table in tables if table not in spoken]:
            raise NoWalls(
                f"no app says what holds for the table {', '.join(unspoken)}: it belongs into WALLS or, with the reason "
                "why it needs none, into WITHOUT of its app's walls.py"
            )
        statements = [said.functions, _privileges()]
        for table in tables:
            statements += _of_table(table, said.walls.get(table), is_closed=table in said.closed)
        cursor.execute("\n".join(statements))


def _privileges() -> str:
    app, job, report, audit, backup = DatabaseRole
    everybody = f"{app}, {job}, {report}"
    return f"""
        REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {everybody}, {audit};
        REVOKE CREATE ON SCHEMA public FROM PUBLIC;
        GRANT USAGE ON SCHEMA public TO {everybody}, {audit}, {backup};
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {app}, {job};
        GRANT SELECT ON ALL TABLES IN SCHEMA public TO {report}, {backup};
        GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {backup};
        GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {everybody};
        REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {app}, {job};
        -- Jobs that write very many rows let the planner count them before they go through them.
        GRANT MAINTAIN ON ALL TABLES IN SCHEMA public TO {job};
    """


def _of_table(table: str, wall: Wall | None, *, is_closed: bool) -> list[str]:
    statements = [
        f"DROP POLICY IF EXISTS {policy} ON {table};" for policy in ("reached", "jobs", "figures", "dumped")
    ]
    if is_closed:
        everybody = f"{DatabaseRole.APP}, {DatabaseRole.JOB}, {DatabaseRole.REPORT}"
        statements += [
            f"REVOKE ALL ON {table} FROM {everybody};",
            f"GRANT SELECT ON {table} TO {DatabaseRole.AUDIT};",
        ]
    if wall is None:
        return [*statements, f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"]
    return [
        *statements,
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;",
        f"CREATE POLICY reached ON {table} FOR ALL TO {DatabaseRole.APP} "
        f"USING ({wall.rows}) WITH CHECK ({wall.written or wall.rows});",
        f"CREATE POLICY jobs ON {table} FOR ALL TO {DatabaseRole.JOB} USING (true) WITH CHECK (true);",
        f"CREATE POLICY figures ON {table} FOR SELECT TO {DatabaseRole.REPORT} USING (true);",
    ]
