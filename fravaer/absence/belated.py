"""Which absences, noted before the school was told, does a report or a leave explain?

A report that comes after the register was taken sets the reason of the absences that lack one, as if somebody had explained
each; taken back, it takes its own explanations with it and leaves those of others alone. What it cannot explain, because
the registers say that the pupil was there, becomes a contradiction for the office.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from django.utils import timezone

from fravaer.absence import discrepancies, explaining, register
from fravaer.absence.models import Absence, Explanation, Known
from fravaer.absence.reasons import Mark, Reason, Source
from fravaer.core.periods import Period
from fravaer.core.scope import Scope

MARKS = {Known.Kind.ILLNESS: Mark.ILL, Known.Kind.LEAVE: Mark.LEAVE}
# A report may be withdrawn and made to stand again so often on one day; each time its word is a new one.
TIMES = 20


def explain(row: Known, scope: Scope, now: datetime) -> int:
    """Give the reason of the report to the absences of its days that lack one. Returns how many days it explained.

    To be called in the transaction of the entry. Days of a completed period stay as they are.
    """
    if row.pupil_id is None or row.state != Known.State.STANDS or row.kind not in MARKS:
        return 0
    explained = 0
    pending = Absence.objects.filter(
        pupil_id=row.pupil_id, day__gte=row.since, day__lt=row.until, reason=Reason.PENDING
    ).select_related("school_class")
    for absence in {absence.day: absence for absence in pending}.values():
        try:
            explaining.explain(
                pupil_id=row.pupil_id,
                school_class_id=absence.school_class_id,
                school_id=absence.school_id,
                day=absence.day,
                mark=MARKS[Known.Kind(row.kind)],
                source=Source(row.source),
                user_id=scope.actor_id,
                role=scope.role,
                now=now,
                key=_next_key(row, absence.day),
                local_reason_id=row.local_reason_id,
                expected=Mark.ABSENT,
            )
            explained += 1
        except (explaining.NotAbsent, explaining.Conflict, register.RegisterLocked):
            continue
    _look_again(row.pupil_id, Period(row.since, row.until), now)
    return explained


def take_back(row: Known, period: Period, scope: Scope, now: datetime) -> int:
    """Take back what the report explained in these days, where nobody has explained it since. Returns how many days."""
    if row.pupil_id is None:
        return 0
    taken_back = 0
    for key in _said(row, period).values():
        try:
            explaining.undo(key, user_id=scope.actor_id, role=scope.role, now=now)
            taken_back += 1
        except (explaining.NotAbsent, explaining.Conflict, register.RegisterLocked):
            continue
    _look_again(row.pupil_id, period, now)
    return taken_back


def _look_again(pupil_id: int, period: Period, now: datetime) -> None:
    tomorrow = timezone.localdate(now) + timedelta(days=1)
    if period.since < min(period.until, tomorrow):
        discrepancies.found_of([pupil_id], Period(period.since, min(period.until, tomorrow)), now)


def _keys(uuid: UUID, day: date) -> list[UUID]:
    return [uuid5(uuid, f"{day.isoformat()}/{time}") for time in range(TIMES)]


def _said(row: Known, period: Period) -> dict[date, UUID]:
    """The key of the latest word the report has had on each day of the period on which it had one."""
    explanations = Explanation.objects.filter(
        pupil_id=row.pupil_id or 0, day__gte=period.since, day__lt=period.until
    )
    latest: dict[date, UUID] = {}
    for key, day in explanations.order_by("id").values_list("key", "day"):
        if key in _keys(row.uuid, day):
            latest[day] = key
    return latest


def _next_key(row: Known, day: date) -> UUID:
    keys = _keys(row.uuid, day)
    used = _said(row, Period(day, day + timedelta(days=1))).get(day)
    return keys[min(keys.index(used) + 1, TIMES - 1)] if used else keys[0]
