"""Samples and hits to ask about."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from uuid import UUID

from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.core.scope import Scope
from fravaer.oversight import insight
from fravaer.oversight.models import Hit, Insight, Kind, Sample, Side
from fravaer.schools.models import Pupil, School
from tests import factories
from tests.cast import DAY, MORNING

MONDAY = date(2026, 3, 9)
_event = count(1_000_000)


def sample_of(school: School, pupil: Pupil, actor: User | None = None) -> UUID:
    """A reading of the pupil that waits for either leader's answer."""
    psychologist = actor or factories.user("Pia Psykolog", email=f"ppr{next(_event)}@fjordby.invalid")
    return Sample.objects.create(
        week_on=MONDAY - timedelta(days=7),
        school=school,
        side=Side.EITHER,
        event_id=next(_event),
        read_at=MORNING - timedelta(days=7),
        actor=psychologist,
        role=Role.PSYCHOLOGIST,
        page="pupil",
        pupil_ids=[pupil.pk],
        due_on=DAY + timedelta(days=3),
    ).uuid


def hit_of(actor: User) -> UUID:
    """Somebody looked at night."""
    return Hit.objects.create(
        kind=Kind.NIGHT,
        day=DAY,
        actor=actor,
        role=Role.TEACHER,
        event_id=next(_event),
        pupils=2,
        found_at=MORNING,
    ).uuid


def insight_of(pupil: Pupil, school: School, *, released: bool = False) -> UUID:
    """Somebody has asked what is held about the child; every side has looked through what there is, or nobody has yet."""
    asking = factories.user("Spørger", email=f"asks{next(_event)}@fjordby.invalid")
    made = insight.ask(pupil, school.pk, None, Scope(actor_id=asking.pk, role=Role.LEADER), DAY)
    if released:
        Insight.objects.filter(pk=made.pk).update(
            school_by=asking,
            school_at=MORNING,
            social_by=asking,
            social_at=MORNING,
            ppr_by=asking,
            ppr_at=MORNING,
        )
        other = factories.user("Udleverer", email=f"gives{next(_event)}@fjordby.invalid")
        insight.release(made, Scope(actor_id=other.pk, role=Role.CONTROLLER), MORNING)
    return made.uuid
