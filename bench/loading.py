"""How fast does a whole municipality come in, against copying the same rows into bare tables?"""

from __future__ import annotations

import io
from time import perf_counter

from django.db import connection

from bench.figures import Figure

TABLES = [
    "schools_pupil",
    "schools_guardian",
    "schools_guardianship",
    "schools_phone",
    "schools_enrolment",
    "absence_register",
    "absence_absence",
    "absence_classmonth",
]


def measured(seconds: float) -> list[Figure]:
    """`seconds` is what the generator took from nothing to a municipality with its sums."""
    bare = sum(_copied(table) for table in TABLES)
    return [
        Figure("generating and loading, against a bare COPY", seconds, bare, 20),
        Figure("generating and loading, against 90 s", seconds, 90, 1),
        _disk(),
    ]


def _copied(table: str) -> float:
    """Seconds to COPY the table's rows into a table without indexes and constraints."""
    rows = io.StringIO()
    with connection.cursor() as cursor:
        columns = (
            "*" if table != "schools_pupil" else "id, uuid, roster_key, given_name, family_name, birth_on"
        )
        cursor.execute(f"CREATE TEMPORARY TABLE bare AS SELECT {columns} FROM {table} WITH NO DATA")
        cursor.copy_expert(f"COPY (SELECT {columns} FROM {table}) TO STDOUT", rows)
        rows.seek(0)
        begun = perf_counter()
        cursor.copy_expert("COPY bare FROM STDIN", rows)
        taken = perf_counter() - begun
        cursor.execute("DROP TABLE bare")
    return taken


def _disk() -> Figure:
    """Bytes of absences and registers with their indexes, against a row a pupil, day and checkpoint."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(name::regclass)) "
            "FROM unnest(ARRAY['absence_absence', 'absence_register']) AS name"
        )
        ours = float(cursor.fetchone()[0])
        cursor.execute(
            "CREATE TABLE bench_rows AS "
            "SELECT e.pupil_id, r.day, r.checkpoint, r.school_class_id, r.school_id, 1::smallint AS halves, "
            "0::smallint AS reason FROM absence_register r JOIN schools_enrolment e "
            "ON e.school_class_id = r.school_class_id AND e.starts_on <= r.day AND e.until > r.day "
            "WHERE r.school_id % 10 = 0"
        )
        cursor.execute("ALTER TABLE bench_rows ADD PRIMARY KEY (pupil_id, day, checkpoint)")
        cursor.execute("CREATE INDEX ON bench_rows (day) INCLUDE (pupil_id, halves, reason)")
        cursor.execute(
            "SELECT pg_total_relation_size('bench_rows') * (SELECT sum(enrolled) FROM absence_register) "
            "/ greatest((SELECT sum(enrolled) FROM absence_register WHERE school_id % 10 = 0), 1)"
        )
        theirs = float(cursor.fetchone()[0])
        cursor.execute("DROP TABLE bench_rows")
    return Figure("bytes of absences and registers, against a row a pupil-day", ours, theirs, 1 / 6)
