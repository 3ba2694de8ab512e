"""A warning is drafted, seen to, signed and sent in a real browser, and a referral fits a telephone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from fravaer.cases.models import Letter, LetterKind
from tests.browser import looks
from tests.browser.conftest import DESK, PHONE, Visit
from tests.cases import casework, lettering
from tests.cases.test_duties import quarter
from tests.cast import Cast

__all__ = ["quarter"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_warning_goes_from_the_list_to_the_post_and_a_file_into_the_case(
    visit: Visit, cast: Cast, quarter: Sequence[date]
) -> None:
    page = visit(reverse("cases:duties"), user=cast.leader)
    assert looks.misfits(page, PHONE, DESK) == []
    page.get_by_role("row", name="Aksel Bro").get_by_role("button", name="Lav en kladde").click()
    expect(page.get_by_role("article")).to_contain_text("Aksel har været væk fra skole i 4 dage")
    for box in page.get_by_role("group", name="På plads").get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Gem kladden").click()
    assert looks.misfits(page, PHONE, DESK) == []
    page.get_by_role("button", name="Underskriv brevet").click()
    page.get_by_label("Digital Post").check()
    page.get_by_role("button", name="Brevet er sendt").click()
    expect(page.get_by_text("Det er noteret, at brevet er sendt.")).to_be_visible()
    assert Letter.objects.get().state == "sent"
    case = casework.case_of(cast.pupils[0])
    page.goto(reverse("cases:papers", args=[case.uuid]))
    page.get_by_label("Fil", exact=True).set_input_files(
        {"name": "side.txt", "mimeType": "text/plain", "buffer": b"<html><script>"}
    )
    page.get_by_role("button", name="Læg filen i sagen").click()
    expect(page.get_by_role("alert", name="Der er problemer")).to_contain_text(
        "makroer, programmer, websider"
    )
    page.get_by_text("Skriv et brev").click()
    assert looks.misfits(page, PHONE, DESK) == []
    referral = lettering.referral_of(cast.pupils[1], cast.school)
    page = visit(reverse("cases:referral", args=[referral.uuid]), user=cast.social_worker)
    page.get_by_role("button", name="Kvittér for underretningen").click()
    expect(page.get_by_role("heading", name="Høring og afgørelse")).to_be_visible()
    assert looks.misfits(page, PHONE, DESK) == []
    page = visit(reverse("cases:letter-text", args=[LetterKind.WARNING, "da"]), PHONE, user=cast.area_manager)
    page.get_by_role("button", name="Vis, hvordan den ser ud").click()
    assert looks.misfits(page, PHONE, DESK) == []
