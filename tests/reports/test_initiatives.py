"""Initiatives: agreed after a quarter, asked for in the next, and told on the quarter's page."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client

from fravaer.core.periods import Quarter
from fravaer.reports.models import Initiative
from tests.cast import DAY, Cast, signed_in
from tests.reports.reporting import agree_form, settle_form
from tests.reports.test_quarter_page import QUARTER, take

NOW = Quarter.of(DAY)
THEN = NOW.previous()
pytestmark = pytest.mark.django_db


def page(quarter: Quarter, code: str = "nord") -> str:
    return f"/reports/follow-up/{quarter}/{code}/"


@pytest.fixture
def manager(cast: Cast) -> Client:
    return signed_in(cast.area_manager)


def agreed(client: Client, quarter: Quarter, **changed: str) -> int:
    return client.post(f"{page(quarter)}agree/", agree_form(**changed)).status_code


def test_last_quarters_initiatives_are_asked_for_before_new_ones_are_agreed(
    cast: Cast, manager: Client
) -> None:
    assert agreed(manager, THEN, due_on="2026-02-01") == 303
    asked = manager.get(page(NOW)).content.decode()
    assert "Ring hjem samme dag" in asked
    assert "overskredet" in asked
    assert "Aftal et initiativ" not in asked
    refused = manager.post(f"{page(NOW)}agree/", agree_form(text="Morgenvækning"))
    assert refused.status_code == 409
    # What was typed is not lost.
    assert "Morgenvækning" in refused.content.decode()
    before = Initiative.objects.get()
    settle = f"/reports/follow-up/{NOW}/{before.uuid}/settle/"
    assert manager.post(settle, settle_form(remark="")).status_code == 422
    assert manager.post(settle, settle_form()).status_code == 303
    assert agreed(manager, NOW, text="Morgenvækning") == 303
    shown = manager.get(page(NOW)).content.decode()
    assert "Flere svarer." in shown
    assert "Morgenvækning" in shown


def test_an_outcome_is_told_once(cast: Cast, manager: Client) -> None:
    agreed(manager, THEN)
    settle = f"/reports/follow-up/{NOW}/{Initiative.objects.get().uuid}/settle/"
    assert [manager.post(settle, settle_form()).status_code for _again in range(2)] == [303, 303]
    assert manager.post(settle, settle_form(outcome="not_done")).status_code == 409
    assert Initiative.objects.get().outcome == "done"


def test_the_same_initiative_sent_twice_is_one(cast: Cast, manager: Client) -> None:
    key = str(uuid4())
    assert [agreed(manager, NOW, key=key), agreed(manager, NOW, key=key)] == [303, 303]
    assert agreed(manager, NOW, key=key, text="Noget andet") == 400
    assert Initiative.objects.count() == 1


def test_a_quarter_ahead_or_another_area_has_no_follow_up(cast: Cast, manager: Client) -> None:
    assert manager.get(page(NOW.next())).status_code == 404
    assert manager.get(page(NOW, "syd")).status_code == 404
    assert agreed(manager, NOW, school=str(cast.other_school.pk)) == 422
    assert agreed(manager, NOW, due_on="2025-12-31") == 422


def test_the_quarter_tells_what_was_agreed_to_area_and_school(cast: Cast, manager: Client) -> None:
    take(cast.class_7b, [])
    agreed(manager, NOW, school=str(cast.school.pk))
    agreed(manager, NOW, text="Kun for området")
    assert "Ring hjem samme dag" in manager.get(QUARTER).content.decode()
    leaders = signed_in(cast.leader).get(QUARTER).content.decode()
    assert "Ring hjem samme dag" in leaders
    assert "Kun for området" not in leaders
    assert "Ring hjem" not in signed_in(cast.stranger).get(QUARTER).content.decode()
    assert "Ring hjem samme dag" in manager.get("/reports/follow-up/").content.decode()
