"""Who has been asked to take a missing register, when and by whom?

A register that lacks, the morning's or the end of the day's, is asked for by hand from the board, or by itself in two steps
at times the school has set: first the class's teachers, then the school's leader. Nobody is asked about a day without school,
a class without pupils or a register that is taken; and no class oftener than every ten minutes. Presence is noted daily
(order on pupils' absence in the Folkeskole, in force 1 January 2020, § 1); who reminds whom is the school's own matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from fravaer.absence import arrangements, board
from fravaer.absence.board import Line
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Register, Reminder, ReminderMail
from fravaer.accounts import grants
from fravaer.accounts.grants import Holder
from fravaer.audit import trail
from fravaer.schools.models import School, SchoolClass

Step = Reminder.Step
PAUSE = timedelta(minutes=10)
# A step that could not be taken in time is not made up for later in the day.
STEP_LASTS = timedelta(hours=2)


@dataclass(slots=True)
class Asked:
    """What came of asking: lines somebody was asked about, and those nobody was, by why."""

    asked: list[tuple[Line, Sequence[Holder]]] = field(default_factory=list)
    # Asked about less than ten minutes ago.
    too_soon: list[Line] = field(default_factory=list)
    # No teacher has access to the class.
    nobody: list[Line] = field(default_factory=list)
    # Taken meanwhile, or not missing in the first place.
    not_missing: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Last:
    """The latest time a register was asked for: when, at which step, by whom ("" is the job) and how many were asked."""

    at: datetime
    step: Step
    by: str
    people: int


@dataclass(frozen=True, slots=True)
class Open:
    """A register a person has been asked to take and that is still missing; `by` is "" when nobody in particular asked."""

    class_id: int
    class_name: str
    checkpoint: Checkpoint
    asked_at: datetime
    by: str


@transaction.atomic
def remind(lines: Iterable[Line], day: date, *, user_id: int, role: str, now: datetime) -> Asked:
    """Ask the teachers of these classes for the registers of `day`. `lines` are the board's, of classes the actor reaches.

    What is missing is looked up again under the classes' locks, so that two who press at once ask once.
    """
    wanted = list(lines)
    found = Asked(not_missing=[line for line in wanted if not line.missing])
    missing = [line for line in wanted if line.missing]
    class_ids = _locked(missing)
    taken = set(
        Register.objects.filter(school_class_id__in=class_ids, day=day).values_list(
            "school_class_id", "checkpoint"
        )
    )
    recent = {key for key, one in latest(class_ids, day).items() if one.people and one.at > now - PAUSE}
    teachers = grants.of_classes(class_ids, now)
    rows = []
    for line in missing:
        key = (line.school_class.pk, line.checkpoint)
        people = teachers.get(line.school_class.pk, [])
        if key in taken:
            found.not_missing.append(line)
        elif key in recent:
            found.too_soon.append(line)
        elif not people:
            found.nobody.append(line)
        else:
            found.asked.append((line, people))
            rows.append(
                Reminder(
                    school_class=line.school_class,
                    day=day,
                    checkpoint=line.checkpoint,
                    step=Step.BY_HAND,
                    asked_at=now,
                    asked_by_id=user_id,
                    asked=[one.user_id for one in people],
                )
            )
    _write(rows)
    for row in rows:
        trail.changed(
            user_id,
            "register.remind",
            role=role,
            subject="class",
            subject_id=row.school_class_id,
            detail={"day": day.isoformat(), "checkpoint": int(row.checkpoint), "people": len(row.asked)},
        )
    return found


def remind_due(day: date, now: datetime) -> int:
    """Take the steps that are due at `now`: ask the teachers, and later the leaders. Returns how many classes were asked about.

    However often and by however many jobs it runs, each class's step is taken once. `day` is the day in view.
    """
    clock = timezone.localtime(now)
    arranged = arrangements.of_schools(School.objects.values_list("pk", flat=True))
    return sum(
        _step(
            step,
            checkpoint,
            {school: one for school, one in arranged.items() if _is_due(getattr(one, chosen), clock)},
            day,
            now,
        )
        for checkpoint, steps in zip(Checkpoint, arrangements.REMINDERS, strict=True)
        for step, chosen in zip((Step.TEACHERS, Step.LEADER), steps, strict=True)
    )


def latest(class_ids: Iterable[int], day: date) -> dict[tuple[int, int], Last]:
    """When each class's registers of `day` were last asked for, by class and checkpoint. One query."""
    rows = (
        Reminder.objects.filter(school_class_id__in=list(class_ids), day=day)
        .order_by("school_class_id", "checkpoint", "-asked_at", "-pk")
        .distinct("school_class_id", "checkpoint")
        .values_list("school_class_id", "checkpoint", "asked_at", "step", "asked_by__name", "asked")
    )
    return {
        (school_class, checkpoint): Last(at, Step(step), by or "", len(asked))
        for school_class, checkpoint, at, step, by, asked in rows
    }


def open_for(user_id: int, day: date) -> list[Open]:
    """The registers of `day` this person has been asked to take and nobody has taken, the first asked for first. One query."""
    rows = (
        Reminder.objects.filter(_untaken(), asked__contains=[user_id], day=day)
        .exclude(step=Step.LEADER)
        .order_by("school_class_id", "checkpoint", "-asked_at")
        .distinct("school_class_id", "checkpoint")
        .select_related("school_class", "asked_by")
    )
    found = [
        Open(
            row.school_class_id,
            str(row.school_class),
            Checkpoint(row.checkpoint),
            row.asked_at,
            row.asked_by.name if row.asked_by else "",
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: one.asked_at)


def claim(now: datetime, *, lease: timedelta, fresh: timedelta) -> list[Reminder]:
    """The reminders whose e-mail is to be sent by whoever calls this, as nobody else is sending it.

    One that has not been settled a `lease` after it was claimed is claimed anew; one older than `fresh` is worth nothing any
    more. A register taken meanwhile needs no e-mail: its reminder is settled here.
    """
    with transaction.atomic():
        rows = list(
            ReminderMail.objects.select_for_update(skip_locked=True)
            .filter(
                Q(claimed_at=None) | Q(claimed_at__lt=now - lease),
                settled_at=None,
                reminder__asked_at__gt=now - fresh,
            )
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        needed = list(
            Reminder.objects.filter(_untaken(), pk__in=rows)
            .select_related("school_class__school")
            .order_by("pk")
        )
        ReminderMail.objects.filter(pk__in=set(rows) - {row.pk for row in needed}).update(settled_at=now)
        ReminderMail.objects.filter(pk__in=[row.pk for row in needed]).update(claimed_at=now)
    return needed


def settle(mailed: Mapping[int, int], now: datetime) -> None:
    """Note that the e-mails of these reminders are out: the reminder's id and to how many people."""
    for reminder, people in mailed.items():
        ReminderMail.objects.filter(pk=reminder, settled_at=None).update(settled_at=now, mailed=people)


def release(reminder_ids: Iterable[int]) -> None:
    """Let reminders that could not be sent be claimed again."""
    ReminderMail.objects.filter(pk__in=list(reminder_ids), settled_at=None).update(claimed_at=None)


@transaction.atomic
def _step(
    step: Step,
    checkpoint: Checkpoint,
    arranged: Mapping[int, arrangements.Settings],
    day: date,
    now: datetime,
) -> int:
    """Take one step at the schools where it is due, which come with their settings."""
    if not arranged:
        return 0
    taken = Reminder.objects.filter(day=day, checkpoint=checkpoint, step=step)
    asked_already = taken.filter(school_class_id=OuterRef("pk"))
    classes = board.with_facts(
        SchoolClass.objects.in_year_of(day).filter(~Exists(asked_already), school_id__in=list(arranged)), day
    )
    missing = board.missing(classes, day, timezone.localtime(now).time(), arranged, checkpoint)
    done = set(taken.filter(school_class_id__in=_locked(missing)).values_list("school_class_id", flat=True))
    missing = [line for line in missing if line.school_class.pk not in done]
    if not missing:
        return 0
    if step is Step.TEACHERS:
        people = grants.of_classes([line.school_class.pk for line in missing], now)
    else:
        leaders = grants.leaders({line.school_class.school_id for line in missing}, now)
        people = {line.school_class.pk: leaders.get(line.school_class.school_id, []) for line in missing}
    # A class nobody can be asked about has its row as well: the board says that nobody was there to ask.
    _write(
        [
            Reminder(
                school_class=line.school_class,
                day=day,
                checkpoint=checkpoint,
                step=step,
                asked_at=now,
                asked=[one.user_id for one in people.get(line.school_class.pk, [])],
            )
            for line in missing
        ]
    )
    return len(missing)


def _locked(lines: Iterable[Line]) -> list[int]:
    """The lines' classes, held until the transaction ends: whoever else asks about them waits, and then sees our rows."""
    class_ids = sorted({line.school_class.pk for line in lines})
    locked = SchoolClass.objects.select_for_update(no_key=True).filter(pk__in=class_ids)
    return list(locked.order_by("pk").values_list("pk", flat=True))


def _write(rows: list[Reminder]) -> None:
    ReminderMail.objects.bulk_create(ReminderMail(reminder=row) for row in Reminder.objects.bulk_create(rows))


def _is_due(at: time | None, clock: datetime) -> bool:
    if at is None:
        return False
    due_at = clock.replace(hour=at.hour, minute=at.minute, second=at.second, microsecond=0)
    return due_at <= clock < due_at + STEP_LASTS


def _untaken() -> Exists:
    return ~Exists(  # type: ignore[return-value]
        Register.objects.filter(
            school_class_id=OuterRef("school_class_id"),
            day=OuterRef("day"),
            checkpoint=OuterRef("checkpoint"),
        )
    )
