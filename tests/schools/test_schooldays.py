"""Which days count as school days, and for whom: the narrowest rule about a day holds."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from fravaer.core.periods import Period, Quarter
from fravaer.schools import schooldays
from fravaer.schools.models import Calendar, CalendarDay, DayRule, Level, SchoolClass, SchoolYear
from tests import factories
from tests.cast import DAY, Cast
from tests.plans import COPENHAGEN_2023, COPENHAGEN_2025, COPENHAGEN_2026, Plan


def municipal(year: SchoolYear) -> int:
    return Calendar.objects.get(school_year=year, key="municipality").pk


def drawn(school_class: SchoolClass) -> SchoolClass:
    school_class.refresh_from_db()
    return school_class


def is_open(school_class: SchoolClass, day: date) -> bool:
    return schooldays.closed_because(drawn(school_class), day) is None


@pytest.mark.parametrize("plan", [COPENHAGEN_2023, COPENHAGEN_2025, COPENHAGEN_2026])
def test_copenhagens_plans_are_two_hundred_days_each(db: None, plan: Plan) -> None:
    year = factories.school_year(plan)
    whole = Period(year.starts_on, year.until)
    assert schooldays.count(municipal(year), whole) == 200
    assert schooldays.municipal_days(whole) == 200
    days = CalendarDay.objects.filter(is_school_day=True).order_by("day").values_list("day", flat=True)
    assert (days[0], days[199]) == (plan.first, plan.last)


def test_copenhagens_quarters_of_2025_26_have_37_54_55_and_54_days(db: None) -> None:
    calendar = municipal(factories.school_year(COPENHAGEN_2025))
    quarters = [Quarter(2025, 4), Quarter(2026, 1), Quarter(2026, 2)]
    found = [schooldays.count(calendar, quarter.period) for quarter in quarters]
    first = schooldays.count(calendar, Period(date(2025, 8, 1), date(2025, 10, 1)))
    assert [first, *found] == [37, 54, 55, 54]
    assert [schooldays.municipal_days(quarter.period) for quarter in quarters] == [54, 55, 54]


def test_running_numbers_agree_with_a_count_day_by_day(db: None) -> None:
    year = factories.school_year()
    rows = list(CalendarDay.objects.order_by("day"))
    assert len(rows) == 366
    number = 0
    for row in rows:
        assert row.number_before == number
        number += row.is_school_day
    assert not rows[-1].is_school_day
    assert rows[-1].day == year.until


def test_a_school_its_year_groups_and_its_classes_may_each_differ(cast: Cast) -> None:
    municipal_day, school_day, group_day, class_day = (DAY + timedelta(days=n) for n in range(4))
    factories.close(cast.year, [municipal_day], reason="Kommunen")
    factories.close(cast.year, [school_day], school=cast.school, reason="Skolen")
    factories.close(cast.year, [group_day], school=cast.school, year_group=7, reason="Trinnet")
    factories.close(cast.year, [class_day], school_class=cast.class_7b, reason="Klassen")
    schooldays.draw(cast.year)

    def reasons(school_class: SchoolClass) -> list[str | None]:
        found = drawn(school_class)
        return [
            schooldays.closed_because(found, day) for day in (municipal_day, school_day, group_day, class_day)
        ]

    assert reasons(cast.class_7b) == ["Kommunen", "Skolen", "Trinnet", "Klassen"]
    assert reasons(cast.class_2a) == ["Kommunen", "Skolen", None, None]
    assert reasons(cast.other_class) == ["Kommunen", None, None, None]


def test_the_narrowest_rule_about_a_day_holds(cast: Cast) -> None:
    factories.close(cast.year, [DAY])
    factories.close(cast.year, [DAY], school=cast.school, is_open=True)
    factories.close(cast.year, [DAY], school=cast.school, year_group=7)
    schooldays.draw(cast.year)
    assert not is_open(cast.other_class, DAY)
    assert is_open(cast.class_2a, DAY)
    assert not is_open(cast.class_7b, DAY)
    factories.close(cast.year, [DAY], school_class=cast.class_7b, is_open=True)
    schooldays.draw(cast.year)
    assert is_open(cast.class_7b, DAY)


def test_a_weekend_day_can_be_opened(cast: Cast) -> None:
    saturday = date(2026, 3, 14)
    assert not is_open(cast.class_7b, saturday)
    factories.close(cast.year, [saturday], school=cast.school, is_open=True)
    schooldays.draw(cast.year)
    assert is_open(cast.class_7b, saturday)
    assert not is_open(cast.other_class, saturday)


def test_classes_without_rules_of_their_own_share_a_calendar(cast: Cast) -> None:
    factories.close(cast.year, [DAY], school=cast.school)
    schooldays.draw(cast.year)
    assert drawn(cast.class_7b).calendar_id == drawn(cast.class_2a).calendar_id
    assert drawn(cast.other_class).calendar_id == municipal(cast.year)


def test_a_calendar_whose_rules_are_gone_is_gone(cast: Cast) -> None:
    factories.close(cast.year, [DAY], school=cast.school)
    schooldays.draw(cast.year)
    DayRule.objects.filter(school=cast.school).delete()
    schooldays.draw(cast.year)
    assert list(Calendar.objects.filter(school_year=cast.year).values_list("key", flat=True)) == [
        "municipality"
    ]
    assert is_open(cast.class_7b, DAY)


def test_another_school_years_calendars_are_left_alone(cast: Cast) -> None:
    later = factories.school_year(COPENHAGEN_2026)
    days = CalendarDay.objects.filter(calendar__school_year=later).order_by("day")
    before = list(days.values_list("day", "is_school_day"))
    factories.close(cast.year, [DAY])
    schooldays.draw(cast.year)
    assert list(days.values_list("day", "is_school_day")) == before


def test_drawing_takes_the_same_queries_for_one_class_and_for_many(cast: Cast) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            schooldays.draw(cast.year)
        return len(found)

    few = queries()
    for letter in "CDEFGHIJKLMN":
        factories.school_class(f"7.{letter}", at=cast.school, year=cast.year)
    assert queries() == few


def test_a_day_outside_the_plan_is_closed_without_a_reason(cast: Cast) -> None:
    assert schooldays.closed_because(cast.class_7b, date(2026, 8, 20)) == ""
    assert schooldays.closed_because(cast.class_7b, date(2026, 3, 14)) == ""
    cast.class_7b.calendar_id = None
    assert schooldays.closed_because(cast.class_7b, DAY) == ""


@pytest.mark.parametrize(
    ("today", "in_view"),
    [
        (DAY, DAY),
        (date(2026, 3, 15), date(2026, 3, 13)),
        (date(2026, 4, 6), date(2026, 3, 27)),
        (date(2026, 7, 12), date(2026, 6, 26)),
        (date(2027, 1, 1), date(2026, 6, 26)),
        (date(2020, 1, 1), date(2020, 1, 1)),
    ],
)
def test_the_day_in_view_is_the_latest_school_day(db: None, today: date, in_view: date) -> None:
    factories.school_year()
    assert schooldays.day_in_view(today) == in_view


def test_a_rule_names_exactly_the_unit_of_its_level(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        DayRule.objects.create(
            school_year=cast.year, day=DAY, level=Level.YEAR_GROUP, year_group=7, closed=True, reason="x"
        )
    factories.close(cast.year, [DAY])
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.close(cast.year, [DAY])


@pytest.mark.parametrize(
    ("number", "day", "expected"),
    [
        (0, date(2026, 3, 10), date(2026, 3, 10)),
        (1, date(2026, 3, 10), date(2026, 3, 11)),
        (5, date(2026, 3, 10), date(2026, 3, 17)),
        # Over Easter.
        (2, date(2026, 3, 27), date(2026, 4, 8)),
        # Over the summer, into a year nobody has planned: weekdays.
        (3, date(2026, 6, 25), date(2026, 8, 4)),
    ],
)
def test_a_deadline_is_so_many_school_days_away(cast: Cast, number: int, day: date, expected: date) -> None:
    assert schooldays.after(number, day) == expected
    assert schooldays.after(number, day, drawn(cast.class_7b)) == expected
    if day < expected < date(2026, 7, 1):
        assert schooldays.ago(number, expected) == day


def test_a_deadline_follows_the_class_where_it_keeps_other_days(cast: Cast) -> None:
    factories.close(cast.year, [date(2026, 3, 11)], school_class=cast.class_7b)
    schooldays.draw(cast.year)
    assert schooldays.after(1, DAY, drawn(cast.class_7b)) == date(2026, 3, 12)
    assert schooldays.after(1, DAY, drawn(cast.class_2a)) == date(2026, 3, 11)
