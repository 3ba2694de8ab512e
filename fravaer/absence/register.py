"""Who writes absence rows?

This room alone. A register is one class, one day, one checkpoint; taking it is a legal act: it says of every pupil whether
she was there. `take` saves it whole, once, and refuses to overwrite what somebody else saved meanwhile.
Legal basis: order on pupils' absence in the Folkeskole, in force 1 January 2020, § 1 (presence is noted daily).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from fravaer.absence import alignment, discrepancies, saying, standing
from fravaer.absence.checkpoints import Checkpoint, due, halves
from fravaer.absence.models import RegisterEvent
from fravaer.absence.reasons import Mark
from fravaer.absence.saying import Said
from fravaer.absence.standing import KINDS, Difference, Lock, State
from fravaer.audit import trail
from fravaer.core import sealing


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a save left behind: the register's version, when and by whom this save was made, and the count of pupils.

    `unchanged` is a save that found everything as it wanted it; `replay` a retry of a save already made. `skipped` are pupils
    who had left the class meanwhile; nothing was written about them. `noted` counts notes beside marks that stay as they are.
    """

    version: int
    saved_at: datetime
    user_id: int | None
    here: int
    absent: int
    unchanged: bool = False
    replay: bool = False
    skipped: tuple[int, ...] = ()
    noted: int = 0


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
    role: str
    now: datetime
    client_at: datetime | None = None
    channel: str = "page"
    because: str = ""


class UnlawfulNeedsPerson(Exception):
    """Unlawful absence has consequences in law: a person of the office decides it, never a teacher and never a job."""


class RegisterLocked(Exception):
    """The register may not be changed any more by this role, or not without a reason; nothing was written."""

    def __init__(self, lock: Lock) -> None:
        super().__init__(lock.value)
        self.lock = lock


class NoRegister(Exception):
    """Classes of this year group have no register at this time of the day."""


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
  {say}
), event AS (
  INSERT INTO absence_registerevent (key, school_class_id, day, checkpoint, version, user_id, saved_at, client_at, channel,
    pupils, before, after, came_before, here, absent, digest, because)
  VALUES (%(key)s, %(class)s, %(day)s, %(checkpoint)s, %(version)s, %(user)s, %(now)s, %(client_at)s, %(channel)s,
    %(pupils)s::int[], %(before)s::smallint[], %(after)s::smallint[], %(came_before)s::time[], %(n_here)s, %(n_absent)s,
    %(digest)s, %(because)s)
)
INSERT INTO absence_absence (pupil_id, day, checkpoint, school_class_id, school_id, halves, reason)
SELECT pupil_id, %(day)s, %(checkpoint)s, %(class)s, %(school)s, %(halves)s, reason
FROM unnest(%(absent)s::int[], %(reasons)s::smallint[]) AS wanted (pupil_id, reason)
ON CONFLICT (pupil_id, day, checkpoint) DO UPDATE SET reason = excluded.reason, halves = excluded.halves,
  school_class_id = excluded.school_class_id, school_id = excluded.school_id
"""


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
    today: date | None = None,
    because: str = "",
    notes: Mapping[int, str] | None = None,
) -> Receipt:
    """Save the register: `marks` says of every pupil of the class whether she is here, and if not why.

    `arrivals` are the times at which those marked LATE came, where known; `notes` what is written beside those who are not
    here, nothing meaning that nothing is added. `seen_version` is the version the form was made
    from (0 for none) and `key` the form's own, so that a retry gets the same receipt. A reason that changes is kept with the
    one whose word it is. `today` is the day of the change, the day itself if not said; `because` is why a completed
    register is changed. Raises RosterChanged when the form lacks pupils of the class, Conflict when somebody saved a
    different register since, NoRegister, RegisterLocked and UnlawfulNeedsPerson; none writes anything. Whether there is
    school that day is asked of `standing.refusal` before.
    """
    lock(school_class_id)
    times = {pupil: at for pupil, at in (arrivals or {}).items() if marks.get(pupil) is Mark.LATE}
    beside = saying.written_beside(notes or {}, marks)
    digest = digest_of(marks, times, beside)
    stands, saved_digest = standing.state_and_save(school_class_id, day, checkpoint, key, today or day)
    if saved_digest == digest:
        return replayed(key, school_class_id, day, checkpoint)
    if not stands.is_due(year_group, checkpoint):
        raise NoRegister
    wanted = {pupil: mark for pupil, mark in marks.items() if pupil in stands.marks}
    if joined := tuple(pupil for pupil in stands.marks if pupil not in wanted):
        raise RosterChanged(joined)
    skipped = tuple(pupil for pupil in marks if pupil not in stands.marks)
    differences = standing.differing(stands, wanted, times)
    if differences and (seen_version != stands.version or saved_digest is not None):
        raise Conflict(differences, stands)
    entry = Entry(
        key, school_class_id, school_id, day, checkpoint, halves(year_group, checkpoint, stands.half_days),
        user_id, role, now, client_at, channel, because.strip(),
    )  # fmt: skip
    noted = {pupil: note for pupil, note in beside.items() if pupil in wanted}
    if stands.taken and not differences:
        new = note(entry, stands, noted) if noted else 0
        return replace(_unchanged(school_class_id, day, checkpoint, stands, skipped), noted=new)
    both = len(due(year_group, stands.half_days)) > 1
    done = change(entry, stands, wanted, times, differences, noted, digest, both_checkpoints=both)
    return replace(done, skipped=skipped)


def note(entry: Entry, stands: State, notes: Mapping[int, str]) -> int:
    """Keep notes beside marks that stay as they are. Returns how many are new; raises RegisterLocked."""
    if locked := standing.lock(stands.limits, entry.role, entry.because):
        raise RegisterLocked(locked)
    said = {one: saying.beside(entry.key, text, stands.marks[one], entry.role) for one, text in notes.items()}
    new = saying.say(
        said,
        stands.marks,
        day=entry.day,
        checkpoint=entry.checkpoint,
        user_id=entry.user_id,
        role=entry.role,
        now=entry.now,
    )
    _trail(entry, "register.note", notes)
    return new


def change(
    entry: Entry,
    stands: State,
    wanted: Mapping[int, Mark],
    times: Mapping[int, time],
    differences: Sequence[Difference],
    notes: Mapping[int, str],
    digest: bytes,
    *,
    both_checkpoints: bool,
) -> Receipt:
    """Write what a register is to say of some or all of its pupils, with its event, words, sums and contradictions.

    The caller holds the class's lock, read `stands` under it, and has settled that nobody else's change is lost. Raises
    RegisterLocked and UnlawfulNeedsPerson.
    """
    if locked := standing.lock(stands.limits, entry.role, entry.because):
        raise RegisterLocked(locked)
    marks = {**stands.marks, **wanted}
    absent = sum(mark.is_absence for mark in marks.values())
    said = _words(differences, stands, Said(entry.key, saying.own(entry.role)))
    for pupil, text in notes.items():
        said[pupil] = (
            replace(said[pupil], note=text)
            if pupil in said
            else saying.beside(entry.key, text, wanted[pupil], entry.role)
        )
    write(
        entry,
        wanted,
        times,
        differences,
        version=stands.version + 1,
        counts=(len(marks) - absent, absent),
        said=said,
        digest=digest,
        arrivals_before=stands.arrivals,
    )
    alignment.count_day(entry.school_class_id, entry.day, both_checkpoints=both_checkpoints)
    # Who is there is there, whatever was reported; that both stand is for the office to settle.
    known = stands.suggestions.items()
    reported = [one for one, what in known if what.uuid and what.mark.is_absence and one in wanted]
    if any(stands.taken or not wanted[pupil].is_absence for pupil in reported):
        discrepancies.found_at_save(pupil_ids=reported, day=entry.day, now=entry.now)
    _trail(
        entry, "register.correct" if stands.taken else "register.take", [one.pupil_id for one in differences]
    )
    return Receipt(stands.version + 1, entry.now, entry.user_id, len(marks) - absent, absent)


def write(
    entry: Entry,
    marks: Mapping[int, Mark],
    arrivals: Mapping[int, time],
    differences: Sequence[Difference],
    *,
    version: int,
    counts: tuple[int, int],
    said: Mapping[int, Said],
    digest: bytes,
    arrivals_before: Mapping[int, time] | None = None,
) -> None:
    """Write marks of some or all pupils into a register, which becomes `version`, with its event and explanations.

    One statement. The caller holds the class's lock, has found `differences` under it, and counts the day afterwards.
    `counts` are the pupils here and absent in the whole register then; `said` is whose word it is of the pupils about whom
    something is said. Raises UnlawfulNeedsPerson.
    """
    if any(one.wanted is Mark.UNLAWFUL for one in differences) and not saying.may_say_unlawful(
        entry.user_id, entry.role
    ):
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
        "came_before": _came(differences, arrivals_before or {}),
        "n_here": counts[0],
        "n_absent": counts[1],
        "digest": digest,
        "because": sealing.sealed(RegisterEvent(key=entry.key, because=entry.because), "because"),
        **saying.parameters(said, marks, entry.day, entry.checkpoint, entry.role),
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE.format(say=saying.SAY), parameters)


def lock(school_class_id: int) -> None:
    """Saves of one class follow one another, whichever day they are about, because they share the month's sums."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM schools_schoolclass WHERE id = %s FOR NO KEY UPDATE", [school_class_id])


def _words(differences: Sequence[Difference], stands: State, own: Said) -> dict[int, Said]:
    """Whose word each changed reason is: the one from whom it was known beforehand, else that of whoever saves."""
    words = {}
    for one in differences:
        if one.wanted.reason is None and one.saved.reason is None:
            continue
        words[one.pupil_id] = own
        known = stands.suggestions.get(one.pupil_id)
        if known is not None and known.uuid is not None and known.mark is one.wanted:
            words[one.pupil_id] = Said(own.key, known.source, known.local_reason_id)
    return words


def digest_of(marks: Mapping[int, Mark], arrivals: Mapping[int, time], notes: Mapping[int, str]) -> bytes:
    """Tells a retry of the same form from a changed form sent again from the browser's back button."""
    form = sorted(
        (pupil, mark.value, str(arrivals.get(pupil, "")), notes.get(pupil, ""))
        for pupil, mark in marks.items()
    )
    return sha256(repr(form).encode()).digest()


def _came(differences: Sequence[Difference], arrivals: Mapping[int, time]) -> list[time | None]:
    """When those changed had come, so that taking the change back can say so again; nothing when nobody was late."""
    if all(one.saved is not Mark.LATE for one in differences):
        return []
    return [arrivals.get(one.pupil_id) for one in differences]


def _trail(entry: Entry, action: str, pupil_ids: Iterable[int]) -> None:
    trail.changed(
        entry.user_id,
        action,
        role=entry.role,
        subject="register",
        subject_id=entry.key,
        pupil_ids=pupil_ids,
        detail={
            "class": entry.school_class_id,
            "day": entry.day.isoformat(),
            "checkpoint": entry.checkpoint.value,
        },
    )


def replayed(key: UUID, school_class_id: int, day: date, checkpoint: Checkpoint) -> Receipt:
    """The receipt of the save that was made with this key. Raises KeyReused when it was of another register."""
    event = RegisterEvent.objects.get(key=key)
    if (event.school_class_id, event.day, event.checkpoint) != (school_class_id, day, checkpoint):
        raise KeyReused
    return Receipt(event.version, event.saved_at, event.user_id, event.here, event.absent, replay=True)


def _unchanged(
    school_class_id: int, day: date, checkpoint: Checkpoint, stands: State, skipped: tuple[int, ...]
) -> Receipt:
    """The receipt of whoever saved the register as it stands; bulk-loaded registers have no events."""
    event = standing.last_event(school_class_id, day, checkpoint)
    saved_at = event.saved_at if event else stands.taken_at
    assert saved_at is not None
    here = len(stands.marks) - stands.absent
    user_id = event.user_id if event else stands.user_id
    return Receipt(stands.version, saved_at, user_id, here, stands.absent, unchanged=True, skipped=skipped)
