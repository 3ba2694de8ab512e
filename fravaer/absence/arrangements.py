"""How has this school arranged its registration?

Deadlines, reminders, how far back a teacher corrects and how long a leave she grants; and the school's own words for the three
lawful reasons, dated. The law leaves these to the school's leader, who answers to the council for the school's daily work
(folkeskoleloven § 45); what is illness, leave or unlawful it does not leave to anybody.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import Count, F, Q

from fravaer.absence.models import Arrangement, Explanation, LocalReason
from fravaer.absence.reasons import Reason
from fravaer.audit import trail
from fravaer.core.periods import Period
from fravaer.core.walls import DatabaseRole, acting_as
from fravaer.schools.models import School

# The least and the most a school may choose, in school days.
LIMITS: Mapping[str, tuple[int, int]] = {
    "days_back": (0, 60),
    "reason_due_days": (0, 10),
    "teacher_leave_days": (0, 10),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What one school has chosen; a school that never chose has these defaults. Days are school days.

    `days_back`: how far back a teacher corrects. A reason is due `reason_due_days` after the absence at `reason_due_at`.
    The register of the end of the day is asked for from `end_opens_at` and late after `end_due_at`. A reminder of None is not
    sent. `changed_at` is None while nobody has changed anything.
    """

    days_back: int = 5
    reason_due_days: int = 1
    reason_due_at: time = time(15)
    teacher_leave_days: int = 1
    end_opens_at: time = time(12)
    end_due_at: time = time(15)
    first_reminder_at: time | None = time(8, 20)
    second_reminder_at: time | None = time(8, 40)
    end_first_reminder_at: time | None = time(15, 5)
    end_second_reminder_at: time | None = time(15, 30)
    changed_at: datetime | None = None
    changed_by: str = ""


# When the teachers are reminded, and when their leader: of the morning's register, and of the end of the day's.
REMINDERS = (
    ("first_reminder_at", "second_reminder_at"),
    ("end_first_reminder_at", "end_second_reminder_at"),
)
CHOSEN = tuple(field.name for field in fields(Settings) if not field.name.startswith("changed_"))


class Problem(StrEnum):
    """What is wrong with a choice."""

    OUT_OF_RANGE = "out_of_range"
    # The end of the day is late after it was asked for.
    LATE_FIRST = "late_first"
    # The leader is reminded after the teachers, and not without them.
    LEADER_FIRST = "leader_first"
    # Nobody is reminded of a register that is not asked for yet.
    NOT_ASKED_YET = "not_asked_yet"
    # The word is in use at the school in some of the same days.
    TAKEN = "taken"
    ENDS_FIRST = "ends_first"


class Refused(Exception):
    """Nothing was changed: `problems` says what is wrong with which field, `schools` whose own words are in the way."""

    def __init__(self, problems: Mapping[str, Problem], schools: Collection[int] = ()) -> None:
        super().__init__(", ".join(problems))
        self.problems = problems
        self.schools = schools


class ChangedMeanwhile(Exception):
    """Somebody else has changed the school's arrangement since it was shown; nothing was written."""


def of(school_id: int) -> Settings:
    """The school's settings. One query."""
    return of_schools([school_id])[school_id]


def of_schools(school_ids: Iterable[int]) -> dict[int, Settings]:
    """The settings of each of the schools. One query however many there are."""
    asked = sorted(set(school_ids))
    found = Arrangement.objects.filter(school_id__in=asked).values_list(
        "school_id", *CHOSEN, "changed_at", "changed_by__name"
    )
    chosen = {
        school: Settings(**dict(zip(CHOSEN, values, strict=True)), changed_at=at, changed_by=by or "")
        for school, *values, at, by in found
    }
    return {school: chosen.get(school, Settings()) for school in asked}


def problems(settings: Settings) -> dict[str, Problem]:
    """What is wrong with these choices, by field; empty when nothing is."""
    found = {
        name: Problem.OUT_OF_RANGE
        for name, (least, most) in LIMITS.items()
        if not least <= getattr(settings, name) <= most
    }
    if settings.end_due_at <= settings.end_opens_at:
        found["end_due_at"] = Problem.LATE_FIRST
    for teachers, leader in REMINDERS:
        first, second = getattr(settings, teachers), getattr(settings, leader)
        if second is not None and (first is None or second <= first):
            found[leader] = Problem.LEADER_FIRST
    first = settings.end_first_reminder_at
    if first is not None and first < settings.end_opens_at:
        found["end_first_reminder_at"] = Problem.NOT_ASKED_YET
    return found


@transaction.atomic
def change(
    school_id: int, settings: Settings, *, seen_at: datetime | None, user_id: int, role: str, now: datetime
) -> Settings:
    """Choose these settings for the school. `seen_at` is the `changed_at` of the settings the change began from.

    Raises Refused, and ChangedMeanwhile when somebody else was faster. Settings that stand already are left as they are.
    """
    if wrong := problems(settings):
        raise Refused(wrong)
    School.objects.select_for_update(no_key=True).get(pk=school_id)
    stands = of(school_id)
    moved = {
        name: f"{getattr(stands, name)} > {getattr(settings, name)}"
        for name in CHOSEN
        if getattr(stands, name) != getattr(settings, name)
    }
    if not moved:
        return stands
    if stands.changed_at != seen_at:
        raise ChangedMeanwhile
    values = {name: getattr(settings, name) for name in CHOSEN}
    Arrangement.objects.update_or_create(
        school_id=school_id, defaults={**values, "changed_at": now, "changed_by_id": user_id}
    )
    trail.changed(
        user_id, "arrangement.change", role=role, subject="school", subject_id=school_id, detail=moved
    )
    return replace(settings, changed_at=now)


@dataclass(frozen=True, slots=True)
class Word:
    """A local word for one of the three reasons, used from `valid_from` up to, and without, `valid_until`."""

    id: int
    code: str
    name: str
    reason: Reason
    valid_from: date
    valid_until: date | None
    # None is the municipality's, whose words hold at every school.
    school_id: int | None

    @property
    def municipal(self) -> bool:
        return self.school_id is None

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)

    @property
    def last_day(self) -> date | None:
        return self.valid_until and self.valid_until - timedelta(days=1)


def local_reasons(school_id: int, day: date) -> list[Word]:
    """The words the school may use of `day`, its own and the municipality's, by reason and name. One query."""
    return _words(
        Q(valid_from__lte=day) & (Q(valid_until=None) | Q(valid_until__gt=day)) & _at(school_id),
    )


def local_reasons_of(school_ids: Iterable[int]) -> dict[int, list[Word]]:
    """Every word each of the schools has, had or will have, its own and the municipality's. One query."""
    asked = sorted(set(school_ids))
    words = _words(Q(school_id__in=asked) | Q(school=None))
    return {school: [word for word in words if word.school_id in (school, None)] for school in asked}


def all_local_reasons(school_id: int) -> list[Word]:
    """Every word the school has, had or will have. One query."""
    return _words(_at(school_id))


def municipal_reasons() -> list[Word]:
    """Every word the municipality has, had or will have. One query."""
    return _words(Q(school=None))


def own_reasons(school_ids: Iterable[int], day: date) -> list[Word]:
    """The schools' own words that are in use on `day` or will be. One query."""
    ahead = Q(valid_until=None) | Q(valid_until__gt=day)
    return _words(ahead & Q(school_id__in=sorted(set(school_ids))))


@acting_as(DatabaseRole.REPORT)
def schools_using(reason_ids: Iterable[int], period: Period) -> dict[int, int]:
    """How many schools have given each of these words as a reason, for absence in the period. One query."""
    said = Explanation.objects.filter(
        local_reason_id__in=list(reason_ids),
        day__gte=period.since,
        day__lt=period.until,
        pupil__enrolments__starts_on__lte=F("day"),
        pupil__enrolments__until__gt=F("day"),
    )
    schools = Count("pupil__enrolments__school_class__school", distinct=True)
    return dict(
        said.order_by().values("local_reason_id").annotate(n=schools).values_list("local_reason_id", "n")
    )


@transaction.atomic
def add_reason(
    school_id: int | None,
    *,
    code: str,
    name: str,
    reason: Reason,
    valid_from: date,
    valid_until: date | None = None,
    user_id: int | None,
    role: str = "",
) -> int:
    """Let the school (None: every school) use a word of its own for `reason`. Returns its id.

    Raises Refused when a code or a name that looks like it is in use there on some of the same days: nobody would tell the
    two apart.
    """
    if valid_until is not None and valid_until <= valid_from:
        raise Refused({"valid_until": Problem.ENDS_FIRST})
    # Whoever adds a word to one of the schools meanwhile waits, and then sees this one.
    concerned = School.objects.all() if school_id is None else School.objects.filter(pk=school_id)
    list(concerned.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    same_days = Q(valid_until=None) | Q(valid_until__gt=valid_from)
    if valid_until is not None:
        same_days &= Q(valid_from__lt=valid_until)
    beside = LocalReason.objects.filter(same_days, _at(school_id) if school_id is not None else Q())
    clashes, schools = {}, set()
    for has_code, has_name, school in beside.values_list("code", "name", "school_id"):
        for field, wanted, has in (("code", code, has_code), ("name", name, has_name)):
            if _looks(wanted) == _looks(has):
                clashes[field] = Problem.TAKEN
                schools.add(school)
    if clashes:
        raise Refused(clashes, schools - {None})
    made = LocalReason.objects.create(
        school_id=school_id,
        code=code,
        name=name,
        reason=reason,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    trail.changed(
        user_id,
        "local_reason.add",
        role=role,
        subject="municipality" if school_id is None else "school",
        subject_id=school_id or "",
        detail={"local_reason": made.pk, "code": code, "reason": int(reason)},
    )
    return made.pk


@transaction.atomic
def end_reason(school_id: int | None, reason_id: int, *, until: date, user_id: int, role: str) -> bool:
    """Stop using a word of the school's own (None: the municipality's) from `until` on; what was marked with it keeps it.

    A word that would begin no sooner goes away altogether. False when there is no such word in use.
    """
    whose = Q(school=None) if school_id is None else Q(school_id=school_id)
    ending = LocalReason.objects.filter(Q(valid_until=None) | Q(valid_until__gt=until), whose, pk=reason_id)
    if not ending.filter(valid_from__lt=until).update(valid_until=until):
        gone, _ = ending.filter(valid_from__gte=until).delete()
        if not gone:
            return False
    trail.changed(
        user_id,
        "local_reason.end",
        role=role,
        subject="municipality" if school_id is None else "school",
        subject_id=school_id or "",
        detail={"local_reason": reason_id, "until": until.isoformat()},
    )
    return True


def _looks(text: str) -> str:
    """What is left of a word for whoever reads it in passing: its letters and figures, whatever their case."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in plain if sign.isalnum()) or plain


def _at(school_id: int) -> Q:
    return Q(school_id=school_id) | Q(school=None)


def _words(which: Q) -> list[Word]:
    rows = (
        LocalReason.objects.filter(which)
        .order_by("reason", "name", "valid_from", "pk")
        .values_list("pk", "code", "name", "reason", "valid_from", "valid_until", "school_id")
    )
    return [
        Word(pk, code, name, Reason(reason), since, until, school)
        for pk, code, name, reason, since, until, school in rows
    ]
