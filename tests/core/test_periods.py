"""Spans of days are half-open, and every day lies in one quarter and one school year."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fravaer.core.periods import Period, Quarter, next_month, school_year_of, school_year_start

DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1))
PERIODS = st.tuples(DAYS, st.integers(0, 900)).map(
    lambda pair: Period(pair[0], pair[0] + timedelta(days=pair[1]))
)


def test_the_last_day_named_is_outside() -> None:
    week = Period(date(2026, 3, 9), date(2026, 3, 14))
    assert date(2026, 3, 9) in week
    assert date(2026, 3, 13) in week
    assert date(2026, 3, 14) not in week
    assert "2026-03-10" not in week
    assert [day.day for day in week.days()] == [9, 10, 11, 12, 13]


def test_a_period_cannot_end_before_it_begins() -> None:
    assert list(Period(date(2026, 3, 9), date(2026, 3, 9)).days()) == []
    with pytest.raises(ValueError, match="cannot end"):
        Period(date(2026, 3, 9), date(2026, 3, 8))


@given(PERIODS, PERIODS)
def test_clipping_keeps_the_days_of_both(one: Period, other: Period) -> None:
    both = set(one.days()) & set(other.days())
    clipped = one.clipped(other)
    assert (set(clipped.days()) if clipped else set()) == both
    assert one.clipped(other) == other.clipped(one)


@given(PERIODS)
def test_whole_months_are_inside_and_as_many_as_fit(period: Period) -> None:
    first, last = period.whole_months()
    assert period.since <= first <= last <= period.until
    if first != last:
        assert (first.day, last.day) == (1, 1)
        # Neither a month before nor one after would fit.
        assert (first - timedelta(days=1)).replace(day=1) < period.since
        assert next_month(last) > period.until


@pytest.mark.parametrize(
    ("period", "months"),
    [
        (Period(date(2026, 1, 1), date(2026, 4, 1)), (date(2026, 1, 1), date(2026, 4, 1))),
        (Period(date(2026, 1, 2), date(2026, 3, 31)), (date(2026, 2, 1), date(2026, 3, 1))),
        (Period(date(2026, 1, 2), date(2026, 2, 28)), (date(2026, 1, 2), date(2026, 1, 2))),
        (Period(date(2025, 12, 1), date(2026, 1, 1)), (date(2025, 12, 1), date(2026, 1, 1))),
    ],
)
def test_whole_months_of(period: Period, months: tuple[date, date]) -> None:
    assert period.whole_months() == months


@given(DAYS)
def test_every_day_lies_in_its_quarter_and_its_school_year(day: date) -> None:
    quarter = Quarter.of(day)
    assert day in quarter.period
    assert quarter.period.since == quarter.since
    assert quarter.period.until == quarter.next().since
    assert quarter.next().previous() == quarter
    assert Quarter.parse(str(quarter)) == quarter
    assert day in school_year_of(day)
    assert school_year_of(day).since == school_year_start(day)


def test_the_school_year_turns_on_the_first_of_august() -> None:
    assert school_year_start(date(2026, 7, 31)) == date(2025, 8, 1)
    assert school_year_start(date(2026, 8, 1)) == date(2026, 8, 1)
    assert school_year_of(date(2026, 3, 10)) == Period(date(2025, 8, 1), date(2026, 8, 1))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026K",
        "2026K0",
        "2026K5",
        "2026Q1",
        "26K1",
        "2026K11",
        "K12026",
        "２０２６K1",
        "2026k1",
        "0000K1",
    ],
)
def test_what_is_no_quarter_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Quarter.parse(text)
