"""Which classes have been registered this morning, and which lack it?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Register
from fravaer.schools.models import SchoolClass

LineState = Literal["missing", "late", "not_open", "taken", "closed", "empty"]
ORDER: dict[LineState, int] = {"late": 0, "missing": 1, "not_open": 2, "taken": 3, "empty": 4, "closed": 5}


@dataclass(frozen=True, slots=True)
class Line:
    """One class: its state, and of a taken register the pupils here and in all, those unexplained, and the time."""

    school_class: SchoolClass
    state: LineState
    here: int = 0
    enrolled: int = 0
    pending: int = 0
    taken_at: datetime | None = None
    reason: str = ""


def morning(classes: Iterable[SchoolClass], day: date, now: time) -> list[Line]:
    """The classes' morning registers of `day`, those that lack one first. `classes` come from `schooldays.with_day`.

    `now` is the time of day at the school; a class is late once its school's limit has passed. One query beside the classes'.
    """
    found = list(classes)
    taken = {
        register.school_class_id: register
        for register in Register.objects.filter(
            school_class_id__in=[one.pk for one in found], day=day, checkpoint=Checkpoint.START
        )
    }
    lines = [_line(one, taken.get(one.pk), now) for one in found]
    return sorted(
        lines,
        key=lambda line: (
            ORDER[line.state],
            line.school_class.school.sort_name,
            line.school_class.year_group,
            line.school_class.letter,
        ),
    )


def _line(school_class: SchoolClass, register: Register | None, now: time) -> Line:
    if register is not None:
        absent = register.illness + register.leave + register.unlawful + register.pending
        return Line(
            school_class,
            "taken",
            here=register.enrolled - absent,
            enrolled=register.enrolled,
            pending=register.pending,
            taken_at=register.taken_at,
        )
    if not school_class.is_school_day:
        return Line(school_class, "closed", reason=school_class.closed_reason or "")
    if now < school_class.school.opens_at:
        return Line(school_class, "not_open")
    return Line(school_class, "late" if now > school_class.school.due_at else "missing")
