"""Is a school's registration of a day completed, and who opened it again?

A period is completed for one school: its registers are locked from then on, until the leader opens the period again and says
why. Completing is one row in one transaction: it waits for the saves under way in the school's classes, asks what blocks it,
and locks everything or nothing. Legal basis: reasons are complete within a week and errors corrected before the quarter ends;
the year's registration is finished so that it can be delivered by 1 July (order on pupils' absence in the Folkeskole, in
force 1 January 2020).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from fravaer.absence import completion
from fravaer.absence.models import Arrangement, Closing
from fravaer.accounts.roles import Role
from fravaer.audit import trail
from fravaer.core.periods import Period
from fravaer.core.scope import Scope
from fravaer.schools.models import SchoolClass

# A correction of a day further back is one that asks for a fresh proof of who makes it.
OLDER_DAYS = 14


@dataclass(frozen=True, slots=True)
class Limits:
    """What limits a correction of one day: how far back teachers may go and how far back the day lies, both in school days
    of the class, and whether the school's registration of the day is completed."""

    days_back: int
    school_days_ago: int
    locked: bool


class NotOver(Exception):
    """The school still has school days ahead in the period; a day to come cannot be completed."""


class Blocked(Exception):
    """Something has to be settled first, or has changed since it was looked at; `check` is how it stands now. Nothing was
    locked."""

    def __init__(self, check: completion.Check) -> None:
        super().__init__(f"{check.pending} pending, {check.discrepancies} discrepancies")
        self.check = check


class NoReason(Exception):
    """A completed period is opened again only with a reason."""


class AlreadyClosed(Exception):
    """Somebody has completed the period meanwhile."""


class AlreadyOpen(Exception):
    """Somebody has opened the period again meanwhile."""


LIMITS = """
SELECT coalesce((SELECT days_back FROM absence_arrangement a WHERE a.school_id = c.school_id), %(default)s),
  coalesce((SELECT number_before FROM schools_calendarday d WHERE d.calendar_id = c.calendar_id AND d.day = %(today)s)
    - (SELECT number_before FROM schools_calendarday d WHERE d.calendar_id = c.calendar_id AND d.day = %(day)s), 0),
  EXISTS (SELECT 1 FROM absence_closing k WHERE k.school_id = c.school_id AND k.reopened_at IS NULL
    AND k.since <= %(day)s AND k.until > %(day)s)
FROM schools_schoolclass c WHERE c.id = %(class)s
"""


def limits(school_class_id: int, day: date, today: date) -> Limits:
    """Everything a refusal of this class's register has to know of arrangements and closings. One query."""
    with connection.cursor() as cursor:
        cursor.execute(LIMITS, asked(school_class_id, day, today))
        row: tuple[int, int, bool] = cursor.fetchone()
    return Limits(*row)


def asked(school_class_id: int, day: date, today: date) -> dict[str, Any]:
    """The parameters of `LIMITS`, for rooms that ask it within a statement of their own."""
    return {
        "class": school_class_id,
        "day": day,
        "today": today,
        "default": Arrangement._meta.get_field("days_back").default,
    }


def is_older(school_class_id: int, day: date, today: date, role: str) -> bool:
    """Whether a correction of the day lies so far back, or in what is completed, that it asks for a fresh proof."""
    if (today - day).days > OLDER_DAYS:
        return True
    return role == Role.LEADER and limits(school_class_id, day, today).locked


def is_locked(school_id: int, day: date) -> bool:
    """Whether the school has completed a period that holds the day. One query."""
    return Closing.objects.filter(
        school_id=school_id, since__lte=day, until__gt=day, reopened_at=None
    ).exists()


def standing(school_ids: Collection[int], period: Period) -> dict[int, Closing]:
    """The closings in force that hold the whole period, by school, the widest of each. One query."""
    found = Closing.objects.filter(
        school_id__in=school_ids, since__lte=period.since, until__gte=period.until, reopened_at=None
    ).select_related("closed_by")
    return {one.school_id: one for one in found.order_by("-since", "until")}


def history(school_id: int, period: Period) -> list[Closing]:
    """Every closing of the school that touches the period, the latest first, those opened again too. One query."""
    return list(
        Closing.objects.filter(school_id=school_id, since__lt=period.until, until__gt=period.since)
        .select_related("closed_by", "reopened_by")
        .order_by("-closed_at", "-pk")
    )


@transaction.atomic
def close(
    school_id: int,
    period: Period,
    *,
    seen_gaps: int,
    scope: Scope,
    today: date,
    clock: time,
    now: datetime,
) -> Closing:
    """Complete the period for the school, wholly or not at all.

    Unexplained absences and open discrepancies have to be settled first. Registers that were never taken and pupils without
    a possible day may stay as they are, since nobody can make them up afterwards; `seen_gaps` is how many of both the actor
    was shown, `clock` the time of day at the schools. Raises NotOver, AlreadyClosed or Blocked; then nothing is locked.
    """
    assert scope.actor_id is not None
    _wait_for_saves(school_id, period)
    if Closing.objects.filter(
        school_id=school_id, since=period.since, until=period.until, reopened_at=None
    ).exists():
        raise AlreadyClosed
    check = completion.checks([school_id], period, today, clock)[school_id]
    if not check.over:
        raise NotOver
    if check.blocked or check.gaps != seen_gaps:
        raise Blocked(check)
    made = Closing.objects.create(
        uuid=uuid4(),
        school_id=school_id,
        since=period.since,
        until=period.until,
        closed_at=now,
        closed_by_id=scope.actor_id,
    )
    _note(made, "closing.close", scope)
    return made


@transaction.atomic
def reopen(closing_uuid: UUID, school_id: int, *, reason: str, scope: Scope, now: datetime) -> Closing:
    """Open a completed period of the school again, because of `reason`. Raises NoReason, AlreadyOpen, Closing.DoesNotExist."""
    if not reason.strip():
        raise NoReason
    found = Closing.objects.select_for_update().get(uuid=closing_uuid, school_id=school_id)
    if found.reopened_at is not None:
        raise AlreadyOpen
    found.reopened_at, found.reopened_by_id, found.reopened_because = now, scope.actor_id, reason.strip()
    found.save(update_fields=["reopened_at", "reopened_by", "reopened_because"])
    _note(found, "closing.reopen", scope)
    return found


def _note(closing: Closing, action: str, scope: Scope) -> None:
    trail.changed(
        scope.actor_id,
        action,
        role=scope.role,
        subject="closing",
        subject_id=closing.uuid,
        detail={
            "school": closing.school_id,
            "since": closing.since.isoformat(),
            "until": closing.until.isoformat(),
        },
    )


def _wait_for_saves(school_id: int, period: Period) -> None:
    """Take the lock of every class of the school, as a save of its registers does, so that none is half-way."""
    classes = SchoolClass.objects.filter(
        school_id=school_id, school_year__starts_on__lt=period.until, school_year__until__gt=period.since
    )
    list(classes.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
