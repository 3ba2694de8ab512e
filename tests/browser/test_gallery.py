"""The components behave in a real browser: for touch, keyboard, zoom, paper, and without a script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect
from pytest_django import Settings

from tests.browser import looks
from tests.browser.conftest import DESK, PHONE, TABLET, ZOOMED, Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADDRESS = "/dev/components/?school=1&text=Ida"


@pytest.fixture(autouse=True)
def debug(settings: Settings) -> None:
    settings.DEBUG = True


def covered(page: Page, control: str) -> bool:
    """Whether something outside the pupil's row lies over the middle of the control's label."""
    found: bool = page.locator(f"label[for={control}]").evaluate(
        """label => { const box = label.getBoundingClientRect();
        const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        return top?.closest("fieldset") !== label.closest("fieldset"); }"""
    )
    return found


def test_it_is_accessible_and_fits_the_page(visit: Visit) -> None:
    assert looks.misfits(visit(ADDRESS), ZOOMED, PHONE, TABLET, DESK) == []


def test_everything_to_touch_is_as_high_as_a_finger(visit: Visit) -> None:
    assert looks.too_small(visit(ADDRESS, PHONE)) == []


def test_one_touch_flips_a_pupil_and_another_flips_back_without_a_script(visit: Visit) -> None:
    page = visit(ADDRESS, PHONE, script=False)
    control = page.locator("fieldset:has(#p-1-T) .mark")
    assert control.bounding_box()["width"] >= 88  # type: ignore[index]
    assert control.bounding_box()["height"] >= 44  # type: ignore[index]
    assert page.locator("#p-1-T").is_checked()
    control.tap()
    expect(page.locator("#p-1-I")).to_be_checked()
    control.tap()
    expect(page.locator("#p-1-T")).to_be_checked()


def test_other_choices_lie_behind_the_dots_and_show_on_the_control_without_a_script(visit: Visit) -> None:
    page = visit(ADDRESS, PHONE, script=False)
    assert not page.locator("label[for=p-1-S]").is_visible()
    page.locator("[popovertarget=p-1-more].pupil-more").tap()
    page.locator("label[for=p-1-S]").tap()
    page.locator("#p-1-more .pupil-extra-done").tap()
    assert page.locator("#p-1-S").is_checked()
    shown = page.locator("fieldset:has(#p-1-T) .mark").evaluate(
        "e => getComputedStyle(e, '::before').content"
    )
    assert shown == '"Syg"'
    page.locator("fieldset:has(#p-1-T) .mark").tap()
    assert page.locator("#p-1-T").is_checked()


def test_at_a_desk_all_choices_stand_side_by_side(visit: Visit) -> None:
    page = visit(ADDRESS, DESK)
    boxes = [page.locator(f"label[for=p-1-{letter}]").bounding_box() for letter in "TISF"]
    assert all(box is not None for box in boxes)
    assert len({box["y"] for box in boxes if box}) == 1
    assert not page.locator("fieldset:has(#p-1-T) .pupil-more").is_visible()
    page.locator("label[for=p-1-F]").click()
    assert page.locator("#p-1-F").is_checked()


def test_the_keyboard_reaches_each_pupil_once_and_changes_with_the_arrows(visit: Visit) -> None:
    page = visit(ADDRESS, DESK)
    page.locator("#p-1-T").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#p-1-I")).to_be_checked()
    page.keyboard.press("Tab")
    expect(page.locator("[name=p-2]:focus")).to_have_count(1)
    outline = page.locator("label[for=p-2-I]").evaluate("e => getComputedStyle(e).outlineStyle")
    assert outline == "solid"


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_what_has_focus_is_never_under_the_bar(visit: Visit, width: int) -> None:
    page = visit(ADDRESS, width)
    page.set_viewport_size({"width": width, "height": 400})
    page.locator("#p-1-T").focus()
    for number, letter in ((1, "T"), (2, "I"), (3, "T"), (4, "T"), (5, "T")):
        page.locator(f"#p-{number}-{letter}").focus()
        assert not covered(page, f"p-{number}-{letter}"), number


def test_the_menu_of_a_narrow_page_opens_without_a_script(visit: Visit) -> None:
    page = visit(ADDRESS, PHONE, script=False)
    link = page.locator(".frame-menu .navigation-link", has_text="Arbejdsliste")
    assert not link.is_visible()
    page.locator(".frame-menu-button").tap()
    assert link.is_visible()
    assert page.locator(".frame-menu").get_by_role("button", name="English").is_visible()


def test_the_menu_closes_on_escape_and_gives_the_focus_back(visit: Visit) -> None:
    page = visit(ADDRESS, PHONE)
    page.locator(".frame-menu-button").click()
    expect(page.locator(".frame-menu .navigation-link").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".frame-menu .navigation-link").first).to_be_hidden()
    expect(page.locator(".frame-menu-button")).to_be_focused()


def test_a_sheet_of_choices_goes_away_when_one_is_touched(visit: Visit) -> None:
    page = visit(ADDRESS, PHONE)
    page.locator("[popovertarget=p-1-more].pupil-more").tap()
    page.locator("label[for=p-1-S]").tap()
    page.locator("#p-1-more").wait_for(state="hidden")
    assert page.locator("#p-1-S").is_checked()


def test_an_error_summary_takes_the_focus_and_leads_to_the_field(visit: Visit) -> None:
    page = visit(ADDRESS, DESK)
    expect(page.locator("[data-module=error-summary]")).to_be_focused()
    page.locator(".error-summary a").first.click()
    expect(page.locator("#wrong_name")).to_be_focused()


def test_the_skip_link_is_first_and_leads_past_the_menu(visit: Visit) -> None:
    page = visit(ADDRESS, DESK, script=False)
    page.keyboard.press("Tab")
    expect(page.locator(".skipnav")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#indhold")).to_be_focused()


def test_on_paper_there_is_neither_menu_nor_button(visit: Visit) -> None:
    page = visit(ADDRESS, DESK)
    page.emulate_media(media="print")
    for selector in (".frame-navigation", ".frame-tools", ".filters", ".action-bar", ".frame-footer"):
        assert not page.locator(selector).first.is_visible(), selector
    for selector in ("h1", ".kpi-figure", ".table", ".pupil-name"):
        assert page.locator(selector).first.is_visible(), selector
    assert page.locator("label[for=p-1-T]").is_visible()
    assert not page.locator("label[for=p-1-I]").is_visible()


def test_who_asks_for_less_motion_gets_none(visit: Visit) -> None:
    page = visit(ADDRESS, DESK)
    page.emulate_media(reduced_motion="reduce")
    longest = page.evaluate(
        "Math.max(...[...document.querySelectorAll('body *')]"
        ".map(e => parseFloat(getComputedStyle(e).transitionDuration)))"
    )
    assert longest <= 0.001


def test_a_form_pressed_twice_is_sent_once(visit: Visit) -> None:
    page = visit(ADDRESS, DESK)
    sent: list[str] = []

    def answer(route: Route) -> None:
        sent.append(route.request.method)
        route.fulfill(status=204)

    page.route("**/dev/components/**", answer)
    button = page.locator(".action-bar button")
    with page.expect_request(lambda request: request.method == "POST"):
        page.locator("form.register").evaluate("form => { form.requestSubmit(); form.requestSubmit(); }")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(button).to_have_text("Gemmer …")
    assert sent.count("POST") == 1
