"""Which rule of half-days is in force on a day, and how does another come into force?

The municipality lays down rules with the day each holds from; without one the order's own rule holds. What earlier days
count stays as it was counted under the rule of its day. Legal basis: order on pupils' absence in the Folkeskole, in force
1 January 2020 (presence is noted at the start of the day, in year groups 7–10 at its end as well).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from django.db import connection, transaction

from fravaer.absence import alignment
from fravaer.absence.checkpoints import ORDER, Checkpoint, HalfDays
from fravaer.absence.models import Closing, HalfDayRule, Register
from fravaer.audit import trail

# One past the last year group there is: nobody is noted at the end of the day.
NOBODY = 11


class Contradiction(StrEnum):
    """What a new rule would contradict."""

    RANGE = "range"
    SAME_DAY = "same_day"
    NOTHING_NEW = "nothing_new"
    COMPLETED = "completed"
    END_TAKEN = "end_taken"


class Refused(Exception):
    """The rule was not laid down."""

    def __init__(self, contradiction: Contradiction) -> None:
        super().__init__(contradiction.value)
        self.contradiction = contradiction


def on(day: date) -> HalfDays:
    """The rule in force on the day. One query."""
    return among(rules(), day)


def rules() -> list[HalfDays]:
    """Every rule laid down, the earliest first. One query."""
    return [
        HalfDays(rule.first_with_end, rule.start_decides, rule.valid_from)
        for rule in HalfDayRule.objects.order_by("valid_from")
    ]


def among(rules: Iterable[HalfDays], day: date) -> HalfDays:
    """The one of the rules, given by date, that is in force on the day."""
    found = ORDER
    for rule in rules:
        if rule.valid_from is not None and rule.valid_from <= day:
            found = rule
    return found


@transaction.atomic
def lay_down(rule: HalfDays, *, user_id: int | None = None, role: str = "") -> int:
    """Let the rule hold from its day until the next rule's, and count everything it concerns by it.

    Returns how many rows and sums had to change. Saves wait meanwhile. Raises Refused when there is no such year group,
    another rule begins on the day, the rule says what is said already, a school has completed its registration of a day it
    concerns, or registers of the end of the day were taken that would decide nothing under it.
    """
    assert rule.valid_from is not None
    with connection.cursor() as cursor:
        # A save holds the row of its class from before it asks for the rule until it has counted by it.
        cursor.execute("LOCK TABLE schools_schoolclass IN EXCLUSIVE MODE")
    if found := contradiction(rule):
        raise Refused(found)
    HalfDayRule.objects.create(
        valid_from=rule.valid_from, first_with_end=rule.first_with_end, start_decides=rule.start_decides
    )
    trail.changed(
        user_id,
        "half_days.lay_down",
        role=role,
        subject="half_days",
        subject_id=rule.valid_from.isoformat(),
        detail={"first_with_end": rule.first_with_end, "start_decides": rule.start_decides},
    )
    return alignment.align()


def contradiction(rule: HalfDays) -> Contradiction | None:
    """What the rule contradicts, or None."""
    assert rule.valid_from is not None
    if not 0 <= rule.first_with_end <= NOBODY:
        return Contradiction.RANGE
    laid_down = rules()
    if any(one.valid_from == rule.valid_from for one in laid_down):
        return Contradiction.SAME_DAY
    before = among(laid_down, rule.valid_from)
    if (before.first_with_end, before.start_decides) == (rule.first_with_end, rule.start_decides):
        return Contradiction.NOTHING_NEW
    until = min(
        (one.valid_from for one in laid_down if one.valid_from and one.valid_from > rule.valid_from),
        default=date.max,
    )
    if Closing.objects.filter(reopened_at=None, until__gt=rule.valid_from, since__lt=until).exists():
        return Contradiction.COMPLETED
    ends = Register.objects.filter(
        checkpoint=Checkpoint.END,
        halves__gt=0,
        day__gte=rule.valid_from,
        day__lt=until,
        school_class__year_group__lt=rule.first_with_end,
    )
    return Contradiction.END_TAKEN if ends.exists() else None
