"""Does the database know how large our tables are before it plans to go through them?"""

from __future__ import annotations

import pytest
from django.db import connection

from fravaer.core import planning

pytestmark = pytest.mark.django_db


def test_a_table_that_has_grown_since_the_last_count_is_counted_before_it_is_gone_through() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE grown AS SELECT g AS n, repeat('x', 100) AS filler FROM generate_series(1, 100) AS g"
        )
        cursor.execute("ANALYZE grown")
        cursor.execute("INSERT INTO grown SELECT g, repeat('x', 100) FROM generate_series(1, 4900) AS g")
        assert rows_expected(cursor) < 1000
        planning.know()
        assert rows_expected(cursor) == 5000


def rows_expected(cursor: object) -> int:
    cursor.execute("SELECT reltuples::int FROM pg_class WHERE oid = 'grown'::regclass")  # type: ignore[attr-defined]
    return int(cursor.fetchone()[0])  # type: ignore[attr-defined]
