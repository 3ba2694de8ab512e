"""What is to be reached by when, and was it?

A goal is a sentence one can look back at and answer: reached or not. Actions agreed under it stand in `cases.agreed`.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from fravaer.cases import writing
from fravaer.cases.models import Case, Goal
from fravaer.core.scope import Scope


@transaction.atomic
def aim(case: Case, scope: Scope, now: datetime, *, key: UUID, text: str, due_on: date) -> Goal:
    """Set a goal. A retry sets none. Raises what `writing` raises."""
    locked = writing.locked(case, scope)
    if known := writing.before(Goal, key, locked, scope, text=text, due_on=due_on):
        return known
    writing.require_open(locked)
    row = Goal.objects.create(
        key=key, case=locked, text=text, due_on=due_on, by_id=writing.author(scope), at=now
    )
    writing.left(locked, scope, "goal", due_on=due_on.isoformat())
    return row


@transaction.atomic
def settle(case: Case, scope: Scope, now: datetime, *, uuid: UUID, reached: bool, remark: str = "") -> Goal:
    """Say whether the goal was reached. The same answer again changes nothing.

    Raises writing.SavedAlready when it was settled otherwise, DoesNotExist for one of another case.
    """
    locked = writing.locked(case, scope)
    row = Goal.objects.get(uuid=uuid, case=locked)
    if row.settled_at is not None:
        if (row.reached, row.remark) != (reached, remark):
            raise writing.SavedAlready
        return row
    writing.require_open(locked)
    row.reached, row.remark = reached, remark
    row.settled_at, row.settled_by_id = now, writing.author(scope)
    row.save(update_fields=["reached", "remark", "settled_at", "settled_by"])
    writing.left(locked, scope, "goal_settle", reached=reached)
    return row


def of(case: Case) -> list[Goal]:
    """The goals of the case, open ones first, the one due first before others."""
    rows = Goal.objects.filter(case=case).select_related("by", "settled_by").order_by("due_on", "pk")
    return sorted(rows, key=lambda row: row.settled_at is not None)


def one(case: Case, uuid: UUID) -> Goal:
    """A goal of the case. Raises DoesNotExist."""
    return Goal.objects.get(uuid=uuid, case=case)
