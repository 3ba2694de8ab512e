"""Who has a social measure, and who may know it?"""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DataError, IntegrityError, transaction

from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.accounts.scoping import scope_of
from fravaer.audit.models import Event
from fravaer.cases import measures
from fravaer.cases.measures import Measure
from fravaer.cases.models import SocialMeasure
from fravaer.core.periods import Period, Quarter
from tests import factories
from tests.cast import DAY, MORNING, Cast

AUTUMN, WINTER, SPRING = date(2025, 9, 1), date(2026, 1, 1), date(2026, 4, 1)


def stored() -> list[tuple[int, date, date | None]]:
    return sorted(SocialMeasure.objects.values_list("pupil_id", "since", "until"))


def test_it_holds_what_was_delivered_last_and_nothing_else(cast: Cast) -> None:
    aksel, freja, noah = (pupil.pk for pupil in cast.pupils[:3])
    assert measures.load([Measure(aksel, AUTUMN, WINTER), Measure(freja, AUTUMN)]) == 2
    assert measures.load([Measure(freja, AUTUMN), Measure(noah, WINTER)]) == 2
    assert stored() == [(freja, AUTUMN, None), (noah, WINTER, None)]


def test_the_same_delivery_again_changes_nothing_and_is_not_in_the_trail(cast: Cast) -> None:
    delivery = [Measure(cast.pupils[0].pk, AUTUMN, WINTER), Measure(cast.pupils[1].pk, AUTUMN)]
    measures.load(delivery)
    before = Event.objects.count()
    assert measures.load(delivery) == 0
    assert Event.objects.count() == before


def test_overlapping_and_touching_measures_of_a_pupil_become_one(cast: Cast) -> None:
    aksel = cast.pupils[0].pk
    measures.load(
        [
            Measure(aksel, AUTUMN, WINTER),
            Measure(aksel, date(2025, 10, 1), date(2025, 11, 1)),
            Measure(aksel, WINTER, SPRING),
        ]
    )
    assert stored() == [(aksel, AUTUMN, SPRING)]


def test_the_database_refuses_two_intervals_at_once(cast: Cast) -> None:
    aksel = cast.pupils[0]
    SocialMeasure.objects.create(pupil=aksel, since=AUTUMN)
    with pytest.raises(IntegrityError), transaction.atomic():
        SocialMeasure.objects.create(pupil=aksel, since=WINTER, until=SPRING)


def test_a_wrong_delivery_leaves_everything_as_it_was(cast: Cast) -> None:
    measures.load([Measure(cast.pupils[0].pk, AUTUMN)])
    backwards = Measure(cast.pupils[1].pk, WINTER, AUTUMN)
    with pytest.raises(DataError), transaction.atomic():
        measures.load([Measure(cast.pupils[1].pk, AUTUMN), backwards])
    assert stored() == [(cast.pupils[0].pk, AUTUMN, None)]


@pytest.mark.parametrize(
    ("since", "until", "is_in"),
    [
        (date(2025, 8, 1), WINTER, False),
        (date(2025, 8, 1), date(2026, 1, 2), True),
        (date(2026, 3, 31), None, True),
        (SPRING, None, False),
    ],
)
def test_a_measure_counts_in_a_quarter_when_any_of_its_days_lies_there(
    cast: Cast, since: date, until: date | None, is_in: bool
) -> None:
    aksel = cast.pupils[0].pk
    measures.load([Measure(aksel, since, until)])
    assert (aksel in measures.with_measure_in(Quarter(2026, 1).period)) is is_in


def known(user: User, cast: Cast, *, role: str = "") -> set[int]:
    everyone = [pupil.pk for pupil in cast.pupils + cast.others]
    return measures.known_to(scope_of(user.pk, MORNING, role), DAY, everyone)


@pytest.mark.parametrize("who", ["mette", "leader", "secretary", "area_manager", "stranger"])
def test_nobody_of_the_school_learns_of_a_measure(cast: Cast, who: str) -> None:
    measures.load([Measure(pupil.pk, AUTUMN) for pupil in cast.pupils + cast.others])
    assert known(getattr(cast, who), cast) == set()


def test_a_social_worker_knows_it_of_the_children_in_her_own_cases_only(cast: Cast) -> None:
    measures.load([Measure(pupil.pk, AUTUMN) for pupil in cast.pupils])
    assert known(cast.social_worker, cast) == set()
    factories.grant(cast.social_worker, Role.SOCIAL_WORKER, cast.pupils[2], origin="case")
    assert known(cast.social_worker, cast) == {cast.pupils[2].pk}


def test_her_leader_knows_it_of_the_children_of_the_unit_and_no_others(cast: Cast) -> None:
    measures.load([Measure(cast.pupils[0].pk, AUTUMN), Measure(cast.others[0].pk, AUTUMN)])
    leader = factories.user("Lone Skov")
    factories.grant(leader, Role.SOCIAL_LEADER, cast.school)
    assert known(leader, cast) == {cast.pupils[0].pk}


def test_a_measure_that_has_ended_is_no_longer_shown(cast: Cast) -> None:
    factories.grant(cast.social_worker, Role.SOCIAL_WORKER, cast.pupils[0], origin="case")
    measures.load([Measure(cast.pupils[0].pk, AUTUMN, DAY)])
    assert known(cast.social_worker, cast) == set()
    assert measures.with_measure_in(Period(AUTUMN, DAY)) == {cast.pupils[0].pk}


def test_the_trail_of_a_pupil_says_nothing_of_a_measure(cast: Cast) -> None:
    measures.load([Measure(cast.pupils[0].pk, AUTUMN)])
    assert not Event.objects.filter(subject="measure", pupil_ids__contains=[cast.pupils[0].pk]).exists()
