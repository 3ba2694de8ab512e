"""Who writes absence rows?

This room alone. A register is one class, one day, one checkpoint; taking it is a legal act: it says of every pupil of the
class whether she was there. `take` saves it whole, once, and refuses to overwrite what somebody else saved meanwhile.
Legal basis: order on pupils' absence in the Folkeskole, in force 1 January 2020, § 1 (presence is noted daily).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from fravaer.absence import alignment
from fravaer.absence.checkpoints import Checkpoint, due, halves
from fravaer.absence.models import Presence, RegisterEvent
from fravaer.absence.reasons import Mark, Source
from fravaer.accounts.roles import Role
from fravaer.audit import trail

# A teacher may take or correct a register this many days back; after that the office does (access matrix, rows 2 and 3).
DAYS_BACK = 14
# Whose word a mark is that somebody set on the register itself.
SOURCES: dict[str, Source] = {Role.SECRETARY: Source.OFFICE, Role.LEADER: Source.LEADER}
KINDS = {Mark.LATE: Presence.Kind.LATE.value, Mark.ACTIVITY: Presence.Kind.ACTIVITY.value}
MARKS = {kind: mark for mark, kind in KINDS.items()}


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


@dataclass(frozen=True, slots=True)
class Entry:
    """Who writes into which register, when, and by which way. `key` is the save's own."""

    key: UUID
    school_class_id: int
    school_id: int
    day: date
    checkpoint: Checkpoint
    # Half-days the register decides.
    halves: int
    user_id: int | None
    now: datetime
    client_at: datetime | None = None
    channel: str = "page"


@dataclass(frozen=True, slots=True)
class Said:
    """Whose word a changed reason is, in the school's own word for it if there is one. `key` is that of the saying."""

    key: UUID
    source: Source
    local_reason_id: int | None = None
    note: str = ""


class UnlawfulNeedsPerson(Exception):
    """Unlawful absence has consequences in law: a job may propose it, and never decides."""


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
    """A register as it stands: version 0 is one not taken. `marks` holds everyone in the class on the day.

    `arrivals` are the times at which those came who came later, where somebody noted it.
    """

    version: int
    taken_at: datetime | None
    user_id: int | None
    marks: Mapping[int, Mark]
    arrivals: Mapping[int, time] = field(default_factory=dict)

    @property
    def taken(self) -> bool:
        return self.version > 0

    @property
    def absent(self) -> int:
        return sum(mark.is_absence for mark in self.marks.values())


# Two kinds of rows are asked for at once: the class's pupils with their marks, and the save made with this key, if any.
STATE = """
SELECT e.pupil_id, a.reason, p.kind, p.arrived_at, coalesce(r.version, 0), r.taken_at, r.taken_by_id, ev.digest
FROM (VALUES (%(class)s::int, %(day)s::date, %(checkpoint)s::smallint)) k (school_class_id, day, checkpoint)
LEFT JOIN absence_register r USING (school_class_id, day, checkpoint)
LEFT JOIN schools_enrolment e
  ON e.school_class_id = k.school_class_id AND e.starts_on <= k.day AND e.until > k.day
LEFT JOIN absence_absence a ON a.pupil_id = e.pupil_id AND a.day = k.day AND a.checkpoint = k.checkpoint
LEFT JOIN absence_presence p ON p.pupil_id = e.pupil_id AND p.day = k.day AND p.checkpoint = k.checkpoint
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
), plain AS (
  DELETE FROM absence_presence
  WHERE day = %(day)s AND checkpoint = %(checkpoint)s AND pupil_id = ANY(%(plain)s)
), noted AS (
  INSERT INTO absence_presence (pupil_id, day, checkpoint, school_class_id, kind, arrived_at)
  SELECT pupil_id, %(day)s, %(checkpoint)s, %(class)s, kind, arrived_at
  FROM unnest(%(noted)s::int[], %(kinds)s::smallint[], %(arrivals)s::time[]) AS came (pupil_id, kind, arrived_at)
  ON CONFLICT (pupil_id, day, checkpoint) DO UPDATE SET kind = excluded.kind, arrived_at = excluded.arrived_at,
    school_class_id = excluded.school_class_id
), said AS (
  INSERT INTO absence_explanation (key, pupil_id, day, checkpoint, mark, source, local_reason_id, note, user_id, said_at)
  SELECT %(said_key)s, pupil_id, %(day)s, %(checkpoint)s, mark, %(source)s, %(local_reason)s, %(note)s, %(user)s, %(now)s
  FROM unnest(%(explained)s::int[], %(explanations)s::smallint[]) AS explained (pupil_id, mark)
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
    arrivals: Mapping[int, time] | None = None,
) -> Receipt:
    """Save the register: `marks` says of every pupil of the class whether she is here, and if not why.

    `arrivals` are the times at which those marked LATE came, where known. `seen_version` is the version the form was made
    from (0 for none) and `key` the form's own, so that a retry gets the same receipt. A reason that changes is kept with the
    one whose word it is. Raises RosterChanged when the form lacks pupils of the class, Conflict when somebody saved a
    different register since, and UnlawfulNeedsPerson; none writes anything. Whether the day may be registered at all is
    asked of `refusal` before.
    """
    lock(school_class_id)
    times = {pupil: at for pupil, at in (arrivals or {}).items() if marks.get(pupil) is Mark.LATE}
    digest = _digest(marks, times)
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
        if (stands.marks[pupil], stands.arrivals.get(pupil)) != (mark, times.get(pupil))
    )
    if differences and (seen_version != stands.version or saved_digest is not None):
        raise Conflict(differences, stands)
    if stands.taken and not differences:
        return _unchanged(school_class_id, day, checkpoint, stands, skipped)
    decides = halves(year_group, checkpoint)
    entry = Entry(key, school_class_id, school_id, day, checkpoint, decides, user_id, now, client_at, channel)
    absent = sum(mark.is_absence for mark in wanted.values())
    write(
        entry,
        wanted,
        times,
        differences,
        version=stands.version + 1,
        counts=(len(wanted) - absent, absent),
        said=Said(key, SOURCES.get(role, Source.TEACHER)),
        digest=digest,
    )
    alignment.count_day(school_class_id, day, both_checkpoints=len(due(year_group)) > 1)
    trail.changed(
        user_id,
        "register.correct" if stands.taken else "register.take",
        role=role,
        subject="register",
        subject_id=key,
        pupil_ids=[difference.pupil_id for difference in differences],
        detail={"class": school_class_id, "day": day.isoformat(), "checkpoint": checkpoint.value},
    )
    return Receipt(stands.version + 1, now, user_id, len(wanted) - absent, absent, skipped=skipped)


def write(
    entry: Entry,
    marks: Mapping[int, Mark],
    arrivals: Mapping[int, time],
    differences: Sequence[Difference],
    *,
    version: int,
    counts: tuple[int, int],
    said: Said,
    digest: bytes,
    explaining: bool = False,
) -> None:
    """Write marks of some or all pupils into a register, which becomes `version`, with its event and explanations.

    One statement. The caller holds the class's lock, has found `differences` under it, and counts the day afterwards.
    `counts` are the pupils here and absent in the whole register then. What was said is kept of every change of a reason,
    and of whatever changes when somebody is `explaining`. Raises UnlawfulNeedsPerson.
    """
    explained = [one for one in differences if explaining or one.wanted.reason or one.saved.reason]
    if entry.user_id is None and any(one.wanted is Mark.UNLAWFUL for one in explained):
        raise UnlawfulNeedsPerson
    absent = {pupil: mark for pupil, mark in marks.items() if mark.is_absence}
    noted = {pupil: KINDS[mark] for pupil, mark in marks.items() if mark in KINDS}
    parameters: dict[str, Any] = {
        "key": entry.key,
        "class": entry.school_class_id,
        "school": entry.school_id,
        "day": entry.day,
        "checkpoint": entry.checkpoint.value,
        "halves": entry.halves,
        "version": version,
        "user": entry.user_id,
        "now": entry.now,
        "client_at": entry.client_at,
        "channel": entry.channel,
        "here": [pupil for pupil in marks if pupil not in absent],
        "absent": list(absent),
        "reasons": [mark.value for mark in absent.values()],
        "plain": [pupil for pupil in marks if pupil not in noted],
        "noted": list(noted),
        "kinds": list(noted.values()),
        "arrivals": [arrivals.get(pupil) for pupil in noted],
        "pupils": [one.pupil_id for one in differences],
        "before": [one.saved.value for one in differences],
        "after": [one.wanted.value for one in differences],
        "n_here": counts[0],
        "n_absent": counts[1],
        "digest": digest,
        "said_key": said.key,
        "source": said.source.value,
        "local_reason": said.local_reason_id,
        "note": said.note,
        "explained": [one.pupil_id for one in explained],
        "explanations": [one.wanted.value for one in explained],
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE, parameters)


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


def mark_of(reason: int | None, kind: int | None) -> Mark:
    """The mark of a pupil with this reason of absence, or with this kind of presence; neither is simply here."""
    return Mark(reason) if reason is not None else MARKS.get(kind or 0, Mark.HERE)


def lock(school_class_id: int) -> None:
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
    version, taken_at, user_id, digest = rows[0][4:]
    marks, arrivals = {}, {}
    for pupil, reason, kind, arrived_at, *_register in rows:
        if pupil is None:
            continue
        marks[pupil] = mark_of(reason, kind)
        if arrived_at is not None and marks[pupil] is Mark.LATE:
            arrivals[pupil] = arrived_at
    return State(version, taken_at, user_id, marks, arrivals), None if digest is None else bytes(digest)


def _digest(marks: Mapping[int, Mark], arrivals: Mapping[int, time]) -> bytes:
    """Tells a retry of the same form from a changed form sent again from the browser's back button."""
    form = sorted((pupil, mark.value, str(arrivals.get(pupil, ""))) for pupil, mark in marks.items())
    return sha256(repr(form).encode()).digest()


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
