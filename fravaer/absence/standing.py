"""What does a register say at this moment, and who may still change it?

Everything a page or a save has to know of one register stands in one statement: the pupils of the class with their marks,
what was known of each beforehand, the save made with a form's key, and how far back and for whom the day is open. Legal
basis: errors are corrected before the quarter ends (order on pupils' absence in the Folkeskole, in force 1 January 2020).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from fravaer.absence import closing, known
from fravaer.absence.checkpoints import RULES, Checkpoint, HalfDays, due
from fravaer.absence.closing import Limits
from fravaer.absence.known import Suggestion
from fravaer.absence.models import Presence, RegisterEvent
from fravaer.absence.reasons import Mark
from fravaer.accounts.roles import Role
from fravaer.core.asking import question

KINDS = {Mark.LATE: Presence.Kind.LATE.value, Mark.ACTIVITY: Presence.Kind.ACTIVITY.value}
MARKS = {kind: mark for mark, kind in KINDS.items()}
OFFICE = frozenset({Role.SECRETARY, Role.LEADER})


class Lock(StrEnum):
    """Why somebody may not change a register any more, or not without a reason."""

    TODAY = "today"
    TEACHER = "teacher"
    COMPLETED = "completed"
    REASON = "reason"


@dataclass(frozen=True, slots=True)
class State:
    """A register as it stands: version 0 is one not taken. `marks` holds everyone in the class on the day.

    `arrivals` are the times at which those came who came later, where somebody noted it; `awaited` are pupils who this
    morning were to come later, and of whom nobody noted since that they did. `suggestions` are what was known beforehand.
    """

    version: int
    taken_at: datetime | None
    user_id: int | None
    marks: Mapping[int, Mark]
    limits: Limits
    # The rule of half-days in force on the day.
    half_days: HalfDays
    arrivals: Mapping[int, time] = field(default_factory=dict)
    awaited: frozenset[int] = frozenset()
    suggestions: Mapping[int, Suggestion] = field(default_factory=dict)

    def is_due(self, year_group: int, checkpoint: Checkpoint) -> bool:
        """Whether classes of the year group have this register at all."""
        return checkpoint in due(year_group, self.half_days)

    @property
    def taken(self) -> bool:
        return self.version > 0

    @property
    def absent(self) -> int:
        return sum(mark.is_absence for mark in self.marks.values())


@dataclass(frozen=True, slots=True)
class Difference:
    """A pupil of whom the saved register and the one being saved say different things."""

    pupil_id: int
    saved: Mark
    wanted: Mark


# Two kinds of rows are asked for at once: the class's pupils with their marks, and the save made with this key, if any.
# Absences are found pupil by pupil (LIMIT keeps them apart), not among all of the municipality's day.
# Who was there in the morning in spite of a report is not taken to be away at the end of the day.
STATE = """
SELECT coalesce(r.version, 0), r.taken_at, r.taken_by_id, ev.digest, l.days_back, l.school_days_ago, l.locked,
  rule.first_with_end, rule.start_decides,
  e.pupil_id, a.reason, p.kind, p.arrived_at, m.pupil_id IS NOT NULL,
  s.kind, s.source, s.since, s.until, s.uuid, s.entered_at, s.local_reason_id, s.text, s.reason
FROM (VALUES (%(class)s::int, %(day)s::date, %(checkpoint)s::smallint)) k (school_class_id, day, checkpoint)
CROSS JOIN ({limits}) l (days_back, school_days_ago, locked)
JOIN {rules} rule ON k.day >= rule.since AND k.day < rule.until
LEFT JOIN absence_register r USING (school_class_id, day, checkpoint)
LEFT JOIN schools_enrolment e
  ON e.school_class_id = k.school_class_id AND e.starts_on <= k.day AND e.until > k.day
LEFT JOIN LATERAL (
  SELECT reason FROM absence_absence WHERE pupil_id = e.pupil_id AND day = k.day AND checkpoint = k.checkpoint LIMIT 1
) a ON true
LEFT JOIN absence_presence p ON p.pupil_id = e.pupil_id AND p.day = k.day AND p.checkpoint = k.checkpoint
LEFT JOIN absence_presence m ON %(later)s AND m.pupil_id = e.pupil_id AND m.day = k.day AND m.checkpoint = %(start)s
  AND m.kind = %(late)s AND m.arrived_at IS NULL
LEFT JOIN absence_register morning
  ON %(later)s AND (morning.school_class_id, morning.day, morning.checkpoint) = (k.school_class_id, k.day, %(start)s)
LEFT JOIN LATERAL (
  SELECT day FROM absence_absence WHERE pupil_id = e.pupil_id AND day = k.day AND checkpoint = %(start)s LIMIT 1
) away ON true
LEFT JOIN ({known}) s ON s.pupil_id = e.pupil_id
  AND (morning.day IS NULL OR away.day IS NOT NULL OR s.kind = %(activity)s)
LEFT JOIN absence_registerevent ev ON ev.key = %(key)s
"""


def state(school_class_id: int, day: date, checkpoint: Checkpoint, *, today: date | None = None) -> State:
    """The register as it stands now, for everyone in the class on that day. One query.

    `limits` are those of a change made `today`; of the day itself if not said.
    """
    return state_and_save(school_class_id, day, checkpoint, None, today or day)[0]


def state_and_save(
    school_class_id: int, day: date, checkpoint: Checkpoint, key: UUID | None, today: date
) -> tuple[State, bytes | None]:
    """The register as it stands, and the digest of the save made with this key already, if one was. One query."""
    parameters: dict[str, Any] = {
        **known.asked(school_class_id, day, checkpoint),
        **closing.asked(school_class_id, day, today),
        "checkpoint": checkpoint.value,
        "late": KINDS[Mark.LATE],
        "key": key,
    }
    with connection.cursor() as cursor:
        cursor.execute(STATE.format(limits=closing.LIMITS, known=known.ON, rules=RULES), parameters)
        rows = cursor.fetchall()
    version, taken_at, user_id, digest, *limits, first_with_end, start_decides = rows[0][:9]
    marks, arrivals, awaited, suggestions = {}, {}, set(), {}
    for row in rows:
        pupil, reason, kind, arrived_at, was_to_come, *suggested = row[9:]
        if pupil is None:
            continue
        marks[pupil] = mark_of(reason, kind)
        if arrived_at is not None and marks[pupil] is Mark.LATE:
            arrivals[pupil] = arrived_at
        if was_to_come:
            awaited.add(pupil)
        if suggested[1] is not None:
            suggestions[pupil] = known.suggestion(suggested)
    half_days = HalfDays(first_with_end, start_decides)
    stands = State(
        version,
        taken_at,
        user_id,
        marks,
        Limits(*limits),
        half_days,
        arrivals,
        frozenset(awaited),
        suggestions,
    )
    return stands, None if digest is None else bytes(digest)


def differing(stands: State, wanted: Mapping[int, Mark], times: Mapping[int, time]) -> tuple[Difference, ...]:
    """The pupils of whom what stands and what is wanted say different things; another time of arrival is one."""
    return tuple(
        Difference(pupil, stands.marks[pupil], mark)
        for pupil, mark in wanted.items()
        if (stands.marks[pupil], stands.arrivals.get(pupil)) != (mark, times.get(pupil))
    )


def mark_of(reason: int | None, kind: int | None) -> Mark:
    """The mark of a pupil with this reason of absence, or with this kind of presence; neither is simply here."""
    return Mark(reason) if reason is not None else MARKS.get(kind or 0, Mark.HERE)


def refusal(day: date, today: date, is_school_day: bool) -> str | None:
    """Why nobody can take a register of the day, as a word of ours, or None: `future`, `closed`."""
    if day > today:
        return "future"
    return None if is_school_day else "closed"


def lock(limits: Limits, role: str, because: str = "") -> Lock | None:
    """What keeps this role from changing the register, or None.

    A substitute has the day itself; a teacher goes back so many school days as the school lets her; the office until the
    registration of the day is completed; after that the leader alone, who says why (`because`).
    """
    if role == Role.SUBSTITUTE and limits.school_days_ago:
        return Lock.TODAY
    if role not in OFFICE and limits.school_days_ago > limits.days_back:
        return Lock.TEACHER
    if not limits.locked:
        return None
    if role != Role.LEADER:
        return Lock.COMPLETED
    return None if because.strip() else Lock.REASON


def last_event(school_class_id: int, day: date, checkpoint: Checkpoint) -> RegisterEvent | None:
    """The latest save of the register, with the one who made it."""
    return next(iter(_last_event(school_class_id, day, checkpoint.value)), None)


@question
def _last_event(school_class_id: int, day: date, checkpoint: int) -> QuerySet[RegisterEvent, RegisterEvent]:
    """The latest save of the register, with the one who made it."""
    found = RegisterEvent.objects.filter(school_class_id=school_class_id, day=day, checkpoint=checkpoint)
    return found.select_related("user").order_by("-version")[:1]
