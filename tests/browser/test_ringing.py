"""The list of those to be rung in a real browser, without a hand on the mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from fravaer.sms import choices
from fravaer.sms.models import Ring
from fravaer.sms.states import State
from tests.browser.conftest import DESK, PHONE, Visit
from tests.browser.looks import FINGER, misfits
from tests.cast import Cast
from tests.sms import messaging
from tests.sms.conftest import HOURS, away, take

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_guardian_is_found_rung_and_noted_by_keys_alone(cast: Cast, visit: Visit) -> None:
    choices.opt_in([cast.school.pk], hours=HOURS)
    freja, noah = cast.pupils[1:3]
    take(cast.class_7b, away(freja, noah))
    messaging.about(freja, State.REJECTED, code=21614)
    messaging.about(noah, State.EXPIRED)
    page = visit("/sms/ring/", user=cast.secretary)
    assert not misfits(page, PHONE, DESK) + misfits(page, PHONE, least=FINGER)
    page.locator("[data-key=T]").first.focus()
    page.keyboard.press("n")
    number = page.locator("[data-opened] a").first
    expect(number).to_be_visible()
    # What has been opened stays open when the list keeps itself fresh.
    with page.expect_response(lambda answer: answer.url.endswith("/sms/ring/")):
        page.evaluate("document.querySelector('[data-board]').dispatchEvent(new Event('board:update'))")
    expect(number).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("t")
    expect(page.get_by_text("talte med Kim Lund")).to_be_visible()
    page.locator("[data-live=settled]").get_by_role("button", name="Fortryd").click()
    expect(page.get_by_text("Forælderen er på listen igen")).to_be_visible()
    assert not Ring.objects.exists()
