"""What is done about several children at once?

Each of them gets what a single one would have got, with its own entry in the trail, in one transaction: all of them or none.
What is done never changes the status of a case or a step of the law. A retry of the same form does nothing again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext as _

from fravaer.cases import agreed, assignment, contacts
from fravaer.cases.domains import Domain
from fravaer.cases.models import AgreedAction, ContactKind, Deed, Kept
from fravaer.core.scope import Scope
from fravaer.schools.models import Pupil

# More than a page holds is a mistake.
MOST = 100
UNDONE_WITHIN = timedelta(hours=1)


@transaction.atomic
def assign(
    scope: Scope, now: datetime, pupils: Sequence[Pupil], schools: Mapping[int, int], *, user_id: int
) -> None:
    """Ask one person to act on all of them. `schools` are theirs by pupil. Raises assignment.NotHers."""
    for pupil in _in_turn(pupils):
        assignment.assign(scope, now, pupil_id=pupil.pk, school_id=schools.get(pupil.pk), user_id=user_id)


@transaction.atomic
def discussed(
    scope: Scope,
    now: datetime,
    pupils: Sequence[Pupil],
    *,
    held_on: date,
    text: str,
    key: UUID,
    domain: Domain | None = None,
) -> None:
    """Note that the team spoke about each of them, in the same words."""
    for pupil in _in_turn(pupils):
        contacts.note(
            scope,
            now,
            pupil_id=pupil.pk,
            kind=ContactKind.TEAM,
            held_on=held_on,
            key=uuid5(key, str(pupil.uuid)),
            text=text,
            domain=domain,
        )


@transaction.atomic
def follow_up(
    scope: Scope,
    now: datetime,
    pupils: Sequence[Pupil],
    *,
    deed: Deed,
    responsible_id: int,
    due_on: date,
    text: str,
    key: UUID,
    domain: Domain | None = None,
) -> None:
    """Agree on the same action about each of them."""
    for pupil in _in_turn(pupils):
        agreed.agree(
            scope,
            now,
            pupil_id=pupil.pk,
            deed=deed,
            responsible_id=responsible_id,
            due_on=due_on,
            key=uuid5(key, str(pupil.uuid)),
            text=text,
            domain=domain,
        )


@transaction.atomic
def take_back(scope: Scope, now: datetime, *, key: UUID) -> int:
    """Cancel the actions the actor agreed by this form within the last hour, where nobody has settled them. Returns how many."""
    mine = AgreedAction.objects.filter(
        agreed_by=scope.actor_id, agreed_at__gt=now - UNDONE_WITHIN, settled_at=None
    ).select_related("pupil")
    found = [action for action in mine if action.key == uuid5(key, str(action.pupil.uuid))]
    for action in found:
        agreed.settle(action, scope, now, kept=Kept.CANCELLED, remark=_("Taken back"))
    return len(found)


def _in_turn(pupils: Sequence[Pupil]) -> list[Pupil]:
    """Always in the same order, so that two at once never wait for each other."""
    return sorted(pupils, key=lambda pupil: pupil.pk)
