"""Who has spoken with the home or the child, or about her, and when?

The only writer of contacts; they are only ever added. Speaking is not acting: a contact takes nobody off the list of those
nobody acts on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from fravaer.audit import trail
from fravaer.cases.agreed import may_work
from fravaer.cases.domains import Domain, domains, readable
from fravaer.cases.lifecycle import NotOpen
from fravaer.cases.models import Case, Contact, ContactKind, State
from fravaer.cases.notes import KeyReused
from fravaer.core.scope import Scope

__all__ = ["HOME", "KeyReused", "NotOpen", "latest", "note", "of_pupils"]
LONGEST = 2_000
# What counts as having spoken with the home or the child; a team's talk does not.
HOME = tuple(kind for kind in ContactKind if kind != ContactKind.TEAM)


@transaction.atomic
def note(
    scope: Scope,
    now: datetime,
    *,
    pupil_id: int,
    kind: ContactKind,
    held_on: date,
    key: UUID,
    text: str = "",
    domain: Domain | None = None,
    case: Case | None = None,
) -> Contact:
    """Note a contact about a pupil visible to the actor, in the domain wanted if it is hers. A retry notes none.

    Raises NotOpen when its case has been closed meanwhile, KeyReused when the form's key has noted another.
    """
    if scope.actor_id is None or not may_work(scope, pupil_id):
        raise PermissionError("the actor notes no contacts about this pupil")
    if case is not None and Case.objects.select_for_update().get(pk=case.pk).state != State.OPEN:
        raise NotOpen
    own = domains(scope)
    contact, made = Contact.objects.get_or_create(
        key=key,
        defaults={
            "pupil_id": pupil_id,
            "case": case,
            "kind": kind,
            "held_on": held_on,
            "text": text,
            "domain": domain if domain in own else Domain.SCHOOL if Domain.SCHOOL in own else own[0],
            "by_id": scope.actor_id,
            "at": now,
        },
    )
    if not made:
        if (contact.pupil_id, contact.by_id) != (pupil_id, scope.actor_id):
            raise KeyReused
        return contact
    trail.changed(
        scope.actor_id,
        "contact.note",
        role=scope.role,
        subject="contact",
        subject_id=contact.pk,
        pupil_ids=[pupil_id],
        detail={"kind": kind, "domain": contact.domain},
    )
    return contact


def of_pupils(pupil_ids: Collection[int], scope: Scope) -> QuerySet[Contact]:
    """All contacts about these pupils that the actor may read, the latest first."""
    return (
        Contact.objects.filter(readable(scope, "by_id"), pupil_id__in=pupil_ids)
        .select_related("by")
        .order_by("-held_on", "-pk")
    )


def latest(pupil_ids: Collection[int], within: Iterable[Domain] | None = None) -> dict[int, Contact]:
    """Each pupil's latest contact with home or child, of some domains or of all. One query; no entry where there is none."""
    rows = Contact.objects.filter(pupil_id__in=pupil_ids, kind__in=HOME)
    if within is not None:
        rows = rows.filter(domain__in=list(within))
    newest = rows.order_by("pupil_id", "-held_on", "-pk").distinct("pupil_id")
    return {contact.pupil_id: contact for contact in newest.select_related("by")}
