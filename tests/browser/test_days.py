"""A pupil's history, the school days and completing a period behave in a real browser."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from fravaer.absence import register
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.reasons import Mark
from fravaer.schools.models import DayRule, Level
from tests.browser import looks
from tests.browser.conftest import DESK, PHONE, Visit
from tests.cast import DAY, MORNING, Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def ill(cast: Cast) -> None:
    """Aksel is ill this morning."""
    register.take(
        school_class_id=cast.class_7b.pk,
        school_id=cast.school.pk,
        year_group=7,
        day=DAY,
        checkpoint=Checkpoint.START,
        marks={pupil.pk: Mark.HERE for pupil in cast.pupils} | {cast.pupils[0].pk: Mark.ILL},
        seen_version=0,
        key=uuid4(),
        user_id=cast.mette.pk,
        role="teacher",
        now=MORNING,
    )


def test_the_pages_are_accessible_and_fit(visit: Visit, cast: Cast) -> None:
    ill(cast)
    page = visit(reverse("absence:history", args=[cast.pupils[0].uuid]), user=cast.leader)
    page.get_by_text("hændelse bag mærket").click()
    expect(page.get_by_text("Mette Kjær")).to_be_visible()
    for address in ("", reverse("absence:completion"), reverse("absence:calendar")):
        if address:
            page.goto(address)
        assert looks.misfits(page, PHONE, DESK, least=looks.FINGER) == []


def test_a_day_is_closed_without_a_script(visit: Visit, cast: Cast) -> None:
    ill(cast)
    page = visit(reverse("absence:calendar"), user=cast.leader, script=False)
    page.get_by_label("Første dag").fill(DAY.isoformat())
    page.get_by_label("Årsag").fill("Lejrskole")
    page.get_by_role("button", name="Vis virkningen", exact=True).click()
    expect(page.get_by_text("ikke længere tæller: 1.")).to_be_visible()
    page.get_by_role("button", name="Ændr planen").click()
    expect(page.get_by_text("Planen er ændret")).to_be_visible()
    assert DayRule.objects.get(level=Level.SCHOOL).day == date(2026, 3, 10)
