"""Who gets in, who is kept out, and where one lands."""

from __future__ import annotations

import pytest
import time_machine
from django.conf import settings as real_settings
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.http import Http404
from django.test import Client, RequestFactory
from pytest_django import Settings

from fravaer.accounts import views
from fravaer.accounts.models import User
from tests import factories
from tests.accounts import proving
from tests.cast import Cast, signed_in
from tests.factories import PASSWORD

HOME = "192.0.2.10"
ELSEWHERE = "198.51.100.7"
LOCKED = "lukket i 15 minutter"
WRONG = "passer ikke"


@pytest.fixture
def teacher(cast: Cast) -> User:
    """Mette, with a password and an app that shows codes."""
    cast.mette.set_password(PASSWORD)
    cast.mette.save()
    proving.app_of(cast.mette)
    return cast.mette


def attempt(email: str, password: str, *, address: str = HOME, to: str = "") -> tuple[int, str, Client]:
    """Status, page (or where to) of one attempt in a new browser, and that browser; past the password with a code."""
    browser = Client(REMOTE_ADDR=address)
    response = browser.post("/login/", {"username": email, "password": password, "next": to})
    if response.headers.get("Location") == "/login/second/":
        response = browser.post("/login/second/", {"code": proving.code()})
    return response.status_code, response.headers.get("Location") or response.content.decode(), browser


def guess(email: str, times: int, *, address: str = HOME) -> None:
    for n in range(times):
        attempt(email, f"guess number {n}", address=address)


def test_a_teacher_signs_in_and_lands_on_her_first_page(teacher: User) -> None:
    status, location, browser = attempt(teacher.email, PASSWORD)
    assert (status, location) == (303, "/")
    assert browser.get("/").headers["Location"] == "/today/"
    assert browser.get("/today/").status_code == 200


def test_the_address_may_be_typed_in_capitals(teacher: User) -> None:
    assert attempt(teacher.email.upper(), PASSWORD)[0] == 303


def test_a_page_asked_for_before_signing_in_comes_after_it(teacher: User) -> None:
    browser = Client()
    response = browser.get("/today/?x=1")
    assert response.headers["Location"] == "/login/?next=/today/%3Fx%3D1"
    page = browser.get(response.headers["Location"]).content.decode()
    assert 'name="next" value="/today/?x=1"' in page
    assert attempt(teacher.email, PASSWORD, to="/today/?x=1")[1] == "/today/?x=1"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/today/",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        " https://evil.example/",
        "https://testserver@evil.example/",
        "ftp://testserver/",
    ],
)
def test_nobody_is_led_away_from_the_product(teacher: User, target: str) -> None:
    assert attempt(teacher.email, PASSWORD, to=target)[1] == "/"
    language = Client().post("/language/", {"language": "en", "next": target})
    assert language.headers["Location"] == "/"


def test_unknown_wrong_and_closed_accounts_are_told_the_same(teacher: User) -> None:
    factories.user("Gået", email="gone@fjordby.invalid", password=PASSWORD)
    User.objects.filter(email="gone@fjordby.invalid").update(is_active=False)
    told = [
        attempt(teacher.email, "not the password"),
        attempt("nobody@fjordby.invalid", PASSWORD),
        attempt("gone@fjordby.invalid", PASSWORD),
    ]
    assert [status for status, _page, _browser in told] == [422, 422, 422]
    assert all(WRONG in page for _status, page, _browser in told)
    assert not any("_auth_user_id" in browser.session for _status, _page, browser in told)


def test_an_account_from_the_roster_cannot_be_entered_without_a_password(cast: Cast) -> None:
    cast.mette.set_unusable_password()
    cast.mette.save()
    for password in ("", "!", cast.mette.password):
        assert attempt(cast.mette.email, password)[0] == 422


def test_six_wrong_guesses_close_the_account_from_that_address_for_a_quarter_of_an_hour(
    teacher: User, clock: time_machine.Traveller
) -> None:
    guess(teacher.email, 6)
    status, page, _browser = attempt(teacher.email, PASSWORD)
    assert status == 429
    assert LOCKED in page
    clock.shift(16 * 60)
    assert attempt(teacher.email, PASSWORD)[0] == 303


def test_five_wrong_guesses_do_not(teacher: User, clock: time_machine.Traveller) -> None:
    guess(teacher.email, 5)
    assert attempt(teacher.email, PASSWORD)[0] == 303
    clock.shift(30)
    guess(teacher.email, 5)
    assert attempt(teacher.email, PASSWORD)[0] == 303


def test_somebody_guessing_elsewhere_does_not_keep_the_owner_out(teacher: User) -> None:
    guess(teacher.email, 8, address=ELSEWHERE)
    assert attempt(teacher.email, PASSWORD, address=ELSEWHERE)[0] == 429
    assert attempt(teacher.email, PASSWORD, address=HOME)[0] == 303


def test_guessing_at_one_account_does_not_close_a_colleagues_at_the_same_school(
    teacher: User, cast: Cast
) -> None:
    cast.leader.set_password(PASSWORD)
    cast.leader.save()
    proving.app_of(cast.leader)
    guess(teacher.email, 8)
    assert attempt(cast.leader.email, PASSWORD)[0] == 303


def test_another_spelling_of_the_address_gives_no_further_guesses(teacher: User) -> None:
    name, domain = teacher.email.split("@")
    spellings = [
        teacher.email,
        teacher.email.upper(),
        f"{name.title()}@{domain}",
        f" {teacher.email} ",
        # Letters whose capitals are those of other letters.
        f"{name}@{domain.replace('i', 'ı', 1)}",
        f"{name}@{domain.replace('f', 'ｆ', 1)}",
    ]
    for spelling in spellings:
        attempt(spelling, "a guess")
    assert attempt(teacher.email, PASSWORD)[0] == 429


def test_signing_out_ends_the_session_and_clears_the_browser(cast: Cast) -> None:
    browser = signed_in(cast.mette)
    assert browser.get("/today/").status_code == 200
    cookie = browser.cookies["sessionid"].value
    assert browser.get("/logout/").status_code == 405
    response = browser.post("/logout/")
    assert response.headers["Location"] == "/login/"
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    thief = Client()
    thief.cookies["sessionid"] = cookie
    assert thief.get("/today/").status_code == 302


def test_signing_in_gives_the_session_a_new_name(teacher: User) -> None:
    browser = Client()
    session = browser.session
    session["planted"] = "yes"
    session.save()
    planted = session.session_key
    browser.post("/login/", {"username": teacher.email, "password": PASSWORD})
    between = browser.session.session_key
    browser.post("/login/second/", {"code": proving.code()})
    assert len({planted, between, browser.session.session_key}) == 3


def test_a_form_from_another_site_is_refused(teacher: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    response = browser.post("/login/", {"username": teacher.email, "password": PASSWORD})
    assert response.status_code == 403


def test_pages_about_children_are_not_kept_by_the_browser(cast: Cast) -> None:
    browser = signed_in(cast.mette)
    assert browser.get("/today/").headers["Cache-Control"] == "no-store, private"
    assert "no-cache" in Client().get("/login/").headers["Cache-Control"]


def test_the_product_speaks_danish_and_english_when_asked(db: None) -> None:
    browser = Client()
    assert "Log ind" in browser.get("/login/").content.decode()
    response = browser.post("/language/", {"language": "en", "next": "/login/"})
    assert response.headers["Location"] == "/login/"
    page = browser.get("/login/").content.decode()
    assert "Sign in" in page
    assert '<html lang="en">' in page
    browser.post("/language/", {"language": "tlh"})
    assert "Sign in" in browser.get("/login/").content.decode()


def test_outside_a_demonstration_nobody_is_signed_in_by_a_click(db: None) -> None:
    factories.user("Mette", email="laerer@demo.invalid")
    assert not real_settings.DEMO
    assert Client().post("/demo/login/", {"account": "laerer"}).status_code == 404
    page = Client().get("/login/").content.decode()
    assert "laerer" not in page
    assert "demo" not in page.lower()
    # Nor would the view do it, were its address there.
    with pytest.raises(Http404):
        views.demo_login(RequestFactory().post("/demo/login/", {"account": "laerer"}))


def test_in_a_demonstration_one_chooses_who_to_be(cast: Cast, settings: Settings) -> None:
    settings.DEMO = True
    settings.ROOT_URLCONF = "tests.accounts.demo_urls"
    teacher = factories.user("Mette Demo", email="laerer@demo.invalid")
    factories.user("Ingen", email="ingen@demo.invalid")
    browser = Client()
    page = browser.get("/login/").content.decode()
    assert "Mette Demo" in page
    assert "Ingen" not in page
    assert browser.post("/demo/login/", {"account": "laerer"}).headers["Location"] == "/"
    assert browser.session["_auth_user_id"] == str(teacher.pk)
    # Only the accounts made for it can be entered so.
    for account in ("ingen", cast.mette.email, ""):
        assert Client().post("/demo/login/", {"account": account}).status_code == 404


@pytest.mark.parametrize(
    "named",
    [
        {"ALLOWED_HOSTS": ["fravaer.example.dk"]},
        {"PUBLIC_BASE_URL": "https://fravaer.example.dk"},
        {"ALLOWED_HOSTS": ["*"]},
    ],
)
def test_a_demonstration_does_not_start_where_others_can_reach_it(
    settings: Settings, named: dict[str, object]
) -> None:
    settings.DEMO = True
    settings.TWILIO_BASE_URL = "http://127.0.0.1:8026"
    call_command("check", tags=["security"])
    for name, value in named.items():
        setattr(settings, name, value)
    with pytest.raises(SystemCheckError, match=r"fravaer\.E001"):
        call_command("check", tags=["security"])


def test_a_demonstration_does_not_start_with_a_real_sms_provider(settings: Settings) -> None:
    settings.DEMO = True
    settings.TWILIO_BASE_URL = ""
    with pytest.raises(SystemCheckError, match=r"fravaer\.E002"):
        call_command("check", tags=["security"])
