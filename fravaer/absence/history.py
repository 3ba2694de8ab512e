"""Which days stand behind this pupil's number?

Day by day, as the registers say: what was absent and why, what was taken, what nobody registered. Half-days as everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection

from fravaer.absence import known, objections, standing
from fravaer.absence.checkpoints import RULES, Checkpoint
from fravaer.absence.forms import LETTERS
from fravaer.absence.models import Explanation, Objection, RegisterEvent
from fravaer.absence.reasons import Mark, Reason, Source
from fravaer.core.periods import Period
from fravaer.schools.models import Enrolment

# Fourteen days after its first day an illness has lasted more than two weeks.
TWO_WEEKS = timedelta(days=14)
# The register's letters, of the ways of being here too.
SHOWN = LETTERS | {Mark.LATE: "K", Mark.ACTIVITY: "P"}


@dataclass(frozen=True, slots=True)
class Day:
    """One school day of one pupil: half-days absent (0–2) with the reason of the first, and half-days decided (0–2)."""

    day: date
    school_class_id: int
    possible: int
    absent: int
    reason: Reason | None

    @property
    def unknown(self) -> bool:
        return self.possible == 0


DAYS = """
SELECT d.day, e.school_class_id,
  (SELECT coalesce(sum(r.halves), 0) FROM absence_register r WHERE r.school_class_id = c.id AND r.day = d.day),
  coalesce(sum(a.halves), 0), (array_agg(a.reason ORDER BY a.checkpoint) FILTER (WHERE a.halves > 0))[1]
FROM schools_enrolment e
JOIN schools_schoolclass c ON c.id = e.school_class_id
JOIN schools_calendarday d ON d.calendar_id = c.calendar_id AND d.is_school_day
  AND d.day >= greatest(e.starts_on, %(since)s) AND d.day < least(e.until, %(until)s)
LEFT JOIN absence_absence a ON a.pupil_id = e.pupil_id AND a.day = d.day
WHERE e.pupil_id = %(pupil)s
GROUP BY d.day, e.school_class_id, c.id
ORDER BY d.day DESC
"""


def days(pupil_id: int, period: Period) -> list[Day]:
    """The pupil's school days of the period, the newest first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(DAYS, {"pupil": pupil_id, "since": period.since, "until": period.until})
        return [
            Day(day, school_class, possible, absent, None if reason is None else Reason(reason))
            for day, school_class, possible, absent, reason in cursor.fetchall()
        ]


@dataclass(frozen=True, slots=True)
class Noting:
    """What one checkpoint of a day says of the pupil. `mark` is None while its register is not taken; `halves` are the
    half-days she is absent by it, 0–2."""

    checkpoint: Checkpoint
    mark: Mark | None
    halves: int
    arrived_at: time | None = None
    taken_at: datetime | None = None

    @property
    def letter(self) -> str:
        """The mark as one letter of the register: T, I, S, F, U, K, P; "" while nobody registered."""
        return "" if self.mark is None else SHOWN[self.mark]

    @property
    def late(self) -> bool:
        return self.mark is Mark.LATE


@dataclass(slots=True)
class Entry:
    """One day of one pupil in the class she was in, with everything that was ever said of it, the newest first."""

    day: date
    is_school_day: bool
    closed_because: str
    school_class_id: int
    class_name: str
    school_id: int
    notings: list[Noting] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)
    objections: list[Objection] = field(default_factory=list)
    # What the school knew of beforehand.
    known: list[known.Spell] = field(default_factory=list)

    @property
    def halves(self) -> int:
        """Half-days absent, 0–2."""
        return sum(noting.halves for noting in self.notings)

    @property
    def untaken(self) -> bool:
        """Whether a register of the day is lacking."""
        return self.is_school_day and any(noting.mark is None for noting in self.notings)

    @property
    def absent(self) -> bool:
        return any(noting.mark is not None and noting.mark.is_absence for noting in self.notings)

    @property
    def plain(self) -> bool:
        """Present as far as anybody knows, and nothing was ever said of it."""
        marks = any(noting.mark not in (None, Mark.HERE) for noting in self.notings)
        reported = any(spell.kind != known.Kind.ACTIVITY for spell in self.known)
        return not (marks or reported or self.happenings or self.objections)


@dataclass(slots=True)
class Happening:
    """Somebody changed or explained a mark. `before` is None where nothing was registered before. `source` and what follows
    say whose word the reason is; `client_at` is the clock of the device the save came from."""

    at: datetime
    checkpoint: Checkpoint
    user_id: int | None
    who: str
    before: Mark | None
    after: Mark
    client_at: datetime | None = None
    channel: str = ""
    source: Source | None = None
    local_reason: str = ""
    note: str = ""

    @property
    def for_office(self) -> bool:
        """Whether the note stands beside an absence nobody has given a reason for: what the office was to know."""
        return self.after is Mark.ABSENT

    @property
    def imported(self) -> bool:
        return self.source is Source.IMPORT


ENTRIES = """
SELECT d.day, d.is_school_day, d.reason, c.id, c.year_group || '.' || c.letter, c.school_id, k.checkpoint,
  r.taken_at, a.reason, coalesce(a.halves, 0), p.kind, p.arrived_at,
  k.checkpoint = %(start)s OR c.year_group >= rule.first_with_end OR r.taken_at IS NOT NULL
FROM schools_enrolment e
JOIN schools_schoolclass c ON c.id = e.school_class_id
JOIN schools_calendarday d ON d.calendar_id = c.calendar_id
  AND d.day >= greatest(e.starts_on, %(since)s) AND d.day < least(e.until, %(until)s)
JOIN {rules} rule ON d.day >= rule.since AND d.day < rule.until
CROSS JOIN (VALUES (%(start)s), (%(end)s)) k (checkpoint)
LEFT JOIN absence_register r ON (r.school_class_id, r.day, r.checkpoint) = (c.id, d.day, k.checkpoint)
LEFT JOIN absence_absence a ON (a.pupil_id, a.day, a.checkpoint) = (e.pupil_id, d.day, k.checkpoint)
LEFT JOIN absence_presence p ON (p.pupil_id, p.day, p.checkpoint) = (e.pupil_id, d.day, k.checkpoint)
WHERE e.pupil_id = %(pupil)s
ORDER BY d.day DESC, k.checkpoint
"""


def entries(pupil_id: int, period: Period) -> list[Entry]:
    """Every day of the period the pupil was enrolled, the newest first, closed days too, with all that was said of each.

    Five queries, however many days.
    """
    parameters: dict[str, Any] = {
        "pupil": pupil_id,
        "since": period.since,
        "until": period.until,
        "start": Checkpoint.START.value,
        "end": Checkpoint.END.value,
    }
    found: dict[date, Entry] = {}
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES.format(rules=RULES), parameters)
        for row in cursor.fetchall():
            day, is_school_day, closed, class_id, class_name, school_id = row[:6]
            entry = found.setdefault(day, Entry(day, is_school_day, closed, class_id, class_name, school_id))
            checkpoint, taken_at, reason, halves, kind, arrived_at, due = row[6:]
            if not due or not (is_school_day or taken_at or reason is not None):
                continue
            mark = None if taken_at is None and reason is None else standing.mark_of(reason, kind)
            entry.notings.append(Noting(Checkpoint(checkpoint), mark, halves, arrived_at, taken_at))
    _add_happenings(found, pupil_id, period)
    for spell in known.between([pupil_id], period):
        for day in spell.period.days():
            if day in found and found[day].is_school_day and spell.holds_on(day):
                found[day].known.append(spell)
    for objection in objections.about(pupil_id, period):
        if objection.day in found:
            found[objection.day].objections.append(objection)
    return list(found.values())


def _add_happenings(found: dict[date, Entry], pupil_id: int, period: Period) -> None:
    span = {"day__gte": period.since, "day__lt": period.until}
    classes = {entry.school_class_id for entry in found.values()}
    saves = RegisterEvent.objects.filter(
        school_class_id__in=classes, pupils__contains=[pupil_id], **span
    ).select_related("user")
    for save in saves:
        place = save.pupils.index(pupil_id)
        happening = Happening(
            at=save.saved_at,
            checkpoint=Checkpoint(save.checkpoint),
            user_id=save.user_id,
            who=save.user.name if save.user else "",
            before=None if save.version == 1 else Mark(save.before[place]),
            after=Mark(save.after[place]),
            client_at=save.client_at,
            channel=save.channel,
        )
        if save.day in found:
            found[save.day].happenings.append(happening)
    said = Explanation.objects.filter(pupil_id=pupil_id, **span).select_related("user", "local_reason")
    for one in said.order_by("pk"):
        if one.day not in found:
            continue
        happenings = found[one.day].happenings
        # A reason and the save that set it are one thing that happened.
        same = next((h for h in happenings if (h.at, h.checkpoint) == (one.said_at, one.checkpoint)), None)
        if same is None:
            same = Happening(
                at=one.said_at,
                checkpoint=Checkpoint(one.checkpoint),
                user_id=one.user_id,
                who=one.user.name if one.user else "",
                before=None,
                after=Mark(one.mark),
            )
            happenings.append(same)
        same.source = Source(one.source)
        same.local_reason = one.local_reason.name if one.local_reason else ""
        same.note = one.note
    for entry in found.values():
        entry.happenings.sort(key=lambda happening: happening.at, reverse=True)


def longest_illness(days: Iterable[Entry]) -> Period | None:
    """The newest unbroken run of school days ill from the first checkpoint on that spans more than two weeks, or None.

    The run is counted in dates, as the order on absence does: weekends and closed days between two days ill belong to it.
    """
    since: date | None = None
    last: date | None = None
    for entry in days:
        if not entry.is_school_day or entry.untaken:
            continue
        if entry.notings and all(noting.mark == Mark.ILL for noting in entry.notings):
            last = last or entry.day
            since = entry.day
            continue
        if since and last and last - since >= TWO_WEEKS:
            break
        since = last = None
    if since and last and last - since >= TWO_WEEKS:
        return Period(since, last + timedelta(days=1))
    return None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the pupil was in one stretch of time."""

    period: Period
    school_class_id: int
    class_name: str
    year_group: int
    school_id: int
    school_name: str


def places(pupil_id: int) -> list[Place]:
    """Every class the pupil has been in, the latest first. One query."""
    found = Enrolment.objects.filter(pupil_id=pupil_id).select_related("school_class__school")
    return [
        Place(
            Period(one.starts_on, one.until),
            one.school_class_id,
            str(one.school_class),
            one.school_class.year_group,
            one.school_class.school_id,
            one.school_class.school.name,
        )
        for one in found.order_by("-starts_on")
    ]
