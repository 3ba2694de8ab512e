"""How many more days away until the limit? Compared with somebody who adds one day at a time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fravaer.absence.nearing import days_until
from fravaer.absence.percentage import Tally


@st.composite
def tallies(draw: st.DrawFn) -> Tally:
    possible = draw(st.integers(1, 420))
    illness = draw(st.integers(0, possible))
    return Tally(
        possible=possible, due=possible, illness=illness, unlawful=draw(st.integers(0, possible - illness))
    )


@given(tallies(), st.integers(1, 60))
def test_the_days_left_are_the_fewest_that_reach_the_limit_when_added_one_by_one(
    tally: Tally, percent: int
) -> None:
    days, after = 0, tally
    while not after.reaches(percent):
        after += Tally(possible=2, due=2, pending=2)
        days += 1
    assert days_until(tally, percent) == days


def test_nothing_registered_is_no_answer_at_all() -> None:
    assert days_until(Tally(due=40), 10) is None


@pytest.mark.parametrize("percent", [0, 100, -5])
def test_a_limit_nobody_can_be_near_is_refused(percent: int) -> None:
    with pytest.raises(ValueError):
        days_until(Tally(possible=10), percent)
