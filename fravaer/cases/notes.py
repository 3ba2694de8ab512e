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
from fravaer.cases import sharing
from fravaer.cases.domains import Domain, domains, may
from fravaer.cases.lifecycle import Stale, locked, require_open, version
from fravaer.cases.models import Case, Note, Shared
from fravaer.core.scope import Scope

LONGEST = 10_000


class KeyReused(Exception):
    """The form's key has saved a note elsewhere: the form has been tampered with."""


def readable(case: Case, scope: Scope) -> QuerySet[Note]:
    """The notes of a case visible to the actor that she may read, the newest first."""
    return Note.objects.filter(sharing.visible(case, scope, Shared.NOTE), case=case).order_by("-at", "-pk")


@transaction.atomic
def add(
    case: Case, scope: Scope, now: datetime, *, text: str, domain: Domain | None, key: UUID, seen: int
) -> Note:
    """Add a note, in the domain wanted if it is one of the actor's and in her first otherwise. A retry adds none.

    Raises NotOpen, KeyReused, or Stale when the case's `version` is no longer the one seen.
    """
    if scope.actor_id is None or not may(scope, Action.CASE_NOTE, case.pupil_id):
        raise PermissionError("the actor writes no notes in this case")
    held = locked(case)
    known = Note.objects.filter(key=key).first()
    if known and (known.case_id, known.author_id) != (case.pk, scope.actor_id):
        raise KeyReused
    if known and known.text == text:
        return known
    require_open(held)
    # A note changed and sent once more by the browser's back button is a new note, and its writer looks again first.
    if known or version(held, scope) != seen:
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
