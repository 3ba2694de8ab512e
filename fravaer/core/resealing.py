"""How does everything that is sealed come under the newest key?

A batch at a time, each in a transaction of its own; what is under the newest key already is left alone, so that it may be
stopped at any moment and goes on where it was. Reading, finding and writing go on meanwhile: a value names its key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import F, Func

from fravaer.core import secrets
from fravaer.core.sealing import FixedNumber, SealedText
from fravaer.core.secrets import HEAD_BYTES

BATCH = 500


@dataclass(frozen=True, slots=True)
class Left:
    """One column, and how many of its values are not under the newest key."""

    model: type[models.Model]
    field: SealedText
    count: int
    # The names of the keys they still need, and of those that are the newest.
    keys: tuple[str, ...]
    newest: frozenset[str]


class _Head(Func):
    template = f"substring(%(expressions)s from 1 for {HEAD_BYTES})"
    output_field = models.BinaryField()


def columns() -> Iterator[tuple[type[models.Model], SealedText]]:
    """Every sealed column there is."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, SealedText):
                yield model, field


def left() -> list[Left]:
    """What a run would have to do, column by column."""
    return [_left(model, field) for model, field in columns()]


def _left(model: type[models.Model], field: SealedText) -> Left:
    by_key = dict(_old(model, field).order_by().values_list("sealed_under").annotate(many=models.Count("*")))
    names = sorted(bytes(head).hex()[2 * len(secrets.V1) :] for head in by_key)
    newest = {secrets.newest(f"{domain}.{field.what}")[0].hex() for domain in _domains(model, field)}
    return Left(model, field, sum(by_key.values()), tuple(names), frozenset(newest))


def reseal(model: type[models.Model], field: SealedText, *, batch: int = BATCH) -> Iterator[int]:
    """Bring one column under the newest key, batch after batch; how many each batch was.

    Raises secrets.Unreadable at a value that nobody's key opens, with everything before it done.
    """
    while True:
        with transaction.atomic():
            _may_reseal()
            rows = list(_old(model, field).select_for_update(of=("self",)).order_by("pk")[:batch])
            for row in rows:
                model._base_manager.filter(pk=row.pk).update(**{field.attname: field.resealed(row)})
        if not rows:
            return
        yield len(rows)


# All rows of a batch at once.
PUT = """
UPDATE {table} SET {column} = new.value FROM unnest(%s::{key_type}[], %s::bytea[]) AS new (key, value)
WHERE {table}.{key} = new.key
"""


def seal_plain(model: type[models.Model], field: SealedText, *, batch: int = BATCH) -> Iterator[int]:
    """Seal what stands in one column as the bytes of plain text, batch after batch; how many each batch was.

    For the migration that begins to seal a column. What is sealed already is left alone, so that it may be stopped and goes on.
    """
    key = model._meta.pk
    assert key is not None
    put = PUT.format(
        table=model._meta.db_table, column=field.column, key=key.column, key_type=key.rel_db_type(connection)
    )
    sealed = [head for domain in _domains(model, field) for head in secrets.heads(f"{domain}.{field.what}")]
    rows = model._base_manager.annotate(sealed_under=_Head(F(field.attname))).order_by("pk")
    rows = rows.exclude(sealed_under__in=[*sealed, b""]).exclude(**{f"{field.attname}__isnull": True})
    after: dict[str, Any] = {}
    while True:
        with transaction.atomic():
            _may_reseal()
            found = list(rows.filter(**after).select_for_update(of=("self",))[:batch])
            values = [
                secrets.seal(row.__dict__[field.attname].raw.decode(), *field.place(row)) for row in found
            ]
            if found:
                with connection.cursor() as cursor:
                    cursor.execute(put, [[row.pk for row in found], values])
        if not found:
            return
        after = {"pk__gt": found[-1].pk}
        yield len(found)


def reindex(model: type[models.Model], field: SealedText, *, batch: int = BATCH) -> Iterator[int]:
    """Make the hashes of one column anew with the newest key, batch after batch; how many of each batch were others."""
    after = 0
    while True:
        with transaction.atomic():
            rows = list(
                model._base_manager.filter(pk__gt=after)
                .select_for_update(of=("self",))
                .order_by("pk")[:batch]
            )
            changed = 0
            for row in rows:
                text = getattr(row, field.attname)
                found = field.hashed(text) if text else None
                if bytes(getattr(row, field.found_by) or b"") != (found or b""):
                    model._base_manager.filter(pk=row.pk).update(**{field.found_by: found})
                    changed += 1
        if not rows:
            return
        after = rows[-1].pk
        yield changed


# A number stands the same wherever it stands, so that all of them change at one moment.
DISTINCT = "SELECT DISTINCT {column} FROM {table} WHERE {column} <> '' AND NOT starts_with({column}, %s)"
KNOWN = "CREATE TEMPORARY TABLE fixing (before text PRIMARY KEY, after text NOT NULL) ON COMMIT DROP"
# Written under the newer key meanwhile, and now twice.
DOUBLES = """
DELETE FROM {table} old USING fixing, {table} new
WHERE old.{column} = fixing.before AND new.{column} = fixing.after{beside}
"""
CHANGED = "UPDATE {table} SET {column} = fixing.after FROM fixing WHERE {table}.{column} = fixing.before"


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of fixed numbers; `unique` are the columns beside it with which a number stands once, or None."""

    table: str
    column: str
    unique: tuple[str, ...] | None = None


def numbers() -> list[Numbers]:
    """Every column of fixed numbers there is."""
    found = []
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, FixedNumber):
                beside: tuple[str, ...] | None = () if field.unique else None
                for constraint in model._meta.constraints:
                    if isinstance(constraint, models.UniqueConstraint) and field.name in constraint.fields:
                        others = [name for name in constraint.fields if name != field.name]
                        beside = tuple(model._meta.get_field(name).attname for name in others)  # type: ignore[union-attr]
                found.append(Numbers(model._meta.db_table, field.attname, beside))
    return found


@transaction.atomic
def refix(columns: Iterable[Numbers]) -> int:
    """Bring these columns of numbers under the newest key, all at one moment; also numbers that were never fixed. How many
    different numbers there were. Raises secrets.Unreadable with nothing changed."""
    columns = list(columns)
    known: set[str] = set()
    with connection.cursor() as cursor:
        for one in columns:
            cursor.execute(
                DISTINCT.format(table=one.table, column=one.column), [secrets.fixed_head(secrets.NUMBER)]
            )
            known.update(number for (number,) in cursor.fetchall())
        cursor.execute(KNOWN)
        for number in sorted(known):
            text = secrets.unfix(number, secrets.NUMBER) if number.startswith(secrets.FIXED) else number
            cursor.execute("INSERT INTO fixing VALUES (%s, %s)", [number, secrets.fix(text, secrets.NUMBER)])
        for one in columns if known else ():
            if one.unique is not None:
                beside = "".join(f" AND old.{name} = new.{name}" for name in one.unique)
                cursor.execute(DOUBLES.format(table=one.table, column=one.column, beside=beside))
            cursor.execute(CHANGED.format(table=one.table, column=one.column))
        cursor.execute("DROP TABLE fixing")
    return len(known)


def _old(model: type[models.Model], field: SealedText) -> models.QuerySet[models.Model]:
    domains = _domains(model, field)
    newest = [secrets.head(f"{domain}.{field.what}") for domain in domains]
    rows = model._base_manager.annotate(sealed_under=_Head(F(field.attname)))
    return rows.exclude(sealed_under__in=[*newest, b""]).exclude(**{f"{field.attname}__isnull": True})


def _domains(model: type[models.Model], field: SealedText) -> set[str]:
    if field.keys:
        return {field.keys}
    return set(model._base_manager.order_by().values_list(field.keys_of, flat=True).distinct())


def _may_reseal() -> None:
    # Rows that are only ever added let their sealed values, and nothing else, be sealed anew where this is said.
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL fravaer.reseal = 'on'")
