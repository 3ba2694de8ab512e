"""What did I change in this register just now, and how do I take it back?

Only one's own latest correction is taken back, while nobody has saved since; taking back is a correction like any other, with
its own event, and can itself be taken back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID, uuid5

from fravaer.absence import register, standing
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import RegisterEvent
from fravaer.absence.reasons import Mark
from fravaer.absence.register import Receipt
from fravaer.schools.models import SchoolClass

CHANNEL = "undo"
# More than these are another register, not a slip.
MOST = 5


class NotYours(Exception):
    """There is no such correction of this register by this user that could be taken back."""


def changes(event: RegisterEvent, user_id: int | None) -> Mapping[int, Mark]:
    """What the latest save of a register set, by pupil, if it is a correction the user may take back; else nothing.

    When somebody came is not kept with a correction, so one that took her lateness away cannot be taken back.
    """
    if user_id is None or event.user_id != user_id or event.version == 1 or len(event.pupils) > MOST:
        return {}
    if Mark.LATE in event.before:
        return {}
    return {pupil: Mark(mark) for pupil, mark in zip(event.pupils, event.after, strict=True)}


def undo(
    key: UUID,
    school_class: SchoolClass,
    day: date,
    checkpoint: Checkpoint,
    *,
    user_id: int,
    role: str,
    now: datetime,
    today: date,
) -> Receipt:
    """Take back the correction that was saved with `key`. Twice is once.

    Raises NotYours, and what `register.take` raises: Conflict when somebody has saved since.
    """
    event = RegisterEvent.objects.filter(
        key=key, school_class=school_class, day=day, checkpoint=checkpoint
    ).first()
    if event is None or not changes(event, user_id):
        raise NotYours
    stands = standing.state(school_class.pk, day, checkpoint, today=today)
    before = {
        pupil: Mark(mark)
        for pupil, mark in zip(event.pupils, event.before, strict=True)
        if pupil in stands.marks
    }
    return register.take(
        school_class_id=school_class.pk,
        school_id=school_class.school_id,
        year_group=school_class.year_group,
        day=day,
        checkpoint=checkpoint,
        marks={**stands.marks, **before},
        arrivals=stands.arrivals,
        seen_version=event.version,
        key=uuid5(key, CHANNEL),
        user_id=user_id,
        role=role,
        now=now,
        channel=CHANNEL,
        today=today,
        because=event.because,
    )
