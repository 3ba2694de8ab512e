"""How does everything that is sealed come under the newest key?

A batch at a time, each in a transaction of its own; what is under the newest key already is left alone, so that it may be
stopped at any moment and goes on where it was. Reading, finding and writing go on meanwhile: a value names its key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import F, Func

from fravaer.core import secrets
from fravaer.core.sealing import SealedText
from fravaer.core.secrets import HEAD_BYTES

BATCH = 500


@dataclass(frozen=True, slots=True)
class Left:
    """One column, and how many of its values are not under the newest key."""

    model: type[models.Model]
    field: SealedText
    count: int


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
    return [Left(model, field, _old(model, field).count()) for model, field in columns()]


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


def _old(model: type[models.Model], field: SealedText) -> models.QuerySet[models.Model]:
    domains = [field.keys] if field.keys else list(_domains(model, field))
    newest = [secrets.head(f"{domain}.{field.what}") for domain in domains]
    rows = model._base_manager.annotate(sealed_under=_Head(F(field.attname)))
    return rows.exclude(sealed_under__in=[*newest, b""]).exclude(**{f"{field.attname}__isnull": True})


def _domains(model: type[models.Model], field: SealedText) -> set[str]:
    return set(model._base_manager.order_by().values_list(field.keys_of, flat=True).distinct())


def _may_reseal() -> None:
    # Rows that are only ever added let their sealed values, and nothing else, be sealed anew where this is said.
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL fravaer.reseal = 'on'")
