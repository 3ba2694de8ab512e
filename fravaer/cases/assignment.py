"""Who is to act on this child, before there is a case?

The only writer of assignments: one person a pupil at a time. Being assigned is not having acted. Assigned can be whoever
works with pupils over a line at the pupil's school. Whoever comes over a line of triage has somebody from the first morning:
the inclusion team for early effort, which is theirs, else the leader, else the first the rule tells (`hand_out`). People
change it as they like.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from fravaer.accounts import grants
from fravaer.accounts.grants import Holder
from fravaer.accounts.roles import Action, Role
from fravaer.audit import trail
from fravaer.cases import rules
from fravaer.cases.models import Assignment, Case, Crossing, State
from fravaer.core.scope import Scope
from fravaer.schools.models import Enrolment, Pupil

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


@transaction.atomic
def hand_out(day: date, now: datetime) -> int:
    """Give everybody over a line of triage on `day` somebody who is to act, where nobody is and no case is open.

    Where several people hold the role at a school, its pupils are shared out among them. An assignment of somebody who no
    longer works there goes to another. Returns how many were handed out; a second call hands out nothing. As many queries
    for one pupil as for a thousand.
    """
    over = _over_a_line(day)
    holders = grants.of_schools({school for school, _ in over.values()}, ROLES, now)
    standing = of_pupils(over.keys())
    gone = [
        row.pk
        for pupil, row in standing.items()
        if row.user_id not in {holder.user_id for holder in holders.get(over[pupil][0], ())}
    ]
    Assignment.objects.filter(pk__in=gone).update(ended_at=now)
    made = []
    for pupil, (school, roles) in over.items():
        if pupil in standing and standing[pupil].pk not in gone:
            continue
        people = _first_held(roles, holders.get(school, ()))
        if people:
            # The same person whenever it is worked out.
            made.append(Assignment(pupil_id=pupil, user_id=people[pupil % len(people)], by=None, at=now))
    Assignment.objects.bulk_create(made)
    if made:
        trail.changed(
            None,
            "pupil.assign",
            role="job.triage",
            subject="assignment",
            pupil_ids=sorted(row.pupil_id for row in made),
            detail={"by": "triage"},
        )
    return len(made)


def _over_a_line(day: date) -> Mapping[int, tuple[int, list[Role]]]:
    """Each pupil over a line of triage without an open case: the school of the day, and whose work it is, first come first."""
    rows = (
        Crossing.objects.filter(ended_on=None, rule__purpose=rules.Purpose.TRIAGE)
        .exclude(Exists(Case.objects.filter(pupil=OuterRef("pupil"), state=State.OPEN)))
        .order_by("pupil_id", "-band")
        .values_list("pupil_id", "band", "rule__tells")
    )
    found: dict[int, list[Role]] = {}
    for pupil, band, tells in rows:
        early = [Role.INCLUSION] if band == rules.EARLY_EFFORT.band else []
        found.setdefault(pupil, list(dict.fromkeys([*early, Role.LEADER, *(Role(one) for one in tells)])))
    schools = dict(
        Enrolment.objects.filter(pupil__in=found, starts_on__lte=day, until__gt=day).values_list(
            "pupil_id", "school_class__school_id"
        )
    )
    return {pupil: (schools[pupil], roles) for pupil, roles in found.items() if pupil in schools}


def _first_held(roles: Collection[Role], holders: Collection[Holder]) -> list[int]:
    """Who holds the first of the roles that anybody holds."""
    for role in roles:
        if found := [holder.user_id for holder in holders if holder.role == role]:
            return found
    return []
