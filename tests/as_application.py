"""How do tests ask for pages as production does: as a role of the database that owns nothing?

What a test lays out it lays out as the tables' owner; every request it then makes runs as the application's role. And the
database takes the moment from the request, because a test's clock stands still and the database's does not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponseBase

from fravaer.core import walls
from fravaer.core.walls import ACTOR, CHOSEN, MOMENT, DatabaseRole

MOMENT_OF_REQUEST = (
    "CREATE OR REPLACE FUNCTION app_moment() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS "
    f"$$ SELECT coalesce(nullif(current_setting('{MOMENT}', true), '')::timestamptz, statement_timestamp()) $$"
)


class AsApplication:
    """Run the request as the application's role, and give the connection back to the tables' owner."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with connection.execute_wrapper(_becoming()):
            try:
                return self.get_response(request)
            finally:
                if connection.connection is not None and not connection.needs_rollback:
                    _forget()


def _becoming() -> Callable[..., Any]:
    """Become the application with the first statement: some pages need no database, and some tests have none."""
    is_there = False

    def before(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal is_there
        if not is_there:
            is_there = True
            _say(f"SET ROLE {DatabaseRole.APP}")
        return execute(sql, params, many, context)

    return before


def _forget() -> None:
    """What a test does by itself it does as the owner, and as nobody."""
    _say(
        "RESET ROLE; SELECT "
        + ", ".join(f"set_config('{name}', '', false)" for name in (ACTOR, CHOSEN, MOMENT))
    )
    walls.told(connection, False)


def _say(statement: str) -> None:
    # Past the counting of queries: these two exist in tests alone.
    with connection.connection.cursor() as cursor:
        cursor.execute(statement)
