"""Was there a need of the work for this reading?

Every week some readings of each unit are drawn by lot, and the unit's leader answers for each within ten days: never for her
own. What she does not answer in time, or says there was no need for, goes to the controller. The only writer of samples.
Legal basis: access is logged and the log is checked by sampling (data protection regulation article 32; forvaltningsloven § 32).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

from fravaer.accounts.models import Grant
from fravaer.accounts.roles import Role
from fravaer.audit import search, trail
from fravaer.core.scope import Scope
from fravaer.oversight.models import Remark, Sample, Side, Verdict
from fravaer.schools.models import Enrolment

# Readings a week of each unit and side.
EACH_WEEK = 5
# A page with more pupils than these says little about why one of them was looked at.
MOST_PUPILS = 5
ANSWER_WITHIN = timedelta(days=10)
SIDES: dict[Role, Side] = {
    **dict.fromkeys(
        (Role.TEACHER, Role.SUBSTITUTE, Role.SECRETARY, Role.LEADER, Role.INCLUSION), Side.SCHOOL
    ),
    **dict.fromkeys((Role.SOCIAL_WORKER, Role.SOCIAL_LEADER, Role.CONSULTANT), Side.SOCIAL),
    Role.PSYCHOLOGIST: Side.EITHER,
}


class Settled(Exception):
    """Somebody has answered it meanwhile."""


def draw(
    week_on: date,
    midnight: Callable[[date], datetime],
    seed: str,
    *,
    each: int = EACH_WEEK,
) -> int:
    """Draw the samples of the week that begins on `week_on`. Returns how many; a week is drawn once for each unit."""
    since, until = midnight(week_on), midnight(week_on + timedelta(days=7))
    made = 0
    for (school_id, side), actors in _staff(week_on, since, until).items():
        with transaction.atomic():
            if Sample.objects.filter(week_on=week_on, school_id=school_id, side=side).exists():
                continue
            drawn = search.by_chance(
                since, until, actors, most_pupils=MOST_PUPILS, seed=f"{seed}{school_id}{side}", most=each
            )
            taken = set(
                Sample.objects.filter(event_id__in=[one.id for one in drawn]).values_list(
                    "event_id", flat=True
                )
            )
            rows = [
                Sample(
                    week_on=week_on,
                    school_id=school_id,
                    side=side,
                    event_id=one.id,
                    read_at=one.at,
                    actor_id=one.actor_id,
                    role=one.role,
                    page=one.subject,
                    pupil_ids=list(one.pupil_ids),
                    due_on=week_on + timedelta(days=7) + ANSWER_WITHIN,
                )
                for one in drawn
                if one.actor_id is not None and one.id not in taken
            ]
            Sample.objects.bulk_create(rows)
            made += len(rows)
    return made


def _staff(week_on: date, since: datetime, until: datetime) -> dict[tuple[int, Side], set[int]]:
    """Who held a grant at each school in the span, by the side whose leader answers for her.

    Whoever has a child by a case alone is asked about at the school the child goes to.
    """
    goes_to = Enrolment.objects.on(week_on).filter(pupil=OuterRef("pupil")).values("school_class__school_id")
    rows = (
        Grant.objects.filter(role__in=SIDES, valid_from__lt=until, valid_until__gt=since)
        .annotate(
            at_school=Coalesce(
                "school_id", "school_class__school_id", Subquery(goes_to[:1]), output_field=IntegerField()
            )
        )
        .exclude(at_school=None)
        .values_list("at_school", "role", "user_id")
    )
    found: dict[tuple[int, Side], set[int]] = defaultdict(set)
    for school_id, role, user_id in rows:
        found[school_id, SIDES[Role(role)]].add(user_id)
    return found


def answer(sample: Sample, scope: Scope, now: datetime, *, needed: bool, remark: Remark) -> None:
    """Say whether there was a need. Raises Settled when it has been answered."""
    with transaction.atomic():
        there = Sample.objects.filter(pk=sample.pk, needed=None).exclude(actor=scope.actor_id)
        if not there.update(needed=needed, remark=remark, answered_by_id=scope.actor_id, answered_at=now):
            raise Settled
        _note("sample.answer", sample, scope, needed=needed, remark=remark.value)


def settle(sample: Sample, scope: Scope, now: datetime, verdict: Verdict) -> None:
    """Say what the controller came to. Raises Settled when somebody has already, or it is about herself."""
    with transaction.atomic():
        there = Sample.objects.filter(pk=sample.pk, settled_at=None).exclude(actor=scope.actor_id)
        if not there.update(verdict=verdict, settled_by_id=scope.actor_id, settled_at=now):
            raise Settled
        _note("sample.settle", sample, scope, verdict=verdict.value)


def _note(action: str, sample: Sample, scope: Scope, **detail: str | bool) -> None:
    trail.changed(
        scope.actor_id,
        action,
        role=scope.role,
        subject="sample",
        subject_id=sample.uuid,
        detail={"event": sample.event_id, **detail},
    )
