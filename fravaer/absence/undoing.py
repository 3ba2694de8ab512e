"""What did I change in this register just now, and how do I take it back?

Only one's own correction is taken back, while nobody has changed the same pupils since; taking back is a correction like any
other, with its own event, and can itself be taken back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID, uuid5

from django.db import transaction

from fravaer.absence import correcting, register, standing
from fravaer.absence.checkpoints import Checkpoint, due, halves
from fravaer.absence.models import RegisterEvent
from fravaer.absence.reasons import Mark
from fravaer.absence.register import Conflict, Entry, Receipt
from fravaer.schools.models import SchoolClass

CHANNEL = "undo"
# More than these are another register, not a slip.
MOST = 5


class NotYours(Exception):
    """There is no such correction of this register by this user that could be taken back."""


def changes(event: RegisterEvent, user_id: int | None) -> Mapping[int, Mark]:
    """What a save of a register set, by pupil, if it is a correction the user may take back; else nothing.

    Of a late pupil it is kept with the save when she had come; a save that does not say so cannot be taken back.
    """
    if user_id is None or event.user_id != user_id or event.version == 1 or len(event.pupils) > MOST:
        return {}
    if Mark.LATE in event.before and not event.came_before:
        return {}
    return {pupil: Mark(mark) for pupil, mark in zip(event.pupils, event.after, strict=True)}


def correction(
    key: UUID, school_class: SchoolClass, day: date, checkpoint: Checkpoint, user_id: int
) -> RegisterEvent:
    """The user's own correction that was saved with `key`. Raises NotYours."""
    saves = RegisterEvent.objects.filter(school_class=school_class, day=day, checkpoint=checkpoint)
    event = saves.filter(key=key).first()
    if event is None or not changes(event, user_id):
        raise NotYours
    return event


def key_of(event: RegisterEvent) -> UUID:
    """The key of the save that takes this one back."""
    return uuid5(event.key, CHANNEL)


@transaction.atomic
def undo(
    event: RegisterEvent,
    school_class: SchoolClass,
    *,
    user_id: int,
    role: str,
    now: datetime,
    today: date,
) -> Receipt:
    """Take back a correction of one's own (see `correction`), times of arrival included. Twice is once.

    Raises Conflict when somebody has changed one of the pupils since, or all of them have left the class, and what
    `register.change` raises.
    """
    day, checkpoint = event.day, Checkpoint(event.checkpoint)
    register.lock(school_class.pk)
    key = key_of(event)
    stands, undone = standing.state_and_save(school_class.pk, day, checkpoint, key, today)
    if undone is not None:
        return register.replayed(key, school_class.pk, day, checkpoint)
    before = {
        pupil: Mark(mark)
        for pupil, mark in zip(event.pupils, event.before, strict=True)
        if pupil in stands.marks
    }
    came = zip(event.pupils, event.came_before, strict=False)
    times = {pupil: at for pupil, at in came if at is not None and before.get(pupil) is Mark.LATE}
    differences = standing.differing(stands, before, times)
    behind = event.version != stands.version
    touched = behind and correcting.touched_since(
        school_class.pk, day, checkpoint, event.version, event.pupils
    )
    if touched or not differences:
        raise Conflict(differences, stands)
    entry = Entry(
        key, school_class.pk, school_class.school_id, day, checkpoint,
        halves(school_class.year_group, checkpoint, stands.half_days), user_id, role, now, None, CHANNEL,
        event.because,
    )  # fmt: skip
    both = len(due(school_class.year_group, stands.half_days)) > 1
    digest = register.digest_of(before, times, {})
    return register.change(entry, stands, before, times, differences, {}, digest, both_checkpoints=both)
