"""When has a leader agreed that a pupil is not expected at school?

A gradual return: on some weekdays, or on one half of them, the pupil is at home by agreement. That time is entered as planned
beforehand, so that whoever takes the register finds it filled in, and it counts as the school's own activity, never as
absence. Who stays away from what was agreed is absent as anybody else. A leader decides, and nobody else changes it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.dates import WEEKDAYS

from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Known
from fravaer.absence.reasons import Source
from fravaer.audit import trail
from fravaer.core.periods import Period
from fravaer.core.scope import Scope
from fravaer.schools.models import Pupil


@transaction.atomic
def enter(
    *,
    key: UUID,
    pupil_id: int,
    period: Period,
    at_home: Mapping[int, Checkpoint | None],
    text: str,
    scope: Scope,
    now: datetime,
) -> list[UUID]:
    """Enter the agreed time at home of each week in the period, shown as `text`. Returns what was entered, to take it back by.

    `at_home` says of an ISO weekday which noting of the day finds the pupil at home; None is the whole day. The same key
    again enters nothing anew.
    """
    Pupil.objects.select_for_update(no_key=True).get(pk=pupil_id)
    parts: dict[Checkpoint | None, list[int]] = defaultdict(list)
    for weekday, checkpoint in sorted(at_home.items()):
        parts[checkpoint].append(weekday)
    entered = []
    for part, weekdays in parts.items():
        uuid = uuid5(key, part.name if part else "day")
        if not Known.objects.filter(uuid=uuid).exists():
            row = Known.objects.create(
                uuid=uuid,
                pupil_id=pupil_id,
                since=period.since,
                until=period.until,
                weekdays=weekdays,
                checkpoint=part,
                kind=Known.Kind.ACTIVITY,
                state=Known.State.STANDS,
                source=Source.LEADER,
                text=text,
                entered_at=now,
                entered_by_id=scope.actor_id,
                decided_at=now,
                decided_by_id=scope.actor_id,
            )
            _trail(scope, "known.agree", row)
        entered.append(uuid)
    return entered


@transaction.atomic
def take_back(uuids: Collection[UUID], *, since: date, scope: Scope) -> None:
    """Let what was agreed hold no longer from `since` on; the days before stay as they were. Doing it twice changes nothing."""
    rows = Known.objects.select_for_update().filter(uuid__in=uuids, state=Known.State.STANDS, until__gt=since)
    for row in rows.order_by("pk"):
        if row.since >= since:
            row.state = Known.State.WITHDRAWN
        else:
            row.until = since
        row.save(update_fields=["state", "until"])
        _trail(scope, "known.agree_end", row)


def days_of(known: Known, days: Collection[date]) -> list[date]:
    """Those of the days on which it holds."""
    return [day for day in days if not known.weekdays or day.isoweekday() in known.weekdays]


def words(known: Known) -> str:
    """`mandag, onsdag · Morgen`, of what holds on a part of the week alone; else nothing."""
    if not known.weekdays:
        return ""
    named = ", ".join(str(WEEKDAYS[weekday - 1]) for weekday in known.weekdays)
    return f"{named} · {Checkpoint(known.checkpoint).label}" if known.checkpoint else named


def _trail(scope: Scope, action: str, row: Known) -> None:
    trail.changed(
        scope.actor_id,
        action,
        role=scope.role,
        subject="known",
        subject_id=row.uuid,
        pupil_ids=[row.pupil_id] if row.pupil_id else [],
        detail={"since": row.since.isoformat(), "until": row.until.isoformat()},
    )
