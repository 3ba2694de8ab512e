"""How fast does a whole municipality come in, against copying the same rows into bare tables?"""

from __future__ import annotations

import io
from time import perf_counter

from django.db import connection, transaction

from bench.figures import Figure
from fravaer.absence import bulk
from fravaer.absence.models import Absence, ClassMonth, Register
from fravaer.schools.models import SchoolYear


def measured(seconds: float) -> list[Figure]:
    """`seconds` is what the generator took from nothing to a municipality with its sums."""
    return [
        Figure("inventing and loading it all, against 90 s", seconds, 90, 1),
        Figure("loading a year's absence anew, against a bare COPY", *_loaded(), 4),
        _disk(),
    ]


def _loaded() -> tuple[float, float]:
    """Seconds to load the latest school year's registers and absences once more, and to COPY them into bare tables."""
    since = SchoolYear.objects.latest("starts_on").starts_on
    registers = [
        bulk.TakenRegister(*row)
        for row in Register.objects.filter(day__gte=since).values_list(*bulk.TakenRegister._fields)
    ]
    absences = [
        bulk.NewAbsence(*row)
        for row in Absence.objects.filter(day__gte=since).values_list(*bulk.NewAbsence._fields)
    ]
    bare = sum(_copied(table, f"day >= '{since}'") for table in ("absence_register", "absence_absence"))
    with transaction.atomic():
        for model in (Absence, Register):
            model.objects.filter(day__gte=since).delete()
        ClassMonth.objects.filter(month__gte=since).delete()
        begun = perf_counter()
        bulk.load(registers, absences)
        return perf_counter() - begun, bare


def _copied(table: str, where: str) -> float:
    """Seconds to COPY these rows of the table into one without indexes and constraints."""
    rows = io.StringIO()
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE bare AS SELECT * FROM {table} WITH NO DATA")
        cursor.copy_expert(f"COPY (SELECT * FROM {table} WHERE {where}) TO STDOUT", rows)
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
