"""Whom is a person to ring, and who has been rung?

Whoever no SMS has reached stands on the list until somebody has spoken with her, the absence has been explained, or a
message has reached her after all. The only writer of calls.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from fravaer.absence import unexplained
from fravaer.audit import trail
from fravaer.core.scope import Scope
from fravaer.schools import protection
from fravaer.schools.models import Guardian, Guardianship, Pupil
from fravaer.sms import followup
from fravaer.sms.followup import ToRing
from fravaer.sms.models import Message, Ring, Withheld
from fravaer.sms.querysets import MessageQuerySet, WithheldQuerySet
from fravaer.sms.states import Kind

# The same answer by the same person within this time is one press that came twice.
SAME_PRESS = timedelta(minutes=1)
MOST_CALLS = 100

# A pupil and one of her guardians; None for whoever may be rung about her.
Key = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class Call:
    """A person has rung: who, when, and whether she spoke with anybody."""

    id: int
    pupil_id: int
    guardian_id: int | None
    by_id: int
    by: str
    at: datetime
    reached: bool
    day: date
    guardian: str = ""


@dataclass(slots=True)
class Line:
    """One guardian on the list with the calls made, the latest first. `explained`: nobody needs to be rung any more."""

    who: ToRing
    calls: list[Call] = field(default_factory=list)
    explained: bool = False
    # Nobody at all has been told about the pupil, neither by SMS nor by telephone.
    alone: bool = False

    @property
    def settled(self) -> bool:
        return self.explained or bool(self.calls and self.calls[0].reached)

    @property
    def key(self) -> Key:
        return self.who.pupil.pk, self.who.guardian.pk if self.who.guardian else None


@dataclass(frozen=True, slots=True)
class Board:
    """Those still to be rung, pupils nobody was told about first, and those who are settled."""

    waiting: list[Line]
    settled: list[Line]


def rung(day: date, school_ids: Collection[int]) -> dict[Key, list[Call]]:
    """The calls made about pupils of the schools on the day, the latest first. One query."""
    found: dict[Key, list[Call]] = defaultdict(list)
    for call in _calls(Ring.objects.filter(day=day, school_id__in=school_ids)):
        found[call.pupil_id, call.guardian_id].append(call)
    return dict(found)


def about(pupil_id: int, school_ids: Collection[int]) -> list[Call]:
    """The latest calls the schools have made about the pupil. One query."""
    return _calls(Ring.objects.filter(pupil_id=pupil_id, school_id__in=school_ids))[:MOST_CALLS]


def _calls(rows: QuerySet[Ring]) -> list[Call]:
    """The calls, the latest first."""
    return [
        Call(
            row.pk,
            row.pupil_id,
            row.guardian_id,
            row.rung_by_id,
            row.rung_by.name,
            row.rung_at,
            row.reached,
            row.day,
            protection.called(row.guardian, row.pupil),
        )
        for row in rows.select_related("rung_by", "guardian", "pupil").order_by("-rung_at", "-pk")
    ]


def board(messages: MessageQuerySet, withheld: WithheldQuerySet, day: date) -> Board:
    """The list of the day, of these messages and withholdings of it. Four queries, two where nobody is on it."""
    found = followup.to_ring(messages, withheld)
    if not found:
        return Board([], [])
    calls = rung(day, {one.school.pk for one in found})
    unsaid = unexplained.still(day, {one.pupil.pk for one in found})
    spoken_about = {key[0] for key, made in calls.items() if made[0].reached}
    lines = [
        Line(
            one,
            calls.get((one.pupil.pk, one.guardian.pk if one.guardian else None), []),
            # Good news that did not arrive is worth a call whatever the register says.
            explained=one.kind == Kind.ABSENCE and one.pupil.pk not in unsaid,
            alone=one.alone and one.pupil.pk not in spoken_about,
        )
        for one in found
    ]
    waiting = [line for line in lines if not line.settled]
    # Sorting keeps the order among equals: by school, class and given name.
    waiting.sort(key=lambda line: (not line.alone, bool(line.calls)))
    return Board(waiting, [line for line in lines if line.settled])


def to_ring(scope: Scope, day: date) -> int:
    """How many guardians of the actor's pupils are still to be rung. Four queries at most."""
    of_day = {"day": day}
    found = board(
        Message.objects.visible_to(scope).filter(**of_day),
        Withheld.objects.visible_to(scope).filter(**of_day),
        day,
    )
    return len(found.waiting)


def guardian_of(pupil_id: int, guardian_id: int) -> Guardian | None:
    """The guardian, if she is one of the pupil's."""
    found = Guardianship.objects.filter(pupil_id=pupil_id, guardian_id=guardian_id)
    held = found.select_related("guardian").first()
    return held.guardian if held else None


@transaction.atomic
def note(
    pupil_id: int,
    guardian_id: int | None,
    *,
    school_id: int,
    day: date,
    reached: bool,
    scope: Scope,
    now: datetime,
) -> int:
    """Write down that the actor has rung about the pupil's day. Returns the call's id; one press twice is one call."""
    assert scope.actor_id is not None
    # Whoever notes a call about the same pupil waits here, and finds it.
    Pupil.objects.select_for_update(no_key=True).get(pk=pupil_id)
    about = {"pupil_id": pupil_id, "guardian_id": guardian_id, "day": day, "school_id": school_id}
    latest = Ring.objects.filter(**about).order_by("-rung_at", "-pk").first()
    if (
        latest is not None
        and (latest.rung_by_id, latest.reached) == (scope.actor_id, reached)
        and now - latest.rung_at < SAME_PRESS
    ):
        return latest.pk
    made = Ring.objects.create(**about, rung_by_id=scope.actor_id, rung_at=now, reached=reached)
    trail.changed(
        scope.actor_id,
        "sms.ring",
        role=scope.role,
        subject="sms.ring",
        subject_id=made.pk,
        pupil_ids=[pupil_id],
        detail={"reached": reached},
    )
    return made.pk


@transaction.atomic
def undo(call_id: int, *, day: date, school_ids: Collection[int], scope: Scope) -> bool:
    """Take back a call of the actor's own about that day. False when there is none."""
    row = (
        Ring.objects.select_for_update()
        .filter(pk=call_id, day=day, school_id__in=school_ids, rung_by_id=scope.actor_id)
        .first()
    )
    if row is None:
        return False
    trail.changed(
        scope.actor_id,
        "sms.ring.undo",
        role=scope.role,
        subject="sms.ring",
        subject_id=call_id,
        pupil_ids=[row.pupil_id],
        detail={"reached": row.reached},
    )
    Ring.objects.filter(pk=call_id).delete()
    return True
