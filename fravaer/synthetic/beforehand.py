"""What did the first school's office know before the bell?

A few sick reports, applications for leave of different lengths and a trip, entered by the demonstration's own secretary
through the same room as every day. The class of the told morning (`story`) is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import uuid5

from fravaer.absence import foretold
from fravaer.absence.reasons import Source
from fravaer.accounts.demo import demo_user
from fravaer.accounts.scoping import scope_of
from fravaer.core.periods import Period
from fravaer.synthetic.people import Child, ClassYear, Municipality

# Year group, place among the class's settled pupils, and school days from the day in view on.
ILL = ((7, 2, 1), (8, 4, 2), (8, 9, 1), (3, 1, 1), (5, 6, 3), (0, 3, 1), (9, 5, 5))
# School days after the day in view on which the leave begins, and how many it lasts.
ASKED = (
    (8, 1, 2, 1, "Begravelse i familien"),
    (2, 5, 3, 5, "Rejse til bedsteforældre"),
    (6, 2, 1, 2, "Stævne"),
)
TRIP = (4, "Skovtur med natur og teknologi")
SOURCES = (Source.GUARDIAN_AULA, Source.GUARDIAN_PHONE, Source.GUARDIAN_SMS)


def enter(of: Municipality, now: datetime) -> int:
    """Enter it all; answers how many entries there are. Without a demonstration's secretary there are none."""
    secretary = demo_user("sekretaer")
    if secretary is None:
        return 0
    scope = scope_of(secretary.pk, now)
    entered = 0
    for number, (grade, place, length) in enumerate(ILL):
        for child, period in _one(of, grade, place, 0, length):
            uuid = uuid5(child.uuid, "ill")
            foretold.report(
                uuid=uuid, pupil_id=child.id, period=period, source=SOURCES[number % 3], scope=scope, now=now
            )
            entered += 1
    for grade, place, begins, length, text in ASKED:
        for child, period in _one(of, grade, place, begins, length):
            foretold.ask(
                uuid=uuid5(child.uuid, "leave"),
                pupil_id=child.id,
                period=period,
                source=Source.GUARDIAN_AULA,
                text=text,
                scope=scope,
                now=now,
            )
            entered += 1
    grade, name = TRIP
    trippers = _class(of, grade)
    if trippers is not None and (day := _days(trippers, 0, 1)) is not None:
        key = uuid5(of.children[0].uuid, "trip")
        foretold.plan(key=key, class_ids=[trippers.id], period=day, text=name, scope=scope, now=now)
        entered += 1
    return entered


def _one(
    of: Municipality, grade: int, place: int, begins: int, length: int
) -> Iterator[tuple[Child, Period]]:
    """The pupil of that place in that year group's last class, and the days; nothing where the school has none such."""
    school_class = _class(of, grade)
    if school_class is None:
        return
    start = school_class.year.start
    settled = [
        child
        for child in of.children
        if len(child.stays.get(start, ())) == 1 and child.stays[start][0].class_year is school_class
    ]
    period = _days(school_class, begins, length)
    if place < len(settled) and period is not None:
        yield settled[place], period


def _class(of: Municipality, grade: int) -> ClassYear | None:
    """The first school's first class of the year group, that of the told morning excepted."""
    return next(
        (
            one
            for one in of.classes
            if one.year is of.years[-1]
            and one.line.school is of.schools[0]
            and one.grade == grade
            and one is not of.demo_class
        ),
        None,
    )


def _days(school_class: ClassYear, begins: int, length: int) -> Period | None:
    """So many of the class's school days, beginning so many after the day in view; None when the year has no more."""
    coming = [day for day in school_class.open if day >= school_class.year.view]
    chosen = coming[begins : begins + length]
    if not chosen:
        return None
    days: list[date] = school_class.year.days
    return Period(days[chosen[0]], days[chosen[-1]] + timedelta(days=1))
