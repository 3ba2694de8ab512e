"""Does the database know how large our tables are, before it plans to go through them?

Postgres plans by what it counted last. Of tables that have been filled since, or never counted, it expects so few rows that a
plan over everybody can take minutes instead of a second. Autovacuum counts them in its own time; whoever goes through whole
tables cannot wait for it.
"""

from __future__ import annotations

from django.db import connection

# Tables of fewer pages are read in no time whatever the plan. A count is outgrown by twice the pages, and worth nothing when it
# saw next to no rows in them.
SMALL_PAGES = 16
OUTGROWN = """
SELECT quote_ident(relname) FROM (
  SELECT relname, reltuples, relpages, pg_relation_size(oid) / current_setting('block_size')::int AS pages
  FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
) t
WHERE pages > %(small)s AND (reltuples < relpages OR pages > 2 * relpages)
ORDER BY relname
"""


def know() -> None:
    """Let Postgres count the tables it no longer knows; nothing where it knows them all. One query."""
    with connection.cursor() as cursor:
        cursor.execute(OUTGROWN, {"small": SMALL_PAGES})
        if outgrown := [name for (name,) in cursor.fetchall()]:
            cursor.execute("ANALYZE " + ", ".join(outgrown))
