"""Who writes absence rows?

This room alone. A register is one class, one day, one checkpoint; taking it is a legal act: it says of every pupil of the
class whether she was there. `take` saves it whole, once, and refuses to overwrite what somebody else saved meanwhile.
Legal basis: order on pupils' absence in the Folkeskole, in force 1 January 2020, § 1 (presence is noted daily).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from fravaer.absence import alignment
from fravaer.absence.checkpoints import Checkpoint, due, halves
from fravaer.absence.models import RegisterEvent
from fravaer.absence.reasons import Mark
from fravaer.audit import trail

# A teacher may take or correct a register this many days back; after that the office does (access matrix, rows 2 and 3).
DAYS_BACK = 14


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a save left behind: the register's version, when and by whom this save was made, and the count of pupils.

    `unchanged` is a save that found everything as it wanted it; `replay` a retry of a save already made.
    `skipped` are pupils of the form who had left the class meanwhile; nothing was written about them.
    """

    version: int
    saved_at: datetime
    user_id: int | None
    here: int
    absent: int
    unchanged: bool = False
    replay: bool = False
    skipped: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """A pupil of whom the saved register and the one being saved say different things."""

    pupil_id: int
    saved: Mark
    wanted: Mark


class RegisterClosed(Exception):
    """The register cannot be taken: the day is not a school day, lies ahead, or lies too far back."""


class RosterChanged(Exception):
    """Pupils have come to the class since the form was made; of them the form says nothing."""

    def __init__(self, joined: tuple[int, ...]) -> None:
        super().__init__(f"{len(joined)} pupils joined")
        self.joined = joined


class KeyReused(Exception):
    """The form's key has saved another register: the form has been tampered with."""


class Conflict(Exception):
    """Somebody saved another register since the form was made; nothing was written."""

    def __init__(self, differences: tuple[Difference, ...], state: State) -> None:
        super().__init__(f"{len(differences)} differences")
        self.differences = differences
        self.state = state


@dataclass(frozen=True, slots=True)
class State:
    """A register as it stands: version 0 is one not taken. `marks` holds everyone in the class on the day."""

    version: int
    taken_at: datetime | None
    user_id: int | None
    marks: Mapping[int, Mark]

    @property
    def taken(self) -> bool:
        return self.version > 0

    @property
    def absent(self) -> int:
        return sum(mark != Mark.HERE for mark in self.marks.values())


# Two kinds of rows are asked for at once: the class's pupils with their marks, and the save made with this key, if any.
STATE = """
SELECT e.pupil_id, a.reason, coalesce(r.version, 0), r.taken_at, r.taken_by_id, ev.digest
FROM (VALUES (%(class)s::int, %(day)s::date, %(checkpoint)s::smallint)) k (school_class_id, day, checkpoint)
LEFT JOIN absence_register r USING (school_class_id, day, checkpoint)
LEFT JOIN schools_enrolment e
  ON e.school_class_id = k.school_class_id AND e.starts_on <= k.day AND e.until > k.day
LEFT JOIN absence_absence a ON a.pupil_id = e.pupil_id AND a.day = k.day AND a.checkpoint = k.checkpoint
LEFT JOIN absence_registerevent ev ON ev.key = %(key)s
"""
# The register first, then its absences: whoever brings all registers in line holds the register table against us.
WRITE = """
WITH register AS (
  INSERT INTO absence_register AS r (school_class_id, day, checkpoint, school_id, halves, version, enrolled, illness, leave,
    unlawful, pending, taken_by_id, taken_at)
  VALUES (%(class)s, %(day)s, %(checkpoint)s, %(school)s, %(halves)s, 1, 0, 0, 0, 0, 0, %(user)s, %(now)s)
  ON CONFLICT (school_class_id, day, checkpoint) DO UPDATE SET version = r.version + 1, halves = excluded.halves
), gone AS (
  DELETE FROM absence_absence
  WHERE day = %(day)s AND checkpoint = %(checkpoint)s AND pupil_id = ANY(%(here)s)
), event AS (
  INSERT INTO absence_registerevent (key, school_class_id, day, checkpoint, version, user_id, saved_at, client_at, channel,
    pupils, before, after, here, absent, digest)
  VALUES (%(key)s, %(class)s, %(day)s, %(checkpoint)s, %(version)s, %(user)s, %(now)s, %(client_at)s, %(channel)s,
    %(pupils)s::int[], %(before)s::smallint[], %(after)s::smallint[], %(n_here)s, %(n_absent)s, %(digest)s)
)
INSERT INTO absence_absence (pupil_id, day, checkpoint, school_class_id, school_id, halves, reason)
SELECT pupil_id, %(day)s, %(checkpoint)s, %(class)s, %(school)s, %(halves)s, reason
FROM unnest(%(absent)s::int[], %(reasons)s::smallint[]) AS wanted (pupil_id, reason)
ON CONFLICT (pupil_id, day, checkpoint) DO UPDATE SET reason = excluded.reason, halves = excluded.halves,
  school_class_id = excluded.school_class_id, school_id = excluded.school_id
"""


def state(school_class_id: int, day: date, checkpoint: Checkpoint) -> State:
    """The register as it stands now, for everyone in the class on that day. One query."""
    return _state(school_class_id, day, checkpoint, None)[0]


@transaction.atomic
def take(
    *,
    school_class_id: int,
    school_id: int,
    year_group: int,
    day: date,
    checkpoint: Checkpoint,
    marks: Mapping[int, Mark],
    seen_version: int,
    key: UUID,
    user_id: int | None,
    role: str = "",
    now: datetime,
    client_at: datetime | None = None,
    channel: str = "page",
) -> Receipt:
    """Save the register: `marks` says of every pupil of the class whether she is here, and if not why.

    `seen_version` is the version the form was made from (0 for none) and `key` the form's own, so that a retry gets the same
    receipt. Raises RosterChanged when the form lacks pupils of the class and Conflict when somebody saved a different
    register since; neither writes anything. Whether the day may be registered at all is asked of `refusal` before.
    """
    _lock(school_class_id)
    digest = _digest(marks)
    stands, saved_digest = _state(school_class_id, day, checkpoint, key)
    if saved_digest == digest:
        return _replayed(key, school_class_id, day, checkpoint)
    wanted = {pupil: mark for pupil, mark in marks.items() if pupil in stands.marks}
    if joined := tuple(pupil for pupil in stands.marks if pupil not in wanted):
        raise RosterChanged(joined)
    skipped = tuple(pupil for pupil in marks if pupil not in stands.marks)
    differences = tuple(
        Difference(pupil, stands.marks[pupil], mark)
        for pupil, mark in wanted.items()
        if stands.marks[pupil] != mark
    )
    if differences and (seen_version != stands.version or saved_digest is not None):
        raise Conflict(differences, stands)
    if stands.taken and not differences:
        return _unchanged(school_class_id, day, checkpoint, stands, skipped)
    absent = {pupil: mark for pupil, mark in wanted.items() if mark != Mark.HERE}
    parameters: dict[str, Any] = {
        "key": key,
        "class": school_class_id,
        "school": school_id,
        "day": day,
        "checkpoint": checkpoint.value,
        "halves": halves(year_group, checkpoint),
        "version": stands.version + 1,
        "user": user_id,
        "now": now,
        "client_at": client_at,
        "channel": channel,
        "here": [pupil for pupil in wanted if pupil not in absent],
        "absent": list(absent),
        "reasons": [mark.value for mark in absent.values()],
        "pupils": [difference.pupil_id for difference in differences],
        "before": [difference.saved.value for difference in differences],
        "after": [difference.wanted.value for difference in differences],
        "n_here": len(wanted) - len(absent),
        "n_absent": len(absent),
        "digest": digest,
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE, parameters)
    alignment.count_day(school_class_id, day, both_checkpoints=len(due(year_group)) > 1)
    trail.changed(
        user_id,
        "register.correct" if stands.taken else "register.take",
        role=role,
        subject="register",
        subject_id=key,
        pupil_ids=parameters["pupils"],
        detail={"class": school_class_id, "day": day.isoformat(), "checkpoint": checkpoint.value},
    )
    return Receipt(stands.version + 1, now, user_id, len(wanted) - len(absent), len(absent), skipped=skipped)


def refusal(
    day: date, today: date, is_school_day: bool, checkpoint: Checkpoint, year_group: int
) -> str | None:
    """Why this register cannot be taken now, as a word of ours, or None: `future`, `closed`, `locked`, `no_checkpoint`."""
    if checkpoint not in due(year_group):
        return "no_checkpoint"
    if day > today:
        return "future"
    if not is_school_day:
        return "closed"
    return "locked" if (today - day).days > DAYS_BACK else None


def last_event(school_class_id: int, day: date, checkpoint: Checkpoint) -> RegisterEvent | None:
    """The latest save of the register, with the one who made it."""
    return (
        RegisterEvent.objects.filter(school_class_id=school_class_id, day=day, checkpoint=checkpoint)
        .select_related("user")
        .order_by("-version")
        .first()
    )


def _lock(school_class_id: int) -> None:
    """Saves of one class follow one another, whichever day they are about, because they share the month's sums."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM schools_schoolclass WHERE id = %s FOR NO KEY UPDATE", [school_class_id])


def _state(
    school_class_id: int, day: date, checkpoint: Checkpoint, key: UUID | None
) -> tuple[State, bytes | None]:
    """The register as it stands, and the digest of the save made with this key already, if one was."""
    parameters: dict[str, Any] = {
        "class": school_class_id,
        "day": day,
        "checkpoint": checkpoint.value,
        "key": key,
    }
    with connection.cursor() as cursor:
        cursor.execute(STATE, parameters)
        rows = cursor.fetchall()
    _pupil, _reason, version, taken_at, user_id, digest = rows[0]
    marks = {row[0]: Mark.HERE if row[1] is None else Mark(row[1]) for row in rows if row[0] is not None}
    return State(version, taken_at, user_id, marks), None if digest is None else bytes(digest)


def _digest(marks: Mapping[int, Mark]) -> bytes:
    """Tells a retry of the same form from a changed form sent again from the browser's back button."""
    return sha256(repr(sorted((pupil, mark.value) for pupil, mark in marks.items())).encode()).digest()


def _replayed(key: UUID, school_class_id: int, day: date, checkpoint: Checkpoint) -> Receipt:
    event = RegisterEvent.objects.get(key=key)
    if (event.school_class_id, event.day, event.checkpoint) != (school_class_id, day, checkpoint):
        raise KeyReused
    return Receipt(event.version, event.saved_at, event.user_id, event.here, event.absent, replay=True)


def _unchanged(
    school_class_id: int, day: date, checkpoint: Checkpoint, stands: State, skipped: tuple[int, ...]
) -> Receipt:
    """The receipt of whoever saved the register as it stands; bulk-loaded registers have no events."""
    event = last_event(school_class_id, day, checkpoint)
    saved_at = event.saved_at if event else stands.taken_at
    assert saved_at is not None
    here = len(stands.marks) - stands.absent
    user_id = event.user_id if event else stands.user_id
    return Receipt(stands.version, saved_at, user_id, here, stands.absent, unchanged=True, skipped=skipped)
