"""Which municipalities can be imagined, and how are they written into the database?

Small and odd on purpose: two school years that meet on 1 August, pupils who move, come late and leave, days that rules of
four levels fight over, registers nobody took, absences noted in the wrong class.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from django.db import connection, transaction
from hypothesis import strategies as st

from fravaer.absence.alignment import align
from fravaer.absence.models import Absence, HalfDayRule, Register
from fravaer.accounts.models import User
from fravaer.core.periods import Period
from fravaer.schools import schooldays
from fravaer.schools.models import (
    Area,
    DayRule,
    Enrolment,
    Level,
    Municipality,
    Pupil,
    School,
    SchoolClass,
    SchoolYear,
)
from tests.absence.oracle import Class, Enrolled, HalfDays, Rule, World
from tests.factories import moment

FIRST = date(2025, 7, 25)
SPAN = 45
# Whoever takes a register in a world.
SOMEBODY = 1
YEARS = ((date(2025, 7, 20), date(2025, 8, 1)), (date(2025, 8, 1), date(2025, 9, 15)))
DAYS = st.integers(0, SPAN).map(lambda offset: FIRST + timedelta(days=offset))
MASKS = st.integers(0, 2**SPAN - 1)
# Most registers are taken: a mask is drawn of those that were not.
GAPS = st.one_of(st.just(0), MASKS)


def bits(mask: int) -> list[date]:
    """The days whose bit is set."""
    return [FIRST + timedelta(days=offset) for offset in range(SPAN) if mask >> offset & 1]


@st.composite
def windows(draw: st.DrawFn) -> list[Period]:
    """Two spans of days that may cut months or reach outside everything, and one that holds no day."""
    around = st.integers(-4, SPAN + 4).map(lambda offset: FIRST + timedelta(days=offset))
    spans = [sorted(draw(st.tuples(around, around))) for _ in range(2)]
    empty = draw(around)
    return [*(Period(since, until) for since, until in spans), Period(empty, empty)]


@st.composite
def classes(draw: st.DrawFn) -> dict[int, Class]:
    areas = draw(st.lists(st.integers(1, 2), min_size=1, max_size=3))
    made: dict[int, Class] = {}
    for key in range(1, draw(st.integers(1, 5)) + 1):
        school = draw(st.integers(1, len(areas)))
        since, until = draw(st.sampled_from(YEARS))
        year_group = draw(st.sampled_from([0, 6, 7, 9]))
        made[key] = Class(key, areas[school - 1], school, year_group, since, until)
    return made


@st.composite
def rules(draw: st.DrawFn, known: dict[int, Class]) -> list[Rule]:
    made: dict[tuple[date, int | None, int | None, int | None], Rule] = {}
    # Few days, so that rules of several levels meet on one.
    days = draw(st.lists(DAYS.filter(lambda day: day < FIRST + timedelta(days=SPAN)), min_size=1, max_size=4))
    for _ in range(draw(st.integers(0, 8))):
        day, closed = draw(st.sampled_from(days)), draw(st.booleans())
        school_class = known[draw(st.sampled_from(sorted(known)))]
        rule = draw(
            st.sampled_from(
                [
                    Rule(day, closed),
                    Rule(day, closed, school=school_class.school),
                    Rule(day, closed, school=school_class.school, year_group=school_class.year_group),
                    Rule(day, closed, school_class=school_class.key),
                ]
            )
        )
        made[rule.day, rule.school, rule.year_group, rule.school_class] = rule
    return list(made.values())


@st.composite
def enrolments(draw: st.DrawFn, known: dict[int, Class], pupils: int) -> list[Enrolled]:
    """Each pupil's way through the classes: none, one all along, or several with gaps between."""
    made: list[Enrolled] = []
    for pupil in range(1, pupils + 1):
        bounds = sorted(draw(st.sets(DAYS, max_size=5)) | {FIRST, FIRST + timedelta(days=SPAN)})
        for since, until in pairwise(bounds):
            key = draw(st.sampled_from([*sorted(known), 0]))
            if not key:
                continue
            school_class = known[key]
            first, last = max(since, school_class.since), min(until, school_class.until)
            if first < last:
                made.append(Enrolled(pupil, key, first, last))
    return made


# A rule before everything, one in the middle, both or none.
HALF_DAYS = st.lists(
    st.builds(HalfDays, DAYS, st.sampled_from([0, 6, 7, 8, 11]), st.booleans()),
    max_size=2,
    unique_by=lambda rule: rule.since,
)


@st.composite
def plans(draw: st.DrawFn) -> World:
    """Classes, days and pupils before anybody has taken a register."""
    known = draw(classes())
    return World(
        known, draw(rules(known)), draw(enrolments(known, draw(st.integers(1, 4)))), half_days=draw(HALF_DAYS)
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    world = draw(plans())
    known = world.classes
    pupils = max((e.pupil for e in world.enrolments), default=1)
    for key in known:
        for checkpoint in (1, 2):
            untaken = set(bits(draw(GAPS)))
            world.taken |= {(key, day, checkpoint) for day in bits(2**SPAN - 1) if day not in untaken}
    for pupil in range(1, pupils + 1):
        low, high = set(bits(draw(MASKS))), set(bits(draw(MASKS)))
        stray = draw(st.sampled_from(sorted(known)))
        for checkpoint in (1, 2):
            elsewhere = set(bits(draw(GAPS)))
            for day in bits(draw(MASKS)):
                own = next(
                    (e for e in world.enrolments if e.pupil == pupil and e.since <= day < e.until), None
                )
                key = stray if own is None or day in elsewhere else own.school_class
                world.absences[pupil, day, checkpoint] = (key, (day in low) + 2 * (day in high))
    return world


@st.composite
def changed_worlds(draw: st.DrawFn) -> tuple[World, World]:
    """A world, and the same after calendar, enrolments and half-days were changed behind the registers' back."""
    before = draw(worlds())
    pupils = max([1, *(e.pupil for e in before.enrolments), *(pupil for pupil, _, _ in before.absences)])
    return before, replace(
        before,
        rules=draw(rules(before.classes)),
        half_days=draw(HALF_DAYS),
        enrolments=draw(enrolments(before.classes, pupils)),
    )


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written inside is gone afterwards; constraints are checked first."""
    with transaction.atomic():
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)


def write(world: World) -> None:
    """Write the world into an empty database; keys become the rows' ids. Rows and sums are brought in line."""
    User.objects.create(pk=SOMEBODY, email="nogen@fjordby.invalid", name="Nogen")
    municipality = Municipality.objects.create(code="999", name="Fjordby Kommune")
    Area.objects.bulk_create(
        Area(pk=key, municipality=municipality, code=f"omraade-{key}", name=f"Område {key}") for key in (1, 2)
    )
    years = SchoolYear.objects.bulk_create(
        SchoolYear(pk=key, starts_on=since, until=until) for key, (since, until) in enumerate(YEARS, 1)
    )
    School.objects.bulk_create(
        School(pk=key, area_id=area, name=f"Skole {key}", institution_number=f"X{key:05d}")
        for key, area in {c.school: c.area for c in world.classes.values()}.items()
    )
    SchoolClass.objects.bulk_create(
        SchoolClass(
            pk=c.key,
            school_id=c.school,
            school_year=years[YEARS.index((c.since, c.until))],
            year_group=c.year_group,
            letter=f"K{c.key}",
        )
        for c in world.classes.values()
    )
    pupils = {e.pupil for e in world.enrolments} | {pupil for pupil, _, _ in world.absences}
    Pupil.objects.bulk_create(
        Pupil(pk=key, roster_key=str(key), given_name=f"Elev{key}", family_name="Prøve") for key in pupils
    )
    Register.objects.bulk_create(
        Register(
            school_class_id=key,
            day=day,
            checkpoint=checkpoint,
            school_id=world.classes[key].school,
            halves=0,
            taken_at=moment(day, 8),
        )
        for key, day, checkpoint in world.taken
    )
    Absence.objects.bulk_create(
        Absence(
            pupil_id=pupil,
            day=day,
            checkpoint=checkpoint,
            school_class_id=key,
            school_id=world.classes[key].school,
            halves=0,
            reason=reason,
        )
        for (pupil, day, checkpoint), (key, reason) in world.absences.items()
    )
    rewrite(world)


def rewrite(world: World) -> int:
    """Change calendar, enrolments and half-days to the world's, and align. Returns how many rows had to change."""
    DayRule.objects.all().delete()
    DayRule.objects.bulk_create(
        DayRule(
            school_year_id=1 if rule.day < YEARS[0][1] else 2,
            day=rule.day,
            level=Level.CLASS
            if rule.school_class
            else (Level.MUNICIPALITY, Level.SCHOOL, Level.YEAR_GROUP)[rule.narrowness],
            school_id=rule.school,
            year_group=rule.year_group,
            school_class_id=rule.school_class,
            closed=rule.closed,
            reason="Regel",
        )
        for rule in world.rules
    )
    for year in SchoolYear.objects.all():
        schooldays.draw(year)
    HalfDayRule.objects.all().delete()
    HalfDayRule.objects.bulk_create(
        HalfDayRule(
            valid_from=rule.since, first_with_end=rule.first_with_end, start_decides=rule.morning_decides
        )
        for rule in world.half_days
    )
    Enrolment.objects.all().delete()
    Enrolment.objects.bulk_create(
        Enrolment(pupil_id=e.pupil, school_class_id=e.school_class, starts_on=e.since, until=e.until)
        for e in world.enrolments
    )
    return align()
