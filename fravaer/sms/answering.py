"""What does the office make of a guardian's reply, in one press?

A report of illness, a request for leave, the reason of an absence that waits for one, or nothing but having read it. Who may
decide leave still decides it. The reply and what is made of it are settled together, or neither is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from fravaer.absence import foretold, settling
from fravaer.absence.reasons import Mark, Source
from fravaer.absence.settling import MOST_DAYS_ILL, Answer
from fravaer.core.periods import Period
from fravaer.core.scope import Scope
from fravaer.sms import replies
from fravaer.sms.replies import Child, Outcome


class NothingToSettle(Exception):
    """The pupil's mark is another by now, or the day's registration is completed: nothing was done."""


@dataclass(frozen=True, slots=True)
class Press:
    """One press on one reply: which pupil, which days (as a period), and the family's words where leave is asked for."""

    sid: str
    child: Child
    period: Period
    key: UUID
    text: str = ""


@transaction.atomic
def ill(press: Press, day: date, scope: Scope, now: datetime) -> Outcome:
    """The pupil is ill: the reason of her absence of `day` where one waits, else reported ill for the days.

    Raises replies.Taken, NothingToSettle, foretold.NoSchoolDay and TooManyDays.
    """
    last = press.period.until - timedelta(days=1)
    waits = press.child.waits and press.period.since == day
    if waits and last < day + timedelta(days=MOST_DAYS_ILL):
        _settle(press, Outcome.REASON, scope, now)
        _explain(press, Mark.ILL, day, last, scope, now)
        return Outcome.REASON
    _settle(press, Outcome.ILL, scope, now)
    foretold.report(
        uuid=press.key,
        pupil_id=press.child.pupil.pk,
        period=press.period,
        source=Source.GUARDIAN_SMS,
        scope=scope,
        now=now,
    )
    return Outcome.ILL


@transaction.atomic
def leave(press: Press, scope: Scope, now: datetime) -> Outcome:
    """Leave is asked for; whoever may, decides it.

    Raises replies.Taken, foretold.AlreadyAsked, NoSchoolDay and TooManyDays.
    """
    _settle(press, Outcome.LEAVE, scope, now)
    foretold.ask(
        uuid=press.key,
        pupil_id=press.child.pupil.pk,
        period=press.period,
        source=Source.GUARDIAN_SMS,
        text=press.text[: foretold.LONGEST_TEXT],
        scope=scope,
        now=now,
    )
    return Outcome.LEAVE


@transaction.atomic
def here(press: Press, day: date, scope: Scope, now: datetime) -> Outcome:
    """The mark was an error: the pupil is here. Raises replies.Taken and NothingToSettle."""
    _settle(press, Outcome.REASON, scope, now)
    _explain(press, Mark.HERE, day, day, scope, now)
    return Outcome.REASON


def _settle(press: Press, outcome: Outcome, scope: Scope, now: datetime) -> None:
    school = press.child.school_class.school_id
    replies.settle(press.sid, outcome, scope, now, pupil_id=press.child.pupil.pk, school_id=school)


def _explain(press: Press, mark: Mark, day: date, last: date, scope: Scope, now: datetime) -> None:
    school_class = press.child.school_class
    answer = Answer(
        pupil_id=press.child.pupil.pk,
        school_class_id=school_class.pk,
        school_id=school_class.school_id,
        day=day,
        mark=mark,
        source=Source.GUARDIAN_SMS,
        key=press.key,
        ill_until=last if mark is Mark.ILL else None,
    )
    if not settling.settle([answer], scope, now).done:
        raise NothingToSettle
