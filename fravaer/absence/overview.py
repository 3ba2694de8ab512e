"""How has each pupil of a class been at school?

The class teacher's page: the year so far from the one percentage, the latest days one by one, and what stands out in them.
A handful of statements, whatever the size of the class.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db.models import Sum

from fravaer.absence import checkpoints, halfdays, percentage
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Absence, Presence, Register
from fravaer.absence.nearing import LEGAL_PERCENTS, days_until, unlawful_until
from fravaer.absence.patterns import Pattern, weekday
from fravaer.absence.percentage import Tally
from fravaer.absence.reasons import Reason
from fravaer.core.periods import Period, Quarter, school_year_of
from fravaer.schools.models import CalendarDay, Enrolment, SchoolClass

SHOWN_DAYS = 10
# Eight weeks: as far back as a pattern is looked for.
WATCHED_DAYS = 40
LIMIT_PERCENT = 10


class Was(StrEnum):
    """How one pupil was at school on one day, as far as the registers know."""

    HERE = "here"
    LATE = "late"
    ACTIVITY = "activity"
    HALF = "half"
    ABSENT = "absent"
    ILL = "ill"
    LEAVE = "leave"
    UNLAWFUL = "unlawful"
    UNKNOWN = "unknown"


REASONS = {
    Reason.PENDING: Was.ABSENT,
    Reason.ILLNESS: Was.ILL,
    Reason.LEAVE: Was.LEAVE,
    Reason.UNLAWFUL: Was.UNLAWFUL,
}
PRESENCES = {Presence.Kind.LATE: Was.LATE, Presence.Kind.ACTIVITY: Was.ACTIVITY}


@dataclass(frozen=True, slots=True)
class Seen:
    """One pupil's year so far in half-days, her latest school days with the oldest first, and what stands out.

    `days_left` are the school days away after which she reaches ten percent; see `nearing.days_until`. `quarter` is her
    calendar quarter so far, `unlawful_left` the half-days of unlawful absence until each of the law's limits in it.
    """

    pupil_id: int
    tally: Tally
    days: tuple[tuple[date, Was], ...]
    pattern: Pattern | None
    days_left: int | None
    quarter: Tally
    unlawful_left: tuple[int | None, ...]


def of(school_class: SchoolClass, pupil_ids: Collection[int], day: date) -> dict[int, Seen]:
    """What the registers say of these pupils of the class up to and including `day`. Eight queries."""
    year = percentage.spent(school_year_of(day), day)
    tallies = percentage.tallies(year, pupil_ids)
    quarter = percentage.tallies(percentage.spent(Quarter.of(day).period, day), pupil_ids)
    # Where the morning decides the whole day, nobody is away for half of one.
    step = checkpoints.halves(school_class.year_group, Checkpoint.START, halfdays.on(day))
    watched = _watched(school_class, year)
    taken = _taken(school_class, watched)
    absent, present = _marks(pupil_ids, watched)
    joined = _joined(school_class, pupil_ids, day)
    found = {}
    for pupil in pupil_ids:
        away = absent.get(pupil, {})
        since = joined.get(pupil, day)
        days = tuple(
            (
                one,
                _was(taken.get(one, 0) if one >= since else 0, away.get(one), present.get((pupil, one))),
            )
            for one in watched
        )
        tally, in_quarter = tallies.get(pupil, Tally()), quarter.get(pupil, Tally())
        found[pupil] = Seen(
            pupil,
            tally,
            days[-SHOWN_DAYS:],
            weekday(away, sum(was != Was.UNKNOWN for _, was in days)),
            days_until(tally, LIMIT_PERCENT),
            in_quarter,
            tuple(unlawful_until(in_quarter, percent, step=step) for percent in LEGAL_PERCENTS),
        )
    return found


def _joined(school_class: SchoolClass, pupil_ids: Collection[int], day: date) -> dict[int, date]:
    """When each pupil came into the class: what its registers say before that is not about her."""
    enrolments = Enrolment.objects.on(day).filter(school_class=school_class, pupil_id__in=pupil_ids)
    return dict(enrolments.values_list("pupil_id", "starts_on"))


def _watched(school_class: SchoolClass, year: Period) -> list[date]:
    """The class's latest school days, the oldest first; none while it has no calendar."""
    if school_class.calendar_id is None:
        return []
    days = CalendarDay.objects.filter(
        calendar_id=school_class.calendar_id, is_school_day=True, day__gte=year.since, day__lt=year.until
    ).order_by("-day")
    return sorted(days.values_list("day", flat=True)[:WATCHED_DAYS])


def _taken(school_class: SchoolClass, watched: list[date]) -> dict[date, int]:
    """Half-days of each day that a taken register decides."""
    registers = Register.objects.filter(school_class=school_class, day__in=watched).values("day")
    return dict(registers.annotate(decided=Sum("halves")).values_list("day", "decided"))


def _marks(
    pupil_ids: Collection[int], watched: list[date]
) -> tuple[dict[int, dict[date, tuple[int, Reason]]], dict[tuple[int, date], Was]]:
    """Each pupil's absent days with half-days and first reason, and the days of which something else is remembered."""
    absent: dict[int, dict[date, tuple[int, Reason]]] = defaultdict(dict)
    rows = Absence.objects.filter(pupil_id__in=pupil_ids, day__in=watched, halves__gt=0)
    for pupil, day, halves, reason in rows.order_by("checkpoint").values_list(
        "pupil_id", "day", "halves", "reason"
    ):
        before, first = absent[pupil].get(day, (0, Reason(reason)))
        absent[pupil][day] = (before + halves, first)
    remembered = Presence.objects.filter(pupil_id__in=pupil_ids, day__in=watched).order_by("-checkpoint")
    present = {
        (pupil, day): PRESENCES[Presence.Kind(kind)]
        for pupil, day, kind in remembered.values_list("pupil_id", "day", "kind")
    }
    return absent, present


def _was(taken: int, away: tuple[int, Reason] | None, remembered: Was | None) -> Was:
    if away is not None:
        halves, reason = away
        return Was.HALF if halves < taken else REASONS[reason]
    if not taken:
        return Was.UNKNOWN
    return remembered or Was.HERE
