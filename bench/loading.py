"""How fast does a whole municipality come in, against copying the same rows into bare tables?"""

from __future__ import annotations

from time import perf_counter

from django.db import connection, transaction
from django.db.models import Model

from bench.figures import Figure
from fravaer.absence import bulk
from fravaer.absence.models import Absence, Register
from fravaer.core import copying


def measured(seconds: float) -> list[Figure]:
    """`seconds` is what the generator took from nothing to a municipality with its sums."""
    return [
        Figure("inventing and loading it all, against 90 s", seconds, 90, 1),
        Figure("all absence into empty tables, against COPY of those rows", *_loaded(), 4),
        _disk(),
    ]


def _loaded() -> tuple[float, float]:
    """Seconds to load all registers and absences into empty tables, and to COPY the finished rows into bare ones.

    Both begin with rows in memory and send them by the same `copying.copy`. The transaction is rolled back: the tables
    keep their rows and do not grow by having been loaded.
    """
    registers, absences = _rows(Register), _rows(Absence)
    taken = [bulk.TakenRegister(*row) for row in Register.objects.values_list(*bulk.TakenRegister._fields)]
    away = [bulk.NewAbsence(*row) for row in Absence.objects.values_list(*bulk.NewAbsence._fields)]
    with transaction.atomic():
        bare = _copied(Register, registers) + _copied(Absence, absences)
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE absence_register, absence_absence, absence_classmonth")
        begun = perf_counter()
        bulk.load(taken, away)
        ours = perf_counter() - begun
        transaction.set_rollback(True)
    return ours, bare


def _columns(model: type[Model]) -> list[str]:
    return [field.column for field in model._meta.concrete_fields if field.column]


def _rows(model: type[Model]) -> list[tuple[object, ...]]:
    return list(model._default_manager.values_list(*_columns(model)))


def _copied(model: type[Model], rows: list[tuple[object, ...]]) -> float:
    """Seconds to COPY these rows into a table like the model's without indexes and constraints."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bench_bare AS SELECT * FROM {model._meta.db_table} WITH NO DATA")
        begun = perf_counter()
        copying.copy("bench_bare", _columns(model), rows)
        taken = perf_counter() - begun
        cursor.execute("DROP TABLE bench_bare")
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
