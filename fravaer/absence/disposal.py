"""Which classes' registers are of school years long over, and how do they go?

A class's registers go whole or stay whole: absences without their registers, or registers without their absences, would
count as something that was not. What has been counted of them before stands in the frozen quarters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import Exists, Model, OuterRef, QuerySet

from fravaer.absence.models import (
    Absence,
    Certificate,
    ClassMonth,
    Discrepancy,
    Explanation,
    Known,
    Objection,
    Presence,
    Register,
    RegisterEvent,
    Reminder,
)
from fravaer.core.disposal import Item, erase
from fravaer.schools.models import Enrolment, SchoolClass

# What names its class; and what names a pupil and a day, which were the class's while she was in it.
OF_CLASS: tuple[type[Model], ...] = (Absence, ClassMonth, Presence, Register, RegisterEvent, Reminder)
OF_PUPIL: dict[type[Model], str] = {
    Certificate: "since",
    Discrepancy: "day",
    Explanation: "day",
    Objection: "day",
}


def ended_before(day: date) -> list[Item]:
    """The classes whose school year was over by `day` and whose registers are there still, with their pupils. Two queries."""
    taken = Exists(Register.objects.filter(school_class=OuterRef("pk")))
    classes = SchoolClass.objects.filter(taken, school_year__until__lte=day)
    ended = dict(classes.values_list("pk", "school_year__until"))
    pupils: dict[int, set[int]] = defaultdict(set)
    for school_class, pupil in Enrolment.objects.filter(school_class__in=ended).values_list(
        "school_class_id", "pupil_id"
    ):
        pupils[school_class].add(pupil)
    return [Item(until, str(pk), frozenset(pupils[pk])) for pk, until in ended.items()]


def pupils_with_registers(pupil_ids: Iterable[int]) -> set[int]:
    """Those of the pupils who were in a class whose registers are there still. One query."""
    taken = Exists(Register.objects.filter(school_class=OuterRef("school_class")))
    kept = Enrolment.objects.filter(taken, pupil_id__in=list(pupil_ids))
    return set(kept.values_list("pupil_id", flat=True))


def dispose(keys: Collection[str]) -> dict[str, int]:
    """Let the registers of these classes go, with everything that was said about a day in them. Rows by table."""
    classes = [int(key) for key in keys]
    rows: dict[str, int] = defaultdict(int)
    for model, column in OF_PUPIL.items():
        within = Enrolment.objects.filter(
            pupil_id=OuterRef("pupil_id"),
            school_class_id__in=classes,
            starts_on__lte=OuterRef(column),
            until__gt=OuterRef(column),
        )
        _add(rows, erase(QuerySet(model).filter(Exists(within))))
    known = Enrolment.objects.filter(
        pupil_id=OuterRef("pupil_id"),
        school_class_id__in=classes,
        starts_on__lt=OuterRef("until"),
        school_class__school_year__until__gte=OuterRef("until"),
        until__gt=OuterRef("since"),
    )
    _add(rows, erase(Known.objects.filter(Exists(known))))
    _add(rows, erase(Known.objects.filter(school_class_id__in=classes)))
    for model in OF_CLASS:
        _add(rows, erase(QuerySet(model).filter(school_class_id__in=classes)))
    return dict(rows)


def _add(rows: dict[str, int], more: dict[str, int]) -> None:
    for label, count in more.items():
        rows[label] += count
