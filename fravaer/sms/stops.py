"""About which pupils has somebody at the school stopped the SMS, and until when?

During a long illness or after a death a message about absence is a cruelty. The office stops it by hand with a date to begin
again; why is not written here. What the roster stops (`Pupil.sms_stopped`) is the roster's. The only writer of stops.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from fravaer.audit import trail
from fravaer.core.asking import question
from fravaer.schools.models import Pupil
from fravaer.sms.models import Stop

# Longer than a school year is the roster's matter.
LONGEST = timedelta(days=366)


class Impossible(Exception):
    """The stop would end before it begins, or last longer than a stop by hand may."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A stop that holds: from `since` up to, and without, `until`, and who stopped."""

    since: date
    until: date
    by: str
    at: datetime

    @property
    def last_day(self) -> date:
        return self.until - timedelta(days=1)


def among(pupil_ids: Collection[int], day: date) -> set[int]:
    """Those of the pupils about whom nothing is sent on the day. One query."""
    return set(standing(list(pupil_ids), day))


@question
def standing(pupil_ids: list[int], day: date) -> QuerySet[Stop, int]:
    """Those of the pupils for whom a stop holds on the day."""
    rows = Stop.objects.filter(pupil_id__in=pupil_ids, since__lte=day, until__gt=day)
    return rows.values_list("pupil_id", flat=True)


def of(pupil_id: int, day: date) -> Stopped | None:
    """The stop that holds for the pupil on the day, or will."""
    row = Stop.objects.filter(pupil_id=pupil_id, until__gt=day).select_related("stopped_by").first()
    return Stopped(row.since, row.until, row.stopped_by.name, row.stopped_at) if row else None


@transaction.atomic
def stop(pupil_id: int, since: date, until: date, *, actor_id: int, role: str, now: datetime) -> None:
    """Send nothing about the pupil from `since` up to, and without, `until`; a stop that stands is moved.

    Raises Impossible.
    """
    if not since < until <= since + LONGEST:
        raise Impossible
    Pupil.objects.select_for_update(no_key=True).get(pk=pupil_id)
    Stop.objects.update_or_create(
        pupil_id=pupil_id,
        defaults={"since": since, "until": until, "stopped_by_id": actor_id, "stopped_at": now},
    )
    trail.changed(
        actor_id,
        "sms.stop_pupil",
        role=role,
        subject="pupil",
        subject_id=pupil_id,
        pupil_ids=[pupil_id],
        detail={"since": since.isoformat(), "until": until.isoformat()},
    )


@transaction.atomic
def resume(pupil_id: int, *, actor_id: int, role: str) -> bool:
    """Send about the pupil again. False when nothing was stopped."""
    gone, _what = Stop.objects.filter(pupil_id=pupil_id).delete()
    if gone:
        trail.changed(
            actor_id,
            "sms.resume_pupil",
            role=role,
            subject="pupil",
            subject_id=pupil_id,
            pupil_ids=[pupil_id],
        )
    return bool(gone)
