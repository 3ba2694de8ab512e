"""The worklist in a real browser: several pupils at once, one of them on her own page, on a telephone and a desk."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from fravaer.cases.models import AgreedAction, Run
from tests import factories
from tests.browser import looks
from tests.browser.conftest import DESK, PHONE, ZOOMED, Visit
from tests.cases import casework
from tests.cases.attendance import attended, school_days
from tests.cast import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WORKLIST = reverse("cases:worklist")


def test_pupils_are_followed_up_together_and_acted_on_one_by_one(visit: Visit, cast: Cast) -> None:
    attended(
        cast.class_7b,
        school_days(date(2026, 3, 9), since=date(2025, 12, 15)),
        {cast.pupils[0]: 20},
        last=True,
    )
    for pupil, band in zip(cast.pupils, (2, 1, 1, 3, 1), strict=True):
        casework.crossing_of(pupil, band)
    casework.concern_of(cast.pupils[1], cast.mette)
    Run.objects.create(
        day=date(2026, 3, 9), ran_at=factories.moment(date(2026, 3, 10), 6), crossed=5, ended=0
    )
    page = visit(WORKLIST, user=cast.leader)
    page.get_by_text("Hvorfor her?").first.click()
    expect(page.get_by_text("point i alt").first).to_be_visible()
    assert looks.misfits(page, ZOOMED, PHONE, DESK) == []
    page.get_by_role("link", name="Vælg alle på siden").click()
    expect(page.locator("[data-chosen]")).to_have_text("(5)")
    page.get_by_role("checkbox", name="Aksel Bro").uncheck()
    page.get_by_role("button", name="Aftal opfølgning").click()
    expect(page.get_by_role("listitem").filter(has_text="Noah Lund")).to_be_visible()
    assert looks.misfits(page, PHONE, DESK) == []
    page.get_by_role("button", name="Notér det om dem alle").click()
    expect(page.get_by_text("Noteret for 4 elever.")).to_be_visible()
    assert AgreedAction.objects.count() == 4
    page.get_by_role("link", name="Aksel Bro").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Aksel Bro")
    assert looks.misfits(page, ZOOMED, PHONE, DESK) == []
    page.get_by_role("button", name="Lav aftalen").click()
    expect(page.get_by_text("Aftalen er lavet.")).to_be_visible()
    page.get_by_role("link", name="Tilbage til listen").click()
    expect(page.get_by_text("Nogen handler for alle elever over en grænse.")).to_be_visible()
    page.goto(reverse("cases:concerns"))
    assert looks.misfits(page, PHONE, DESK) == []
