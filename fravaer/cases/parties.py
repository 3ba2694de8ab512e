"""Who takes part in this case, from when until when?

Users of the product, and units and persons by name who are none (the Family House, SSP). A user who takes part sees the
pupil by it; when she no longer does, she does not. A leader adds those of the school, the leader of social workers hers, and
the coordinating psychologist hers: nobody lets in people of another domain.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from fravaer.accounts import grants
from fravaer.accounts.colleagues import Colleague, colleagues
from fravaer.accounts.models import Reach
from fravaer.accounts.roles import Action, Role
from fravaer.audit import trail
from fravaer.cases.domains import DOMAINS, Domain, may
from fravaer.cases.models import Case, Party, State, Unit
from fravaer.core.scope import Scope

# A grant always names its end. Two years outlast a case that anybody still works on; closing ends it sooner.
GRANT = timedelta(days=730)
ORIGIN = "case"

# The unit somebody belongs to in a case, by the role she takes part in.
UNITS: dict[Role, Unit] = {
    Role.LEADER: Unit.INCLUSION,
    Role.INCLUSION: Unit.INCLUSION,
    Role.SOCIAL_WORKER: Unit.SOCIAL,
    Role.SOCIAL_LEADER: Unit.SOCIAL,
    Role.CONSULTANT: Unit.SOCIAL,
    Role.PSYCHOLOGIST: Unit.PPR,
    Role.CHIEF: Unit.OTHER,
}
# Whom each role lets in.
ADDS: dict[Role, tuple[Role, ...]] = {
    Role.LEADER: (Role.INCLUSION,),
    Role.SOCIAL_LEADER: (Role.SOCIAL_WORKER, Role.CONSULTANT),
    Role.PSYCHOLOGIST: (Role.PSYCHOLOGIST,),
}
# Units whose people are no users of the product as a rule: they take part by name.
BY_NAME = (
    Unit.FAMILY_HOUSE,
    Unit.SSP,
    Unit.ADVICE,
    Unit.SUBSTANCE,
    Unit.KUI,
    Unit.HOTSPOT,
    Unit.OTHER,
)
# Roles that work at the pupil's school alone.
AT_SCHOOL = frozenset({Role.LEADER, Role.INCLUSION, Role.SOCIAL_WORKER})


class NotYours(Exception):
    """The actor does not let people of this role in, or out of, the case."""


class Closed(Exception):
    """The case has been closed: nobody is let in any more."""


def of(case: Case) -> Sequence[Party]:
    """Everybody who takes or took part in the case, those who still do first, the coordinator before the others."""
    found = Party.objects.filter(case=case).select_related("user")
    return sorted(found, key=lambda one: (one.until is not None, not one.coordinates, one.since, one.pk))


def named(case: Case, party_id: int) -> Party | None:
    """The party of the case that an address names, or None."""
    return Party.objects.filter(case=case, pk=party_id).select_related("case").first()


def users(case: Case) -> set[int]:
    """The users who take part in the case now."""
    return set(
        Party.objects.filter(case=case, until=None).exclude(user=None).values_list("user_id", flat=True)
    )


def candidates(case: Case, scope: Scope, now: datetime, school_id: int | None) -> list[Colleague]:
    """Whom the actor can let in: people of the roles she lets in who do not take part yet."""
    roles = ADDS.get(Role(scope.role), ())
    return [one for one in of_roles(roles, now, school_id) if one.user_id not in users(case)]


def of_roles(roles: Sequence[Role], now: datetime, school_id: int | None) -> list[Colleague]:
    """People of the roles: those of the pupil's school where the role is bound to one."""
    here = colleagues([role for role in roles if role in AT_SCHOOL], now, school_id=school_id)
    anywhere = colleagues([role for role in roles if role not in AT_SCHOOL], now)
    return sorted([*here, *anywhere])


@transaction.atomic
def add(
    case: Case,
    scope: Scope,
    now: datetime,
    *,
    colleague: Colleague | None = None,
    unit: Unit | None = None,
    name: str = "",
) -> None:
    """Let a colleague take part, or note a unit's person by name. Twice is once.

    Raises Closed, or NotYours for a colleague of a role the actor does not let in and a unit that is not named only.
    """
    if not may(scope, Action.CASE_PARTIES, case.pupil_id):
        raise PermissionError("the actor lets nobody into this case")
    held = Case.objects.select_for_update().get(pk=case.pk)
    if held.state != State.OPEN:
        raise Closed
    if colleague is not None:
        if colleague.role not in ADDS.get(Role(scope.role), ()):
            raise NotYours
        let_in(held, colleague.user_id, colleague.role, scope, now)
        return
    if unit not in BY_NAME or not name.strip():
        raise NotYours
    if scope.actor_id is None:
        raise ValueError("somebody adds a party")
    Party.objects.get_or_create(
        case=held,
        user=None,
        unit=unit,
        name=name.strip(),
        until=None,
        defaults={
            "domain": DOMAINS[Role(scope.role)][0],
            "since": timezone.localdate(now),
            "added_by_id": scope.actor_id,
            "added_at": now,
        },
    )
    _note("party.add", held, scope, {"unit": unit})


@transaction.atomic
def end(party: Party, scope: Scope, now: datetime) -> None:
    """Let somebody take part no longer; a user's grant goes at once. Twice is once.

    Raises NotYours for people of another domain, and for who is responsible: first another is made so.
    """
    if not may(scope, Action.CASE_PARTIES, party.case.pupil_id):
        raise PermissionError("the actor lets nobody out of this case")
    held = Case.objects.select_for_update().get(pk=party.case_id)
    if party.domain != manages(scope) or party.user_id == held.responsible_id:
        raise NotYours
    let_out(held, scope, now, party_id=party.pk)


def manages(scope: Scope) -> Domain | None:
    """The domain whose parties the actor's role adds and ends; None for roles that do neither."""
    role = Role(scope.role) if scope.role else None
    return DOMAINS[role][0] if role in ADDS else None


def let_in(
    case: Case,
    user_id: int,
    role: Role,
    scope: Scope,
    now: datetime,
    *,
    coordinates: bool = False,
    unit: Unit | None = None,
) -> None:
    """Let the user take part in a case the caller holds, in this role: a party, and the grant that opens the pupil to her."""
    # First, so that what follows is hers to write behind the second wall as well.
    show(case, user_id, role, scope, now)
    party, made = Party.objects.get_or_create(
        case=case,
        user_id=user_id,
        until=None,
        defaults={
            "unit": unit or UNITS[role],
            "domain": DOMAINS[role][0],
            "since": timezone.localdate(now),
            "added_by_id": scope.actor_id or user_id,
            "added_at": now,
        },
    )
    if coordinates and not party.coordinates:
        Party.objects.filter(case=case, coordinates=True).update(coordinates=False)
        party.coordinates = True
        party.save(update_fields=["coordinates"])
    if made:
        _note("party.add", case, scope, {"user": user_id, "role": role})


def show(case: Case, user_id: int, role: Role, scope: Scope, now: datetime) -> None:
    """Open the pupil of the case to the user in this role, without her taking part: it is put before her."""
    grants.give(
        user_id=user_id,
        role=role,
        reach=Reach.PUPIL,
        unit_id=case.pupil_id,
        origin=ORIGIN,
        origin_ref=str(case.uuid),
        valid_from=now,
        valid_until=now + GRANT,
        granted_by_id=scope.actor_id,
    )


def hide(case: Case, user_id: int, scope: Scope, now: datetime) -> None:
    """Take back what `show` opened, unless the user takes part in the case."""
    if user_id not in users(case):
        grants.withdraw(
            origin=ORIGIN, origin_ref=str(case.uuid), now=now, actor_id=scope.actor_id, user_id=user_id
        )


def let_out(case: Case, scope: Scope, now: datetime, *, party_id: int) -> None:
    """End a party of a case the caller holds, and the grant with it."""
    party = Party.objects.get(pk=party_id)
    if party.until is not None:
        return
    party.until = max(timezone.localdate(now), party.since)
    party.coordinates = False
    party.save(update_fields=["until", "coordinates"])
    if party.user_id:
        hide(case, party.user_id, scope, now)
    _note("party.end", case, scope, {"user": party.user_id or 0, "unit": party.unit})


def prolong(case: Case, scope: Scope, now: datetime) -> None:
    """Let the grants of those who take part last as long as those of a new case: it has been opened again."""
    grants.prolong(
        origin=ORIGIN,
        origin_ref=str(case.uuid),
        until=now + GRANT,
        user_ids=users(case),
        actor_id=scope.actor_id,
    )


def _note(what: str, case: Case, scope: Scope, detail: dict[str, str | int]) -> None:
    trail.changed(
        scope.actor_id,
        what,
        role=scope.role,
        subject="case",
        subject_id=case.uuid,
        pupil_ids=[case.pupil_id],
        detail=detail,
    )
