"""Which access has been asked for, and who decides?

The only writer of proposals. The leader of a school, of the social workers, or an access administrator proposes a role over a
unit of hers for somebody else; a second person, an access administrator, approves or refuses it. Nobody proposes or approves
for herself, nor approves what she proposed: who tries is refused, and the trail keeps it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from fravaer.accounts import grants, terms
from fravaer.accounts.models import Grant, Proposal, Reach, User
from fravaer.accounts.models.granted import LONGEST
from fravaer.accounts.roles import Role
from fravaer.accounts.roster import UNITS
from fravaer.audit import trail
from fravaer.core.scope import Scope
from fravaer.schools.importing.canonical import Unit
from fravaer.schools.models import Area, School, SchoolClass

ORIGIN = "manual"
LONGEST_TERM = LONGEST[ORIGIN]
# A substitute is let in by the office for a day, a consultant and a psychologist case by case: not here.
BY_HAND = frozenset(role for role in Role if Unit.NONE not in UNITS[role]) - {Role.SUBSTITUTE}
# For which roles each may propose.
PROPOSES: dict[Role, frozenset[Role]] = {
    Role.LEADER: frozenset({Role.TEACHER, Role.SECRETARY, Role.LEADER, Role.INCLUSION}),
    Role.SOCIAL_LEADER: frozenset({Role.SOCIAL_WORKER, Role.SOCIAL_LEADER}),
    Role.ACCESS_ADMIN: BY_HAND,
}
REACHES = {
    Unit.CLASS: Reach.CLASS,
    Unit.SCHOOL: Reach.SCHOOL,
    Unit.AREA: Reach.AREA,
    Unit.MUNICIPALITY: Reach.MUNICIPALITY,
}


class Refused(Exception):
    """The actor may not do this to this access: it is her own, or her own proposal. The trail has it."""


class NotHers(Exception):
    """The role is not hers to propose, does not fit the unit, or the unit is not hers."""


class NotThatDay(Exception):
    """The end is not ahead, or further ahead than access by hand lasts."""


class Decided(Exception):
    """Somebody has decided it already, or its end has come."""


class NoSuchPerson(Exception):
    """No active account has this address or this name."""


class SeveralOfThatName(Exception):
    """More than one account has this name; the address tells them apart."""


def person(text: str) -> User:
    """The account meant, by its address or its holder's whole name. Raises NoSuchPerson and SeveralOfThatName."""
    text = text.strip()
    active = User.objects.filter(is_active=True)
    if found := active.filter(email__iexact=text).first():
        return found
    named = list(active.filter(name__iexact=text)[:2])
    if len(named) > 1:
        raise SeveralOfThatName
    if not named:
        raise NoSuchPerson
    return named[0]


def reaches(role: Role) -> frozenset[Reach]:
    """The kinds of unit a role can be over."""
    return frozenset(REACHES[unit] for unit in UNITS[role] if unit in REACHES)


def units(scope: Scope) -> dict[Reach, QuerySet[Any]]:
    """The units the actor may propose for, by kind."""
    return {
        Reach.AREA: Area.objects.visible_to(scope).order_by("name"),
        Reach.SCHOOL: School.objects.visible_to(scope).order_by("sort_name"),
        Reach.CLASS: SchoolClass.objects.visible_to(scope),
    }


def propose(
    scope: Scope,
    *,
    user_id: int,
    role: Role,
    reach: Reach,
    unit_id: int | None,
    reason: str,
    until: datetime,
    now: datetime,
) -> Proposal:
    """Ask for a role over a unit for somebody. Raises Refused, NotHers and NotThatDay."""
    if user_id == scope.actor_id:
        _refused("access.propose.refused", scope, "user", user_id)
    if role not in PROPOSES.get(Role(scope.role), frozenset()) or reach not in reaches(role):
        raise NotHers
    if not scope.municipality and (
        reach == Reach.MUNICIPALITY or not units(scope)[reach].filter(pk=unit_id).exists()
    ):
        raise NotHers
    if not now < until <= now + LONGEST_TERM:
        raise NotThatDay
    assert scope.actor_id is not None
    column = {} if reach == Reach.MUNICIPALITY else {grants.unit_column(reach): unit_id}
    with transaction.atomic():
        proposal = Proposal.objects.create(
            user_id=user_id,
            role=role,
            reach=reach,
            purpose=terms.purpose(role, reach),
            reason=reason,
            valid_until=until,
            proposed_by_id=scope.actor_id,
            proposed_as=scope.role,
            proposed_at=now,
            **column,
        )
        _note("access.propose", proposal, scope)
    return proposal


def waiting(scope: Scope) -> QuerySet[Proposal]:
    """The proposals about the actor's units that nobody has decided, the oldest first."""
    return _over(scope).filter(state=Proposal.State.WAITING).order_by("proposed_at", "pk")


def decided(scope: Scope, since: datetime) -> QuerySet[Proposal]:
    """Those decided since then, the latest first."""
    return _over(scope).filter(decided_at__gte=since).order_by("-decided_at", "-pk")


def approve(wanted: UUID, scope: Scope, now: datetime) -> Grant:
    """Let the person in. Raises Refused, Decided, and DoesNotExist when it is about no unit of the actor's."""
    proposal = _to_decide(wanted, scope, now)
    with transaction.atomic():
        # Whoever decides at the same moment waits here.
        proposal = Proposal.objects.select_for_update().get(pk=proposal.pk)
        if proposal.state != Proposal.State.WAITING or proposal.valid_until <= now:
            raise Decided
        unit = proposal.area_id or proposal.school_id or proposal.school_class_id
        grant = grants.give(
            user_id=proposal.user_id,
            role=Role(proposal.role),
            reach=Reach(proposal.reach),
            unit_id=unit,
            origin=ORIGIN,
            origin_ref=str(proposal.uuid),
            reason=proposal.reason,
            valid_from=now,
            valid_until=min(proposal.valid_until, now + LONGEST_TERM),
            granted_by_id=proposal.proposed_by_id,
            approved_by_id=scope.actor_id,
        )
        proposal.grant = grant
        _decide(proposal, Proposal.State.APPROVED, scope, now)
    return grant


def refuse(wanted: UUID, scope: Scope, now: datetime) -> None:
    """Say no. Raises as approve does."""
    proposal = _to_decide(wanted, scope, now, takes_two=False)
    with transaction.atomic():
        proposal = Proposal.objects.select_for_update().get(pk=proposal.pk)
        if proposal.state != Proposal.State.WAITING:
            raise Decided
        _decide(proposal, Proposal.State.REFUSED, scope, now)


def _to_decide(wanted: UUID, scope: Scope, now: datetime, *, takes_two: bool = True) -> Proposal:
    proposal = _over(scope).get(uuid=wanted)
    if proposal.user_id == scope.actor_id or (takes_two and proposal.proposed_by_id == scope.actor_id):
        _refused("access.approve.refused", scope, "proposal", proposal.uuid)
    if proposal.state != Proposal.State.WAITING or (takes_two and proposal.valid_until <= now):
        raise Decided
    return proposal


def _decide(proposal: Proposal, state: Proposal.State, scope: Scope, now: datetime) -> None:
    proposal.state, proposal.decided_by_id, proposal.decided_at = state, scope.actor_id, now
    proposal.save(update_fields=["state", "decided_by", "decided_at", "grant"])
    _note(f"access.{state.value}", proposal, scope)


def _over(scope: Scope) -> QuerySet[Proposal]:
    rows = Proposal.objects.select_related(
        *("user", "area", "school", "school_class__school", "proposed_by", "decided_by")
    )
    if scope.municipality:
        return rows
    return rows.filter(
        Q(area__in=Area.objects.visible_to(scope))
        | Q(school__in=School.objects.visible_to(scope))
        | Q(school_class__in=SchoolClass.objects.visible_to(scope))
    )


def _refused(what: str, scope: Scope, subject: str, subject_id: object) -> None:
    """Keep that somebody tried, and refuse it. Outside the transaction that would take the entry back."""
    trail.changed(scope.actor_id, what, role=scope.role, subject=subject, subject_id=subject_id)
    raise Refused


def _note(what: str, proposal: Proposal, scope: Scope) -> None:
    trail.changed(
        scope.actor_id,
        what,
        role=scope.role,
        subject="proposal",
        subject_id=proposal.uuid,
        detail={"user": proposal.user_id, "role": proposal.role, "reach": proposal.reach},
    )
