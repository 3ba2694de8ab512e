"""How do the processes of one run come by a database each, when migrating one takes longer than most files of tests?

The first of them that needs one migrates it, and leaves a copy as it was then; the others begin with a copy of that.
"""

from __future__ import annotations

from typing import Any

import psycopg2
from django.db import connections
from psycopg2 import sql

# Whoever of a run holds it looks whether there is a copy already, or makes it.
TURN = 72_023


class Turn:
    """A process's turn at making its database: from the moment it is this process's until it is `over`."""

    def __init__(self, run: str) -> None:
        self._template = sql.Identifier(template(run))
        self._server = _server()
        with self._server.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", [TURN, run])
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template(run)])
            self._is_first = cursor.fetchone() is None
        if not self._is_first:
            for connection in connections.all():
                connection.settings_dict["TEST"]["TEMPLATE"] = template(run)

    def over(self) -> None:
        """The database is made, and nothing has been written in it yet."""
        if self._is_first:
            mine = sql.Identifier(str(connections["default"].settings_dict["NAME"]))
            # Postgres copies no database that somebody is in.
            connections.close_all()
            with self._server.cursor() as cursor:
                cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(self._template, mine))
        self._server.close()


def template(run: str) -> str:
    """The name of the copy that the processes of a run begin with."""
    return f"test_template_{run}"


def drop(run: str) -> None:
    """Take the copy away at the end of a run. Does nothing where none was made, or no server was there."""
    try:
        server = _server()
    except psycopg2.OperationalError:
        return
    with server.cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(template(run))))
    server.close()


def _server() -> Any:
    """A session of its own, in none of the databases for tests."""
    known = connections["default"].settings_dict
    login = {name: known[name.upper()] for name in ("user", "password", "host", "port")}
    server = psycopg2.connect(dbname="postgres", **login)
    server.autocommit = True
    return server
