"""The queue of unexplained absence in a real browser, without a hand on the mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from fravaer.absence import unexplained
from fravaer.absence.models import Absence
from fravaer.absence.reasons import Reason
from tests.browser.conftest import PHONE, Visit
from tests.browser.looks import inaccessible, overflowing, too_small
from tests.cast import DAY, Cast
from tests.sms.conftest import away, take

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_two_pupils_are_settled_by_their_letters_and_one_save(cast: Cast, visit: Visit) -> None:
    take(cast.class_7b, away(*cast.pupils[1:4]))
    phone = visit("/sms/unexplained/", PHONE, user=cast.secretary)
    assert not inaccessible(phone) + overflowing(phone) + too_small(phone)
    page = visit("/sms/unexplained/", user=cast.secretary)
    assert not inaccessible(page) + overflowing(page)
    page.locator("[data-phones]").first.click()
    expect(page.locator("[data-numbers] a").first).to_be_focused()
    page.locator("[data-letter]").first.focus()
    for key in ("s", "ArrowDown", "u"):
        page.keyboard.press(key)
    expect(page.get_by_role("button", name="Gem 2 afklarede")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("2 elever er afklaret.")).to_be_visible()
    assert [one.pupil_id for one in unexplained.on(DAY)] == [cast.pupils[3].pk]
    found = dict(Absence.objects.values_list("pupil_id", "reason"))
    assert found[cast.pupils[1].pk] == Reason.ILLNESS
    assert found[cast.pupils[2].pk] == Reason.UNLAWFUL
