"""The quarter's page: who sees which schools, and what it says."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from fravaer.absence import register
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.reasons import Mark
from fravaer.accounts.roles import Role
from fravaer.cases import measures
from fravaer.cases.measures import Measure
from fravaer.core.periods import Quarter
from fravaer.schools.models import SchoolClass
from tests import factories
from tests.cast import DAY, Cast, signed_in, statements

QUARTER = reverse("reports:quarter", args=[Quarter(2026, 1)])
NBSP = "\N{NO-BREAK SPACE}"


def take(school_class: SchoolClass, absent: list[int]) -> None:
    """The class's morning register of the default day, with these pupils away ill."""
    stands = register.state(school_class.pk, DAY, Checkpoint.START)
    register.take(
        school_class_id=school_class.pk,
        school_id=school_class.school_id,
        year_group=school_class.year_group,
        day=DAY,
        checkpoint=Checkpoint.START,
        marks={pupil: Mark.ILL if pupil in absent else Mark.HERE for pupil in stands.marks},
        seen_version=stands.version,
        key=uuid4(),
        user_id=None,
        now=timezone.now(),
    )


def page(client: Client, **query: str) -> str:
    return client.get(QUARTER, query).content.decode()


def test_the_quarter_of_the_day_in_view_is_the_first_to_open(cast: Cast) -> None:
    assert signed_in(cast.area_manager).get(reverse("reports:latest"))["Location"] == QUARTER


def test_a_quarter_without_a_register_says_so(cast: Cast) -> None:
    assert "intet at opgøre" in page(signed_in(cast.area_manager))


def test_an_area_manager_sees_her_own_areas_schools_alone(cast: Cast) -> None:
    take(cast.class_7b, [])
    shown = page(signed_in(cast.area_manager))
    assert "Birkeskolen" in shown
    assert "Havneskolen" not in shown


def test_one_more_day_of_absence_is_counted_at_once(cast: Cast) -> None:
    factories.pupils(15, in_class=cast.class_2a)
    take(cast.class_2a, [])
    client = signed_in(cast.area_manager)
    assert f"0,0{NBSP}%" in page(client)
    take(cast.class_7b, [cast.pupils[0].pk])
    # One of five half-days in 7.B beside fifteen whole days in 2.A: 1 / 35.
    assert f"2,9{NBSP}%" in page(client)


def test_few_pupils_are_hidden_from_roles_of_figures_and_shown_to_their_own_leader(cast: Cast) -> None:
    take(cast.class_7b, [cast.pupils[0].pk])
    assert "skjult af hensyn til anonymitet" in page(signed_in(cast.area_manager))
    assert "skjult" not in page(signed_in(cast.leader))


def test_the_split_by_social_measure_is_for_those_entitled_alone(cast: Cast) -> None:
    pupils = factories.pupils(40, in_class=cast.class_2a)
    measures.load([Measure(pupil.pk, DAY) for pupil in pupils[:12]])
    take(cast.class_2a, [pupil.pk for pupil in pupils[:3]])
    assert "social foranstaltning" in page(signed_in(cast.area_manager))
    assert f"25,0{NBSP}%" in page(signed_in(cast.area_manager))
    assert "foranstaltning" not in page(signed_in(cast.leader))


def test_a_group_too_small_is_not_split_off(cast: Cast) -> None:
    pupils = factories.pupils(40, in_class=cast.class_2a)
    measures.load([Measure(pupil.pk, DAY) for pupil in pupils[:3]])
    take(cast.class_2a, [pupil.pk for pupil in pupils[:3]])
    assert "skjult af hensyn til anonymitet" in page(signed_in(cast.area_manager))


@pytest.mark.parametrize("quarter", ["2026K5", "2026K0", "26K1", "0000K1", "2026k1"])
def test_a_quarter_that_cannot_be_is_not_found(cast: Cast, quarter: str) -> None:
    assert signed_in(cast.area_manager).get(f"/reports/quarter/{quarter}/").status_code == 404


def test_a_foreign_area_is_not_found(cast: Cast) -> None:
    client = signed_in(cast.area_manager)
    assert client.get(QUARTER, {"area": "syd"}).status_code == 404
    assert client.get(QUARTER, {"area": "nowhere"}).status_code == 404


def test_the_municipality_can_be_narrowed_to_an_area(cast: Cast) -> None:
    chief = factories.user("Karen Chef")
    factories.grant(chief, Role.CHIEF, None)
    take(cast.class_7b, [])
    shown = page(signed_in(chief), area="syd")
    assert "Birkeskolen" not in shown
    assert "Havneskolen" in page(signed_in(chief))


def test_teachers_may_not_open_the_quarter(cast: Cast) -> None:
    assert signed_in(cast.mette).get(QUARTER).status_code == 403


@pytest.mark.parametrize("size", [3, 60])
def test_queries_do_not_grow_with_the_pupils(cast: Cast, size: int) -> None:
    factories.pupils(size, in_class=cast.class_2a)
    take(cast.class_2a, [])
    client = signed_in(cast.area_manager)
    client.get("/")
    with statements() as sent:
        page(client)
    assert len(sent) <= 15, sent
