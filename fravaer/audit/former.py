"""What was this row before?

Read only: triggers of the database write it, in the transaction of the change and however the change is made, by a save, by a
change of many rows at once, or by hand. An entry holds the former values of what became another, and of a removed row all of
it; put together with the row as it is now it is the row's whole history. What is disposed of under a decision
(`fravaer.disposing`) is counted and not kept.
"""

from __future__ import annotations

from django.db import connection

from fravaer.audit.models import Former


def formers(source: str, row_key: object) -> list[Former]:
    """What one row of a table was, the latest change first. A key of several columns is written `12/2026-03-10/1`."""
    return list(Former.objects.raw("SELECT * FROM audit_formers(%s, %s)", [source, str(row_key)]))


def formers_of(pupil_id: int) -> list[Former]:
    """What rows that name the pupil were, the latest change first."""
    return list(Former.objects.raw("SELECT * FROM audit_formers_of(%s)", [pupil_id]))


def keys_of(source: str, field: str) -> dict[str, int]:
    """How many former values of a sealed column lie under each key, by the key's name; under "" those that are not sealed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM audit_former_keys(%s, %s)", [source, field])
        return dict(cursor.fetchall())
