"""Where does a school, a year group or a class keep other school days than the municipality?

Few do, but every kind of rule occurs: a school closed for a day, a school open on a Saturday, the oldest who finish early,
a class at home after its camp.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from fravaer.schools.models import Level
from fravaer.synthetic.people import LAST_GRADE, Line, School, Year

STAFF_DAY, OPEN_DAY, AFTER_OPEN_DAY = "Pædagogisk dag", "Skolens åbne lørdag", "Fri efter skolens åbne lørdag"
FINISHED, AFTER_CAMP = "Klassetrinnet er færdigt", "Hjemme efter lejrskole"
FINISHES_EARLIER = 5
SATURDAY = 5
CAMP_GRADE, CAMP_LETTER = 5, "A"


class Deviation(NamedTuple):
    """A rule about day number `day`, at the level of the school, of one of its year groups or of one of its lines."""

    level: Level
    day: int
    closed: bool
    reason: str
    year_group: int | None = None
    letter: str | None = None


def deviations(school: School, year: Year) -> list[Deviation]:
    """The school's rules of the year."""
    return list(_deviations(school, year))


def open_days(line: Line, year: Year) -> list[int]:
    """The days on which the line's class has school in the year, in order."""
    grade = year.start - line.cohort
    days = set(year.open)
    for rule in _deviations(line.school, year):
        if rule.year_group in (None, grade) and rule.letter in (None, line.letter):
            if rule.closed:
                days.discard(rule.day)
            else:
                days.add(rule.day)
    return sorted(days)


def _deviations(school: School, year: Year) -> Iterator[Deviation]:
    is_open = set(year.open)
    match school.index % 4:
        case 1:
            day = _number(year, date(year.start, 11, 8), weekday=4)
            if day in is_open:
                yield Deviation(Level.SCHOOL, day, True, STAFF_DAY)
        case 2:
            day = _number(year, date(year.start, 9, 15), weekday=SATURDAY)
            if day + 2 in is_open:
                yield Deviation(Level.SCHOOL, day, False, OPEN_DAY)
                yield Deviation(Level.SCHOOL, day + 2, True, AFTER_OPEN_DAY)
    for day in year.open[-FINISHES_EARLIER:]:
        for grade in range(LAST_GRADE, LAST_GRADE + 1 + school.has_tenth):
            yield Deviation(Level.YEAR_GROUP, day, True, FINISHED, grade)
    if school.index % 3 == 0:
        day = _number(year, date(year.start, 9, 22), weekday=0)
        if day in is_open:
            yield Deviation(Level.CLASS, day, True, AFTER_CAMP, CAMP_GRADE, CAMP_LETTER)


def _number(year: Year, earliest: date, *, weekday: int) -> int:
    """The number of the first such weekday from `earliest` on."""
    day = earliest + timedelta(days=(weekday - earliest.weekday()) % 7)
    return (day - year.days[0]).days
