"""How is one pupil's mark in a saved register changed at once?

A register is saved whole first: that is the legal act. After it each correction is saved by itself, by the same lock, event,
words and sums as a save of the whole. Nobody else's change of that pupil is lost unseen; what others changed of other pupils
meanwhile is in nobody's way. Legal basis: errors are corrected before the quarter ends (order on pupils' absence in the
Folkeskole, in force 1 January 2020).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from django.db import transaction

from fravaer.absence import register, saying, standing
from fravaer.absence.checkpoints import Checkpoint, due, halves
from fravaer.absence.models import RegisterEvent
from fravaer.absence.reasons import Mark
from fravaer.absence.register import Conflict, Entry, NoRegister, Receipt
from fravaer.schools.models import SchoolClass


@dataclass(frozen=True, slots=True)
class Corrected:
    """What came of one correction: the register's version before and after it, and the receipt of the save.

    Equal versions are a correction that found the mark as it wanted it; `receipt.noted` says whether a note was kept then.
    """

    before: int
    receipt: Receipt

    @property
    def changed(self) -> bool:
        return self.receipt.version != self.before


class NotTaken(Exception):
    """The register has not been saved yet: it is saved whole first."""


class Left(Exception):
    """The pupil is no longer in the class; nothing was written."""


@transaction.atomic
def correct(
    school_class: SchoolClass,
    day: date,
    checkpoint: Checkpoint,
    *,
    pupil_id: int,
    mark: Mark,
    seen_version: int,
    key: UUID,
    user_id: int | None,
    role: str,
    now: datetime,
    today: date,
    arrived_at: time | None = None,
    note: str = "",
    client_at: datetime | None = None,
    because: str = "",
) -> Corrected:
    """Set the mark of one pupil in a saved register, with the time she came and a note where there are any.

    `seen_version` is the version in which the one who corrects has seen the pupil, `key` the correction's own: a retry gets
    the same answer. Raises Conflict when somebody else has changed that pupil since, NotTaken, Left, and what
    `register.change` raises; none writes anything.
    """
    register.lock(school_class.pk)
    wanted = {pupil_id: mark}
    times = {pupil_id: arrived_at} if arrived_at and mark is Mark.LATE else {}
    notes = saying.written_beside({pupil_id: note}, wanted)
    digest = register.digest_of(wanted, times, notes)
    stands, saved_digest = standing.state_and_save(school_class.pk, day, checkpoint, key, today)
    if saved_digest == digest:
        receipt = register.replayed(key, school_class.pk, day, checkpoint)
        return Corrected(receipt.version - 1, receipt)
    if not stands.is_due(school_class.year_group, checkpoint):
        raise NoRegister
    if not stands.taken:
        raise NotTaken
    if pupil_id not in stands.marks:
        raise Left
    entry = Entry(
        key, school_class.pk, school_class.school_id, day, checkpoint,
        halves(school_class.year_group, checkpoint, stands.half_days), user_id, role, now, client_at,
        because=because.strip(),
    )  # fmt: skip
    differences = standing.differing(stands, wanted, times)
    if not differences:
        noted = register.note(entry, stands, notes) if notes else 0
        here = len(stands.marks) - stands.absent
        receipt = Receipt(stands.version, now, user_id, here, stands.absent, unchanged=True, noted=noted)
        return Corrected(stands.version, receipt)
    behind = seen_version != stands.version
    if saved_digest is not None or (
        behind and touched_since(school_class.pk, day, checkpoint, seen_version, [pupil_id])
    ):
        raise Conflict(differences, stands)
    both = len(due(school_class.year_group, stands.half_days)) > 1
    receipt = register.change(entry, stands, wanted, times, differences, notes, digest, both_checkpoints=both)
    return Corrected(stands.version, receipt)


def touched_since(
    school_class_id: int, day: date, checkpoint: Checkpoint, version: int, pupil_ids: Collection[int]
) -> bool:
    """Whether a save after this version changed any of the pupils. One query."""
    saves = RegisterEvent.objects.filter(school_class_id=school_class_id, day=day, checkpoint=checkpoint)
    return saves.filter(version__gt=version, pupils__overlap=list(pupil_ids)).exists()


def last_to_touch(
    school_class_id: int, day: date, checkpoint: Checkpoint, pupil_id: int
) -> RegisterEvent | None:
    """The latest save that changed the pupil, with the one who made it; None when only the first save spoke of her."""
    saves = RegisterEvent.objects.filter(school_class_id=school_class_id, day=day, checkpoint=checkpoint)
    touched = saves.filter(pupils__contains=[pupil_id]).select_related("user")
    return touched.order_by("-version").first()
