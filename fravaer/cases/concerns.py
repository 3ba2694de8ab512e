"""What worries a teacher about a child of hers, and what was she answered?

The only writer of concerns. She is answered in one of three fixed sentences and with a day, never with a word of what a case
holds; whether there is a measure does not show in any of them. The leader and the inclusion team answer.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.cases.models import Concern, ConcernAnswer
from fravaer.cases.notes import KeyReused
from fravaer.core.scope import Scope
from fravaer.schools.models import Pupil

__all__ = ["AlreadyAnswered", "KeyReused", "answer", "raise_one", "seen_by"]
LONGEST = 2_000


class AlreadyAnswered(Exception):
    """A colleague has answered it otherwise; her answer stands."""


@transaction.atomic
def raise_one(scope: Scope, now: datetime, *, pupil_id: int, text: str, key: UUID) -> Concern:
    """Raise a concern about a pupil visible to the actor. A retry raises none.

    Raises KeyReused when the form's key has raised another.
    """
    if scope.actor_id is None or not scope.may(Action.CONCERN_RAISE):
        raise PermissionError("the actor raises no concerns")
    concern, made = Concern.objects.get_or_create(
        key=key, defaults={"pupil_id": pupil_id, "text": text, "by_id": scope.actor_id, "at": now}
    )
    if not made:
        if (concern.pupil_id, concern.by_id) != (pupil_id, scope.actor_id):
            raise KeyReused
        return concern
    _note(scope, "concern.raise", concern, {})
    return concern


@transaction.atomic
def answer(concern: Concern, scope: Scope, now: datetime, *, said: ConcernAnswer) -> Concern:
    """Answer a concern visible to the actor. The same answer again changes nothing.

    Raises AlreadyAnswered when a colleague has said something else.
    """
    if scope.actor_id is None or not scope.may(Action.CONCERN_ANSWER):
        raise PermissionError("the actor answers no concerns")
    locked = Concern.objects.select_for_update().get(pk=concern.pk)
    if locked.answered_at is not None:
        if locked.answer == said:
            return locked
        raise AlreadyAnswered
    locked.answer, locked.answered_by_id, locked.answered_at = said, scope.actor_id, now
    locked.save(update_fields=["answer", "answered_by", "answered_at"])
    _note(scope, "concern.answer", locked, {"answer": said})
    return locked


def seen_by(scope: Scope, day: date) -> QuerySet[Concern]:
    """The concerns the actor may read, unanswered ones first: a teacher her own, about pupils who are hers still."""
    found = Concern.objects.filter(pupil__in=Pupil.objects.visible_to(scope, day))
    if not scope.may(Action.CONCERN_ANSWER):
        found = found.filter(by=scope.actor_id) if scope.may(Action.CONCERN_RAISE) else found.none()
    return found.select_related("pupil", "by", "answered_by").order_by(
        F("answered_at").desc(nulls_first=True), "-at", "-pk"
    )


def _note(scope: Scope, what: str, concern: Concern, detail: dict[str, str]) -> None:
    trail.changed(
        scope.actor_id,
        what,
        role=scope.role,
        subject="concern",
        subject_id=concern.uuid,
        pupil_ids=[concern.pupil_id],
        detail=detail,
    )
