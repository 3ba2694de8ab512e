"""The words of an SMS are counted while they are written, as the server counts them."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from fravaer.sms import texts, wording
from fravaer.sms.texts import Unit
from tests.browser import looks
from tests.browser.conftest import DESK, PHONE, Visit
from tests.cast import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WORDS = [
    "{fornavn} er her ikke. {skole}",
    "{fornavn} " + "€" * 70 + " {skole}",
    "{fornavn} er her ikke – “ring”\u00a0på {telefon}…  {skole}",
    "{fornavn} " + "a" * 140 + " {skole}",
    "{fornavn} 😀" + "a" * 60 + " {skole}",
]


def test_the_count_beside_the_box_is_the_servers(visit: Visit, cast: Cast) -> None:
    unit = Unit(cast.municipality.pk, cast.school.pk)
    page = visit(
        reverse("sms:text", args=[f"school-{cast.school.pk}", "absence", "da"]), PHONE, user=cast.secretary
    )
    box, count = page.get_by_label("Tekst", exact=True), page.locator("[data-count]")
    expect(count).to_be_visible()
    for words in WORDS:
        box.fill(words)
        body = (
            words.replace("{fornavn}", "{given_name}")
            .replace("{skole}", "{school}")
            .replace("{telefon}", "{phone}")
        )
        # Zoë makes it dearer, and Aksel longer.
        wholes = [texts.filled(texts.longest_school(unit), body, "da", name) for name in ("Zoë", "Aksel")]
        worst = max(wholes, key=lambda whole: (wording.segments(whole)[1], len(whole)))
        encoding, segments = wording.segments(worst)
        shown = [count.locator(f"[data-{name}]").inner_text() for name in ("signs", "segments")]
        assert shown == [str(len(worst)), str(segments)], words
        assert count.locator("[data-special]").is_visible() == (encoding == "ucs2"), words
    assert looks.inaccessible(page) == []
    assert looks.overflowing(page) == []
    page = visit(reverse("sms:texts"), DESK, user=cast.secretary)
    assert looks.inaccessible(page) == []
    assert looks.overflowing(page) == []
