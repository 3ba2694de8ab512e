"""Does it still hold some weeks after the case was closed?

Closing a case makes one look at it, eight weeks later, by whoever was responsible. She says whether what was reached holds,
and may open the case again. The only writer of these looks.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from fravaer.accounts import grants
from fravaer.accounts.models import Reach
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.cases.domains import may
from fravaer.cases.models import Case, FollowUp
from fravaer.core.scope import Scope

AFTER = timedelta(weeks=8)
# Who is to look sees the case until so long after the day; docs/decisions says why that is longer than others of the case do.
GRACE = timedelta(days=30)
ORIGIN = "follow_up"


class Settled(Exception):
    """Somebody has answered otherwise; her answer stands."""


@transaction.atomic
def schedule(case: Case, scope: Scope, now: datetime) -> FollowUp:
    """Make the look at a case that is being closed, eight weeks from now; the one there is when there is one.

    Whoever is responsible keeps seeing the case until a month after it, in the role she had in it.
    """
    due_on = timezone.localdate(now) + AFTER
    row, made = FollowUp.objects.get_or_create(
        case=case,
        settled_at=None,
        defaults={"due_on": due_on, "responsible_id": case.responsible_id, "made_at": now},
    )
    role = grants.roles_from(origin="case", origin_ref=str(case.uuid)).get(row.responsible_id)
    if made and role is not None:
        grants.give(
            user_id=row.responsible_id,
            role=role,
            reach=Reach.PUPIL,
            unit_id=case.pupil_id,
            origin=ORIGIN,
            origin_ref=str(case.uuid),
            valid_from=now,
            valid_until=now + AFTER + GRACE,
            granted_by_id=scope.actor_id,
        )
    return row


@transaction.atomic
def drop(case: Case, scope: Scope, now: datetime) -> None:
    """The case is open again, or put together with another: nobody looks at it later."""
    for row in FollowUp.objects.filter(case=case, settled_at=None):
        row.settled_at, row.settled_by_id = now, scope.actor_id
        row.save(update_fields=["settled_at", "settled_by"])
        grants.withdraw(origin=ORIGIN, origin_ref=str(case.uuid), now=now, actor_id=scope.actor_id)


@transaction.atomic
def settle(case: Case, scope: Scope, now: datetime, *, holds: bool, text: str = "") -> FollowUp:
    """Say whether it holds. The same answer again changes nothing.

    Raises Settled when somebody answered otherwise, DoesNotExist when there is nothing to answer, PermissionError when the
    actor is not one to look at this case.
    """
    Case.objects.select_for_update().get(pk=case.pk)
    row = FollowUp.objects.filter(case=case).order_by("-made_at", "-pk").first()
    if row is None:
        raise FollowUp.DoesNotExist
    if not may_settle(row, scope):
        raise PermissionError("the actor does not look at this case")
    if row.settled_at is not None:
        if (row.holds, row.text) != (holds, text):
            raise Settled
        return row
    row.holds, row.text, row.settled_at, row.settled_by_id = holds, text, now, scope.actor_id
    row.save(update_fields=["holds", "text", "settled_at", "settled_by"])
    # She has looked: what let her in is over, but for the page that says so.
    grants.end(origin=ORIGIN, origin_ref=str(case.uuid), at=now + timedelta(days=1), actor_id=scope.actor_id)
    trail.changed(
        scope.actor_id,
        "case.follow_up",
        role=scope.role,
        subject="case",
        subject_id=case.uuid,
        pupil_ids=[case.pupil_id],
        detail={"holds": holds},
    )
    return row


def may_settle(follow_up: FollowUp, scope: Scope) -> bool:
    """Whether the actor answers it: she is to look, takes part in the case, or leads."""
    if scope.actor_id is None:
        return False
    return follow_up.responsible_id == scope.actor_id or may(
        scope, Action.CASE_FOLLOW_UP, follow_up.case.pupil_id
    )


def of(case: Case) -> FollowUp | None:
    """The latest look at the case, answered or not."""
    rows = FollowUp.objects.filter(case=case).select_related("responsible", "settled_by", "case")
    return rows.order_by("-made_at", "-pk").first()


def waiting(scope: Scope, day: date) -> QuerySet[FollowUp]:
    """The looks due on `day` at cases the actor may see that are hers to answer, the longest due first."""
    cases = Case.objects.visible_to(scope, day)
    rows = FollowUp.objects.filter(
        case__in=cases, responsible_id=scope.actor_id, settled_at=None, due_on__lte=day
    )
    return rows.select_related("case__pupil", "responsible").order_by("due_on", "pk")
