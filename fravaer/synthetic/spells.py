"""When does a pupil stay away, for how long, and why?

A pupil's school year is drawn as spells: illness, what goes round in the class, leave, days without a good reason, and for
a few a refusal that builds up over weeks. The shares and rates below are set so that a municipality comes out like the
published ones (`figures`): a mean near 6.5 %, half of the pupils under 4 %, a fifth over 10 % and a tail over 40 %.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from math import exp
from random import Random

from fravaer.absence.reasons import Reason
from fravaer.synthetic.people import Child, ClassYear, Year

# Which checkpoints a pupil was absent at, as bits, and where the reason stands beside them in one small number.
START, END, BOTH = 1, 2, 3
REASON_SHIFT = 2
FIRST_GRADE_WITH_END = 7

# How likely illness begins in a month, against the others: a peak in winter, hardly any in summer.
MONTHS = {
    8: 0.55,
    9: 0.85,
    10: 0.95,
    11: 1.2,
    12: 1.3,
    1: 1.55,
    2: 1.6,
    3: 1.15,
    4: 0.85,
    5: 0.7,
    6: 0.6,
    7: 0.5,
}
WEEKDAYS = (1.55, 1.0, 0.88, 0.95, 1.35, 0.5, 0.5)
# Leave is taken beside the holidays, and away from the middle of the week.
LEAVE_WEEKDAYS = (1.4, 0.6, 0.6, 0.9, 2.0, 0.3, 0.3)
LEAVE_MONTHS = {
    8: 0.8,
    9: 1.0,
    10: 1.4,
    11: 0.8,
    12: 1.5,
    1: 0.6,
    2: 1.4,
    3: 1.1,
    4: 1.1,
    5: 1.2,
    6: 1.3,
    7: 1.0,
}

# Spells of illness a year, by grade, for a child that falls ill as easily as most.
ILLNESS = (1.4, 1.4, 1.35, 1.35, 1.35, 1.3, 1.3, 1.25, 1.25, 1.25, 1.25)
ILLNESS_LENGTHS = (1,) * 42 + (2,) * 25 + (3,) * 14 + (4,) * 7 + (5,) * 6 + (7,) * 4 + (11, 18)
WAVE_LENGTHS = (1, 1, 2, 2, 3)
# Days a year without a good reason, likewise.
UNLAWFUL = (0.65, 0.65, 0.7, 0.7, 0.8, 0.9, 1.0, 1.3, 1.5, 1.7, 1.7)
TRIP_LENGTHS = (1, 1, 1, 2, 2, 3, 4, 5, 5)
LONG_TRIP = 10

# School refusal: the share of pupils by grade in whom it begins in a year, and how likely it lasts into the next.
REFUSAL = (0.006, 0.008, 0.010, 0.012, 0.014, 0.016, 0.018, 0.022, 0.024, 0.024, 0.024)
LASTS = 0.45
# How much of the time such a pupil is away in the end, and over how many weeks it comes to that.
HEIGHT = (0.45, 1.0)
# The older ones come late, or go home early.
COMES_LATE, GOES_HOME = 0.04, 0.12
EARLY_HOMES = 0.8


class Chances:
    """From which school day on (by position), when a spell begins on a day drawn by weight."""

    def __init__(self, year: Year, open_days: list[int]) -> None:
        days = [year.days[number] for number in open_days]
        self.open = open_days
        self.illness = _cumulated([MONTHS[day.month] * WEEKDAYS[day.weekday()] for day in days])
        self.leave = _cumulated([LEAVE_MONTHS[day.month] * LEAVE_WEEKDAYS[day.weekday()] for day in days])
        self.unlawful = _cumulated([WEEKDAYS[day.weekday()] for day in days])


class Spells:
    """The spells of every pupil; the order in which they are asked for decides what comes out."""

    def __init__(self, random: Random, first: Year) -> None:
        self._random = random
        self._first = first.start
        # Children whose refusal lasts, and how much of the time they were away at its height.
        self._refusing: dict[Child, float] = {}
        self._chances: dict[tuple[int, ...], Chances] = {}

    def absences(self, child: Child, class_year: ClassYear) -> dict[int, int]:
        """The days (by number) on which the child is absent in the year, each with its reason and checkpoints."""
        chances = self.chances(class_year)
        random, grade = self._random.random, class_year.grade
        factor = class_year.line.school.factor
        away: dict[int, int] = {}
        for _ in range(self._count(ILLNESS[grade] * child.frailty * factor)):
            first = bisect_left(chances.illness, random() * chances.illness[-1])
            _add(away, chances.open, first, ILLNESS_LENGTHS[int(random() * 100)], Reason.ILLNESS)
        for first, share in class_year.waves:
            if random() < share * min(1.8, 0.3 + 0.7 * child.frailty):
                length = WAVE_LENGTHS[int(random() * len(WAVE_LENGTHS))]
                _add(away, chances.open, first + int(random() * 3), length, Reason.ILLNESS)
        days = UNLAWFUL[grade] * child.truancy * factor * class_year.unrest
        for _ in range(self._count(days / 1.25)):
            first = bisect_left(chances.unlawful, random() * chances.unlawful[-1])
            _add(away, chances.open, first, 2 if random() < 0.25 else 1, Reason.UNLAWFUL)
        for _ in range(self._count(1.3 * child.family.travels)):
            first = bisect_left(chances.leave, random() * chances.leave[-1])
            length = LONG_TRIP if random() < 0.04 else TRIP_LENGTHS[int(random() * len(TRIP_LENGTHS))]
            # Most leave is granted beforehand; what is taken in spite of a refusal is unlawful.
            _add(away, chances.open, first, length, Reason.LEAVE if random() < 0.93 else Reason.UNLAWFUL)
        self._refuse(child, class_year, away)
        if grade >= FIRST_GRADE_WITH_END:
            self._half_days(chances, away)
        return away

    def chances(self, class_year: ClassYear) -> Chances:
        key = (class_year.year.start, id(class_year.open))
        if key not in self._chances:
            self._chances[key] = Chances(class_year.year, class_year.open)
        return self._chances[key]

    def _refuse(self, child: Child, class_year: ClassYear, away: dict[int, int]) -> None:
        """Refusal: first single Mondays, then, over six to fourteen weeks, most days; ill by the parents' word, or unlawful."""
        random = self._random
        height = self._refusing.pop(child, None)
        likely_new = REFUSAL[class_year.grade] * (0.4 + 0.6 * child.truancy) * class_year.unrest**0.5
        if class_year.year.start == self._first and random.random() < likely_new:
            # It began before our data do.
            height = random.uniform(*HEIGHT)
        if height is not None:
            if random.random() >= LASTS:
                return
            onset, weeks = -100.0, 10.0
        elif random.random() < likely_new:
            onset, weeks, height = random.uniform(0, 190), random.uniform(6, 14), random.uniform(*HEIGHT)
        else:
            return
        self._refusing[child] = height
        is_ill = random.uniform(0.2, 0.8)
        for position, day in enumerate(class_year.open):
            likely = height / (1 + exp(-(position - onset - 2.5 * weeks) / (0.9 * weeks)))
            if class_year.year.days[day].weekday() == 0:
                likely = min(1.0, likely * 1.6 + 0.02)
            if likely > 0.01 and random.random() < likely:
                reason = Reason.ILLNESS if random.random() < is_ill else Reason.UNLAWFUL
                away[day] = reason << REASON_SHIFT | BOTH

    def _half_days(self, chances: Chances, away: dict[int, int]) -> None:
        random = self._random.random
        for day, code in away.items():
            place = random()
            if place < COMES_LATE:
                away[day] = code & ~END
            elif place < COMES_LATE + GOES_HOME:
                away[day] = code & ~START
        for _ in range(self._count(EARLY_HOMES)):
            day = chances.open[int(random() * len(chances.open))]
            if day not in away:
                away[day] = (Reason.ILLNESS if random() < 0.7 else Reason.UNLAWFUL) << REASON_SHIFT | END

    def _count(self, mean: float) -> int:
        """A number drawn from the Poisson distribution."""
        random, limit, product, count = self._random.random, exp(-min(mean, 60.0)), 1.0, -1
        while product > limit:
            product *= random()
            count += 1
        return count


def _add(away: dict[int, int], open_days: list[int], first: int, length: int, reason: Reason) -> None:
    code = reason << REASON_SHIFT | BOTH
    for day in open_days[first : first + length]:
        away[day] = code


def _cumulated(weights: list[float]) -> list[float]:
    return list(accumulate(weights))
