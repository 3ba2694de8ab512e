"""Who acts for somebody who is away, and until when?

A leader lends some of what she holds herself to a colleague: for six weeks at most, never longer than her own access lasts, and
never what was lent to her. What is lent ends with what it was lent from, whatever ends that. The grants themselves, and the
ends of those lent, are written by `grants`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from fravaer.accounts import grants
from fravaer.accounts.models import Ended, Grant, Reach
from fravaer.accounts.models.granted import LONGEST
from fravaer.accounts.roles import Role
from fravaer.accounts.terms import TooLong
from fravaer.audit import trail
from fravaer.core.scope import Scope

ORIGIN = "delegation"
LONGEST_TERM = LONGEST[ORIGIN]


class NotHers(Exception):
    """Not a grant of the actor's own, or one that was lent to her."""


class ToHerself(Exception):
    """Nobody lends to herself."""


def own(scope: Scope) -> QuerySet[Grant]:
    """What the actor may lend in the role she acts in: her own, but for cases and for what is lent to her."""
    mine = Grant.objects.filter(pk__in=scope.grant_ids).exclude(origin__in=[ORIGIN, "break_glass"])
    return (
        mine.exclude(reach=Reach.PUPIL)
        .select_related("area", "school", "school_class__school")
        .order_by("role", "school__sort_name", "pk")
    )


@transaction.atomic
def lend(
    scope: Scope, *, to_id: int, grant_ids: Collection[int], until: datetime, reason: str, now: datetime
) -> list[Grant]:
    """Lend these of the actor's grants to a colleague. All of them or none.

    Raises NotHers, ToHerself, and terms.TooLong when it would last beyond six weeks or beyond the actor's own access.
    """
    if to_id == scope.actor_id:
        raise ToHerself
    mine = list(own(scope).filter(pk__in=grant_ids, valid_until__gt=now).select_for_update(of=("self",)))
    if not mine or {grant.pk for grant in mine} != set(grant_ids):
        raise NotHers
    made = []
    for grant in mine:
        if not now < until <= grant.valid_until:
            raise TooLong("what is lent lasts no longer than what it is lent from")
        made.append(
            grants.give(
                user_id=to_id,
                role=Role(grant.role),
                reach=Reach(grant.reach),
                unit_id=grant.area_id or grant.school_id or grant.school_class_id,
                origin=ORIGIN,
                origin_ref=str(grant.pk),
                reason=reason,
                valid_from=now,
                valid_until=until,
                granted_by_id=scope.actor_id,
                lent_from=grant,
            )
        )
    trail.changed(
        scope.actor_id,
        "grant.lend",
        role=scope.role,
        subject="user",
        subject_id=to_id,
        detail={"to": to_id, "grants": ", ".join(str(grant.pk) for grant in made)},
    )
    return made


def lent(scope: Scope, now: datetime) -> QuerySet[Grant]:
    """What the actor has lent and others hold now, the soonest to end first."""
    rows = Grant.objects.filter(
        origin=ORIGIN, granted_by_id=scope.actor_id, revoked_at=None, valid_until__gt=now
    )
    return rows.select_related("user", "area", "school", "school_class__school").order_by("valid_until", "pk")


def take_back(grant_id: int, scope: Scope, now: datetime) -> bool:
    """End what the actor has lent, at once. False when there is no such."""
    if not lent(scope, now).filter(pk=grant_id).exists():
        return False
    return grants.revoke(grant_id, because=Ended.NO_NEED, now=now, actor_id=scope.actor_id, role=scope.role)
