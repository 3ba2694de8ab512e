"""What have the pupils of a test's class attended?

Registers and absences written straight into their tables, half-day by half-day, so that a test can have any figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from fravaer.absence import alignment
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Absence, Register
from fravaer.absence.reasons import Reason
from fravaer.core.periods import Period
from fravaer.schools.models import CalendarDay, Pupil, SchoolClass
from tests import factories

YEAR = Period(date(2025, 8, 1), date(2026, 8, 1))


def school_days(until: date, *, since: date = YEAR.since) -> list[date]:
    """The municipal school days from `since` up to and including `until`."""
    return list(
        CalendarDay.objects.filter(
            calendar__key="municipality", is_school_day=True, day__gte=since, day__lte=until
        )
        .order_by("day")
        .values_list("day", flat=True)
    )


def attended(
    school_class: SchoolClass,
    days: Sequence[date],
    absent: Mapping[Pupil, int | Sequence[Reason]],
    *,
    last: bool = False,
) -> None:
    """Registers of all the days for a class of year group 7–10, and so many half-days absent of each pupil.

    A number is that many half-days of illness, a sequence names each half-day's reason. They are the first of the days, with
    `last` the last. An odd half-day is an END: who is absent at the start alone counts as absent all day.
    """
    Register.objects.bulk_create(
        [
            Register(
                school_class=school_class,
                school_id=school_class.school_id,
                day=day,
                checkpoint=checkpoint,
                halves=1,
                taken_at=factories.moment(day, 8, 10),
            )
            for day in days
            for checkpoint in Checkpoint
        ],
        ignore_conflicts=True,
    )
    Absence.objects.filter(pupil__in=absent, day__in=days).delete()
    rows = []
    for pupil, halves in absent.items():
        reasons = [Reason.ILLNESS] * halves if isinstance(halves, int) else list(halves)
        slots = [(day, checkpoint) for day in days for checkpoint in (Checkpoint.END, Checkpoint.START)]
        if last:
            slots = [(day, c) for day in reversed(days) for c in (Checkpoint.END, Checkpoint.START)]
        assert len(reasons) <= len(slots)
        rows += [
            Absence(
                pupil=pupil,
                day=day,
                checkpoint=checkpoint,
                school_class=school_class,
                school_id=school_class.school_id,
                halves=1,
                reason=reason,
            )
            for reason, (day, checkpoint) in zip(reasons, slots, strict=False)
        ]
    Absence.objects.bulk_create(rows)
    alignment.align()
