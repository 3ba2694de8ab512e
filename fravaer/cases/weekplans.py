"""When is the child expected at school while she returns step by step, and who has agreed to it?

A week plan says of each weekday whether the child comes all day, one half of it or not at all. Those who work with the child
propose it; it counts when the school's leader has granted it, from that day at the earliest. Then the time at home is entered
in the school's known absence as agreed, so that the register is filled in beforehand and the time is not absence. Whoever stays
away from the time agreed is absent. A plan that ends, or is followed by another, takes the days to come back with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from fravaer.absence import agreed_week, halfdays
from fravaer.absence.checkpoints import Checkpoint, due
from fravaer.accounts.roles import Action
from fravaer.cases import writing
from fravaer.cases.models import Case, WeekPlan
from fravaer.core.periods import Period
from fravaer.core.scope import Scope

WEEKDAYS = 5
# Longer than half a year is no return by steps: then it is looked at anew.
LONGEST = timedelta(days=183)


class Part(TextChoices):
    """How much of a weekday the child is expected at school."""

    WHOLE = "whole", _("All day")
    MORNING = "morning", _("The morning")
    AFTERNOON = "afternoon", _("The afternoon")
    NONE = "none", _("Not at all")


HALVES = {Part.WHOLE: 2, Part.MORNING: 1, Part.AFTERNOON: 1, Part.NONE: 0}
# Which noting of the day finds the child at home.
AT_HOME: dict[Part, Checkpoint | None] = {
    Part.MORNING: Checkpoint.END,
    Part.AFTERNOON: Checkpoint.START,
    Part.NONE: None,
}


class TooLate(Exception):
    """The plan's days are over: there is nothing left to grant."""


class TooLong(Exception):
    """The plan is longer than half a year, or ends before it begins."""


class AnswerRequired(Exception):
    """A plan that is not granted needs the reason."""


@transaction.atomic
def propose(
    case: Case,
    scope: Scope,
    now: datetime,
    *,
    key: UUID,
    since: date,
    until: date,
    days: Sequence[Part],
    text: str = "",
) -> WeekPlan:
    """Propose a plan of five weekdays, Monday first. Nothing counts by it yet. A retry proposes none.

    Raises TooLong, and what `writing` raises.
    """
    locked = writing.locked(case, scope)
    said: dict[str, Any] = {"since": since, "until": until, "days": [day.value for day in days], "text": text}
    if known := writing.before(WeekPlan, key, locked, scope, by="proposed_by", **said):
        return known
    writing.require_open(locked)
    if len(days) != WEEKDAYS or not since < until <= since + LONGEST:
        raise TooLong
    row = WeekPlan.objects.create(
        key=key, case=locked, proposed_by_id=writing.author(scope), proposed_at=now, **said
    )
    writing.left(locked, scope, "week_plan", since=since.isoformat(), until=until.isoformat())
    return row


@transaction.atomic
def decide(
    case: Case,
    scope: Scope,
    now: datetime,
    *,
    uuid: UUID,
    grant: bool,
    day: date,
    answer: str = "",
    called: str,
) -> WeekPlan:
    """A leader grants the plan from `day` on at the earliest, or refuses it and says why. The same again changes nothing.

    A plan granted before gives way to it from its first day. `called` is what the register shows beside the time at home.
    Raises TooLate, AnswerRequired, writing.SavedAlready when somebody decided otherwise, and what `writing` raises.
    """
    locked = writing.locked(case, scope, Action.WEEK_PLAN_DECIDE)
    row = WeekPlan.objects.get(uuid=uuid, case=locked)
    if row.granted is not None:
        if row.granted != grant:
            raise writing.SavedAlready
        return row
    writing.require_open(locked)
    if not grant and not answer.strip():
        raise AnswerRequired
    if grant:
        since = max(row.since, day)
        if since >= row.until:
            raise TooLate
        for other in _granted(locked, since).exclude(pk=row.pk):
            _end(other, locked, scope, since)
        entered = agreed_week.enter(
            key=row.uuid,
            pupil_id=locked.pupil_id,
            period=Period(since, row.until),
            at_home=at_home(parts(row)),
            text=called,
            scope=scope,
            now=now,
        )
        row.known = [str(one) for one in entered]
    row.granted, row.answer = grant, answer.strip()
    row.decided_at, row.decided_by_id = now, writing.author(scope)
    row.save(update_fields=["granted", "answer", "decided_at", "decided_by", "known"])
    writing.left(locked, scope, "week_plan_grant" if grant else "week_plan_refuse")
    return row


@transaction.atomic
def end(case: Case, scope: Scope, *, uuid: UUID, day: date) -> WeekPlan:
    """A leader ends a granted plan: from `day` on the child is expected all day again. Also in a closed case; twice is once."""
    locked = writing.locked(case, scope, Action.WEEK_PLAN_DECIDE)
    row = WeekPlan.objects.get(uuid=uuid, case=locked)
    if row.granted and row.ended_on is None and row.until > day:
        _end(row, locked, scope, day)
    return row


def of(case: Case) -> list[WeekPlan]:
    """Every plan of the case, the latest proposed first."""
    rows = WeekPlan.objects.filter(case=case).select_related("proposed_by", "decided_by")
    return list(rows.order_by("-proposed_at", "-pk"))


def standing(case: Case, day: date) -> WeekPlan | None:
    """The granted plan that holds on `day`, or begins after it; None where the child is expected all day."""
    rows = _granted(case, day).select_related("decided_by")
    return min(rows, key=lambda row: row.since, default=None)


def parts(plan: WeekPlan) -> list[Part]:
    """The five weekdays of the plan, Monday first."""
    return [Part(day) for day in plan.days]


def at_home(days: Sequence[Part]) -> dict[int, Checkpoint | None]:
    """Of each ISO weekday on which the child stays at home, which noting finds her there; None is the whole day."""
    return {number: AT_HOME[part] for number, part in enumerate(days, start=1) if part in AT_HOME}


def halves(plan: WeekPlan) -> int:
    """The half-days of a week on which the child is expected, of ten."""
    return sum(HALVES[part] for part in parts(plan))


def is_noted_once(year_group: int, day: date) -> bool:
    """Whether presence in this year group is noted at the start of the day alone, so that half a day cannot be told apart."""
    return len(due(year_group, halfdays.on(day))) == 1


def _granted(case: Case, day: date) -> QuerySet[WeekPlan]:
    """Granted plans with days from `day` on."""
    return WeekPlan.objects.filter(case=case, granted=True, ended_on=None, until__gt=day)


def _end(row: WeekPlan, case: Case, scope: Scope, day: date) -> None:
    row.ended_on = max(day, row.since)
    row.save(update_fields=["ended_on"])
    agreed_week.take_back([UUID(one) for one in row.known], since=day, scope=scope)
    writing.left(case, scope, "week_plan_end", day=day.isoformat())
