"""Are a pupil's months the half-days of the percentage, split?"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from fravaer.absence import monthly, percentage
from fravaer.absence.percentage import Tally
from fravaer.core.periods import Period
from tests.absence.oracle import World, counted
from tests.absence.worlds import undone, windows, worlds, write

pytestmark = pytest.mark.django_db


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(worlds(), windows())
def test_a_pupils_months_at_every_school_add_up_to_her_tally_and_to_what_a_loop_over_days_counts(
    world: World, periods: list[Period]
) -> None:
    schools = {one.school for one in world.classes.values()}
    with undone():
        write(world)
        for period in periods:
            whole: dict[int, Tally] = defaultdict(Tally)
            for school in schools:
                there = [e for e in world.enrolments if world.classes[e.school_class].school == school]
                by_hand = counted(
                    replace(world, enrolments=there), period.since, period.until, lambda pupil, _class: pupil
                )
                found: dict[int, Tally] = defaultdict(Tally)
                for one in monthly.months(school, period):
                    assert one.month.day == 1
                    assert one.tally.absent <= one.tally.possible <= one.tally.due
                    found[one.pupil.pk] += one.tally
                    whole[one.pupil.pk] += one.tally
                for pupil, count in by_hand.items():
                    assert found.get(pupil, Tally()) == Tally(*count.figures())
            expected = percentage.tallies(period)
            assert {key: whole.get(key, Tally()) for key in expected} == expected
