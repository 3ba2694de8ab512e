"""What did Copenhagen publish in March 2016?

August 2015 to January 2016: all pupils absent 6.6 % or 7.21 school days, pupils with a social measure 12.1 % or 13.30. Only
110 school days give both pairs. The data set is invented, half-days, a pupil who moved and all; its sums are the published.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from random import Random

from fravaer.absence.alignment import align
from fravaer.absence.checkpoints import Checkpoint, due
from fravaer.absence.models import Absence, Register
from fravaer.absence.reasons import Reason
from fravaer.cases import measures
from fravaer.cases.measures import Measure
from fravaer.core.periods import Period
from fravaer.schools import schooldays
from fravaer.schools.models import Enrolment, Pupil, SchoolClass
from tests import factories
from tests.plans import Plan

AUTUMN = Period(date(2015, 8, 10), date(2016, 2, 1))
PLAN = Plan(
    date(2015, 8, 10),
    date(2016, 6, 24),
    ((date(2015, 10, 12), date(2015, 10, 16)), (date(2015, 12, 21), date(2016, 1, 3))),
)
NAMES = ["0.A", "2.A", "4.A", "6.A", "7.A", "8.A", "8.B", "9.A"]
A_CLASS = 25
MOVED = date(2015, 11, 2)
# Absent school days among 200 pupils, and among the 20 of them who have a measure.
DAYS, DAYS_WITH_MEASURE = 1442, 266


def attendance(classes: dict[SchoolClass, list[Pupil]], days: dict[Pupil, float], chance: Random) -> None:
    """Every register taken, and each pupil away so many days; those of half a day are ends of days in year groups 7 to 9."""
    school_days = [day for day in AUTUMN.days() if schooldays.municipal_days(_only(day))]
    own = {pupil: school_class for school_class, pupils in classes.items() for pupil in pupils}
    mover, new_class = classes[next(iter(classes))][0], list(classes)[1]
    Enrolment.objects.filter(pupil=mover).update(until=MOVED)
    factories.enrol([mover], new_class, since=MOVED)
    rows: list[Absence] = []
    for pupil, away in days.items():
        whole, half = divmod(round(2 * away), 2)
        chosen = chance.sample(school_days, whole + half)
        for number, day in enumerate(chosen):
            school_class = new_class if pupil == mover and day >= MOVED else own[pupil]
            checkpoints: Sequence[Checkpoint] = due(school_class.year_group)
            if number >= whole:
                checkpoints = [Checkpoint.END]
            elif number % 2:
                # Away in the morning and back for the last lesson is the whole day all the same.
                checkpoints = [Checkpoint.START]
            reason = chance.choice([Reason.ILLNESS, Reason.ILLNESS, Reason.LEAVE, Reason.UNLAWFUL])
            rows += [
                Absence(
                    pupil=pupil,
                    day=day,
                    checkpoint=checkpoint,
                    school_class=school_class,
                    school_id=school_class.school_id,
                    halves=0,
                    reason=reason,
                )
                for checkpoint in checkpoints
            ]
    Absence.objects.bulk_create(rows)
    Register.objects.bulk_create(
        Register(
            school_class=school_class,
            day=day,
            checkpoint=checkpoint,
            school_id=school_class.school_id,
            halves=0,
            taken_at=factories.moment(day, 8),
        )
        for school_class in classes
        for day in school_days
        for checkpoint in due(school_class.year_group)
    )
    align()


def dealt(pupils: Sequence[Pupil], days: int, chance: Random) -> dict[Pupil, float]:
    """So many days dealt out unevenly: many pupils are away little, and a few much."""
    away = dict.fromkeys(pupils, 0.0)
    weights = [chance.paretovariate(1.2) for _ in pupils]
    for _ in range(days):
        pupil = chance.choices(pupils, weights)[0]
        away[pupil if away[pupil] < 80 else min(pupils, key=lambda one: away[one])] += 1
    return away


def _only(day: date) -> Period:
    return Period(day, date.fromordinal(day.toordinal() + 1))


def filled() -> None:
    """Four schools of two areas, 200 pupils, and every register of the half year."""
    chance = Random(20160315)
    year = factories.school_year(PLAN)
    schools = [
        factories.school(name, of=area)
        for area in (factories.area("Amager"), factories.area("Nørrebro"))
        for name in (f"Skolen ved {area.name}", f"{area.name} Skole")
    ]
    classes = {
        school_class: factories.pupils(A_CLASS, in_class=school_class)
        for school_class in (
            factories.school_class(name, at=schools[number % 4], year=year)
            for number, name in enumerate(NAMES)
        )
    }
    low, high = [
        [
            pupil
            for school_class, pupils in classes.items()
            if (school_class.year_group < 7) == young
            for pupil in pupils
        ]
        for young in (True, False)
    ]
    # Thirteen days each, and half a day more for the twelve who are noted twice a day.
    with_measure: dict[Pupil, float] = dict.fromkeys(low[:8], 13.0) | dict.fromkeys(high[:12], 13.5)
    assert sum(with_measure.values()) == DAYS_WITH_MEASURE
    others = [pupil for pupil in low + high if pupil not in with_measure]
    without = dealt(others, DAYS - DAYS_WITH_MEASURE, chance)
    attendance(classes, with_measure | without, chance)
    spans = [(date(2014, 5, 1), None), (date(2015, 9, 1), date(2015, 9, 2)), (date(2016, 1, 31), None)]
    measures.load(
        [Measure(pupil.pk, *spans[number % 3]) for number, pupil in enumerate(with_measure)]
        # Over before the school year began, or not begun by the last day: not of the group.
        + [
            Measure(others[0].pk, date(2015, 1, 1), date(2015, 8, 1)),
            Measure(others[1].pk, date(2016, 2, 1)),
        ]
    )
