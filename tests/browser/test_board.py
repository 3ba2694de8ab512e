"""The office's board in a real browser, while the registers come in."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from fravaer.accounts.roles import Role
from tests import factories
from tests.absence.conftest import save
from tests.browser.conftest import DESK, PHONE, Visit
from tests.browser.looks import inaccessible, overflowing, too_small
from tests.cast import DAY, Cast, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_board_keeps_itself_fresh_and_leaves_focus_and_choices_alone(cast: Cast, visit: Visit) -> None:
    factories.pupils(3, in_class=cast.class_2a)
    factories.grant(cast.mette, Role.TEACHER, cast.class_2a)
    factories.phone_of(cast.mette, "+4568123456")
    page = visit("/board/", user=cast.secretary)
    expect(page).to_have_title("(2) mangler – Morgenoverblik – Fravær")
    assert not inaccessible(page) + overflowing(page)
    left = f"{cast.class_2a.pk}-1"
    page.check(f"#choose-{left}")
    page.click(f"#show-phones-{left}")
    page.focus(f"#take-{left}")
    save(signed_in(cast.mette), cast.class_7b, DAY, dict.fromkeys(cast.pupils, "T"))
    page.dispatch_event("[data-board]", "board:update")
    expect(page).to_have_title("(1) mangler – Morgenoverblik – Fravær")
    expect(page.locator(f"#line-{cast.class_7b.pk}-1")).to_contain_text("Registreret kl. 8.00 · 5/5")
    expect(page.locator("[data-said]")).to_have_text("1 registrering mangler. 1 af 2 er foretaget.")
    expect(page.locator(f"#choose-{left}")).to_be_checked()
    expect(page.locator(f"#phones-{left}")).to_contain_text(
        "+45\N{NO-BREAK SPACE}68\N{NO-BREAK SPACE}12\N{NO-BREAK SPACE}34\N{NO-BREAK SPACE}56"
    )
    expect(page.locator(f"#phones-{left} a")).to_be_visible()
    expect(page.locator(f"#take-{left}")).to_be_focused()


def test_the_office_reminds_those_chosen_on_a_telephone_and_without_a_script(
    cast: Cast, visit: Visit
) -> None:
    page = visit("/board/", PHONE, user=cast.secretary)
    assert not inaccessible(page) + overflowing(page) + too_small(page)
    page = visit("/board/", DESK, user=cast.secretary, script=False)
    page.check(f"#choose-{cast.class_7b.pk}-1")
    page.click("#remind-chosen")
    expect(page.get_by_text("1 klasse er påmindet: 7.B (Mette Kjær).")).to_be_visible()
