"""Who asked for a triage now, and how far is it?

A row for each time somebody asked; a job that carries its id claims it and counts. Asking while one is open gives that one.
A job that was lost leaves its row to the next. Counted are whole days: up to and including the last school day before today,
as at night.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from fravaer.audit import trail
from fravaer.cases import assignment, triage
from fravaer.cases.models import Recount
from fravaer.cases.rulebook import RulesDisagree
from fravaer.core.scope import Scope

# A job that has not ended after so long is taken for lost.
LOST = timedelta(minutes=15)
HAS_PASSED, DISAGREE = "has-passed", "disagree"


def ask(scope: Scope, day: date, now: datetime) -> Recount:
    """Ask for everybody to be counted up to and including `day`; the one that is open already, if there is one."""
    last = triage.latest()
    day = max(day, last.day) if last else day
    try:
        with transaction.atomic():
            assert scope.actor_id is not None
            made = Recount.objects.create(asked_by_id=scope.actor_id, asked_at=now, day=day)
            trail.changed(
                scope.actor_id, "triage.ask", role=scope.role, subject="triage", subject_id=made.uuid
            )
            return made
    except IntegrityError:
        return Recount.objects.get(day=day, ended_at=None)


def waiting(now: datetime) -> list[int]:
    """Recounts that nobody has begun, or whose job was lost."""
    return list(Recount.objects.filter(_free(now), ended_at=None).order_by("pk").values_list("pk", flat=True))


def carry_out(recount_id: int, now: datetime) -> bool:
    """Count, if this recount waits and nobody else does. Whether it was done here."""
    if not Recount.objects.filter(_free(now), pk=recount_id, ended_at=None).update(begun_at=now):
        return False
    recount = Recount.objects.get(pk=recount_id)
    failure = ""
    try:
        triage.run(recount.day, now)
        assignment.hand_out(recount.day, now)
    except triage.DayHasPassed:
        # The night has counted a later day meanwhile: more than was asked for.
        failure = HAS_PASSED
    except RulesDisagree:
        failure = DISAGREE
    Recount.objects.filter(pk=recount_id).update(ended_at=now, failure=failure)
    return True


def of(uuid: UUID) -> Recount | None:
    """The one with this id."""
    return Recount.objects.select_related("asked_by").filter(uuid=uuid).first()


def latest() -> Recount | None:
    """The latest that was asked for."""
    return Recount.objects.select_related("asked_by").order_by("-pk").first()


def _free(now: datetime) -> Q:
    return Q(begun_at=None) | Q(begun_at__lt=now - LOST)
