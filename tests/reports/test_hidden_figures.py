"""What does a reader of a dashboard not get, and does nothing of it reach her page?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from fravaer.accounts.models import User
from fravaer.accounts.scoping import scope_of
from fravaer.core.periods import SchoolYear
from fravaer.reports import approvals, asked, freezing, joint, pictures, tasks
from fravaer.reports.blocks import Value
from fravaer.reports.dashboard import Dashboard, dashboard
from fravaer.reports.models import Pattern
from fravaer.reports.units import WHOLE, Key
from fravaer.schools.models import Pupil, School, SchoolClass
from tests import factories
from tests.cast import DAY, Cast, statements
from tests.reports.reporting import MODES
from tests.reports.test_frozen import APRIL, QUARTER
from tests.reports.test_quarter_page import take


def of(user: User, name: asked.Name = QUARTER, **query: str) -> Dashboard:
    now = timezone.now()
    scope = scope_of(user.pk, now)
    today = timezone.localdate(now)
    wanted = asked.parse(name, query, scope, today=today)
    return dashboard(wanted, scope, today=today, now=now, mode=MODES[0])


def figures(found: object) -> Iterator[Value]:
    """Every figure of a page, wherever it stands."""
    if isinstance(found, Value):
        yield found
    elif isinstance(found, tuple):
        for one in found:
            yield from figures(one)
    elif is_dataclass(found):
        for part in fields(found):
            if part.name != "asked":
                yield from figures(getattr(found, part.name))


def ill(school_class: SchoolClass, number: int) -> list[int]:
    pupils = Pupil.objects.filter(enrolments__school_class=school_class).order_by("pk")
    return list(pupils.values_list("pk", flat=True)[:number])


@pytest.fixture
def near(cast: Cast) -> School:
    """Beside Birkeskolen, whose 7th year group is of five, another school of its area, of forty in each of two year groups."""
    near = factories.school("Nyskolen", of=cast.north)
    factories.pupils(40, in_class=cast.class_2a)
    for name in ("2.A", "7.A"):
        school_class = factories.school_class(name, at=near, year=cast.year)
        factories.pupils(40, in_class=school_class)
        take(school_class, [])
    factories.pupils(40, in_class=cast.other_class)
    for school_class in (cast.class_2a, cast.class_7b, cast.other_class):
        take(school_class, ill(school_class, 1))
    return near


def test_a_small_year_group_is_told_of_to_its_leader_alone(cast: Cast, near: School) -> None:
    manager, leader = of(cast.area_manager, school=str(cast.school.pk)), of(cast.leader)
    assert [row.percent.shown for row in manager.years] == [None, None]
    assert manager.total.percent.shown is not None
    assert [row.percent.shown for row in leader.years] == [25, 200]
    assert of(cast.area_manager, school=str(cast.school.pk), years="7").total.percent.is_hidden
    assert of(cast.leader, years="7").total.percent.shown == 200


def test_the_school_beside_it_is_coarsened_as_well_and_the_area_is_not(cast: Cast, near: School) -> None:
    """Else its year group would be what is left of the area's."""
    assert {row.percent.is_hidden for row in of(cast.area_manager, school=str(near.pk)).years} == {True}
    assert {row.percent.is_hidden for row in of(cast.area_manager).years} == {False}
    # The leader who knows hers would otherwise find the other school's.
    assert of(cast.leader, years="7").total.municipality == Value("total.municipality", None, is_hidden=True)
    assert of(cast.leader).total.municipality.shown is not None  # type: ignore[union-attr]


def test_where_a_year_group_is_too_small_its_stage_is_told(cast: Cast, near: School) -> None:
    for school in (cast.school, near):
        eighth = factories.school_class("8.A", at=school, year=cast.year)
        factories.pupils(40, in_class=eighth)
        take(eighth, ill(eighth, 9))
    found = of(cast.area_manager, school=str(cast.school.pk))
    assert [(row.code, row.percent.pupils) for row in found.years] == [("0-3", 40), ("7-10", 45)]
    assert found.years[1].percent.id == "year.7-10.percent"
    assert "Udskoling" in str(pictures.of(found).years)
    assert [row.code for row in of(cast.leader).years] == ["2", "7", "8"]


def test_what_is_published_hides_a_leaders_own_school_as_anybodys(cast: Cast, near: School) -> None:
    scope = scope_of(cast.leader.pk, timezone.now())
    wanted = asked.parse(QUARTER, {}, scope, today=DAY)
    found = dashboard(wanted, scope, today=DAY, now=timezone.now(), mode=MODES[1])
    assert {row.percent.is_hidden for row in found.years} == {True}
    assert not [row for row in found.schools if row.kind == "class"]


def test_nothing_of_a_hidden_figure_reaches_the_page(cast: Cast, near: School) -> None:
    hidden = [one for one in figures(of(cast.area_manager, school=str(near.pk), years="7")) if one.is_hidden]
    assert len(hidden) > 10
    for one in hidden:
        assert (one.shown, one.part, one.whole, one.pupils, one.coverage) == (None,) * 5


@pytest.mark.parametrize(("number", "over_ten"), [(3, None), (6, 50)])
def test_too_few_over_ten_percent_are_not_told_of(cast: Cast, number: int, over_ten: int | None) -> None:
    factories.pupils(120, in_class=cast.class_2a)
    factories.pupils(60, in_class=cast.other_class)
    take(cast.class_2a, ill(cast.class_2a, number))
    take(cast.other_class, ill(cast.other_class, 6))
    found = of(cast.area_manager)
    assert found.bands.over_ten.shown == over_ten
    assert {band.share.is_hidden for band in found.bands.now} == {over_ten is None}
    assert found.schools[0].over_ten.shown == over_ten


def test_a_pattern_is_made_once_for_a_draw(cast: Cast, near: School) -> None:
    of(cast.area_manager)
    made = Pattern.objects.count()
    with statements() as sent:
        of(cast.area_manager)
    assert Pattern.objects.count() == made > 0
    assert not [one for one in sent if one.startswith("INSERT")]


def test_the_night_makes_the_patterns_before_anybody_waits_for_them(cast: Cast, near: School) -> None:
    tasks.draw()
    made = Pattern.objects.count()
    with statements() as sent:
        of(cast.area_manager)
    assert Pattern.objects.count() == made > 0
    assert not [one for one in sent if "INSERT" in one]


@pytest.fixture
def later(cast: Cast, near: School, clock: time_machine.Traveller) -> Cast:
    """The quarter is frozen and stood by; then four more of Birkeskolen's 2.A turn out to have been ill."""
    clock.move_to(APRIL)
    row = freezing.freeze(QUARTER, modes=MODES, scope=None, today=date(2026, 4, 9), now=timezone.now())
    scope = scope_of(cast.area_manager.pk, timezone.now())
    approvals.approve(row, cast.north, "", scope=scope, now=timezone.now())
    take(cast.class_2a, ill(cast.class_2a, 5))
    return cast


def test_the_figures_of_an_approved_quarter_never_move_above_the_school(later: Cast) -> None:
    manager, leader = of(later.area_manager), of(later.leader)
    assert manager.frozen is not None
    assert (manager.frozen.version, manager.frozen.is_approved) == (1, True)
    # Of the area's 205 half-days 3 were absent, and 11 after the correction.
    assert manager.total.percent.shown == 15
    assert [row.percent.shown for row in manager.schools] == [35, 0]
    assert manager.total.line[-1].percent == 15
    assert manager.since_frozen is not None
    assert (manager.since_frozen.percent, manager.since_frozen.change) == (54, 39)
    assert leader.frozen is None
    assert leader.total.percent.shown == 129
    # The school year goes on being counted from the registers.
    assert of(later.area_manager, SchoolYear(2025)).frozen is None


def test_a_school_that_has_left_the_area_stands_in_its_frozen_quarter_by_the_name_it_had(later: Cast) -> None:
    School.objects.filter(pk=later.school.pk).update(area=later.south, name="Birkelund")
    found = of(later.area_manager)
    assert found.total.percent.shown == 15
    assert [row.name for row in found.schools] == ["Nyskolen", "Birkeskolen"]


def test_what_is_frozen_says_nothing_of_pupils_with_a_measure_below_its_limits(later: Cast) -> None:
    pairs = of(later.area_manager).measure
    assert pairs is not None
    assert {pair.with_measure.is_hidden for pair in pairs} == {True}


def test_the_analysis_hides_a_stage_of_too_few_and_reads_frozen_quarters(later: Cast) -> None:
    now = timezone.now()
    area_of = School.objects.filter(area=later.north).values_list("pk", flat=True)

    def of_place(key: Key, schools: list[int] | None) -> joint.Joint:
        return joint.joint(
            QUARTER,
            4,
            "",
            key,
            schools,
            measure=True,
            today=date(2026, 4, 9),
            now=now,
            mode=MODES[0],
            after=timedelta(0),
        )

    area = of_place(("area", later.north.pk), list(area_of))
    assert area.everybody[0].values[-1].shown == 15
    school = of_place(("school", later.school.pk), [later.school.pk])
    assert {group.stage: group.values[-1].is_hidden for group in school.everybody} == {
        "": False,
        "0-3": True,
        "4-6": True,
        "7-10": True,
    }
    for found in (area, school, of_place(WHOLE, None)):
        assert found.with_measure is not None
        assert {group.values[-1].is_hidden for group in found.with_measure} == {True}
