"""Which child rests until when, and why?

The only writer of snoozes. A snooze has a reason and an end, and one pupil rests by one at a time. It remembers how high the
pupil stood: a higher line brings her back before the day, and so does whoever ends it.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max, QuerySet

from fravaer.audit import trail
from fravaer.cases.agreed import may_work
from fravaer.cases.models import Crossing, Snooze, SnoozeReason
from fravaer.cases.notes import KeyReused
from fravaer.core.scope import Scope
from fravaer.schools.models import Pupil

__all__ = ["KeyReused", "NotOver", "of_pupil", "snooze", "wake"]
LONGEST = 500
# Nobody rests longer than this without somebody looking again.
LONGEST_DAYS = 90


class NotOver(Exception):
    """The pupil stands over no line any more: there is nothing to rest from."""


@transaction.atomic
def snooze(
    scope: Scope,
    now: datetime,
    *,
    pupil_id: int,
    reason: SnoozeReason,
    until: date,
    key: UUID,
    text: str = "",
) -> Snooze:
    """Take a pupil visible to the actor off the list until a day. An earlier snooze ends; a retry makes none.

    Raises NotOver when no line stands crossed, KeyReused when the form's key has made another.
    """
    if scope.actor_id is None or not may_work(scope, pupil_id):
        raise PermissionError("the actor snoozes nobody here")
    # Two at once about one pupil come after one another.
    Pupil.objects.select_for_update(no_key=True).get(pk=pupil_id)
    known = Snooze.objects.filter(key=key).first()
    if known:
        if (known.pupil_id, known.by_id) != (pupil_id, scope.actor_id):
            raise KeyReused
        return known
    height = Crossing.objects.filter(pupil_id=pupil_id, ended_on=None).aggregate(band=Max("band"))["band"]
    if height is None:
        raise NotOver
    _open_of(pupil_id).update(ended_at=now, ended_by_id=scope.actor_id)
    made = Snooze.objects.create(
        key=key,
        pupil_id=pupil_id,
        reason=reason,
        text=text,
        until=until,
        band=height,
        by_id=scope.actor_id,
        at=now,
    )
    _note(scope, "snooze.make", pupil_id, {"reason": reason, "until": until.isoformat()})
    return made


@transaction.atomic
def wake(scope: Scope, now: datetime, *, pupil_id: int) -> bool:
    """End the pupil's snooze before its day. Returns whether there was one."""
    if scope.actor_id is None or not may_work(scope, pupil_id):
        raise PermissionError("the actor wakes nobody here")
    ended = _open_of(pupil_id).update(ended_at=now, ended_by_id=scope.actor_id)
    if ended:
        _note(scope, "snooze.end", pupil_id, {})
    return bool(ended)


def of_pupil(pupil_id: int) -> QuerySet[Snooze]:
    """The pupil's snoozes, the latest first."""
    return Snooze.objects.filter(pupil_id=pupil_id).select_related("by", "ended_by").order_by("-at", "-pk")


def _open_of(pupil_id: int) -> QuerySet[Snooze]:
    return Snooze.objects.filter(pupil_id=pupil_id, ended_at=None)


def _note(scope: Scope, what: str, pupil_id: int, detail: dict[str, str]) -> None:
    trail.changed(
        scope.actor_id, what, role=scope.role, subject="snooze", pupil_ids=[pupil_id], detail=detail
    )
