"""Are the sums a page shows always those a fresh count would give?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from fravaer.absence import alignment, percentage, register, standing
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.percentage import By, GroupTally
from fravaer.absence.reasons import Mark
from fravaer.cases import measures
from fravaer.cases.measures import Measure
from fravaer.core.periods import Period
from fravaer.reports import cells, contents, drawn, nightly
from fravaer.reports.cells import Counted
from fravaer.schools import schooldays
from fravaer.schools.models import DayRule, Enrolment, Level, School
from tests import factories
from tests.cast import DAY, Cast, statements

QUARTER = Period(date(2026, 1, 1), date(2026, 4, 1))
# The draws, and what they would be drawn from, asked in another role of the database.
HELD = 2
ELSEWHERE = Period(date(2025, 8, 1), date(2025, 11, 1))


def take(cast: Cast, *absent: int) -> None:
    """7.B's morning of the default day, with the pupils of these numbers away ill."""
    stands = standing.state(cast.class_7b.pk, DAY, Checkpoint.START)
    away = {cast.pupils[number].pk for number in absent}
    register.take(
        school_class_id=cast.class_7b.pk,
        school_id=cast.class_7b.school_id,
        year_group=cast.class_7b.year_group,
        day=DAY,
        checkpoint=Checkpoint.START,
        marks={pupil: Mark.ILL if pupil in away else Mark.HERE for pupil in stands.marks},
        seen_version=stands.version,
        key=uuid4(),
        user_id=None,
        now=timezone.now(),
    )


Groups = dict[By, dict[int, GroupTally]]


def fresh(period: Period) -> tuple[Groups, Groups]:
    """Everybody's and those with a measure, by area and school, as the percentage room counts them."""
    some = measures.with_measure_in(period)
    bys: list[By] = ["all", "area", "school"]
    return filled(percentage.groupings(period, bys)), filled(
        percentage.groupings(period, bys, pupil_ids=some)
    )


def filled(groups: Mapping[By, Mapping[int, GroupTally]]) -> Groups:
    """Without the groups that nobody was enrolled in."""
    return {by: {key: group for key, group in found.items() if group.pupils} for by, found in groups.items()}


def sums() -> tuple[Groups, Groups]:
    """The same as a page reads it."""
    draw = drawn.current([QUARTER, ELSEWHERE], timezone.now())[0]
    area_of = dict(School.objects.values_list("pk", "area_id"))
    found = cells.counted([], [draw.id], list(area_of))
    return groups(found[draw.id, False], area_of), groups(found[draw.id, True], area_of)


def groups(counted: Counted, area_of: Mapping[int, int]) -> Groups:
    schools: dict[int, list[int]] = defaultdict(list)
    for school, area in area_of.items():
        schools[area].append(school)
    return filled(
        {
            "all": {0: counted.of_schools(area_of).group},
            "area": {area: counted.of_schools(own).group for area, own in schools.items()},
            "school": {school: one.group for school, one in counted.by_school().items()},
        }
    )


@pytest.fixture
def registered(cast: Cast) -> Cast:
    """7.B was registered with the first pupil away; she has a measure, and the figures were drawn."""
    take(cast, 0)
    measures.load([Measure(cast.pupils[0].pk, date(2025, 9, 1))])
    assert sums() == fresh(QUARTER)
    return cast


def close_the_day(cast: Cast) -> None:
    DayRule.objects.create(
        school_year=cast.year, day=DAY, level=Level.MUNICIPALITY, closed=True, reason="Storm"
    )
    schooldays.draw(cast.year)


def let_one_go(cast: Cast) -> None:
    Enrolment.objects.filter(pupil=cast.pupils[1]).update(until=DAY)


def move_the_school(cast: Cast) -> None:
    School.objects.filter(pk=cast.school.pk).update(area=factories.area("Vest"))


def sooner_gone(cast: Cast) -> None:
    """The absent pupil turns out to have left before;"""
    Enrolment.objects.filter(pupil=cast.pupils[0]).update(until=DAY)


CHANGES: dict[str, Callable[[Cast], object]] = {
    "one more is away": lambda cast: take(cast, 0, 1),
    "another is away instead of her": lambda cast: take(cast, 1),
    "the day is closed afterwards": close_the_day,
    "a pupil leaves": let_one_go,
    "the absent pupil turns out to have left": sooner_gone,
    "a pupil arrives": lambda cast: factories.pupil("Nana Riis", in_class=cast.class_7b),
    "a class is founded": lambda cast: factories.school_class("9.C", at=cast.school, year=cast.year),
    "the school comes to another area": move_the_school,
    "another has the measure": lambda cast: measures.load([Measure(cast.pupils[2].pk, date(2025, 9, 1))]),
    "nobody has a measure": lambda cast: measures.load([]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_kept_gives_way_when(registered: Cast, change: str) -> None:
    CHANGES[change](registered)
    # A page may be opened before the registers follow.
    sums()
    alignment.align()
    assert sums() == fresh(QUARTER)


def test_what_is_kept_is_not_counted_again_while_nothing_changes(registered: Cast) -> None:
    with statements() as sent:
        sums()
    assert not [statement for statement in sent if "absence_absence" in statement]
    with statements() as sent:
        drawn.current([QUARTER, ELSEWHERE], timezone.now())
    assert len(sent) == HELD


def test_a_period_elsewhere_keeps_what_was_drawn(registered: Cast) -> None:
    take(registered, 2)
    with statements() as sent:
        drawn.current([ELSEWHERE], timezone.now())
    assert len(sent) == HELD


def test_draws_of_days_gone_by_do_not_pile_up(registered: Cast) -> None:
    later = timezone.now() + drawn.KEPT + timedelta(minutes=1)
    take(registered, 2)
    drawn.current([QUARTER], later)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM reports_draw")
        assert cursor.fetchone() == (1,)


def test_a_draw_that_is_young_enough_is_shown_although_something_has_changed(registered: Cast) -> None:
    minutes = timedelta(minutes=10)
    [young] = drawn.current([QUARTER], timezone.now())
    take(registered, 2)
    with statements() as sent:
        assert drawn.current([QUARTER], timezone.now() + timedelta(minutes=9), minutes) == [young]
    assert len(sent) == 1
    [anew] = drawn.current([QUARTER], timezone.now() + timedelta(minutes=11), minutes)
    assert anew.at > young.at


def test_a_draw_that_was_seen_to_hold_is_not_asked_about_again_for_as_long(registered: Cast) -> None:
    minutes, now = timedelta(minutes=10), timezone.now()
    [old] = drawn.current([QUARTER], now)
    for later, queries in ((11, HELD), (20, 1), (22, HELD)):
        with statements() as sent:
            assert drawn.current([QUARTER], now + timedelta(minutes=later), minutes) == [old]
        assert len(sent) == queries
    take(registered, 2)
    assert drawn.current([QUARTER], now + timedelta(minutes=31), minutes) == [old]
    assert drawn.current([QUARTER], now + timedelta(minutes=33), minutes) != [old]


def test_the_night_draws_what_everybody_reads_and_finds_what_moved_without_a_trace(registered: Cast) -> None:
    now = timezone.now()
    first = nightly.night(DAY, now)
    assert (first.periods, first.wrong) == (28, ())
    # What may still come to rest is drawn again every night, and the rest is not.
    assert nightly.night(DAY, now).drawn == 0
    assert nightly.night(DAY + timedelta(days=1), now + timedelta(days=1)).drawn == 4
    [quarter] = [one for one in nightly.periods(DAY) if one.since == QUARTER.since]
    one, other = drawn.current([quarter, ELSEWHERE], now)
    assert contents.adds_up(one.id)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE reports_cell SET illness = illness + 1 WHERE illness > 0 AND NOT with_measure")
        cursor.execute("UPDATE reports_cell SET bands[1] = bands[1] + 1 WHERE draw_id = %s", [one.id])
    assert contents.adds_up(other.id)
    assert not contents.adds_up(one.id)
    found = nightly.night(DAY, now)
    assert quarter in found.wrong
    assert nightly.check(nightly.periods(DAY)) == []


@pytest.mark.django_db(transaction=True)
def test_a_job_draws_a_period_with_its_rows_though_no_page_stands_around_it(cast: Cast) -> None:
    take(cast, 0)
    assert sums() == fresh(QUARTER)
    assert fresh(QUARTER)[0]["all"]
