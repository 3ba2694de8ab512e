"""Which classes have been registered today, and which lack it?

A class lacks its register only when somebody could take it: on a school day of its own, with a pupil in it, and once the
school has opened for it. Year groups with a register at the end of the day have a line for that as well, from then on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from typing import Literal

from django.db.models import Count, OuterRef, Subquery
from django.utils import timezone

from fravaer.absence import halfdays
from fravaer.absence.arrangements import Settings
from fravaer.absence.checkpoints import Checkpoint, due
from fravaer.absence.models import Register
from fravaer.schools import schooldays
from fravaer.schools.models import Enrolment, SchoolClass
from fravaer.schools.querysets import SchoolClassQuerySet

LineState = Literal["missing", "late", "not_open", "taken", "closed", "empty"]
ORDER: dict[LineState, int] = {"late": 0, "missing": 1, "not_open": 2, "taken": 3, "empty": 4, "closed": 5}
MISSING: frozenset[LineState] = frozenset({"late", "missing"})


@dataclass(frozen=True, slots=True)
class Line:
    """One class at one checkpoint: its state, and of a taken register the pupils here and in all, those unexplained, the time.

    `opens_at` and `due_at` are the school's times for this checkpoint; a taken register is `overdue` when it was first saved
    after them or on a later day. `reason` says why the class has no school.
    """

    school_class: SchoolClass
    state: LineState
    checkpoint: Checkpoint = Checkpoint.START
    here: int = 0
    enrolled: int = 0
    pending: int = 0
    taken_at: datetime | None = None
    reason: str = ""
    opens_at: time | None = None
    due_at: time | None = None
    overdue: bool = False

    @property
    def key(self) -> str:
        """The line's name on the page: `12-1`."""
        return f"{self.school_class.pk}-{int(self.checkpoint)}"

    @property
    def missing(self) -> bool:
        return self.state in MISSING

    @property
    def absent(self) -> int:
        return self.enrolled - self.here


def morning(classes: Iterable[SchoolClass], day: date, now: time) -> list[Line]:
    """The classes' morning registers of `day`, those that lack one first. `classes` come from `with_facts`.

    `now` is the time of day at the school; a class is late once its school's limit has passed. One query beside the classes'.
    """
    return _sorted(_lines(list(classes), day, now, {}, {Checkpoint.START}))


def missing(
    classes: Iterable[SchoolClass],
    day: date,
    now: time,
    arranged: Mapping[int, Settings],
    checkpoint: Checkpoint,
) -> list[Line]:
    """The registers of this checkpoint that `day` lacks by `now`, the time of day at the schools.

    `classes` come from `with_facts`, `arranged` are the settings of their schools. Two queries beside the classes'.
    """
    lines = _lines(list(classes), day, now, arranged, {checkpoint})
    return _sorted([line for line in lines if line.missing])


def whole_day(
    classes: Iterable[SchoolClass], day: date, now: time, arranged: Mapping[int, Settings]
) -> list[Line]:
    """The registers of `day` that are due by `now`: the morning's, and the end of the day's once the school asks for it.

    `arranged` are the settings of the classes' schools. One query beside the classes'.
    """
    return _sorted(_lines(list(classes), day, now, arranged, set(Checkpoint)))


def with_facts(classes: SchoolClassQuerySet, day: date) -> SchoolClassQuerySet:
    """The classes with all that a line needs to know of them: their schools, whether it is a school day, and their pupils."""
    enrolled = (
        Enrolment.objects.on(day)
        .filter(school_class_id=OuterRef("pk"))
        .order_by()
        .values("school_class_id")
        .annotate(pupils=Count("pk"))
        .values("pupils")
    )
    found = schooldays.with_day(classes.select_related("school"), day)
    columns = {"pupils": Subquery(enrolled)}
    return found.annotate(**columns)


def _lines(
    classes: list[SchoolClass],
    day: date,
    now: time,
    arranged: Mapping[int, Settings],
    asked: set[Checkpoint],
) -> list[Line]:
    taken = {
        (register.school_class_id, register.checkpoint): register
        for register in Register.objects.filter(
            school_class_id__in=[one.pk for one in classes], day=day, checkpoint__in=asked
        )
    }
    rule = halfdays.on(day)
    lines = []
    for school_class in classes:
        for checkpoint in due(school_class.year_group, rule):
            if checkpoint in asked:
                line = _line(
                    school_class,
                    checkpoint,
                    taken.get((school_class.pk, checkpoint)),
                    now,
                    arranged.get(school_class.school_id, Settings()),
                )
                # Until the end of the day is asked for, and on days that have none, the morning says it all.
                if checkpoint is Checkpoint.START or line.state in MISSING | {"taken"}:
                    lines.append(line)
    return lines


def _line(
    school_class: SchoolClass,
    checkpoint: Checkpoint,
    register: Register | None,
    now: time,
    settings: Settings,
) -> Line:
    school = school_class.school
    start = checkpoint is Checkpoint.START
    opens_at = school.opens_at if start else settings.end_opens_at
    due_at = school.due_at if start else settings.end_due_at
    line = partial(Line, school_class, checkpoint=checkpoint, opens_at=opens_at, due_at=due_at)
    if register is not None:
        absent = register.illness + register.leave + register.unlawful + register.pending
        taken_at = timezone.localtime(register.taken_at)
        return line(
            state="taken",
            here=register.enrolled - absent,
            enrolled=register.enrolled,
            pending=register.pending,
            taken_at=register.taken_at,
            overdue=taken_at.date() > register.day or taken_at.time() > due_at,
        )
    if not school_class.is_school_day:
        return line(state="closed", reason=school_class.closed_reason or "")
    if not school_class.pupils:
        return line(state="empty")
    if now < opens_at:
        return line(state="not_open")
    return line(state="late" if now > due_at else "missing")


def _sorted(lines: list[Line]) -> list[Line]:
    return sorted(
        lines,
        key=lambda line: (
            ORDER[line.state],
            line.school_class.school.sort_name,
            line.school_class.year_group,
            line.school_class.letter,
            line.checkpoint,
        ),
    )
