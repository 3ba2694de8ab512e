"""What do guardians say against a mark, and what has the school answered?

An objection stands beside the mark and changes nothing by itself: whoever may correct the register decides, and the answer
says what was decided. Legal basis: whoever a register is about may have it corrected or annotated (data protection regulation
article 16).
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from fravaer.absence.models import Objection
from fravaer.absence.reasons import Source
from fravaer.audit import trail
from fravaer.core.periods import Period
from fravaer.core.scope import Scope

LONGEST = 500


class AlreadyAnswered(Exception):
    """Somebody has answered the objection meanwhile."""


def about(pupil_id: int, period: Period) -> list[Objection]:
    """The objections to the pupil's marks of the period, the newest first. One query."""
    return list(
        Objection.objects.filter(pupil_id=pupil_id, day__gte=period.since, day__lt=period.until)
        .select_related("entered_by", "answered_by")
        .order_by("-day", "-entered_at")
    )


def one(objection_uuid: UUID, pupil_id: int) -> Objection:
    """The objection, if it is about this pupil. Raises Objection.DoesNotExist."""
    return Objection.objects.select_related("entered_by", "answered_by").get(
        uuid=objection_uuid, pupil_id=pupil_id
    )


def enter(
    pupil_id: int, day: date, *, key: UUID, source: Source, text: str, scope: Scope, now: datetime
) -> None:
    """Write down what guardians object to, and through which channel they said so. The same `key` again writes nothing."""
    assert scope.actor_id is not None
    try:
        with transaction.atomic():
            made = Objection.objects.create(
                uuid=key,
                pupil_id=pupil_id,
                day=day,
                source=source,
                text=text,
                entered_at=now,
                entered_by_id=scope.actor_id,
            )
            _note(made, "objection.enter", scope)
    except IntegrityError:
        if not Objection.objects.filter(uuid=key, pupil_id=pupil_id, day=day).exists():
            raise


@transaction.atomic
def answer(objection_uuid: UUID, pupil_id: int, *, text: str, scope: Scope, now: datetime) -> None:
    """Answer an objection, once. Raises AlreadyAnswered and Objection.DoesNotExist."""
    found = Objection.objects.select_for_update().get(uuid=objection_uuid, pupil_id=pupil_id)
    if found.answered_at is not None:
        raise AlreadyAnswered
    found.answer, found.answered_at, found.answered_by_id = text, now, scope.actor_id
    found.save(update_fields=["answer", "answered_at", "answered_by"])
    _note(found, "objection.answer", scope)


def _note(objection: Objection, action: str, scope: Scope) -> None:
    trail.changed(
        scope.actor_id,
        action,
        role=scope.role,
        subject="objection",
        subject_id=objection.uuid,
        pupil_ids=[objection.pupil_id],
        detail={"day": objection.day.isoformat()},
    )
