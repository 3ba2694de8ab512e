"""Who looked at this pupil, and who changed what?

The only writer of the trail. Entries carry ids and words of our own vocabulary, never names, reasons or free text.
Legal basis: a public employee may only see what the task needs, and access is logged and checked by sampling
(forvaltningsloven § 32; data protection regulation article 32).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from fravaer.audit.models import Event
from fravaer.core.scope import Scope

Detail = Mapping[str, str | int | bool | None]


def saw(scope: Scope, what: str, pupil_ids: Iterable[int], *, subject_id: object = "") -> None:
    """Note that the actor was shown these pupils on `what` (the name of a page)."""
    Event.objects.create(
        actor_id=scope.actor_id,
        role=scope.role,
        action="read",
        subject=what,
        subject_id=str(subject_id),
        pupil_ids=sorted(set(pupil_ids)),
    )


def changed(
    actor_id: int | None,
    action: str,
    *,
    role: str = "",
    subject: str = "",
    subject_id: object = "",
    pupil_ids: Iterable[int] = (),
    detail: Detail | None = None,
) -> None:
    """Note a change, in the same transaction as the change. `actor_id` None is a named job (`role` = "job.…")."""
    Event.objects.create(
        actor_id=actor_id,
        role=role,
        action=action,
        subject=subject,
        subject_id=str(subject_id),
        pupil_ids=sorted(set(pupil_ids)),
        detail=dict(detail or {}),
    )


def last_saw(actor_id: int | None, what: str, before: datetime) -> datetime | None:
    """When the actor was last shown somebody on `what`, before a moment; None when she never was."""
    found = Event.objects.filter(actor_id=actor_id, action="read", subject=what, at__lt=before)
    return found.order_by("-at").values_list("at", flat=True).first()


def readers_of(pupil_id: int) -> list[Event]:
    """The readings of one pupil, newest first."""
    return list(Event.objects.filter(action="read", pupil_ids__contains=[pupil_id]).order_by("-at", "-id"))


def about(pupil_id: int, subject_id: object, most: int = 300) -> list[Event]:
    """The latest readings and changes of one thing that concerns one pupil, the newest first."""
    found = Event.objects.filter(pupil_ids__contains=[pupil_id], subject_id=str(subject_id))
    return list(found.order_by("-at", "-id")[:most])
