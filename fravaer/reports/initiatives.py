"""What has an area agreed to do after a quarter: who, by when, and what came of it?

The only writer of initiatives. Each area's resource centre (ressourcecenter) follows a quarter up with concrete initiatives;
those of earlier quarters are asked for first: nothing new is agreed before each of them has its outcome (Copenhagen's status
of March 2016, on the resource centres' quarterly follow-up).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.asking import question
from fravaer.core.periods import Period, Quarter
from fravaer.core.scope import Scope
from fravaer.reports.models import Initiative, Outcome
from fravaer.schools.models import Area, School

LONGEST = 1_000


class Unsettled(Exception):
    """Initiatives of earlier quarters still lack their outcome; nothing was agreed."""


class AlreadySettled(Exception):
    """Somebody has said meanwhile what came of the initiative."""


class KeyReused(Exception):
    """The form's key belongs to another initiative."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be agreed: in which words, by whom it is done, by when, and at which school if at one."""

    text: str
    owner: str
    due_on: date
    school_id: int | None


@dataclass(frozen=True, slots=True)
class Line:
    """An initiative as it stands on a day."""

    row: Initiative
    today: date

    @property
    def is_open(self) -> bool:
        return self.row.settled_at is None

    @property
    def is_overdue(self) -> bool:
        return self.is_open and self.row.due_on < self.today

    @property
    def quarter(self) -> Quarter:
        return Quarter.of(self.row.quarter_on)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """An area's follow-up of one quarter: what was agreed after it, and what earlier quarters are still asked for."""

    agreed: list[Line]
    # Of earlier quarters and without an outcome; the others of the quarter before beside them.
    asked: list[Line]
    before: list[Line]

    @property
    def may_agree(self) -> bool:
        return not self.asked


def may_follow_up(scope: Scope, area_id: int) -> bool:
    """Whether the actor agrees initiatives of the area, which she sees."""
    return scope.may(Action.INITIATIVE) and (scope.municipality or area_id in scope.areas)


def of_quarter(area: Area, quarter: Quarter, today: date) -> FollowUp:
    """The area's follow-up of the quarter. One query."""
    lines = _lines(Initiative.objects.filter(area=area, quarter_on__lte=quarter.since), today)
    return FollowUp(
        agreed=[line for line in lines if line.quarter == quarter],
        asked=[line for line in lines if line.quarter < quarter and line.is_open],
        before=[line for line in lines if line.quarter == quarter.previous() and not line.is_open],
    )


def after(quarter: Quarter, scope: Scope, area_ids: Collection[int] | None, today: date) -> list[Line]:
    """What was agreed after the quarter, as far as the actor sees it; of these areas alone, or of all. One query."""
    rows = Initiative.objects.visible_to(scope).filter(quarter_on=quarter.since)
    return _lines(rows if area_ids is None else rows.filter(area_id__in=area_ids), today)


def of_period(period: Period, scope: Scope, area_ids: Collection[int] | None, today: date) -> list[Line]:
    """The same of every quarter that begins in the period. One query."""
    chosen = None if area_ids is None else list(area_ids)
    return [Line(row, today) for row in _of_days(scope, period.since, period.until, chosen)]


@question
def _of_days(
    scope: Scope, since: date, until: date, area_ids: list[int] | None
) -> QuerySet[Initiative, Initiative]:
    """What was agreed after quarters that begin on these days."""
    rows = Initiative.objects.visible_to(scope).filter(quarter_on__gte=since, quarter_on__lt=until)
    return _in_order(rows if area_ids is None else rows.filter(area_id__in=area_ids))


def standing(scope: Scope, today: date) -> list[Line]:
    """Every initiative without an outcome that the actor sees, the most urgent first. One query."""
    return _lines(Initiative.objects.visible_to(scope).filter(settled_at=None), today)


def unsettled_before(day: date) -> dict[int, int]:
    """By area, how many initiatives of quarters that began before the day lack their outcome. One query."""
    rows = Initiative.objects.filter(quarter_on__lt=day, settled_at=None).values_list("area_id")
    return dict(rows.annotate(number=Count("pk")))


@transaction.atomic
def agree(
    area: Area, quarter: Quarter, wanted: Wanted, *, key: UUID, scope: Scope, now: datetime
) -> Initiative:
    """Agree an initiative of the area after the quarter. The same key again is the same initiative.

    Raises Unsettled while earlier quarters' initiatives lack their outcome, KeyReused, or ValueError for a text that is
    empty or too long, or a school of another area.
    """
    assert scope.actor_id is not None
    if not 0 < len(wanted.text) <= LONGEST or not wanted.owner:
        raise ValueError("an initiative says what is done and by whom")
    if wanted.school_id and not School.objects.filter(pk=wanted.school_id, area=area).exists():
        raise ValueError("the school belongs to another area")
    # Whoever settles or agrees in the area waits, so that the check below holds.
    Area.objects.select_for_update(no_key=True).get(pk=area.pk)
    standing = Initiative.objects.filter(key=key).first()
    if standing:
        if (standing.agreed_by_id, standing.area_id, standing.text) != (scope.actor_id, area.pk, wanted.text):
            raise KeyReused
        return standing
    if Initiative.objects.filter(area=area, quarter_on__lt=quarter.since, settled_at=None).exists():
        raise Unsettled
    made = Initiative.objects.create(
        key=key,
        area=area,
        school_id=wanted.school_id,
        quarter_on=quarter.since,
        text=wanted.text,
        owner=wanted.owner,
        due_on=wanted.due_on,
        agreed_by_id=scope.actor_id,
        agreed_at=now,
    )
    _trailed("initiative.agree", made, scope)
    return made


@transaction.atomic
def settle(row: Initiative, outcome: Outcome, remark: str, *, scope: Scope, now: datetime) -> None:
    """Say what came of an initiative. Saying the same again writes nothing; raises AlreadySettled for something else."""
    settled = Initiative.objects.filter(pk=row.pk, settled_at=None).update(
        outcome=outcome, remark=remark, settled_by_id=scope.actor_id, settled_at=now
    )
    if settled:
        _trailed("initiative.settle", row, scope)
        return
    row.refresh_from_db()
    if (row.outcome, row.remark) != (outcome, remark):
        raise AlreadySettled


def _lines(rows: QuerySet[Initiative], today: date) -> list[Line]:
    return [Line(row, today) for row in _in_order(rows)]


def _in_order(rows: QuerySet[Initiative]) -> QuerySet[Initiative]:
    return rows.select_related("area", "school", "settled_by").order_by("due_on", "pk")


def _trailed(action: str, row: Initiative, scope: Scope) -> None:
    trail.changed(
        scope.actor_id,
        action,
        role=scope.role,
        subject="initiative",
        subject_id=row.uuid,
        detail={"area": row.area_id, "quarter": str(Quarter.of(row.quarter_on))},
    )
