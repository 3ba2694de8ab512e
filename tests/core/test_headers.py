"""Every answer tells the browser what to refuse; the access table asks the same of every page."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from django.conf import settings as configured
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tests.architecture import access
from tests.cast import Cast, signed_in
from tests.core.headers import is_kept_nowhere, lacking

ASKED_WITH: Mapping[str, dict[str, str]] = {
    "login-link": {"token": "x" * 43},
    "reports:wheel-feed": {"secret": "x" * 43},
    "sms:status": {"message_id": "00000000-0000-4000-8000-000000000000"},
}


@pytest.mark.django_db
def test_public_addresses_static_files_and_errors_say_it_too() -> None:
    client = Client(raise_request_exception=False)
    for name in access.PUBLIC:
        response = client.get(reverse(name, kwargs=ASKED_WITH.get(name)))
        assert lacking(response) == [], name
    for path in ("/findes-ikke/", "/today/", "/admin/", "/%2e%2e/settings.py"):
        response = client.get(path)
        assert lacking(response) == [], path
        assert is_kept_nowhere(response), path
    styles = client.get("/static/fravaer/fravaer.css")
    assert styles.status_code == 200
    assert styles.headers["X-Content-Type-Options"] == "nosniff"
    assert styles.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert not is_kept_nowhere(styles)
    styles.close()


@pytest.mark.django_db
def test_over_https_the_browser_comes_back_over_https_alone(settings: Settings) -> None:
    settings.SECURE_HSTS_SECONDS, settings.SECURE_SSL_REDIRECT = 31_536_000, True
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    response = Client().get("/login/", secure=True)
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    plain = Client().get("/login/")
    assert (plain.status_code, plain.headers["Location"]) == (301, "https://testserver/login/")


def test_30_no_page_of_djangos_own_administration_is_there(cast: Cast) -> None:
    assert not [app for app in configured.INSTALLED_APPS if "admin" in app]
    for client in (Client(), signed_in(cast.leader)):
        for path in ("/admin/", "/admin/login/", "/django-admin/", "/__debug__/"):
            assert client.get(path).status_code == 404, path


def test_39_what_nobody_can_have_typed_is_refused_at_the_door(cast: Cast) -> None:
    """NUL in an address, a search and a form; numbers that are none to a database; half a pair of signs."""
    client = signed_in(cast.secretary)
    client.raise_request_exception = False
    find, undo = reverse("sms:log-find"), reverse("sms:ring-undo")
    for response in (
        client.get("/today/", {"q": "a\x00b"}),
        client.get("/today/?q%00=1"),
        client.post(find, {"who": "Freja\x00"}),
        client.post("/login/", {"username": "\x00"}),
    ):
        assert response.status_code == 400
        assert "Det kunne vi ikke læse" in " ".join(response.content.decode().split())
    for number in ("\u00b2", "\u0663", "99999999999999999999", "-1", "1e9"):
        assert client.post(undo, {"undo": number}).status_code == 404, number
    half = client.generic(
        "POST", find, "who=%ED%A0%80Freja", content_type="application/x-www-form-urlencoded"
    )
    assert half.status_code in (200, 302, 303)
    # A search is literal: neither of these finds everybody.
    for pattern in ("%", "_", "\\", ".*"):
        page = client.post(find, {"who": pattern}).content.decode()
        assert not [pupil for pupil in cast.pupils if pupil.family_name in page], pattern


def test_15_odd_ways_to_ask_for_a_page_lead_nowhere(cast: Cast) -> None:
    """HEAD and OPTIONS, another method in a field, two slashes, a dot in disguise, an ending."""
    client = signed_in(cast.mette)
    page = "/today/"
    assert client.get(page).status_code == 200
    for odd in (
        "/sms//inbox/",
        "/today//",
        "/%2e/today/",
        "/today/..%2fcases/",
        "/TODAY/",
        "/today.json",
        "/today/.csv",
    ):
        assert client.get(odd).status_code == 404, odd
    assert client.get("/today").status_code in (301, 404)
    for method in ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"):
        response = client.generic(method, page)
        assert (response.status_code, response.content) in ((200, b""), (405, b"")), method
    assert client.post(page, {"_method": "GET"}, headers={"X-HTTP-Method-Override": "GET"}).status_code == 405
