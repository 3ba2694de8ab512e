"""What does the office do about a contradiction, in one click?

End the report the day before the pupil was there; take away a mark that cannot be; or keep both as they are, because somebody
knows why. Each is done once, by a named person, and stands in the trail. None makes anybody absent.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from django.db import transaction

from fravaer.absence import discrepancies, explaining, foretold
from fravaer.absence.models import Absence, Discrepancy, Known
from fravaer.absence.reasons import Mark, Source
from fravaer.accounts.roles import Role
from fravaer.audit import trail
from fravaer.core.scope import Scope

Kind = Discrepancy.Kind


class Mend(StrEnum):
    END_REPORT = "end_report"
    REMOVE_MARK = "remove_mark"
    KEEP = discrepancies.KEPT


# What can be done about each kind, the likeliest first.
MENDS: dict[Kind, tuple[Mend, ...]] = {
    Kind.HERE_DESPITE_REPORT: (Mend.END_REPORT, Mend.KEEP),
    Kind.CLOSED_DAY: (Mend.REMOVE_MARK, Mend.KEEP),
    Kind.TWO_REGISTERS: (Mend.REMOVE_MARK, Mend.KEEP),
    Kind.WITHOUT_ABSENCE: (Mend.KEEP,),
}


class NotMended(Exception):
    """This cannot be done about it: there is nothing left to change, or it is not one of its mends."""


@transaction.atomic
def mend(uuid: UUID, how: Mend, scope: Scope, now: datetime) -> bool:
    """Do it, and settle every contradiction it settles. False when somebody has settled it already.

    Raises NotMended, explaining.RegisterLocked when the registration of the day is completed, and what `granting` raises
    when a leave stands in the way that is not the actor's to end.
    """
    found = Discrepancy.objects.select_for_update().get(uuid=uuid)
    if found.settled_at is not None:
        return False
    if how not in MENDS[Kind(found.kind)]:
        raise NotMended
    # The morning's and the end of the day's are one matter.
    same = Discrepancy.objects.filter(
        pupil_id=found.pupil_id, day=found.day, kind=found.kind, settled_at=None
    )
    for one in same.values_list("uuid", flat=True):
        discrepancies.settle(one, how, user_id=scope.actor_id, now=now)
    if how == Mend.END_REPORT:
        _end_reports(found, scope, now)
    elif how == Mend.REMOVE_MARK:
        _remove_mark(found, scope, now)
    trail.changed(
        scope.actor_id,
        f"discrepancy.{how}",
        role=scope.role,
        subject="discrepancy",
        subject_id=uuid,
        pupil_ids=[found.pupil_id],
        detail={"day": found.day.isoformat(), "kind": found.kind},
    )
    return True


def _end_reports(found: Discrepancy, scope: Scope, now: datetime) -> None:
    """Let what is known of the pupil end before the day; what begins that day was a mistake and is withdrawn."""
    reports = Known.objects.filter(
        pupil_id=found.pupil_id,
        state=Known.State.STANDS,
        kind__in=[Known.Kind.ILLNESS, Known.Kind.LEAVE],
        since__lte=found.day,
        until__gt=found.day,
    )
    for report in reports:
        try:
            if report.since == found.day:
                raise foretold.NoSchoolDay
            foretold.end(uuid=report.uuid, until=found.day, scope=scope, teacher_leave_days=0, now=now)
        except foretold.NoSchoolDay:
            foretold.withdraw(uuid=report.uuid, scope=scope, teacher_leave_days=0, now=now)


def on_leave(found: Collection[Discrepancy]) -> set[int]:
    """Those of them, by id, on whose day the pupil has been granted leave: whoever granted that ends it. One query."""
    leaves = list(
        Known.objects.filter(
            pupil_id__in={one.pupil_id for one in found}, state=Known.State.STANDS, kind=Known.Kind.LEAVE
        ).values_list("pupil_id", "since", "until")
    )
    return {
        one.pk
        for one in found
        if any(pupil == one.pupil_id and since <= one.day < until for pupil, since, until in leaves)
    }


def _remove_mark(found: Discrepancy, scope: Scope, now: datetime) -> None:
    absence = (
        Absence.objects.filter(pupil_id=found.pupil_id, day=found.day, checkpoint=found.checkpoint)
        .select_related("school_class")
        .first()
    )
    if absence is None:
        raise NotMended
    try:
        explaining.explain(
            pupil_id=found.pupil_id,
            school_class_id=absence.school_class_id,
            school_id=absence.school_id,
            day=found.day,
            mark=Mark.HERE,
            source=Source.LEADER if scope.role == Role.LEADER else Source.OFFICE,
            user_id=scope.actor_id,
            role=scope.role,
            now=now,
            key=uuid5(found.uuid, Mend.REMOVE_MARK),
        )
    except explaining.NotAbsent as error:
        raise NotMended from error
