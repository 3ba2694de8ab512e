"""Who is to act on this child, before there is a case?

The only writer of assignments: one person a pupil at a time. Being assigned is not having acted. Assigned can be whoever
works with pupils over a line at the pupil's school.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from fravaer.accounts import grants
from fravaer.accounts.roles import Action, Role
from fravaer.audit import trail
from fravaer.cases.models import Assignment
from fravaer.core.scope import Scope
from fravaer.schools.models import Pupil

ROLES = (Role.LEADER, Role.INCLUSION, Role.SOCIAL_WORKER)


class NotHers(Exception):
    """The person does not work with pupils over a line at the pupil's school."""


def people(school_ids: Collection[int], at: datetime) -> dict[int, str]:
    """Who can be asked to act at all of these schools at `at`: name by user, in the order of names."""
    found = grants.of_schools(school_ids, ROLES, at)
    everywhere = [{holder.user_id for holder in found.get(school, [])} for school in set(school_ids)]
    common = set.intersection(*everywhere) if everywhere else set()
    names = {holder.user_id: holder.name for holders in found.values() for holder in holders}
    return dict(sorted(((user, names[user]) for user in common), key=lambda one: (one[1], one[0])))


def of_pupils(pupil_ids: Collection[int]) -> dict[int, Assignment]:
    """Each pupil's standing assignment. One query."""
    rows = Assignment.objects.filter(pupil_id__in=pupil_ids, ended_at=None).select_related("user")
    return {row.pupil_id: row for row in rows}


@transaction.atomic
def assign(
    scope: Scope, now: datetime, *, pupil_id: int, school_id: int | None, user_id: int | None
) -> Assignment | None:
    """Ask a person to act on a pupil visible to the actor, or with None nobody. Asking the same person again changes nothing.

    Raises NotHers when she does not work at the pupil's school.
    """
    if scope.actor_id is None or not scope.may(Action.WORK_ASSIGN):
        raise PermissionError("the actor assigns nobody")
    is_self = user_id == scope.actor_id and scope.may(Action.WORK)
    if user_id is not None and not is_self and user_id not in people([school_id] if school_id else [], now):
        raise NotHers
    # Two at once about one pupil come after one another.
    Pupil.objects.select_for_update(no_key=True).get(pk=pupil_id)
    standing = Assignment.objects.filter(pupil_id=pupil_id, ended_at=None).first()
    if (standing.user_id if standing else None) == user_id:
        return standing
    if standing:
        standing.ended_at = now
        standing.save(update_fields=["ended_at"])
    made = (
        Assignment.objects.create(pupil_id=pupil_id, user_id=user_id, by_id=scope.actor_id, at=now)
        if user_id is not None
        else None
    )
    trail.changed(
        scope.actor_id,
        "pupil.assign",
        role=scope.role,
        subject="assignment",
        subject_id=made.pk if made else "",
        pupil_ids=[pupil_id],
        detail={"user": user_id},
    )
    return made
