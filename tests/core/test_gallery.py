"""The gallery of components is there for those who build pages, and for nobody else."""

import re

import pytest
from django.test import Client
from pytest_django import Settings

ADDRESS = "/dev/components/"


@pytest.fixture
def gallery(client: Client, settings: Settings) -> str:
    settings.DEBUG = True
    return client.get(ADDRESS).content.decode()


def test_it_is_not_there_outside_debug(client: Client, settings: Settings) -> None:
    settings.DEBUG = False
    assert client.get(ADDRESS).status_code == 404


def test_it_shows_every_component(gallery: str) -> None:
    for mark in (
        "alert-error",
        "alert-success",
        "error-summary",
        "form-error",
        "button-row",
        "breadcrumbs",
        "pagination",
        "table-scroll",
        "filters",
        "empty",
        "chip--bad",
        "kpi-figure",
        'class="bar"',
        'class="sparkline"',
        "chart-picture",
        "details-summary",
        "tab-button",
        "facts-row",
        "data-print",
        "progress-bar",
        "dot--half",
        "pupil--error",
        "action-bar",
        "arrangement-fields",
    ):
        assert mark in gallery, mark


def test_it_holds_nothing_a_strict_content_security_policy_forbids(gallery: str) -> None:
    assert not re.search(r"<[^>]*\sstyle=", gallery)
    assert not re.search(r"<[^>]*\son\w+=", gallery)
    assert "<style" not in gallery
    assert not re.search(r"<script(?![^>]*\ssrc=)", gallery)
    assert not re.search(r'(?:src|href)="(?:https?:)?//(?!was\.digst\.dk)', gallery)


def test_every_id_is_there_once_and_every_label_finds_its_control(gallery: str) -> None:
    identities = re.findall(r'\sid="([^"]+)"', gallery)
    assert len(identities) == len(set(identities))
    for kind in ("for", "aria-labelledby", "aria-describedby", "popovertarget"):
        for value in re.findall(rf'\s{kind}="([^"]+)"', gallery):
            assert set(value.split()) <= set(identities), (kind, value)


def test_its_frame_shows_role_school_day_and_the_way_to_the_accessibility_statement(gallery: str) -> None:
    header = gallery[gallery.index("<header") : gallery.index("</header>")]
    for wanted in ("Valby Skole", "Skolesocialrådgiver", "tirsdag 10. marts 2026", "Skift rolle", "English"):
        assert wanted in header
    footer = gallery[gallery.index("<footer") :]
    assert 'href="https://was.digst.dk/"' in footer
    assert "Tilgængelighedserklæring" in footer
    skip = re.search(r'<a class="skipnav" href="#indhold">(.*?)</a>', gallery, re.DOTALL)
    assert skip is not None
    assert skip[1].strip() == "Gå til sidens indhold"
    assert 'id="indhold"' in gallery


def test_the_frame_says_when_the_day_in_view_is_not_today(client: Client, settings: Settings) -> None:
    settings.DEBUG = True
    page = client.get(ADDRESS, {"other": ""}).content.decode()
    assert "Viser seneste skoledag: tirsdag 10. marts 2026" in " ".join(page.split())


def test_the_page_is_in_the_language_chosen(client: Client, settings: Settings) -> None:
    settings.DEBUG = True
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    page = client.get(ADDRESS).content.decode()
    assert '<html lang="en">' in page
    assert "Accessibility statement" in page
    assert "Dansk" in page
