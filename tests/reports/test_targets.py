"""Targets: who sets whose, what a change does to the one before, and how they stand beside the quarter's figures."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client

from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.accounts.scoping import scope_of
from fravaer.core.scope import Scope
from fravaer.reports import targets, units
from tests import factories
from tests.cast import DAY, MORNING, Cast, signed_in
from tests.reports.test_quarter_page import QUARTER, take

AUGUST = date(2025, 8, 1)


@pytest.fixture
def chief(cast: Cast) -> User:
    user = factories.user("Hanne Lind")
    factories.grant(user, Role.CHIEF, None)
    return user


def scope(user: User) -> Scope:
    return scope_of(user.pk, MORNING)


def choose(user: User, key: units.Key, tenths: int, since: date = AUGUST, seen: int = 0) -> int:
    made = targets.choose(
        key,
        tenths=tenths,
        valid_from=since,
        decision="BUU 12-03-2025",
        seen=seen,
        scope=scope(user),
        now=MORNING,
    )
    return made.pk


def form(**changed: str) -> dict[str, str]:
    return {"percent": "6,5", "valid_from": "2025-08-01", "decision": "BUU 12-03-2025", "seen": "0"} | changed


@pytest.mark.parametrize(
    ("percent", "pupils", "target", "points", "days"),
    [
        # The example of the page: 0.8 of a hundred of 950 pupils' five days.
        (73, 950, 65, 8, 38),
        (62, 950, 65, -3, 14),
        (65, 950, 65, 0, 0),
        # Half a day is rounded up, less than half is none.
        (66, 100, 65, 1, 1),
        (66, 99, 65, 1, 0),
    ],
)
def test_the_distance_is_told_in_points_and_in_whole_days_a_week(
    percent: int, pupils: int, target: int, points: int, days: int
) -> None:
    found = targets.distance(percent, pupils, target)
    assert (found.points, found.days) == (points, days)


def test_a_changed_target_is_a_new_row_and_ends_the_old_one(cast: Cast, chief: User) -> None:
    first = choose(chief, units.WHOLE, 65)
    second = choose(chief, units.WHOLE, 60, date(2026, 1, 1), seen=first)
    assert targets.on(date(2025, 12, 31)) == {units.WHOLE: 65}
    assert targets.on(date(2026, 1, 1)) == {units.WHOLE: 60}
    # One that begins sooner takes back what would have begun later, and every row stays to be read.
    choose(chief, units.WHOLE, 62, date(2025, 10, 1), seen=second)
    assert [targets.on(day).get(units.WHOLE) for day in (AUGUST, date(2025, 10, 1), DAY)] == [65, 62, 62]
    assert [row.tenths for row in targets.history(units.WHOLE) if row.withdrawn_at is None] == [62, 65]
    assert len(targets.history(units.WHOLE)) == 3


def test_the_same_target_sent_twice_is_one_and_an_unseen_one_is_not_overwritten(
    cast: Cast, chief: User
) -> None:
    page = "/reports/targets/whole/set/"
    client = signed_in(chief)
    assert client.post(page, form()).status_code == 303
    assert client.post(page, form()).status_code == 303
    assert len(targets.history(units.WHOLE)) == 1
    refused = client.post(page, form(percent="5,0"))
    assert refused.status_code == 409
    assert "6,5" in refused.content.decode()
    assert len(targets.history(units.WHOLE)) == 1
    assert client.post(page, form(percent="101", seen="0")).status_code == 422


def test_the_chief_sets_municipality_and_areas_and_the_area_manager_her_schools(
    cast: Cast, chief: User
) -> None:
    def answers(user: User) -> list[int]:
        client: Client = signed_in(user)
        return [
            client.post(f"/reports/targets/{unit}/set/", form()).status_code
            for unit in ("whole", "area-nord", "area-syd", *(f"school-{one.pk}" for one in schools))
        ]

    schools = (cast.school, cast.other_school)
    assert answers(chief) == [303, 303, 303, 403, 403]
    assert answers(cast.area_manager) == [403, 403, 404, 303, 404]
    assert answers(cast.leader) == [403] * 5
    assert answers(cast.mette) == [403] * 5


def test_the_quarter_tells_each_figures_distance_from_its_target(cast: Cast, chief: User) -> None:
    take(cast.class_7b, [cast.pupils[0].pk])
    # One of five is away: twenty percent.
    first = choose(cast.area_manager, ("school", cast.school.pk), 100)
    # In force from tomorrow only.
    choose(cast.area_manager, ("school", cast.school.pk), 300, DAY + timedelta(days=1), seen=first)
    page = " ".join(signed_in(cast.leader).get(QUARTER).content.decode().split())
    assert "10,0 procentpoint over måltallet (svarer til ca. 3 færre fraværsdage pr. uge)" in page
    assert "30,0 %" not in page


def test_a_hidden_figure_tells_no_distance(cast: Cast, chief: User) -> None:
    take(cast.other_class, [])
    choose(chief, ("area", cast.south.pk), 50)
    page = signed_in(chief).get(QUARTER, {"area": "syd"}).content.decode()
    assert "måltallet" not in page
