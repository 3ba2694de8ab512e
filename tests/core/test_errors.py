"""When something goes wrong a person is told in plain words what happened and what to do."""

import pytest
from django.conf import settings as configured
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import get_resolver, path
from django.utils import translation
from pytest_django import Settings

from fravaer.core import errors
from fravaer.core.access import public


def words(content: bytes) -> str:
    return " ".join(content.decode().split())


def test_a_page_that_does_not_exist_says_so_and_whom_to_ask(client: Client) -> None:
    response = client.get("/findes-ikke/")
    assert response.status_code == 404
    assert "Vi kan ikke finde siden" in words(response.content)
    assert "bed skolens kontor give dig adgang" in words(response.content)


def test_a_refusal_says_that_it_is_the_role_and_that_nothing_changed() -> None:
    response = errors.forbidden(RequestFactory().get("/"))
    assert response.status_code == 403
    assert "Din rolle giver ikke adgang til det. Intet er ændret." in words(response.content)


def test_an_unreadable_request_is_answered_in_danish(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["fravaer.example"]
    response = Client(raise_request_exception=False).get("/", headers={"host": "andet.example"})
    assert response.status_code == 400
    assert "Det kunne vi ikke læse" in words(response.content)


def test_an_old_page_sent_in_is_refused_with_what_to_do() -> None:
    response = Client(enforce_csrf_checks=True).post("/login/", {"username": "x", "password": "y"})
    assert response.status_code == 403
    assert "Siden var blevet for gammel" in words(response.content)
    assert "indlæs siden igen" in words(response.content)


def test_the_page_for_our_own_faults_asks_neither_database_nor_static_manifest(settings: Settings) -> None:
    # The test has no database, and there is no manifest: a page that asked for either would fail here.
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    response = errors.server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    page = words(response.content)
    assert "Der gik noget galt hos os" in page
    assert "notér fraværet på papir imens" in page
    assert 'href="/static/fravaer/error.css"' in page


@pytest.mark.parametrize("name", ["400", "500", "csrf"])
def test_the_bare_pages_speak_english_too(name: str) -> None:
    view = {"400": errors.bad_request, "500": errors.server_error, "csrf": errors.csrf_failure}[name]
    with translation.override("en"):
        page = words(view(RequestFactory().get("/")).content)
    assert '<html lang="en">' in page
    assert "Go to the front page" in page


TOLD = f"SELECT cpr FROM schools_pupil WHERE id = 4711 -- {configured.BASE_DIR} SECRET_KEY={configured.SECRET_KEY}"
FAULTS = {400: SuspiciousOperation, 403: PermissionDenied, 500: ValueError, 503: OperationalError}


@public
def failing(request: HttpRequest, status: int) -> HttpResponse:
    raise FAULTS[status](TOLD)


urlpatterns = [path("failing/<int:status>/", failing, name="failing"), *get_resolver().url_patterns]
handler400, handler403 = "fravaer.core.errors.bad_request", "fravaer.core.errors.forbidden"
handler404, handler500 = "fravaer.core.errors.not_found", "fravaer.core.errors.server_error"


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=__name__)
def test_86_a_page_about_a_fault_says_neither_place_nor_statement_nor_key_nor_setting() -> None:
    client = Client(raise_request_exception=False)
    answers = {status: client.get(f"/failing/{status}/") for status in FAULTS}
    answers |= {404: client.get("/failing/x/"), 405: client.put("/sw.js")}
    for status, answer in answers.items():
        assert answer.status_code == status
        page = answer.content.decode()
        told = (
            "SELECT",
            "schools_",
            "4711",
            str(configured.BASE_DIR),
            configured.SECRET_KEY,
            "SECRET_KEY",
            "Traceback",
        )
        assert [word for word in (*told, "Error", "fravaer.core", "Django", ".py") if word in page] == [], (
            status
        )
    assert "Vi kan ikke svare lige nu" in answers[503].content.decode()
    assert answers[503].headers["Retry-After"] == "30"
