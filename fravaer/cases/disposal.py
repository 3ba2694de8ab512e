"""Which cases were closed so long ago that they have had their time, and how do they go?

A case goes whole: its notes, meetings, letters, plans and shares, and the cases that were put together with it. The files of
its documents are deleted by the sweep of the night, which finds no row for them any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, time
from pathlib import Path

from django.db.models import Max, Model, Q
from django.utils import timezone

from fravaer.cases import documents
from fravaer.cases.models import Case, Document, SocialMeasure, State, StepKind
from fravaer.core import secrets
from fravaer.core.disposal import Item, erase


def closed_before(day: date) -> list[Item]:
    """The cases that were closed before `day` and not opened again. One query."""
    moment = timezone.make_aware(datetime.combine(day, time()))
    rows = (
        Case.objects.filter(state=State.CLOSED, merged_into=None)
        .annotate(closed_at=Max("steps__at", filter=Q(steps__kind=StepKind.CLOSE)))
        .filter(closed_at__lt=moment)
        .values_list("uuid", "pupil_id", "closed_at")
    )
    return [Item(timezone.localtime(at).date(), str(key), frozenset({pupil})) for key, pupil, at in rows]


def dispose(keys: Collection[str]) -> dict[str, int]:
    """Let these cases go. Rows by table."""
    return erase(Case.objects.filter(uuid__in=list(keys)))


def file_of(row: Model, folder: Path) -> tuple[str, bytes] | None:
    """What the row's file is called and holds; None for rows without one. Raises OSError and secrets.Unreadable."""
    if not isinstance(row, Document) or row.removed_at:
        return None
    kept = documents.place(folder, row.uuid).read_bytes()
    return row.name, secrets.open_bytes(kept, documents.PURPOSE, row.uuid)


def measures_ended_before(day: date) -> list[Item]:
    """The social measures that ended before `day`. One query."""
    rows = SocialMeasure.objects.filter(until__lt=day).values_list("pk", "pupil_id", "until")
    return [Item(until, str(pk), frozenset({pupil})) for pk, pupil, until in rows if until]


def dispose_measures(keys: Collection[str]) -> dict[str, int]:
    """Let these measures go. Rows by table."""
    return erase(SocialMeasure.objects.filter(pk__in=[int(key) for key in keys]))


def pupils_with_cases(pupil_ids: Iterable[int], *, open_only: bool = False) -> set[int]:
    """Those of the pupils who have a case, or an open one. One query."""
    rows = Case.objects.filter(pupil_id__in=list(pupil_ids))
    if open_only:
        rows = rows.filter(state=State.OPEN)
    return set(rows.values_list("pupil_id", flat=True))
