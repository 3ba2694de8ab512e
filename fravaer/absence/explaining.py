"""Why was she absent, who says so, and who wrote it down?

An explanation sets the reason of every absence a pupil has on one day, by the same lock, version, event and sums as a save
of the register, and is kept beside the mark: whose word it is, in the school's own word, with a note. Explanations are only
ever added to; the latest stands. Legal basis: order on pupils' absence in the Folkeskole, in force 1 January 2020, §§ 1, 3
(noting presence and registering a reason are two acts; the reason is given the same day or within reasonable time).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID, uuid5

from django.db import connection, transaction
from django.db.models import QuerySet

from fravaer.absence import alignment, closing, register, saying, standing
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Absence, Explanation, RegisterEvent
from fravaer.absence.reasons import Mark, Source
from fravaer.absence.register import Entry, KeyReused, RegisterLocked, UnlawfulNeedsPerson
from fravaer.absence.saying import Said
from fravaer.absence.standing import Difference, Lock
from fravaer.accounts.roles import Role
from fravaer.audit import trail
from fravaer.schools.models import SchoolClass

CHANNEL = "explanation"


@dataclass(frozen=True, slots=True)
class Explained:
    """What an explanation set: the mark before and after at each checkpoint, and by whom and when.

    `replay` is a retry of one made already.
    """

    key: UUID
    pupil_id: int
    day: date
    before: Mapping[Checkpoint, Mark]
    after: Mapping[Checkpoint, Mark]
    said_at: datetime
    user_id: int | None
    replay: bool = False


@dataclass(frozen=True, slots=True)
class Saying:
    """The explanation that stands at one checkpoint. `local_reason` is the school's own word, "" without one."""

    key: UUID
    mark: Mark
    source: Source
    said_at: datetime
    user_id: int | None
    user_name: str
    local_reason: str
    note: str


@dataclass(frozen=True, slots=True)
class _Stands:
    mark: Mark
    belongs: bool
    halves: int
    version: int
    enrolled: int
    absent: int


@dataclass(frozen=True, slots=True)
class _Setting:
    """What is to be set at each checkpoint, and whose word each is."""

    marks: dict[Checkpoint, Mark] = field(default_factory=dict)
    said: dict[Checkpoint, Said] = field(default_factory=dict)


class NotAbsent(Exception):
    """The pupil has no absence on the day that could be explained."""


class Conflict(Exception):
    """Something else stands than what the one who explains has seen; nothing was written."""

    def __init__(self, stands: Mapping[Checkpoint, Mark]) -> None:
        super().__init__(f"{len(stands)} marks stand")
        self.stands = stands


STANDS = """
SELECT r.checkpoint, a.reason, p.kind, e.pupil_id IS NOT NULL, r.halves, r.version, r.enrolled,
  r.illness + r.leave + r.unlawful + r.pending
FROM absence_register r
LEFT JOIN absence_absence a ON (a.pupil_id, a.day, a.checkpoint) = (%(pupil)s, r.day, r.checkpoint)
  AND a.school_class_id = r.school_class_id
LEFT JOIN absence_presence p ON (p.pupil_id, p.day, p.checkpoint) = (%(pupil)s, r.day, r.checkpoint)
LEFT JOIN schools_enrolment e
  ON e.pupil_id = %(pupil)s AND e.school_class_id = r.school_class_id AND e.starts_on <= r.day AND e.until > r.day
WHERE r.school_class_id = %(class)s AND r.day = %(day)s
ORDER BY r.checkpoint
"""
LATEST = """
SELECT DISTINCT ON (x.pupil_id, x.day, x.checkpoint)
  x.pupil_id, x.day, x.checkpoint, x.key, x.mark, x.source, x.said_at, x.user_id, coalesce(u.name, ''),
  coalesce(l.name, ''), x.note
FROM absence_explanation x
JOIN unnest(%(pupils)s::int[], %(days)s::date[]) AS asked (pupil_id, day)
  ON asked.pupil_id = x.pupil_id AND asked.day = x.day
LEFT JOIN accounts_user u ON u.id = x.user_id
LEFT JOIN absence_localreason l ON l.id = x.local_reason_id
ORDER BY x.pupil_id, x.day, x.checkpoint, x.id DESC
"""


@transaction.atomic
def explain(
    *,
    pupil_id: int,
    school_class_id: int,
    school_id: int,
    day: date,
    mark: Mark,
    source: Source,
    user_id: int | None,
    role: str,
    now: datetime,
    key: UUID,
    local_reason_id: int | None = None,
    note: str = "",
    expected: Mark | None = None,
) -> Explained:
    """Set the reason of the absences the pupil has that day, at both checkpoints; Mark.HERE: she was there after all.

    With `expected` only absences that stand at it are set, so that nobody else's explanation is lost unseen. The same key
    again answers the same and writes nothing. An absence that has the mark already keeps its register's version: only the
    word is added.

    Raises:
        NotAbsent: no absence of the day lies with the class.
        Conflict: no absence stands at `expected`.
        UnlawfulNeedsPerson: a job or a teacher wants it unlawful.
        RegisterLocked: the school's registration of the day is completed, and it is not a leader with a note.
        KeyReused: the key has explained something else.
    """
    register.lock(school_class_id)
    if made := list(Explanation.objects.filter(key=key).order_by("checkpoint")):
        if {(one.pupil_id, one.day, one.mark) for one in made} != {(pupil_id, day, mark.value)}:
            raise KeyReused
        return _replayed(key, made)
    _refuse_if_locked(school_id, day, role, note)
    stands = _stands(pupil_id, school_class_id, day)
    absences = {checkpoint: one.mark for checkpoint, one in stands.items() if one.mark.is_absence}
    if not absences:
        raise NotAbsent
    chosen = [checkpoint for checkpoint, stood in absences.items() if expected in (None, stood)]
    if not chosen:
        raise Conflict(absences)
    said = Said(key, source, local_reason_id, note)
    setting = _Setting(dict.fromkeys(chosen, mark), dict.fromkeys(chosen, said))
    where = (school_class_id, school_id, day)
    after = _set(pupil_id, where, stands, setting, (user_id, role), now)
    trail.changed(
        user_id,
        "absence.explain",
        role=role,
        subject="register",
        subject_id=key,
        pupil_ids=[pupil_id],
        detail={"class": school_class_id, "day": day.isoformat()},
    )
    return Explained(key, pupil_id, day, {one: absences[one] for one in chosen}, after, now, user_id)


@transaction.atomic
def undo(key: UUID, *, user_id: int | None, role: str, now: datetime) -> Explained:
    """Put back what stood before the explanation with this key, with the word that stood then.

    Undoing twice is undoing once. Raises NotAbsent when nothing was explained with the key, Conflict when something else
    stands by now, RegisterLocked and UnlawfulNeedsPerson as `explain` does.
    """
    made = list(Explanation.objects.filter(key=key).order_by("checkpoint"))
    if not made:
        raise NotAbsent
    pupil_id, day = made[0].pupil_id, made[0].day
    events = _events(key, made)
    classes = [event.school_class_id for event in events.values()] or Absence.objects.filter(
        pupil_id=pupil_id, day=day
    ).values_list("school_class_id", flat=True)
    if not classes:
        raise Conflict({})
    school_class_id = classes[0]
    school_class = SchoolClass.objects.get(pk=school_class_id)
    register.lock(school_class_id)
    undoing = uuid5(key, "undo")
    if undone := list(Explanation.objects.filter(key=undoing).order_by("checkpoint")):
        return _replayed(undoing, undone)
    _refuse_if_locked(school_class.school_id, day, role, made[0].note)
    stands = _stands(pupil_id, school_class_id, day)
    marks = {checkpoint: one.mark for checkpoint, one in stands.items()}
    setting = _Setting()
    for one in made:
        checkpoint = Checkpoint(one.checkpoint)
        if marks.get(checkpoint) != one.mark or _later(one):
            raise Conflict(marks)
        event = events.get(checkpoint)
        setting.marks[checkpoint] = Mark(event.before[0] if event else one.mark)
        setting.said[checkpoint] = _before(one, undoing, role)
    where = (school_class_id, school_class.school_id, day)
    after = _set(pupil_id, where, stands, setting, (user_id, role), now)
    trail.changed(
        user_id,
        "absence.explain.undo",
        role=role,
        subject="register",
        subject_id=undoing,
        pupil_ids=[pupil_id],
        detail={"class": school_class_id, "day": day.isoformat()},
    )
    return Explained(undoing, pupil_id, day, {one: marks[one] for one in after}, after, now, user_id)


def latest(pupil_days: Iterable[tuple[int, date]]) -> dict[tuple[int, date, Checkpoint], Saying]:
    """What stands explained of these pupils' days, by pupil, day and checkpoint. One query.

    An absence whose explanation was taken back has no entry.
    """
    asked = sorted(set(pupil_days))
    if not asked:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(LATEST, {"pupils": [one[0] for one in asked], "days": [one[1] for one in asked]})
        found = {}
        for pupil, day, checkpoint, key, mark, source, said_at, user, name, local, note in cursor.fetchall():
            if mark != Mark.ABSENT:
                text = saying.opened(key, pupil, day, checkpoint, note)
                found[pupil, day, Checkpoint(checkpoint)] = Saying(
                    key, Mark(mark), Source(source), said_at, user, name, local, text
                )
        return found


def _set(
    pupil_id: int,
    where: tuple[int, int, date],
    stands: Mapping[Checkpoint, _Stands],
    setting: _Setting,
    by: tuple[int | None, str],
    now: datetime,
) -> dict[Checkpoint, Mark]:
    """Write the marks that change through the register, the words that change none beside them."""
    school_class_id, school_id, day = where
    silent = 0
    for checkpoint, wanted in setting.marks.items():
        stood, said = stands[checkpoint], setting.said[checkpoint]
        if wanted is Mark.UNLAWFUL and not saying.may_say_unlawful(*by):
            raise UnlawfulNeedsPerson
        if wanted is stood.mark:
            saying.say(
                {pupil_id: said},
                {pupil_id: wanted},
                day=day,
                checkpoint=checkpoint,
                user_id=by[0],
                role=by[1],
                now=now,
            )
            silent += 1
            continue
        absent = stood.absent - stood.mark.is_absence + wanted.is_absence
        event = uuid5(said.key, str(checkpoint.value))
        register.write(
            Entry(event, school_class_id, school_id, day, checkpoint, stood.halves, *by, now, None, CHANNEL),
            {pupil_id: wanted},
            {},
            [Difference(pupil_id, stood.mark, wanted)],
            version=stood.version + 1,
            counts=(stood.enrolled - absent, absent),
            said={pupil_id: said},
            digest=sha256(said.key.bytes).digest(),
        )
    if silent < len(setting.marks):
        # The absence of one who has left the class since decides nothing, and must not begin to.
        moved = not all(one.belongs for one in stands.values())
        alignment.count_day(school_class_id, day, both_checkpoints=moved or len(stands) > 1)
    return setting.marks


def _stands(pupil_id: int, school_class_id: int, day: date) -> dict[Checkpoint, _Stands]:
    """Of each taken register of the class's day: the pupil's mark, the version, and the pupils enrolled and absent."""
    with connection.cursor() as cursor:
        cursor.execute(STANDS, {"pupil": pupil_id, "class": school_class_id, "day": day})
        return {
            Checkpoint(checkpoint): _Stands(standing.mark_of(reason, kind), *counts)
            for checkpoint, reason, kind, *counts in cursor.fetchall()
        }


def _refuse_if_locked(school_id: int, day: date, role: str, note: str) -> None:
    if not (role == Role.LEADER and note) and closing.is_locked(school_id, day):
        raise RegisterLocked(Lock.REASON if role == Role.LEADER else Lock.COMPLETED)


def _events(key: UUID, made: Iterable[Explanation]) -> dict[Checkpoint, RegisterEvent]:
    keys = {uuid5(key, str(one.checkpoint)): Checkpoint(one.checkpoint) for one in made}
    return {keys[event.pk]: event for event in RegisterEvent.objects.filter(key__in=list(keys))}


def _replayed(key: UUID, made: list[Explanation]) -> Explained:
    events = _events(key, made)
    after = {Checkpoint(one.checkpoint): Mark(one.mark) for one in made}
    before = {one: Mark(events[one].before[0]) if one in events else mark for one, mark in after.items()}
    first = made[0]
    return Explained(key, first.pupil_id, first.day, before, after, first.said_at, first.user_id, replay=True)


def _later(explanation: Explanation) -> bool:
    return _others(explanation).filter(pk__gt=explanation.pk).exists()


def _before(explanation: Explanation, key: UUID, role: str) -> Said:
    """The word that stood before this one, said again; the word of whoever undoes it when there was none."""
    earlier = _others(explanation).filter(pk__lt=explanation.pk).order_by("-pk").first()
    if earlier is None:
        return Said(key, saying.own(role))
    return Said(key, Source(earlier.source), earlier.local_reason_id, earlier.note)


def _others(explanation: Explanation) -> QuerySet[Explanation]:
    return Explanation.objects.filter(
        pupil_id=explanation.pupil_id, day=explanation.day, checkpoint=explanation.checkpoint
    )
