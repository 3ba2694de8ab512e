"""Does a dashboard of any cut say what the registers say, and nothing it may not?"""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from django.http import Http404

from fravaer.accounts.models import User
from fravaer.accounts.scoping import scope_of
from fravaer.core.periods import Quarter, SchoolYear
from fravaer.reports import asked, freezing
from fravaer.reports.asked import Name
from fravaer.reports.dashboard import Dashboard, dashboard
from fravaer.reports.modes import internal
from fravaer.schools.models import Pupil, School
from tests import factories
from tests.cast import DAY, MORNING, Cast
from tests.reports.reporting import chief
from tests.reports.test_quarter_page import take

QUARTER = Quarter(2026, 1)
MODE = internal(5, 10)


def of(user: User | None, name: Name = QUARTER, today: date = DAY, **query: str) -> Dashboard:
    """What somebody sees, or the chief."""
    scope = scope_of(user.pk, MORNING) if user else chief()
    wanted = asked.parse(name, query, scope, today=today)
    return dashboard(wanted, scope, today=today, now=factories.moment(today, 9), mode=MODE)


@pytest.fixture
def filled(cast: Cast) -> Cast:
    """Forty more pupils at each school, registered one day: four of Birkeskolen's were ill."""
    factories.pupils(40, in_class=cast.class_2a)
    factories.pupils(40, in_class=cast.other_class)
    take(cast.class_2a, ill(cast, 4))
    take(cast.other_class, [])
    return cast


def test_an_address_gives_back_what_it_was_read_from(cast: Cast) -> None:
    query = {"school": str(cast.school.pk), "years": "7-10", "compare": "target", "method": "ministry"}
    wanted = asked.parse(QUARTER, query, chief(), today=DAY)
    assert wanted.query() == f"school={cast.school.pk}&years=7-10&compare=target&method=ministry"
    assert (wanted.place.name, wanted.years) == ("Birkeskolen", (7, 8, 9, 10))
    assert asked.parse(SchoolYear(2025), {}, chief(), today=DAY).period.since == date(2025, 8, 1)


def test_what_is_out_of_reach_or_impossible_is_not_found(cast: Cast) -> None:
    scope = scope_of(cast.area_manager.pk, MORNING)
    foreign = str(cast.other_school.pk)
    for query in ({"area": "syd"}, {"school": foreign}, {"years": "9-3"}, {"years": "12"}, {"method": "x"}):
        with pytest.raises(Http404):
            asked.parse(QUARTER, query, scope, today=DAY)
    with pytest.raises(Http404):
        asked.parse(Quarter(2031, 1), {}, scope, today=DAY)


def test_a_quarter_without_registers_has_no_figure(cast: Cast) -> None:
    found = of(cast.area_manager)
    assert found.is_empty
    assert found.total.percent.shown is None
    ahead = of(cast.area_manager, Quarter(2026, 4))
    assert (ahead.last_day, ahead.is_empty) == (None, True)


def test_the_blocks_say_what_the_registers_say(filled: Cast) -> None:
    found = of(None)
    total, birk = found.total, found.schools[0]
    # 7.B's pupils were not registered; four of forty were away a whole day, and the others of eighty were not.
    assert (total.percent.part, total.percent.whole, total.percent.shown) == (8, 42 * 1 + 40 * 2, 66)
    assert (birk.name, birk.percent.shown, birk.percent.part) == ("Birkeskolen", 100, 8)
    assert [reason.percent.part for reason in found.reasons] == [8, 0, 0, 0]
    assert [row.code for row in found.years] == ["2", "7"]
    assert found.quality is not None
    assert (found.quality.taken.shown, found.quality.is_low) == (2, True)
    assert total.percent.is_uncertain
    assert [point.percent for point in total.line][-1] == 66
    assert found.bands.over_ten.part in {4, None}
    assert found.areas[0].percent.shown == 100
    assert found.total.country is not None


def test_a_cut_keeps_the_definitions(filled: Cast) -> None:
    # Enough of 7.B to be told beside 2.A.
    factories.pupils(20, in_class=filled.class_7b)
    whole, north, south = (of(None), of(None, area="nord"), of(None, area="syd"))
    assert north.total.percent.part == whole.areas[0].percent.part
    assert south.total.percent.whole == whole.areas[1].percent.whole
    assert north.total.municipality is not None
    assert north.total.municipality.shown == whole.total.percent.shown
    second = of(None, area="nord", years="2")
    assert (second.total.percent.part, second.total.percent.shown) == (8, 100)
    year = of(None, SchoolYear(2025))
    assert year.total.percent.part == whole.total.percent.part


def test_a_few_pupils_are_nowhere_in_the_answer_but_for_those_who_know_them(cast: Cast) -> None:
    take(cast.class_7b, [cast.pupils[0].pk])
    manager = of(cast.area_manager)
    assert manager.total.percent == manager.total.percent.hidden()
    assert manager.schools[0].percent.is_hidden
    assert all(band.share.shown is None and band.count.part is None for band in manager.bands.now)
    assert all(point.percent is None for point in manager.total.line)
    leader = of(cast.leader)
    assert (leader.total.percent.part, leader.total.percent.pupils) == (1, 5)
    assert [(row.kind, row.name) for row in leader.schools] == [("year_group", "7"), ("class", "7.B")]
    assert leader.schools[1].percent.part == 1
    assert leader.measure is None
    assert leader.total.municipality is not None
    assert leader.total.municipality.is_hidden


def test_what_is_frozen_stands_and_what_it_would_be_today_is_told_beside_it(
    filled: Cast, clock: time_machine.Traveller
) -> None:
    april = date(2026, 4, 9)
    clock.move_to(factories.moment(april, 8))
    row = freezing.freeze(QUARTER, modes=[MODE], scope=None, today=april, now=factories.moment(april, 8))
    take(filled.class_2a, ill(filled, 8))
    found = of(None, today=april)
    assert found.frozen is not None
    assert (found.frozen.sha256, found.frozen.is_approved) == (row.sha256, False)
    assert (found.total.percent.shown, found.total.percent.part) == (66, 8)
    assert found.since_frozen is not None
    assert (found.since_frozen.percent, found.since_frozen.change) == (131, 65)
    # A quarter later it is still what it was, as a point and as the quarter before.
    assert [point.percent for point in of(None, Quarter(2026, 2), today=april).total.line][-2] == 66
    # Another area's school since: the frozen area is what it was.
    School.objects.filter(pk=filled.school.pk).update(area=filled.south)
    assert of(None, today=april, area="nord").total.percent.part == 8
    # Whoever works with the pupils sees what the registers say today.
    leader = of(filled.leader, today=april)
    assert (leader.frozen, leader.total.percent.part) == (None, 16)


def ill(cast: Cast, number: int) -> list[int]:
    of_class = Pupil.objects.filter(enrolments__school_class=cast.class_2a).order_by("pk")
    return list(of_class.values_list("pk", flat=True)[:number])
