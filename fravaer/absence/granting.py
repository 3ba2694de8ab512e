"""Who may decide leave of this length, and who may take a decision back?

Extraordinary leave is granted by the head, or by somebody she has named (order on pupils' absence in the Folkeskole, in force
1 January 2020, § 3): a school lets a class's teacher grant some school days, its leader any number, its office none. What has
been granted is a promise to a family: it is shortened, withdrawn or opened again by the leader, or by the teacher who made it.
"""

from __future__ import annotations

from fravaer.accounts.roles import Action
from fravaer.core.scope import Scope


class NotYours(Exception):
    """The leave is longer than one of this rank decides, or she decides none. Both counts are school days."""

    def __init__(self, days: int, limit: int) -> None:
        super().__init__(f"{days} days, at most {limit}")
        self.days = days
        self.limit = limit


class AnothersDecision(Exception):
    """Somebody else has decided the leave: she herself or the leader changes that."""


def limit(scope: Scope, teacher_leave_days: int) -> int | None:
    """The school days the actor may grant; None is any number. `teacher_leave_days` is what the pupil's school lets a teacher."""
    if scope.may(Action.LEAVE_DECIDE_LONG):
        return None
    return teacher_leave_days if scope.may(Action.LEAVE_DECIDE) else 0


def may_decide(scope: Scope, days: int, teacher_leave_days: int) -> bool:
    """Whether the actor may decide leave of so many school days."""
    most = limit(scope, teacher_leave_days)
    return most is None or 0 < most >= days


def may_take_back(scope: Scope, days: int, teacher_leave_days: int, decided_by: int | None) -> bool:
    """Whether the actor may change a decision about so many school days that the user `decided_by` has made."""
    most = limit(scope, teacher_leave_days)
    return most is None or (0 < most >= days and decided_by == scope.actor_id)


def decides(scope: Scope, days: int, teacher_leave_days: int) -> None:
    """Raises NotYours where `may_decide` says no."""
    if not may_decide(scope, days, teacher_leave_days):
        raise NotYours(days, limit(scope, teacher_leave_days) or 0)


def takes_back(scope: Scope, days: int, teacher_leave_days: int, decided_by: int | None) -> None:
    """Raises NotYours or AnothersDecision where `may_take_back` says no."""
    decides(scope, days, teacher_leave_days)
    if not may_take_back(scope, days, teacher_leave_days, decided_by):
        raise AnothersDecision
