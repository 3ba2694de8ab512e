"""How many more days away until the limit? Compared with somebody who adds one day at a time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fravaer.absence.nearing import LEGAL_PERCENTS, days_until, unlawful_until
from fravaer.absence.percentage import Tally
from fravaer.cases import rules


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


@given(tallies(), st.sampled_from(LEGAL_PERCENTS), st.sampled_from([1, 2]))
def test_the_unlawful_half_days_left_are_the_fewest_that_reach_the_limit_when_added_one_by_one(
    tally: Tally, percent: int, step: int
) -> None:
    halves, after = 0, tally
    while not Tally(possible=after.possible, unlawful=after.unlawful).reaches(percent):
        after += Tally(possible=step, due=step, unlawful=step)
        halves += step
    assert unlawful_until(tally, percent, step=step) == halves
    reached = rules.legal_limit(after.unlawful, after.possible)
    assert reached is not None
    assert reached.percent >= percent


def test_the_limits_are_the_laws() -> None:
    assert (rules.WARNING.percent, rules.REFERRAL.percent) == LEGAL_PERCENTS


def test_nothing_registered_is_no_answer_at_all() -> None:
    assert days_until(Tally(due=40), 10) is None
    assert unlawful_until(Tally(due=40), 15) is None


@pytest.mark.parametrize("percent", [0, 100, -5])
def test_a_limit_nobody_can_be_near_is_refused(percent: int) -> None:
    with pytest.raises(ValueError):
        days_until(Tally(possible=10), percent)
