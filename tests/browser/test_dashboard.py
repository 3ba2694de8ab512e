"""An area manager's quarter in a real browser, from the first look to her approval and the paper for the committee."""

from __future__ import annotations

from playwright.sync_api import expect
from pypdf import PdfReader

from tests import factories
from tests.browser.conftest import DESK, PHONE, Visit
from tests.browser.looks import misfits
from tests.cast import Cast
from tests.reports import reporting
from tests.reports.test_quarter_page import QUARTER, take


def test_an_area_manager_explains_annotates_agrees_approves_and_fetches(visit: Visit, cast: Cast) -> None:
    pupils = factories.pupils(40, in_class=cast.class_2a)
    factories.pupils(40, in_class=cast.other_class)
    take(cast.class_2a, [pupil.pk for pupil in pupils[:5]])
    page = visit(QUARTER, user=cast.area_manager)
    assert misfits(page, PHONE, DESK) == []
    page.get_by_text("Vis tal").nth(1).click()
    page.get_by_role("link", name="12,5 %").first.click()
    story = page.locator("#explained")
    expect(story).to_be_focused()
    expect(story).to_contain_text("5,0 fraværsdage / 40,0 mulige skoledage")
    assert misfits(page, PHONE, DESK) == []
    page.get_by_role("link", name="Luk forklaringen").click()
    expect(story).to_have_count(0)

    years = page.get_by_role("combobox", name="Klassetrin")
    years.select_option("0-3")
    page.get_by_role("button", name="Vis", exact=True).click()
    expect(years).to_have_value("0-3")
    page.get_by_role("link", name="Birkeskolen").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Birkeskolen")
    expect(years).to_have_value("0-3")

    page.get_by_role("link", name="Noter til tallene").click()
    page.get_by_role("textbox", name="Note").fill("Influenza i uge 6-8")
    page.get_by_role("button", name="Gem").click()
    page.goto(QUARTER)
    expect(page.get_by_text("Influenza i uge 6-8")).to_be_visible()

    page.get_by_role("link", name="Opfølgning på kvartalet").click()
    page.get_by_label("Hvad skal gøres").fill("Ring hjem samme dag")
    page.get_by_label("Ansvarlig").fill("Lars Toft")
    page.get_by_label("Frist").fill("2026-05-01")
    page.get_by_role("button", name="Aftal", exact=True).click()
    page.goto(QUARTER)
    expect(page.get_by_role("heading", name="Aftalte initiativer")).to_be_visible()
    expect(page.get_by_text("Ring hjem samme dag")).to_be_visible()

    with page.expect_download() as fetched:
        page.get_by_role("link", name="PDF").first.click()
    assert fetched.value.suggested_filename.endswith(".pdf")
    paper = "".join(one.extract_text() for one in PdfReader(fetched.value.path()).pages)
    assert "Influenza i uge 6-8" in paper

    # The quarter before is over and frozen; she stands by her area.
    reporting.frozen()
    page.goto(f"/reports/quarter/{reporting.BEFORE}/")
    page.get_by_role("link", name="Frosne tal og godkendelse").click()
    assert misfits(page, PHONE, DESK) == []
    page.get_by_role("button", name="Godkend").click()
    expect(page.get_by_text("Godkendt 10-03-2026 af Anders Bjerre")).to_be_visible()
