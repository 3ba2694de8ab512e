"""The worklist and a case behave in a real browser: on a telephone and a desk, and without a script."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from fravaer.cases.models import Case, Crossing, Run
from tests import factories
from tests.browser import looks
from tests.browser.conftest import DESK, PHONE, ZOOMED, Visit
from tests.cases import casework
from tests.cast import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WORKLIST = reverse("cases:worklist")


@pytest.fixture
def crossings(cast: Cast) -> list[Crossing]:
    """Three of 7.B over a line, in three bands, counted this morning."""
    made = [
        casework.crossing_of(pupil, band, trend=trend)
        for pupil, band, trend in zip(cast.pupils, (1, 3, 2), ((80, 145), (600, 700), None), strict=False)
    ]
    Run.objects.create(
        day=date(2026, 3, 9), ran_at=factories.moment(date(2026, 3, 10), 6), crossed=3, ended=0
    )
    return made


def case_page(page: Page) -> None:
    """Open a case about Aksel from his row."""
    page.get_by_role("button", name="Åbn sag om Aksel Bro").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Aksel Bro")


def test_list_and_case_are_accessible_and_fit_the_page(
    visit: Visit, cast: Cast, crossings: list[Crossing]
) -> None:
    widths = (ZOOMED, PHONE, DESK)
    page = visit(WORKLIST, user=cast.social_worker)
    assert looks.misfits(page, *widths) == []
    case_page(page)
    page.get_by_text("Forklar tallet: dagene bag").click()
    assert looks.misfits(page, *widths) == []
    page.get_by_role("button", name="Luk sag").click()
    expect(page.get_by_role("alert", name="Der er problemer")).to_contain_text("Vælg et resultat")
    assert looks.misfits(page, *widths) == []
    page.goto(reverse("cases:cases"))
    assert looks.misfits(page, *widths) == []


@pytest.mark.parametrize("script", [True, False])
def test_a_case_is_opened_written_in_and_closed_with_and_without_a_script(
    visit: Visit, cast: Cast, crossings: list[Crossing], script: bool
) -> None:
    page = visit(WORKLIST, user=cast.social_worker, script=script)
    page.get_by_label("Navn").fill("aksel")
    page.get_by_role("button", name="Anvend filtre").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    case_page(page)
    page.get_by_label("Note").fill("Aftalt møde på tirsdag.")
    page.get_by_label("Skolen og socialforvaltningen").check()
    page.get_by_role("button", name="Gem noten").click()
    expect(page.get_by_text("Aftalt møde på tirsdag.")).to_be_visible()
    page.get_by_label("Bedret").check()
    page.get_by_role("button", name="Luk sag").click()
    expect(page.get_by_role("button", name="Åbn sagen igen")).to_be_visible()
    assert Case.objects.get().state == "closed"
