"""The municipality can be seen from any day, and is the same whenever it is made."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, timedelta
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fravaer.absence import alignment, percentage
from fravaer.cases.rules import EARLY_EFFORT
from fravaer.core.periods import Period, school_year_start
from fravaer.schools import schooldays
from fravaer.schools.models import Enrolment, SchoolClass, SchoolYear
from fravaer.synthetic import calendars, story
from fravaer.synthetic.attendance import Attendance
from fravaer.synthetic.making import NotEmpty, make
from fravaer.synthetic.people import Municipality
from fravaer.synthetic.population import municipality
from fravaer.synthetic.spells import BOTH, END
from fravaer.synthetic.staff import staff
from tests import factories
from tests.plans import COPENHAGEN_2023, COPENHAGEN_2025, COPENHAGEN_2026, Plan

ANY_DAY = st.dates(date(2015, 8, 1), date(2045, 12, 31))


def invented(pupils: int, seed: int, until: date) -> tuple[Municipality, str]:
    """A municipality that never meets a database, and the digest of everything in it."""
    made = municipality(pupils, seed, 2, calendars.latest_school_day(until))
    own = story.tell(made)
    people = staff(made, seed)
    for key, child in enumerate(made.children):
        child.id = key
    for key, class_year in enumerate(made.classes):
        class_year.id = key
    attendance = Attendance(made, seed, list(range(len(people))), own, factories.moment(until, 12))
    digest = sha256()
    for child in made.children:
        guardians = [
            (g.given_name, g.family_name, g.phones, g.custody, g.uuid) for g in child.family.guardians
        ]
        digest.update(
            repr((child.given_name, child.family_name, child.uuid, child.measure, guardians)).encode()
        )
    digest.update(repr([(employee.name, employee.email) for employee in people]).encode())
    digest.update(repr([*attendance.registers()]).encode())
    digest.update(repr([*attendance.absences()]).encode())
    return made, digest.hexdigest()


def test_the_same_seed_makes_the_same_municipality_in_another_process() -> None:
    until = date(2026, 3, 18)
    again = subprocess.run(
        [
            sys.executable,
            "-c",
            "import django; django.setup(); from datetime import date; from tests.synthetic.test_days import invented; "
            "print(invented(60, 7, date(2026, 3, 18))[1])",
        ],
        env={**os.environ, "PYTHONHASHSEED": "4711", "DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert again.stdout.strip() == invented(60, 7, until)[1]
    assert invented(60, 8, until)[1] != invented(60, 7, until)[1]


def test_a_later_day_of_the_same_year_changes_nothing_that_was_there() -> None:
    def children(until: date) -> list[tuple[str, str]]:
        made, _ = invented(60, 7, until)
        return [(child.given_name, str(child.uuid)) for child in made.children[:40]]

    assert children(date(2026, 3, 18)) == children(date(2026, 3, 25))


@settings(max_examples=25, deadline=None)
@given(until=ANY_DAY)
def test_it_can_be_invented_for_any_day(until: date) -> None:
    made, _ = invented(30, 1, until)
    year = made.years[-1]
    assert made.view <= until
    assert (until - made.view).days < 60
    assert year.view in year.open
    assert made.demo_class.name == "7.B"
    # Nobody has opened the teacher's register yet.
    assert not any(made.demo_class.taken[year.view :])
    assert all(stay.since < year.view for child in made.children for stay in child.stays.get(year.start, []))


@settings(max_examples=40, deadline=None)
@given(until=ANY_DAY)
def test_nora_is_one_morning_short_of_the_line_on_any_day_with_enough_evidence(until: date) -> None:
    made = municipality(30, 1, 1, calendars.latest_school_day(until))
    [(_, by_year)] = story.tell(made).items()
    year, demo = made.years[-1], made.demo_class
    days = [day for day in demo.open if day < year.view]
    away = by_year[year.start]
    assert set(away) <= set(days)
    absent = possible = 0
    for day in days:
        absent += {BOTH: 2, END: 1}[away[day] & BOTH] if day in away else 0
        possible += 1 if day == demo.forgotten_end else 2
        assert not EARLY_EFFORT.is_met(absent, possible)
    if possible + 1 >= 2 * EARLY_EFFORT.minimum_possible_days:
        assert EARLY_EFFORT.is_met(absent + 1, possible + 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("until", "view"),
    [
        (date(2026, 7, 12), date(2026, 6, 26)),
        (date(2026, 8, 1), date(2026, 6, 26)),
        (date(2026, 7, 31), date(2026, 6, 26)),
        (date(2026, 12, 24), date(2026, 12, 18)),
        (date(2026, 8, 10), date(2026, 8, 10)),
        (date(2024, 2, 29), date(2024, 2, 29)),
    ],
    ids=[
        "a Sunday in July",
        "1 August",
        "31 July",
        "Christmas Eve",
        "the first day of a school year",
        "a leap day",
    ],
)
def test_it_is_loaded_for_any_day(until: date, view: date) -> None:
    make(pupils=40, seed=3, school_years=2, until=until, now=factories.moment(until, 8), today=until)
    assert schooldays.day_in_view(until) == view
    starts = list(SchoolYear.objects.order_by("starts_on").values_list("starts_on", flat=True))
    assert starts == [date(school_year_start(view).year - 1, 8, 1), school_year_start(view)]
    demo = SchoolClass.objects.in_year_of(view).get(school__name="Fjordskolen", year_group=7, letter="B")
    assert Enrolment.objects.on(view).filter(school_class=demo).count() >= 7
    everything = percentage.group_tallies(Period(starts[0], view), "all")[0].tally
    assert everything.absent > 0
    assert (
        percentage.group_tallies(Period(view, view + timedelta(days=1)), "class")[demo.pk].tally.possible == 0
    )
    assert alignment.wrong_months() == 0
    assert alignment.align() == 0


@pytest.mark.parametrize(("hour", "others_have"), [(7, False), (9, True)])
def test_no_register_is_taken_before_its_time(hour: int, others_have: bool) -> None:
    today = date(2026, 3, 18)
    made = municipality(1500, 1, 1, today)
    people = staff(made, 1)
    attendance = Attendance(made, 1, list(range(len(people))), {}, factories.moment(today, hour))
    times = [register.taken_at for register in attendance.registers()]
    assert max(times) <= factories.moment(today, hour)
    assert (max(times) > factories.moment(today)) == others_have


@pytest.mark.django_db
def test_one_school_year_is_enough_even_on_its_first_day() -> None:
    first = date(2026, 8, 10)
    made = make(pupils=20, seed=3, school_years=1, until=first, now=factories.moment(first, 7), today=first)
    assert made.view == first
    with pytest.raises(NotEmpty):
        make(pupils=20, seed=3, school_years=1, until=first, now=factories.moment(first, 7), today=first)


@pytest.mark.parametrize(
    "plan", [COPENHAGEN_2023, COPENHAGEN_2025, COPENHAGEN_2026], ids=lambda p: str(p.first.year)
)
def test_published_plans_are_kept(plan: Plan) -> None:
    assert sorted(calendars.closed_days(plan.first.year)) == plan.closed_weekdays()


@pytest.mark.parametrize("year", range(2010, 2050))
def test_every_school_year_has_two_hundred_school_days_at_the_usual_time(year: int) -> None:
    days = calendars.school_days(year)
    assert len(days) == 200
    assert date(year, 8, 6) <= days[0] <= date(year, 8, 18)
    assert date(year + 1, 6, 19) <= days[-1] <= date(year + 1, 6, 30)
    assert all(day.weekday() < 5 for day in days)
    assert date(year, 12, 25) not in days
    assert calendars.easter_sunday(year + 1) + timedelta(days=1) not in days


def test_easter_falls_where_the_almanac_has_it() -> None:
    known = [date(2016, 3, 27), date(2024, 3, 31), date(2025, 4, 20), date(2026, 4, 5), date(2027, 3, 28)]
    assert [calendars.easter_sunday(day.year) for day in known] == known
