"""The office enters a sick report without touching the mouse, and without a script as well."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from fravaer.absence import known
from fravaer.absence.reasons import Mark
from tests import factories
from tests.browser import looks
from tests.browser.conftest import DESK, PHONE, Visit
from tests.cast import DAY, Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_report_is_typed_and_saved_from_the_keyboard_alone(visit: Visit, cast: Cast, width: int) -> None:
    factories.pupil("Noah Juul", in_class=cast.class_2a)
    page = visit(reverse("absence:known"), width, user=cast.secretary)
    who = page.get_by_role("combobox", name="Elev")
    who.focus()
    page.keyboard.type("noah")
    expect(page.locator("#who-options").get_by_role("option")).to_have_count(2)
    assert looks.inaccessible(page) == []
    page.keyboard.press("ArrowDown")
    expect(page.locator("#who-options").get_by_role("option", name="Noah Lund")).to_have_attribute(
        "aria-selected", "true"
    )
    page.keyboard.press("Enter")
    expect(who).to_have_value("Noah Lund 7.B")
    expect(page.get_by_text("1 skoledag: 10-03-2026.")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".entry-receipt")).to_contain_text("Noah Lund")
    assert known.on(cast.class_7b.pk, DAY)[cast.pupils[2].pk].mark == Mark.ILL
    assert looks.inaccessible(page) == []
    assert looks.overflowing(page) == []
    assert looks.too_small(page) == []


def test_without_a_script_the_name_is_looked_up_when_the_line_is_sent(visit: Visit, cast: Cast) -> None:
    factories.pupil("Noah Juul", in_class=cast.class_2a)
    page = visit(reverse("absence:known"), user=cast.secretary, script=False)
    page.get_by_role("textbox", name="Elev").fill("noah")
    page.get_by_role("button", name="Gem").click()
    page.get_by_label("Noah Lund").check()
    page.get_by_role("button", name="Gem").click()
    expect(page.locator(".entry-receipt")).to_contain_text("Noah Lund")
    page.get_by_role("button", name="Fortryd").click()
    assert known.on(cast.class_7b.pk, DAY) == {}
