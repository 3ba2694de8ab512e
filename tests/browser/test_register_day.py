"""A register by hand on a telephone: who comes later, what was known, and a correction taken back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.absence.conftest import url
from tests.absence.test_register_day import reported
from tests.browser import looks
from tests.browser.conftest import DESK, PHONE, Visit
from tests.cast import DAY, Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def looked_at(page: Page) -> None:
    """Accessible and no wider than its window, looked at whole, so that no row lies half under the bar."""
    window = page.viewport_size
    assert window is not None
    height: int = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": window["width"], "height": max(height, window["height"])})
    assert looks.inaccessible(page) == []
    assert looks.overflowing(page) == []
    page.set_viewport_size(window)


def test_one_who_comes_later_and_one_reported_ill_on_a_telephone_and_a_correction_taken_back(
    cast: Cast, visit: Visit
) -> None:
    noah, orn = cast.pupils[2], cast.pupils[4]
    reported(cast, orn)
    page = visit(url(cast.class_7b, DAY), PHONE, user=cast.mette)
    expect(page.get_by_role("heading", name="Kendt fravær (1)")).to_be_visible()
    page.get_by_role("button", name="Flere valg: Noah").click()
    page.locator(f'label[for="p-{noah.uuid}-K"]').click()
    page.locator(f"#p-{noah.uuid}-at").fill("09:10")
    page.keyboard.press("Escape")
    looked_at(page)
    page.get_by_role("button", name="Gem – 4 her, 1 ikke her").click()
    expect(page.get_by_text("4 her, 1 ikke her.")).to_be_visible()
    page.get_by_role("link", name="Ret en elev").click()
    page.locator(f'label[for="p-{orn.uuid}-T"]').click()
    said = page.locator(".pupil-said")
    expect(said).to_contain_text("Ørn: ændret til Her.")
    expect(page.get_by_text("5 her, 0 ikke her.")).to_be_visible()
    looked_at(page)
    page.get_by_role("button", name="Fortryd").click()
    expect(said).to_contain_text("Ørn: ændret til Syg.")
    expect(page.get_by_text("4 her, 1 ikke her.")).to_be_visible()


def test_letters_mark_who_comes_later_and_who_is_on_a_trip_and_the_conflict_page_can_be_used(
    cast: Cast, visit: Visit
) -> None:
    freja, noah = cast.pupils[1:3]
    late = visit(url(cast.class_7b, DAY), DESK, user=cast.leader)
    page = visit(url(cast.class_7b, DAY), DESK, user=cast.mette)
    page.locator(f"#p-{noah.uuid}-T").focus()
    page.keyboard.press("k")
    expect(page.locator(f"#p-{noah.uuid}-at")).to_be_visible()
    page.locator(f"#p-{freja.uuid}-T").focus()
    page.keyboard.press("p")
    looked_at(page)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("5 her, 0 ikke her.")).to_be_visible()
    late.locator(f"#p-{noah.uuid}-T").focus()
    late.keyboard.press("i")
    late.keyboard.press("Control+Enter")
    expect(late.get_by_role("heading", name="To registreringer er forskellige")).to_be_visible()
    looked_at(late)
    late.locator(f'label[for="p-{freja.uuid}-P"]').click()
    late.locator(f'label[for="p-{noah.uuid}-K"]').click()
    late.get_by_role("button", name="Gem mit valg").click()
    expect(late.get_by_text("5 her, 0 ikke her.")).to_be_visible()
