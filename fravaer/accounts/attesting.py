"""Does everybody who has access to this unit still need it?

The only writer of attestations. Twice a year, in March and in October, whoever leads a unit is shown everyone with access to it
and says of each whether it is still needed; nobody answers for herself. When the month is over, what was given by hand and
confirmed by nobody ends, and so does whatever was asked to be withdrawn. What follows from the roster or a case is confirmed by
these every night, and ends when somebody asks for it. (ISO 27002 5.18 asks for such a review; data protection regulation
article 32.)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from fravaer.accounts import grants, overview
from fravaer.accounts.models import Attestation, Ended, Grant, Reach
from fravaer.accounts.roles import Role
from fravaer.audit import trail
from fravaer.core.scope import Scope

JOB = "job.access"
# Month and day on which the reviews of a year begin, and how long there is to answer.
BEGINS = ((3, 1), (10, 1))
OPEN_FOR = timedelta(days=31)
# For whose access each answers: the next below her, and her equals.
ANSWERS_FOR: dict[Role, frozenset[Role]] = {
    Role.LEADER: frozenset(
        {Role.TEACHER, Role.SUBSTITUTE, Role.SECRETARY, Role.INCLUSION, Role.LEADER, Role.ACCESS_ADMIN}
    ),
    Role.SOCIAL_LEADER: frozenset({Role.SOCIAL_WORKER, Role.SOCIAL_LEADER}),
    Role.AREA_MANAGER: frozenset(
        {Role.LEADER, Role.AREA_MANAGER, Role.CHIEF, Role.ACCESS_ADMIN, Role.CONTROLLER}
    ),
    Role.SOCIAL_MANAGER: frozenset({Role.SOCIAL_LEADER, Role.SOCIAL_MANAGER}),
}
# What nobody but a person confirms.
BY_HAND = ("manual", "delegation")


class NotOpen(Exception):
    """No review is going on."""


class NotHers(Exception):
    """The grant is her own, or not one she answers for."""


@dataclass(frozen=True, slots=True)
class Review:
    """One half-yearly review: from `begins_on` up to, and without, `until`."""

    begins_on: date
    until: date

    def is_open(self, day: date) -> bool:
        return self.begins_on <= day < self.until


def review(day: date) -> Review:
    """The review going on, or else the latest one."""
    begun = [
        date(year, month, first)
        for year in (day.year - 1, day.year)
        for month, first in BEGINS
        if date(year, month, first) <= day
    ]
    return Review(begun[-1], begun[-1] + OPEN_FOR)


def next_review(day: date) -> Review:
    """The first review that begins after the day."""
    ahead = [date(year, *begins) for year in (day.year, day.year + 1) for begins in BEGINS]
    begins = next(one for one in ahead if one > day)
    return Review(begins, begins + OPEN_FOR)


def to_answer(scope: Scope, now: datetime) -> QuerySet[Grant]:
    """The grants over the actor's units she answers for: not her own, and of single pupils none."""
    return (
        overview.over(scope, now)
        .filter(role__in=ANSWERS_FOR.get(Role(scope.role), ()))
        .exclude(Q(user_id=scope.actor_id) | Q(reach=Reach.PUPIL))
    )


def answers(rows: QuerySet[Grant], of: Review) -> dict[int, Attestation]:
    """What was said of the grants in the review, by grant. One query."""
    found = Attestation.objects.filter(grant__in=rows, review_on=of.begins_on).select_related("answered_by")
    return {one.grant_id: one for one in found}


@transaction.atomic
def answer(grant_id: int, *, needed: bool, scope: Scope, now: datetime) -> Attestation:
    """Say whether the grant is still needed; saying otherwise later counts instead. Raises NotOpen and NotHers."""
    of = review(timezone.localdate(now))
    if not of.is_open(timezone.localdate(now)):
        raise NotOpen
    if not to_answer(scope, now).filter(pk=grant_id).exists():
        raise NotHers
    assert scope.actor_id is not None
    said, _new = Attestation.objects.update_or_create(
        grant_id=grant_id,
        review_on=of.begins_on,
        defaults={"needed": needed, "answered_by_id": scope.actor_id, "answered_at": now},
    )
    trail.changed(
        scope.actor_id,
        "access.attest",
        role=scope.role,
        subject="grant",
        subject_id=grant_id,
        detail={"needed": needed},
    )
    return said


@transaction.atomic
def confirm_rest(scope: Scope, now: datetime) -> int:
    """Say of all that she has not answered for that they are still needed. Returns how many. Raises NotOpen."""
    of = review(timezone.localdate(now))
    if not of.is_open(timezone.localdate(now)):
        raise NotOpen
    assert scope.actor_id is not None
    mine = to_answer(scope, now)
    said = answers(mine, of)
    made = Attestation.objects.bulk_create(
        [
            Attestation(
                grant_id=grant,
                review_on=of.begins_on,
                needed=True,
                answered_by_id=scope.actor_id,
                answered_at=now,
            )
            for grant in mine.order_by("pk").values_list("pk", flat=True)
            if grant not in said
        ],
        ignore_conflicts=True,
    )
    trail.changed(
        scope.actor_id,
        "access.attest",
        role=scope.role,
        subject="review",
        subject_id=of.begins_on,
        detail={"needed": True, "grants": ", ".join(str(one.grant_id) for one in made)},
    )
    return len(made)


def lapse(now: datetime) -> int:
    """End what the latest finished review did not confirm. Returns how many grants ended; doing it again ends none more."""
    today = timezone.localdate(now)
    of = review(today)
    if of.is_open(today):
        return 0
    began = timezone.make_aware(datetime.combine(of.begins_on, time()))
    said = {
        one.grant_id: one.needed
        for one in Attestation.objects.filter(review_on=of.begins_on, grant__revoked_at=None)
    }
    due = Grant.objects.filter(revoked_at=None, valid_until__gt=now, valid_from__lt=began)
    ended = 0
    asked = [grant for grant, needed in said.items() if not needed]
    for grant in due.filter(Q(origin__in=BY_HAND) | Q(pk__in=asked)).order_by("pk"):
        if said.get(grant.pk):
            continue
        because = Ended.NOT_CONFIRMED if grant.pk in said else Ended.UNCONFIRMED
        ended += grants.revoke(grant.pk, because=because, now=now, actor_id=None, role=JOB)
    return ended
