"""Does the percentage room count what a patient person with paper would count?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, replace
from datetime import date, timedelta
from itertools import product
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from fravaer.absence import register, standing
from fravaer.absence.alignment import align, wrong_months
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.percentage import (
    By,
    GroupTally,
    Tally,
    group_of,
    group_tallies,
    groupings,
    relation,
    tallies,
    tally,
)
from fravaer.absence.reasons import Mark
from fravaer.accounts.roles import Role
from fravaer.core.periods import Period
from tests.absence import oracle
from tests.absence.oracle import World, counted
from tests.absence.worlds import (
    FIRST,
    SOMEBODY,
    SPAN,
    changed_worlds,
    plans,
    rewrite,
    undone,
    windows,
    worlds,
    write,
)
from tests.factories import moment

pytestmark = pytest.mark.django_db

many = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

GROUPS: dict[By, Callable[[int, oracle.Class], int]] = {
    "all": lambda pupil, school_class: 0,
    "area": lambda pupil, school_class: school_class.area,
    "school": lambda pupil, school_class: school_class.school,
    "year_group": lambda pupil, school_class: school_class.year_group,
    "class": lambda pupil, school_class: school_class.key,
}
Figures = tuple[int, int, int, int, int, int]


def by_pupil(world: World, period: Period) -> dict[int, Figures]:
    counts = counted(world, period.since, period.until, lambda pupil, school_class: pupil)
    return {pupil: count.figures() for pupil, count in counts.items()}


def by_group(world: World, period: Period, by: By, schools: set[int]) -> dict[int, tuple[Figures, int]]:
    there = [e for e in world.enrolments if world.classes[e.school_class].school in schools]
    counts = counted(replace(world, enrolments=there), period.since, period.until, GROUPS[by])
    return {key: (count.figures(), len(count.pupils)) for key, count in counts.items() if count.pupils}


def figures(counted: dict[int, Tally]) -> dict[int, Figures]:
    return {key: astuple(tally) for key, tally in counted.items()}


def group_figures(groups: dict[int, GroupTally]) -> dict[int, tuple[Figures, int]]:
    """The groups in which anybody had a school day; one with nobody in it must hold nothing at all."""
    assert all(group.tally == Tally() for group in groups.values() if not group.pupils)
    return {key: (astuple(group.tally), group.pupils) for key, group in groups.items() if group.pupils}


@many
@given(worlds(), windows())
def test_every_pupils_tally_is_what_a_loop_over_days_counts(world: World, periods: list[Period]) -> None:
    with undone():
        write(world)
        for period in periods:
            expected = by_pupil(world, period)
            event("nobody enrolled" if not expected else "somebody enrolled")
            assert figures(tallies(period)) == expected
            assert rows(period) == expected


@many
@given(worlds(), windows(), st.sets(st.integers(1, 5)))
def test_some_pupils_alone_are_counted_as_they_are_among_all(
    world: World, periods: list[Period], some: set[int]
) -> None:
    with undone():
        write(world)
        for period in periods:
            everybody = tallies(period)
            expected = {key: value for key, value in everybody.items() if key in some}
            assert tallies(period, some) == expected
            assert all(tally(period, key) == everybody.get(key, Tally()) for key in some)
            pupils = sum(one.due > 0 for one in expected.values())
            assert group_of(period, some) == GroupTally(sum(expected.values(), Tally()), pupils)


@many
@given(worlds(), windows(), st.sets(st.integers(1, 3)))
def test_every_groups_tally_is_what_a_loop_over_days_counts(
    world: World, periods: list[Period], schools: set[int]
) -> None:
    with undone():
        write(world)
        for period, by in product(periods, GROUPS):
            assert group_figures(group_tallies(period, by)) == by_group(world, period, by, {1, 2, 3})
            assert group_figures(group_tallies(period, by, schools)) == by_group(world, period, by, schools)


@many
@given(worlds(), windows(), st.sets(st.integers(1, 3)), st.sets(st.integers(1, 5)))
def test_several_groupings_of_some_pupils_come_from_one_query(
    world: World, periods: list[Period], schools: set[int], some: set[int]
) -> None:
    theirs = replace(world, enrolments=[e for e in world.enrolments if e.pupil in some])
    with undone():
        write(world)
        for period in periods:
            with CaptureQueriesContext(connection) as queries:
                counted = groupings(period, list(GROUPS), schools, some)
            assert len(queries) == 1
            for by, groups in counted.items():
                assert group_figures(groups) == by_group(theirs, period, by, schools)


@many
@given(changed_worlds(), windows())
def test_alignment_brings_every_row_and_sum_in_line_with_a_changed_calendar_and_changed_enrolments(
    change: tuple[World, World], periods: list[Period]
) -> None:
    before, after = change
    with undone():
        write(before)
        assert wrong_months() == 0
        event("rows changed" if rewrite(after) else "no row changed")
        assert wrong_months() == 0
        assert align() == 0
        for period in periods:
            assert figures(tallies(period)) == by_pupil(after, period)
            assert group_figures(group_tallies(period, "class")) == by_group(
                after, period, "class", {1, 2, 3}
            )


@many
@given(changed_worlds(), windows())
def test_a_change_that_is_undone_leaves_no_trace(change: tuple[World, World], periods: list[Period]) -> None:
    before, after = change

    def figures_now() -> list[object]:
        return [(tallies(period), group_tallies(period, "class")) for period in periods]

    with undone():
        write(before)
        at_first = figures_now()
        rewrite(after)
        rewrite(before)
        assert figures_now() == at_first
        assert wrong_months() == 0


@many
@given(plans(), windows(), st.data())
def test_registers_people_take_in_any_order_are_counted_at_once(
    plan: World, periods: list[Period], data: st.DataObject
) -> None:
    days = [
        (school_class, day, checkpoint)
        for school_class in plan.classes.values()
        for day in oracle.days(FIRST, FIRST + timedelta(days=SPAN))
        for checkpoint in (1, 2)[
            : 1 + (school_class.year_group >= oracle.half_days_of(plan, day).first_with_end)
        ]
        if oracle.is_school_day(plan, school_class, day)
    ]
    assume(days)
    with undone():
        write(plan)
        # Few days, so that one is taken and corrected several times.
        asked = data.draw(st.lists(st.sampled_from(days), min_size=1, max_size=4, unique=True))
        for school_class, day, checkpoint in data.draw(st.lists(st.sampled_from(asked), max_size=10)):
            take(plan, school_class, day, Checkpoint(checkpoint), data)
        assert wrong_months() == 0
        assert align() == 0
        for period in periods:
            assert figures(tallies(period)) == by_pupil(plan, period)
            assert group_figures(group_tallies(period, "class")) == by_group(plan, period, "class", {1, 2, 3})


def take(
    plan: World, school_class: oracle.Class, day: date, checkpoint: Checkpoint, data: st.DataObject
) -> None:
    """Save a register as the page does, and write it down on paper."""
    state = standing.state(school_class.key, day, checkpoint)
    marks = {pupil: data.draw(st.sampled_from(Mark)) for pupil in sorted(state.marks)}
    register.take(
        school_class_id=school_class.key,
        school_id=school_class.school,
        year_group=school_class.year_group,
        day=day,
        checkpoint=checkpoint,
        marks=marks,
        seen_version=state.version,
        key=uuid4(),
        user_id=SOMEBODY,
        role=Role.LEADER,
        now=moment(day, 8),
    )
    plan.taken.add((school_class.key, day, checkpoint))
    for pupil, mark in marks.items():
        plan.absences.pop((pupil, day, checkpoint), None)
        if mark.is_absence:
            plan.absences[pupil, day, checkpoint] = (school_class.key, mark.value)


def rows(period: Period) -> dict[int, Figures]:
    """The relation as another room would use it, inside a statement of its own."""
    sql, parameters = relation(period)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.pupil_id, t.possible, t.due, t.illness, t.leave, t.unlawful, t.pending FROM {sql} t",
            parameters,
        )
        return {row[0]: row[1:] for row in cursor.fetchall()}
