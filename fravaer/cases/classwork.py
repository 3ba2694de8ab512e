"""What is done with a class as a whole?

Class-based effort: the inclusion team observes a class for a week, supposes, tries, and looks at what came of it
(Vesthimmerland's procedure, 2024: intensive observation and action learning). Its subject is the class: it names no pupil.
Entries are only ever added; it is closed with an outcome and a day on which somebody looks again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from fravaer.absence import percentage, weekly
from fravaer.absence.tallies import GroupTally, Tally
from fravaer.audit import trail
from fravaer.cases.models import ClassEffort, Cluster, EffortEntry, EntryKind, State
from fravaer.core.periods import Period
from fravaer.core.scope import Scope
from fravaer.schools import schooldays
from fravaer.schools.models import Enrolment, SchoolClass

LONGEST = 10_000
# A window shorter than a week says nothing of a class, and one longer than eight weeks is about another time.
LEAST_DAYS, MOST_DAYS = 5, 40
CURVE_WEEKS = 12


class AnotherOpen(Exception):
    """There is an open effort with the class already: this one."""

    def __init__(self, effort: ClassEffort) -> None:
        super().__init__("the class has an open effort")
        self.effort = effort


class NotOpen(Exception):
    """The effort has been closed meanwhile."""


class KeyReused(Exception):
    """The form's key has saved something elsewhere: the form has been tampered with."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What an effort begins with: what one wants to know, the days of observation (half-open) and when it is looked at again."""

    question: str
    observed: Period
    review_on: date


def begin(school_class: SchoolClass, scope: Scope, now: datetime, begun: Begun, *, key: UUID) -> ClassEffort:
    """Open an effort with the class. A retry gives the same; raises AnotherOpen and KeyReused."""
    made = ClassEffort.objects.filter(key=key).first()
    if made is not None:
        if made.school_class_id != school_class.pk:
            raise KeyReused
        return made
    assert scope.actor_id is not None
    try:
        with transaction.atomic():
            effort = ClassEffort.objects.create(
                key=key,
                school_class=school_class,
                cluster=Cluster.objects.filter(school_class=school_class, ended_on=None).first(),
                question=begun.question,
                observed_from=begun.observed.since,
                observed_until=begun.observed.until,
                review_on=begun.review_on,
                responsible_id=scope.actor_id,
                opened_by_id=scope.actor_id,
                opened_at=now,
            )
            _changed(scope, "class_effort.open", effort)
    except IntegrityError:
        other = ClassEffort.objects.filter(school_class=school_class, state=State.OPEN).first()
        if other is None or other.key == key:
            return ClassEffort.objects.get(key=key)
        raise AnotherOpen(other) from None
    return effort


@transaction.atomic
def add(
    effort: ClassEffort, scope: Scope, now: datetime, *, kind: EntryKind, day: date, text: str, key: UUID
) -> EffortEntry:
    """Write down what was seen, thought, tried or found. A retry adds none; raises NotOpen and KeyReused."""
    made = EffortEntry.objects.filter(key=key).first()
    if made is not None:
        if made.effort_id != effort.pk:
            raise KeyReused
        return made
    _open(effort)
    assert scope.actor_id is not None
    entry = EffortEntry.objects.create(
        key=key, effort=effort, kind=kind, day=day, text=text, by_id=scope.actor_id, at=now
    )
    _changed(scope, "class_effort.entry", effort)
    return entry


@transaction.atomic
def close(effort: ClassEffort, scope: Scope, now: datetime, *, outcome: str, follow_up_on: date) -> None:
    """End the effort with what came of it and when somebody looks again. Raises NotOpen."""
    held = _open(effort)
    held.state, held.closed_by_id, held.closed_at = State.CLOSED, scope.actor_id, now
    held.outcome, held.follow_up_on = outcome, follow_up_on
    held.save(update_fields=["state", "closed_by", "closed_at", "outcome", "follow_up_on"])
    _changed(scope, "class_effort.close", effort)


@dataclass(frozen=True, slots=True)
class Window:
    """A class's absence over as many school days as each other window has; `name` is before, during or after."""

    name: str
    period: Period
    days: int
    figures: GroupTally


def windows(effort: ClassEffort, day: date, closed_on: date | None) -> list[Window]:
    """Before, during and after, each over the same number of school days; those there are days enough for.

    During runs from the first day of observation, or the opening, to its closing or `day`; before ends where it begins, after
    begins where it ends. None of them when there are fewer than five school days to compare.
    """
    began = _began(effort)
    until = min(closed_on or day, day) + timedelta(days=1)
    during = schooldays.municipal(Period(began, max(began, until)))[:MOST_DAYS]
    before = schooldays.municipal(Period(began - timedelta(days=365), began))
    after = schooldays.municipal(Period(until, max(until, day + timedelta(days=1)))) if closed_on else []
    year = effort.school_class.school_year
    before = [one for one in before if one >= year.starts_on]
    number = min(len(during), len(before))
    if len(after) >= LEAST_DAYS:
        number = min(number, len(after))
    if number < LEAST_DAYS:
        return []
    spans = [("before", before[-number:]), ("during", during[-number:]), ("after", after[:number])]
    found = []
    for name, days in spans:
        if len(days) == number:
            period = Period(days[0], days[-1] + timedelta(days=1))
            groups = percentage.group_tallies(period, "class", [effort.school_class.school_id])
            figures = groups.get(effort.school_class_id, GroupTally(Tally(), 0))
            found.append(Window(name, period, number, figures))
    return found


def curve(school_class: SchoolClass, since: date, day: date) -> list[tuple[date, int | None]]:
    """The class's percent absent (tenths, cut) of each ISO week from `since` to `day`, by its Monday; None where nothing was
    registered."""
    period = Period(since - timedelta(days=since.weekday()), day + timedelta(days=1))
    pupils = Enrolment.objects.filter(
        school_class=school_class, starts_on__lt=period.until, until__gt=period.since
    ).values_list("pupil_id", flat=True)
    sums: dict[date, Tally] = {}
    for weeks in weekly.tallies(list(pupils), period).values():
        for week, tally in weeks.items():
            sums[week] = sums.get(week, Tally()) + tally
    return [(week, sums[week].tenths) for week in sorted(sums)]


def first_week(effort: ClassEffort) -> date:
    """Where the curve begins: twelve weeks before the effort, in the class's own year."""
    return max(effort.school_class.school_year.starts_on, _began(effort) - timedelta(weeks=CURVE_WEEKS))


def _began(effort: ClassEffort) -> date:
    return effort.observed_from or effort.opened_at.date()


def _open(effort: ClassEffort) -> ClassEffort:
    """Hold the effort until the transaction ends, and refuse what is closed."""
    held = ClassEffort.objects.select_for_update().get(pk=effort.pk)
    if held.state != State.OPEN:
        raise NotOpen
    return held


def _changed(scope: Scope, action: str, effort: ClassEffort) -> None:
    trail.changed(
        scope.actor_id,
        action,
        role=scope.role,
        subject="class_effort",
        subject_id=effort.uuid,
        detail={"class": effort.school_class_id},
    )
