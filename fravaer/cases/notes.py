"""What has been written about this case, and who may read it?

Notes are only ever added. Each belongs to the school and social services together or to social services alone; a reader gets
those of her own domains and never learns how many others there are.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.cases.domains import Domain, domains, may
from fravaer.cases.models import Case, Note, State
from fravaer.core.scope import Scope

LONGEST = 10_000


class NotOpen(Exception):
    """The case has been closed: nothing more is written in it."""


class Stale(Exception):
    """Somebody wrote in the case since the page was made; nothing was saved."""


class KeyReused(Exception):
    """The form's key has saved a note elsewhere: the form has been tampered with."""


def reads(case: Case, scope: Scope) -> bool:
    """Whether the actor reads notes in a case visible to her: she takes part, or leads the pupil's school."""
    return case.pupil_id in scope.pupils or scope.may(Action.CASE_NOTE_UNIT)


def readable(case: Case, scope: Scope) -> QuerySet[Note]:
    """The notes of a case visible to the actor that she may read, of her own domains, the newest first."""
    if not reads(case, scope):
        return Note.objects.none()
    return Note.objects.filter(case=case, domain__in=domains(scope)).order_by("-at", "-pk")


def version(case: Case, scope: Scope) -> int:
    """How many steps and notes of the case the actor can have seen: moves with each, and tells nothing of the others."""
    return case.steps.count() + readable(case, scope).count()


@transaction.atomic
def add(
    case: Case, scope: Scope, now: datetime, *, text: str, domain: Domain | None, key: UUID, seen: int
) -> Note:
    """Add a note, in the domain wanted if it is one of the actor's and in her first otherwise. A retry adds none.

    Raises NotOpen, KeyReused, or Stale when the case's `version` is no longer the one seen.
    """
    if scope.actor_id is None or not may(scope, Action.CASE_NOTE, case.pupil_id):
        raise PermissionError("the actor writes no notes in this case")
    locked = Case.objects.select_for_update().get(pk=case.pk)
    known = Note.objects.filter(key=key).first()
    if known and (known.case_id, known.author_id) != (case.pk, scope.actor_id):
        raise KeyReused
    if known and known.text == text:
        return known
    if locked.state != State.OPEN:
        raise NotOpen
    # A note changed and sent once more by the browser's back button is a new note, and its writer looks again first.
    if known or version(locked, scope) != seen:
        raise Stale
    own = domains(scope)
    note = Note.objects.create(
        key=key,
        case=case,
        domain=domain if domain in own else own[0],
        author_id=scope.actor_id,
        at=now,
        text=text,
    )
    trail.changed(
        scope.actor_id,
        "case.note",
        role=scope.role,
        subject="case",
        subject_id=case.uuid,
        pupil_ids=[case.pupil_id],
        detail={"domain": note.domain},
    )
    return note
