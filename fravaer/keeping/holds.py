"""Of which children, and of which kinds of data, is nothing to be disposed of for the time being?

The only writer of holds. A hold protects from the moment one controller places it; to lift it takes two, because what is gone
does not come back. A claim, a complaint, an inspection or a request for access are such reasons.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q, QuerySet

from fravaer.accounts import emergency
from fravaer.audit import trail
from fravaer.core.scope import Scope
from fravaer.keeping.models import Hold


class NoSuchChild(Exception):
    """No child, or several, of this exact name and birth date."""


class SamePerson(Exception):
    """Who asked for a hold to be lifted does not lift it."""


class Lifted(Exception):
    """The hold was lifted already."""


def standing(among: QuerySet[Hold]) -> QuerySet[Hold]:
    """Those in force, the newest first, with who placed them."""
    return among.filter(lifted_at=None).select_related("placed_by", "lift_asked_by").order_by("-placed_at")


def pupils(kind: str) -> frozenset[int]:
    """The children of whom nothing of this kind is disposed of. One query."""
    rows = Hold.objects.filter(Q(kind="") | Q(kind=kind), lifted_at=None, pupil__isnull=False)
    return frozenset(rows.values_list("pupil_id", flat=True))


def whole(kind: str) -> bool:
    """Whether nothing of this kind is disposed of at all. One query."""
    return Hold.objects.filter(kind=kind, pupil=None, lifted_at=None).exists()


def place(*, name: str, birth_on: date | None, kind: str, reason: str, scope: Scope, now: datetime) -> Hold:
    """Hold one child by exact name and birth date, or a whole kind where none is named. Raises NoSuchChild."""
    assert scope.actor_id is not None
    pupil = None
    if name:
        pupil = emergency.exactly(emergency.Named(name, birth_on)) if birth_on else None
        if pupil is None:
            raise NoSuchChild
    made = Hold.objects.create(
        pupil=pupil, kind=kind, reason=reason, placed_by_id=scope.actor_id, placed_at=now
    )
    _note(made, "keeping.hold.place", scope)
    return made


def ask_to_lift(hold: Hold, scope: Scope, now: datetime) -> None:
    """Ask somebody else to lift the hold. Raises Lifted."""
    moved = Hold.objects.filter(pk=hold.pk, lifted_at=None).update(
        lift_asked_by=scope.actor_id, lift_asked_at=now
    )
    if not moved:
        raise Lifted
    _note(hold, "keeping.hold.ask", scope)


def lift(hold: Hold, scope: Scope, now: datetime) -> None:
    """Lift the hold somebody else has asked to be lifted. Raises SamePerson and Lifted."""
    if hold.lift_asked_by_id in {None, scope.actor_id}:
        raise SamePerson
    moved = Hold.objects.filter(pk=hold.pk, lifted_at=None, lift_asked_by=hold.lift_asked_by_id).update(
        lifted_by=scope.actor_id, lifted_at=now
    )
    if not moved:
        raise Lifted
    _note(hold, "keeping.hold.lift", scope)


def _note(hold: Hold, what: str, scope: Scope) -> None:
    trail.changed(
        scope.actor_id,
        what,
        role=scope.role,
        subject="hold",
        subject_id=hold.uuid,
        pupil_ids=[hold.pupil_id] if hold.pupil_id else [],
        detail={"kind": hold.kind},
    )
