"""Who says beforehand that a pupil will not be there, and does it stand?

Sick reports stand when they are entered; leave is asked for, and granted or refused by the school (order on pupils' absence
in the Folkeskole, in force 1 January 2020, § 3: extraordinary leave is granted by the head or by somebody she has named); an
activity of the school's own counts as present. The only writer of known absence (fravaer.absence.known reads it).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from fravaer.absence import belated, granting
from fravaer.absence.models import Known
from fravaer.absence.reasons import Source
from fravaer.audit import trail
from fravaer.core.periods import Period
from fravaer.core.scope import Scope
from fravaer.schools import schooldays
from fravaer.schools.models import Pupil

Kind = Known.Kind
State = Known.State
# A report or a leave cannot be longer; a longer one is a slip of the year.
LONGEST_DAYS = 366
LONGEST_TEXT = 200
LONGEST_ANSWER = 500


@dataclass(frozen=True, slots=True)
class Entered:
    """What stands after an entry: its days, those of them that are school days, and whether it was known before.

    `joined` counts the earlier reports it took in, `explained` the days on which it explains an absence noted already.
    """

    uuid: UUID
    period: Period
    school_days: tuple[date, ...]
    already: bool = False
    joined: int = 0
    explained: int = 0


class NoSchoolDay(Exception):
    """There is no school on any of the days."""


class TooManyDays(Exception):
    """The days are more than a year."""


class AlreadyAsked(Exception):
    """Leave on some of the days has been asked for or granted already."""

    def __init__(self, period: Period) -> None:
        super().__init__("leave overlaps")
        self.period = period


class AlreadyDecided(Exception):
    """Somebody decided otherwise meanwhile."""


class AnswerRequired(Exception):
    """A refusal needs its reason."""


class Over(Exception):
    """What is to be changed is refused, withdrawn or taken in by another report."""


@transaction.atomic
def report(
    *,
    uuid: UUID,
    pupil_id: int,
    period: Period,
    source: Source,
    scope: Scope,
    now: datetime,
    local_reason_id: int | None = None,
) -> Entered:
    """Note that the pupil is reported ill. Reports that overlap become one; the same `uuid` again changes nothing.

    Raises NoSchoolDay and TooManyDays.
    """
    days = _school_days(pupil_id, period)
    _lock(pupil_id)
    if row := _written(uuid, pupil_id):
        return _entered(row, already=True)
    others = _standing(pupil_id, Kind.ILLNESS, period)
    for other in others:
        if other.since <= period.since and period.until <= other.until:
            return _entered(other, already=True)
    whole = _union(period, others)
    row = _create(
        scope,
        now,
        uuid=uuid,
        pupil_id=pupil_id,
        since=whole.since,
        until=whole.until,
        kind=Kind.ILLNESS,
        state=State.STANDS,
        source=source,
        local_reason_id=local_reason_id,
    )
    _take_in(others, row)
    _trail(scope, "known.report", row)
    covered = days if whole == period else _school_days(pupil_id, whole)
    explained = belated.explain(row, scope, now)
    return Entered(row.uuid, whole, tuple(covered), joined=len(others), explained=explained)


@transaction.atomic
def ask(
    *,
    uuid: UUID,
    pupil_id: int,
    period: Period,
    source: Source,
    text: str,
    scope: Scope,
    now: datetime,
    local_reason_id: int | None = None,
) -> Entered:
    """Note that leave is asked for; somebody of the right rank decides it.

    Raises NoSchoolDay, TooManyDays, and AlreadyAsked when leave on some of the days is asked for or granted.
    """
    days = _school_days(pupil_id, period)
    _lock(pupil_id)
    if row := _written(uuid, pupil_id):
        return _entered(row, already=True)
    if others := _standing(pupil_id, Kind.LEAVE, period):
        raise AlreadyAsked(Period(others[0].since, others[0].until))
    row = _create(
        scope,
        now,
        uuid=uuid,
        pupil_id=pupil_id,
        since=period.since,
        until=period.until,
        kind=Kind.LEAVE,
        state=State.ASKED,
        source=source,
        text=text.strip(),
        local_reason_id=local_reason_id,
    )
    _trail(scope, "known.ask", row)
    return Entered(row.uuid, period, tuple(days))


@transaction.atomic
def plan(
    *, key: UUID, class_ids: Iterable[int], period: Period, text: str, scope: Scope, now: datetime
) -> list[Entered]:
    """Note an activity of these classes, called `text`: who takes part counts as present. One row a class.

    Raises NoSchoolDay when none of the classes has school on any of the days, and TooManyDays.
    """
    _reasonable(period)
    days = schooldays.of_classes(sorted(set(class_ids)), period)
    if not any(days.values()):
        raise NoSchoolDay
    made = []
    for class_id in (one for one in days if days[one]):
        uuid = uuid5(key, str(class_id))
        row = Known.objects.filter(uuid=uuid).first()
        if row is None:
            row = _create(
                scope,
                now,
                uuid=uuid,
                school_class_id=class_id,
                since=period.since,
                until=period.until,
                kind=Kind.ACTIVITY,
                state=State.STANDS,
                source=Source.OFFICE,
                text=text.strip(),
            )
            _trail(scope, "known.plan", row)
        made.append(Entered(row.uuid, period, tuple(days[class_id])))
    return made


@transaction.atomic
def decide(
    *, uuid: UUID, grant: bool, answer: str, scope: Scope, teacher_leave_days: int, now: datetime
) -> Known:
    """Grant or refuse the leave. Who may not decide leave of any length decides at most `teacher_leave_days` school days.

    The same decision again changes nothing. Raises granting.NotYours, AnswerRequired (a refusal says why), AlreadyDecided, Over.
    """
    row = Known.objects.select_for_update().get(uuid=uuid, kind=Kind.LEAVE)
    wanted = State.STANDS if grant else State.REFUSED
    if row.state == wanted:
        return row
    if row.state != State.ASKED:
        raise Over if row.state == State.WITHDRAWN else AlreadyDecided
    granting.decides(scope, _length(row), teacher_leave_days)
    if not grant and not answer.strip():
        raise AnswerRequired
    row.state, row.answer, row.decided_at, row.decided_by_id = wanted, answer.strip(), now, scope.actor_id
    row.save(update_fields=["state", "answer", "decided_at", "decided_by"])
    _trail(scope, "known.grant" if grant else "known.refuse", row)
    belated.explain(row, scope, now)
    return row


@transaction.atomic
def end(*, uuid: UUID, until: date, scope: Scope, teacher_leave_days: int, now: datetime) -> Entered:
    """Move the end: `until` is the first day outside. Granted leave is changed by those who may take it back, and made
    longer by those who may grant so much.

    Raises NoSchoolDay, TooManyDays, AlreadyAsked (leave that would run into another), Over, and what `granting` raises.
    """
    row = _open(uuid)
    period = Period(row.since, until)
    days = _school_days(row.pupil_id, period, row.school_class_id)
    others: list[Known] = []
    if row.pupil_id:
        others = [one for one in _standing(row.pupil_id, Kind(row.kind), period) if one.pk != row.pk]
    if row.kind == Kind.LEAVE:
        if others:
            raise AlreadyAsked(Period(others[0].since, others[0].until))
        _may_change(row, scope, teacher_leave_days)
        if row.state == State.STANDS and until > row.until:
            granting.decides(scope, len(days), teacher_leave_days)
    elif others and row.kind == Kind.ILLNESS:
        period = _union(period, others)
        _take_in(others, row)
    cut = Period(min(row.until, period.until), row.until)
    row.since, row.until = period.since, period.until
    row.save(update_fields=["since", "until"])
    _trail(scope, "known.end", row)
    belated.take_back(row, cut, scope, now)
    explained = belated.explain(row, scope, now)
    return Entered(row.uuid, period, tuple(days), joined=len(others), explained=explained)


@transaction.atomic
def withdraw(*, uuid: UUID, scope: Scope, teacher_leave_days: int, now: datetime) -> Known:
    """It was a mistake, or no longer holds: what it explained is pending again, reports it had taken in stand again.

    A report, or leave only asked for, is withdrawn by whoever enters them; granted leave by those who may take it back.
    Doing it twice changes nothing. Raises Over when it was refused, or another report has taken it in, and what `granting`
    raises.
    """
    row = Known.objects.select_for_update().get(uuid=uuid)
    if row.state == State.WITHDRAWN and row.replaced_by_id is None:
        return row
    if row.state not in (State.STANDS, State.ASKED):
        raise Over
    _may_change(row, scope, teacher_leave_days)
    row.state = State.WITHDRAWN
    row.save(update_fields=["state"])
    restored = list(Known.objects.filter(replaced_by=row))
    Known.objects.filter(replaced_by=row).update(state=State.STANDS, replaced_by=None)
    _trail(scope, "known.withdraw", row)
    belated.take_back(row, Period(row.since, row.until), scope, now)
    for one in restored:
        one.state = State.STANDS
        belated.explain(one, scope, now)
    return row


@transaction.atomic
def undo(*, uuid: UUID, scope: Scope, teacher_leave_days: int, now: datetime) -> Known:
    """Take back the latest thing done to it: a decision is open again, what was withdrawn stands or is asked for again.

    Raises what `granting` raises when the decision is not hers, AlreadyAsked and Over when another holds its days now.
    """
    row = Known.objects.select_for_update().get(uuid=uuid)
    if row.replaced_by_id is not None:
        raise Over
    _may_change(row, scope, teacher_leave_days)
    if row.state == State.WITHDRAWN:
        if row.pupil_id:
            _lock(row.pupil_id)
            others = _standing(row.pupil_id, Kind(row.kind), Period(row.since, row.until))
            if others and row.kind == Kind.LEAVE:
                raise AlreadyAsked(Period(others[0].since, others[0].until))
            _take_in(others, row)
        asked = row.kind == Kind.LEAVE and row.decided_at is None
        row.state = State.ASKED if asked else State.STANDS
        row.save(update_fields=["state"])
        belated.explain(row, scope, now)
    elif row.kind == Kind.LEAVE and row.decided_at is not None:
        row.state, row.answer, row.decided_at, row.decided_by_id = State.ASKED, "", None, None
        row.save(update_fields=["state", "answer", "decided_at", "decided_by"])
        belated.take_back(row, Period(row.since, row.until), scope, now)
    else:
        return row
    _trail(scope, "known.undo", row)
    return row


def _length(row: Known) -> int:
    """The school days of a leave."""
    return len(schooldays.of_pupils([row.pupil_id or 0], Period(row.since, row.until))[row.pupil_id or 0])


def _may_change(row: Known, scope: Scope, teacher_leave_days: int) -> None:
    """What has been decided is changed by those who may take it back; everything else by whoever enters it."""
    if row.kind == Kind.ACTIVITY and row.decided_at is not None:
        raise granting.AnothersDecision
    if row.kind == Kind.LEAVE and row.decided_at is not None:
        granting.takes_back(scope, _length(row), teacher_leave_days, row.decided_by_id)


def _reasonable(period: Period) -> None:
    if (period.until - period.since).days > LONGEST_DAYS:
        raise TooManyDays
    if period.until <= period.since:
        raise NoSchoolDay


def _school_days(pupil_id: int | None, period: Period, class_id: int | None = None) -> list[date]:
    """The school days a pupil or a class has in the period; there is at least one."""
    _reasonable(period)
    if pupil_id is not None:
        days = schooldays.of_pupils([pupil_id], period)[pupil_id]
    else:
        days = schooldays.of_classes([class_id or 0], period).get(class_id or 0, [])
    if not days:
        raise NoSchoolDay
    return days


def _lock(pupil_id: int) -> None:
    """What is entered about one pupil follows one another, so that two reports at once become one."""
    Pupil.objects.select_for_update(no_key=True).get(pk=pupil_id)


def _open(uuid: UUID) -> Known:
    row = Known.objects.select_for_update().get(uuid=uuid)
    if row.state not in (State.STANDS, State.ASKED):
        raise Over
    return row


def _written(uuid: UUID, pupil_id: int) -> Known | None:
    """The row of an entry made already, or the one that took it in."""
    row = Known.objects.filter(uuid=uuid, pupil_id=pupil_id).first()
    while row is not None and row.replaced_by is not None:
        row = row.replaced_by
    return row


def _standing(pupil_id: int, kind: Kind, period: Period) -> list[Known]:
    return list(
        Known.objects.filter(
            pupil_id=pupil_id,
            kind=kind,
            state__in=[State.STANDS, State.ASKED],
            since__lt=period.until,
            until__gt=period.since,
        ).order_by("since")
    )


def _union(period: Period, others: Collection[Known]) -> Period:
    since = min([period.since, *(one.since for one in others)])
    return Period(since, max([period.until, *(one.until for one in others)]))


def _take_in(others: Collection[Known], row: Known) -> None:
    if others:
        Known.objects.filter(pk__in=[one.pk for one in others]).update(state=State.WITHDRAWN, replaced_by=row)


def _create(scope: Scope, now: datetime, **fields: Any) -> Known:
    return Known.objects.create(entered_at=now, entered_by_id=scope.actor_id, **fields)


def _entered(row: Known, *, already: bool = False) -> Entered:
    period = Period(row.since, row.until)
    days = schooldays.of_pupils([row.pupil_id or 0], period)[row.pupil_id or 0]
    return Entered(row.uuid, period, tuple(days), already=already)


def _trail(scope: Scope, action: str, row: Known) -> None:
    trail.changed(
        scope.actor_id,
        action,
        role=scope.role,
        subject="known",
        subject_id=row.uuid,
        pupil_ids=[row.pupil_id] if row.pupil_id else [],
        detail={"since": row.since.isoformat(), "until": row.until.isoformat(), "class": row.school_class_id},
    )
