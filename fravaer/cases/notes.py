"""What has been written about this case, and who may read it?

Notes are only ever added. Each belongs to the school and social services together, to social services alone, or to the
psychologists alone; a reader gets those of her own domains and what was shared with them, and never learns how many others
there are. A restricted note is its author's; somebody of its domain opens it with a reason, and that is logged.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.cases import sharing
from fravaer.cases.domains import Domain, domains, may, reads
from fravaer.cases.lifecycle import Stale, locked, require_open, version
from fravaer.cases.models import Case, Note, Shared
from fravaer.core.scope import Scope

LONGEST = 10_000

# Why somebody opens a note that its author kept to herself.
REASONS: dict[str, str | Promise] = {
    "safety": _("I fear for the child's safety"),
    "standing_in": _("I stand in for the author"),
    "plan": _("The plan cannot be made without it"),
    "access": _("Access to the file has been asked for"),
}


class KeyReused(Exception):
    """The form's key has saved a note elsewhere: the form has been tampered with."""


def readable(case: Case, scope: Scope) -> QuerySet[Note]:
    """The notes of a case visible to the actor that she may read, the newest first."""
    return Note.objects.filter(
        sharing.visible(case, scope, Shared.NOTE), case__in=sharing.together(case)
    ).order_by("-at", "-pk")


@transaction.atomic
def add(
    case: Case,
    scope: Scope,
    now: datetime,
    *,
    text: str,
    domain: Domain | None,
    key: UUID,
    seen: int,
    restricted: bool = False,
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
        restricted=restricted,
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


def sealed(case: Case, scope: Scope) -> QuerySet[Note]:
    """Restricted notes of the actor's own domains that others wrote, without their text: she can open each with a reason."""
    if not (reads(case, scope) and may(scope, Action.CASE_NOTE, case.pupil_id)):
        return Note.objects.none()
    return (
        Note.objects.filter(case__in=sharing.together(case), domain__in=domains(scope), restricted=True)
        .exclude(author_id=scope.actor_id)
        .select_related("author")
        .defer("text")
        .order_by("-at", "-pk")
    )


def unseal(case: Case, scope: Scope, note_id: int, reason: str) -> Note | None:
    """The restricted note with its text, its opening logged before; None when the actor has no such note to open.

    Raises ValueError for an unknown reason.
    """
    if reason not in REASONS:
        raise ValueError(f"{reason!r} is no reason")
    with transaction.atomic():
        found = sealed(case, scope).filter(pk=note_id).first()
        if found is not None:
            trail.changed(
                scope.actor_id,
                "note.open",
                role=scope.role,
                subject="case",
                subject_id=case.uuid,
                pupil_ids=[case.pupil_id],
                detail={"note": note_id, "reason": reason, "domain": found.domain},
            )
    return found
