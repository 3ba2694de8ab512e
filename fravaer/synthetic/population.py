"""Who lives and goes to school in a municipality that does not exist?

A school holds a cohort for every year group, divided into lines (7.A, 7.B) that keep their letter from year to year. Every
year some pupils change class or school, some move in and some move away.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from fravaer.core.periods import school_year_start
from fravaer.synthetic import calendars, deviations, names
from fravaer.synthetic.families import Families
from fravaer.synthetic.numbers import Numbers
from fravaer.synthetic.people import (
    DEMO_GRADE,
    DEMO_LETTER,
    LAST_GRADE,
    TENTH_GRADE,
    Child,
    ClassYear,
    Line,
    Municipality,
    School,
    Stay,
    Year,
)

PUPILS_A_SCHOOL = 500
SCHOOLS_AN_AREA = 8 / 3
MOST_AREAS = 5
# The first school is the largest.
FIRST_SCHOOL_SIZE = 1.2
MOST_IN_A_CLASS = 25
FEWEST_IN_DEMO_CLASS = 8
LETTERS = "ABCDEFGHIJ"
# One school in twenty, the third first, forgets many registers; the municipality as a whole keeps to its rate.
MISSED, MISSED_BY_THE_FORGETFUL, FORGETFUL, ONE_IN = 0.012, 0.065, 2, 20
CHANGES_CLASS, CHANGES_SCHOOL, MOVES_AWAY, MOVES_IN = 0.02, 0.02, 0.008, 0.012
GOES_ON_TO_TENTH = 0.5
# Nobody moves in the first weeks of a school year or in its last.
SETTLED, UNSETTLED = 30, 315


def municipality(pupils: int, seed: int, school_years: int, view: date) -> Municipality:
    """About `pupils` pupils in the school year that `view` lies in, and those of the years before it.

    `view` is a municipal school day. The same for the same arguments.
    """
    random = Random(f"{seed}:population")
    numbers = Numbers(random)
    years = _years(school_years, view)
    schools = _schools(pupils, random, numbers)
    lines = _lines(schools, years, random)
    families = Families(random, numbers)
    since = years[0].days[0]
    plans: dict[tuple[int, ...], list[int]] = {}
    classes: list[ClassYear] = []
    children: list[Child] = []
    present: list[Child] = []
    for year in years:
        here = [line for line in lines if 0 <= year.start - line.cohort <= line.last_grade]
        present = [child for child in present if _goes_on(child, year, random)]
        for line in here:
            grade = year.start - line.cohort
            plan = deviations.open_days(line, year)
            # Most classes share a plan; they share the list too.
            plan = plans.setdefault(tuple(plan), plan)
            line.classes[year.start] = ClassYear(line, year, grade, plan)
            if year is years[0] or grade == 0:
                size = line.size if grade <= LAST_GRADE else round(line.size * GOES_ON_TO_TENTH)
                first = [families.child(line, since) for _ in range(size)]
                children += first
                present += first
        classes += [line.classes[year.start] for line in here]
        others = _others(here)
        present = [child for child in present if _spends(child, year, others, random)]
        for line in here:
            moved_in = SETTLED + random.randrange(UNSETTLED - SETTLED)
            if random.random() < line.size * MOVES_IN and moved_in < year.view:
                child = families.child(line, since)
                child.stays[year.start] = [Stay(line.classes[year.start], moved_in, len(year.days))]
                children.append(child)
                present.append(child)
    return Municipality(numbers, years, schools, classes, children, _demo_class(classes, years[-1]))


def _years(count: int, view: date) -> list[Year]:
    last = school_year_start(view).year
    years: list[Year] = []
    for start in range(last - count + 1, last + 1):
        first, until = date(start, 8, 1), date(start + 1, 8, 1)
        days = [first + timedelta(days=n) for n in range((until - first).days)]
        is_last = start == last
        years.append(
            Year(
                start=start,
                days=days,
                open=[(day - first).days for day in calendars.school_days(start)],
                closed=calendars.closed_days(start),
                view=(view - first).days if is_last else len(days),
            )
        )
    return years


def _schools(pupils: int, random: Random, numbers: Numbers) -> list[School]:
    count = max(1, round(pupils / PUPILS_A_SCHOOL))
    areas = max(1, min(MOST_AREAS, count, round(count / SCHOOLS_AN_AREA)))
    sizes = [FIRST_SCHOOL_SIZE, *(random.uniform(0.75, 1.2) for _ in range(count - 1))]
    forgetful = set(range(FORGETFUL, count, ONE_IN))
    missed_by_the_others = (MISSED * count - MISSED_BY_THE_FORGETFUL * len(forgetful)) / (
        count - len(forgetful)
    )
    return [
        School(
            index=index,
            area=index * areas // count,
            name=name,
            phone=numbers.next(),
            pupils=pupils * sizes[index] / sum(sizes),
            factor=1.0 if index == 0 else min(1.3, max(0.75, random.gauss(1, 0.13))),
            missed=MISSED_BY_THE_FORGETFUL if index in forgetful else max(0.002, missed_by_the_others),
            has_tenth=count > 2 and index == count - 1,
        )
        for index, name in enumerate(names.school_names(count))
    ]


def _lines(schools: list[School], years: list[Year], random: Random) -> list[Line]:
    """The lines of every cohort that is at school in one of the years."""
    lines: list[Line] = []
    for school in schools:
        for cohort in range(years[0].start - TENTH_GRADE, years[-1].start + 1):
            is_demo = school.index == 0 and cohort == years[-1].start - DEMO_GRADE
            size = school.pupils / (LAST_GRADE + 1)
            if is_demo:
                size = max(size, 2 * FEWEST_IN_DEMO_CLASS)
            count = max(1, -(-round(size) // MOST_IN_A_CLASS))
            if is_demo:
                count = max(count, 1 + LETTERS.index(DEMO_LETTER))
            for letter in LETTERS[:count]:
                jitter = random.uniform(-0.08, 0.08)
                lines.append(Line(school, cohort, letter, max(1, round(size / count * (1 + jitter)))))
    return lines


def _others(lines: list[Line]) -> dict[int, tuple[list[Line], dict[int, list[Line]]]]:
    """By cohort: all its lines, and those of each school."""
    found: dict[int, tuple[list[Line], dict[int, list[Line]]]] = {}
    for line in lines:
        everywhere, by_school = found.setdefault(line.cohort, ([], {}))
        everywhere.append(line)
        by_school.setdefault(line.school.index, []).append(line)
    return found


def _goes_on(child: Child, year: Year, random: Random) -> bool:
    """Whether the child is still at school in this year."""
    grade = year.start - child.line.cohort
    if grade > child.line.last_grade:
        return False
    return grade < TENTH_GRADE or random.random() < GOES_ON_TO_TENTH


def _spends(
    child: Child,
    year: Year,
    others: dict[int, tuple[list[Line], dict[int, list[Line]]]],
    random: Random,
) -> bool:
    """Let the child spend the year at school, perhaps in two classes. Answers whether it is there at the end."""
    here = child.line.classes[year.start]
    end = len(year.days)
    place = random.random()
    if place >= CHANGES_CLASS + CHANGES_SCHOOL + MOVES_AWAY:
        child.stays[year.start] = [Stay(here, 0, end)]
        return True
    day = random.randrange(SETTLED, UNSETTLED)
    everywhere, by_school = others[child.line.cohort]
    if place < CHANGES_CLASS:
        choice = [line for line in by_school[child.line.school.index] if line is not child.line]
    else:
        choice = [line for line in everywhere if line.school is not child.line.school]
    moves_away = place >= CHANGES_CLASS + CHANGES_SCHOOL
    # What happens after the day in view nobody knows yet.
    if day >= year.view or not (choice or moves_away):
        child.stays[year.start] = [Stay(here, 0, end)]
        return True
    child.stays[year.start] = [Stay(here, 0, day)]
    if moves_away:
        return False
    child.line = random.choice(choice)
    child.stays[year.start].append(Stay(child.line.classes[year.start], day, end))
    return True


def _demo_class(classes: list[ClassYear], year: Year) -> ClassYear:
    return next(
        class_year
        for class_year in classes
        if class_year.year is year
        and class_year.line.school.index == 0
        and (class_year.grade, class_year.line.letter) == (DEMO_GRADE, DEMO_LETTER)
    )
