"""What would somebody with paper, a calendar and patience count?

A second definition of the percentage, written from the rules and not from the SQL: a loop over pupils and days that adds
one half-day at a time. It knows nothing of the database, of running numbers or of sums by month.

The rules. A day is two half-days. Year groups 0–6 are noted once and that decides the day; from year group 7 morning and
end of the day each decide half. What nobody noted is neither presence nor absence, and lowers the coverage. Whoever was
noted absent in the morning and present at the end was away the whole day, because the morning decides. The municipality may
lay down other rules, each from a day on: from which year group the end is noted as well, and whether the morning decides.
An absence noted in another class than the one the pupil belongs to that day says nothing about her.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeVar

MORNING, END = 1, 2
PENDING, ILLNESS, LEAVE, UNLAWFUL = range(4)
SATURDAY = 5
Group = TypeVar("Group", bound=Hashable)


@dataclass(frozen=True)
class Class:
    """A class of a school in an area, taught from `since` up to, and without, `until`."""

    key: int
    area: int
    school: int
    year_group: int
    since: date
    until: date


@dataclass(frozen=True)
class Rule:
    """A day said to be closed or open for everybody, a school, a year group of a school, or one class."""

    day: date
    closed: bool
    school: int | None = None
    year_group: int | None = None
    school_class: int | None = None

    def concerns(self, asked: Class) -> bool:
        return (
            (self.school is None or self.school == asked.school)
            and (self.year_group is None or self.year_group == asked.year_group)
            and (self.school_class is None or self.school_class == asked.key)
        )

    @property
    def narrowness(self) -> int:
        if self.school_class is not None:
            return 3
        return (self.school is not None) + (self.year_group is not None)


@dataclass(frozen=True)
class Enrolled:
    """A pupil in a class from `since` up to, and without, `until`."""

    pupil: int
    school_class: int
    since: date
    until: date


@dataclass(frozen=True)
class HalfDays:
    """From a day on: the first year group noted at the end as well, and whether the morning decides the whole day."""

    since: date
    first_with_end: int
    morning_decides: bool


@dataclass
class World:
    """Everything that anybody wrote down."""

    classes: dict[int, Class] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    enrolments: list[Enrolled] = field(default_factory=list)
    half_days: list[HalfDays] = field(default_factory=list)
    # Class, day, checkpoint of every register that was taken.
    taken: set[tuple[int, date, int]] = field(default_factory=set)
    # Pupil, day, checkpoint: the class it was noted in, and the reason.
    absences: dict[tuple[int, date, int], tuple[int, int]] = field(default_factory=dict)


@dataclass
class Count:
    """Half-days, one by one."""

    possible: int = 0
    due: int = 0
    absent: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    pupils: set[int] = field(default_factory=set)

    def figures(self) -> tuple[int, int, int, int, int, int]:
        """possible, due, illness, leave, unlawful, pending."""
        return (
            self.possible,
            self.due,
            self.absent[ILLNESS],
            self.absent[LEAVE],
            self.absent[UNLAWFUL],
            self.absent[PENDING],
        )


def counted(
    world: World,
    since: date,
    until: date,
    group: Callable[[int, Class], Group],
    pupils: Iterable[int] | None = None,
) -> dict[Group, Count]:
    """The count of each group; `group` names the one a pupil belongs to while in a class."""
    counts: dict[Group, Count] = defaultdict(Count)
    asked = None if pupils is None else set(pupils)
    for enrolment in world.enrolments:
        if asked is not None and enrolment.pupil not in asked:
            continue
        school_class = world.classes[enrolment.school_class]
        for day in days(max(since, enrolment.since), min(until, enrolment.until)):
            count = counts[group(enrolment.pupil, school_class)]
            if is_school_day(world, school_class, day):
                # Whoever had no school day here was not a pupil of the group, whatever is written down.
                count.pupils.add(enrolment.pupil)
                _add_day(world, enrolment.pupil, school_class, day, count)
    return dict(counts)


def is_school_day(world: World, school_class: Class, day: date) -> bool:
    """Weekdays of the class's school year, unless a rule says otherwise; the narrowest rule about the day wins."""
    if not school_class.since <= day < school_class.until:
        return False
    about = [rule for rule in world.rules if rule.day == day and rule.concerns(school_class)]
    if about:
        return not max(about, key=lambda rule: rule.narrowness).closed
    return day.weekday() < SATURDAY


def half_days_of(world: World, day: date) -> HalfDays:
    """The rule laid down last before the day or on it; until one is, the order's own."""
    laid_down = [rule for rule in world.half_days if rule.since <= day]
    return max(laid_down, key=lambda rule: rule.since) if laid_down else HalfDays(date.min, 7, True)


def _add_day(world: World, pupil: int, school_class: Class, day: date, count: Count) -> None:
    count.due += 2
    morning_noted = (school_class.key, day, MORNING) in world.taken
    end_noted = (school_class.key, day, END) in world.taken
    morning = _absence(world, pupil, school_class, day, MORNING)
    end = _absence(world, pupil, school_class, day, END)
    rule = half_days_of(world, day)
    if school_class.year_group < rule.first_with_end:
        if morning_noted:
            count.possible += 2
            if morning is not None:
                count.absent[morning] += 2
        return
    if morning_noted:
        count.possible += 1
        if morning is not None:
            count.absent[morning] += 1
    if end_noted:
        count.possible += 1
        if end is not None:
            count.absent[end] += 1
        elif morning_noted and morning is not None and rule.morning_decides:
            count.absent[morning] += 1


def _absence(world: World, pupil: int, school_class: Class, day: date, checkpoint: int) -> int | None:
    noted = world.absences.get((pupil, day, checkpoint))
    return noted[1] if noted is not None and noted[0] == school_class.key else None


def days(since: date, until: date) -> Iterator[date]:
    day = since
    while day < until:
        yield day
        day += timedelta(days=1)


def days_after(day: date) -> date:
    """The first day of the month after the day's."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
