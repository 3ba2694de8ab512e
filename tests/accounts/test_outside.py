"""Who comes in by the municipality's own login, as whom, how surely, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from fravaer.accounts import identities, oidc
from fravaer.accounts.models import Grant, Identity, Session, User
from fravaer.accounts.roles import Role
from fravaer.audit.models import Event
from tests import factories
from tests.accounts import login as logins
from tests.accounts.login import CLIENT, KEY, OTHER_KEY, SECRET, Login
from tests.cast import DAY, MORNING, Cast
from tools.surroundings import free_port

SUBSTANTIAL = "https://data.gov.dk/concept/core/nsis/loa/Substantial"
LOW = "https://data.gov.dk/concept/core/nsis/loa/Low"
SUBJECT = "6f1f2c2e-leader"


@pytest.fixture(scope="module")
def running() -> Iterator[Login]:
    with logins.running() as login:
        yield login


def believed(settings: Settings, issuer: str) -> None:
    """Let the installation's login be this one."""
    settings.OIDC_ISSUER = issuer
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT, SECRET
    settings.OIDC_LABEL = "Fjordby Kommune"
    settings.OIDC_CLAIM_GRANTS = "fravaer"
    settings.OIDC_CLAIM_USER_TYPE = "brugertype"
    settings.OIDC_CLAIM_STAFF_KEY = "medarbejder"
    settings.PUBLIC_BASE_URL = "http://testserver"
    oidc._known.clear()


@pytest.fixture
def login(running: Login, cast: Cast, settings: Settings) -> Login:
    """The login, at which Birkeskolen's new leader has signed in with two factors this minute."""
    believed(settings, running.issuer)
    running.signs, running.userinfo, running.codes = {}, {}, {}
    running.says = {
        "sub": SUBJECT,
        "email": "lis@fjordby.invalid",
        "brugertype": "Ansat",
        "fravaer": [f"leader@{cast.school.institution_number}"],
        "acr": SUBSTANTIAL,
        "auth_time": int(MORNING.timestamp()),
        "sid": "session-1",
    }
    return running


def came(login: Login, browser: Client | None = None, to: str = "/today/", **how: str) -> tuple[Client, Any]:
    """A browser that was sent to the login and came back with its answer, and what it was answered then."""
    browser = browser or Client()
    query = {"next": to, **how}
    code, state = login.code(browser.get("/login/oidc/", query).headers["Location"])
    return browser, browser.get("/login/oidc/back/", {"code": code, "state": state})


def is_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def test_a_real_login_of_its_own_process_lets_a_leader_in(
    cast: Cast, settings: Settings, clock: time_machine.Traveller
) -> None:
    port = free_port()
    claims = {
        "sub": SUBJECT,
        "email": "lis@fjordby.invalid",
        "name": "Lis Lund",
        "acr": SUBSTANTIAL,
        "brugertype": ["Ansat"],
        "fravaer": f"leader@{cast.school.institution_number} leader@nowhere chief@x superuser@*",
    }
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "oidc_provider_mock",
            "--port",
            str(port),
            "--user-claims",
            json.dumps(claims),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            issuer = f"http://127.0.0.1:{port}"
            patient = requests.Session()
            patient.mount("http://", HTTPAdapter(max_retries=Retry(connect=9, backoff_factor=0.2)))
            patient.get(f"{issuer}/.well-known/openid-configuration", timeout=10)
            believed(settings, issuer)
            # The process lives today.
            clock.move_to(time_machine.escape_hatch.time.time())
            browser = Client()
            assert "Fjordby Kommune" in browser.get("/login/").content.decode()
            there = browser.get("/login/oidc/", {"next": "/account/"}).headers["Location"]
            answer = requests.post(there, data={"sub": SUBJECT}, allow_redirects=False, timeout=10)
            back = urlsplit(answer.headers["Location"])
            came_in = browser.get(back.path, dict(parse_qs(back.query)))
            assert came_in.headers["Location"] == "/account/"
            user = User.objects.get(email="lis@fjordby.invalid")
            assert [(grant.role, grant.school) for grant in user.grants.all()] == [("leader", cast.school)]
            assert browser.get("/account/").status_code == 200
            # The same answer again is none: the question is answered, and the code is used up.
            assert browser.get(back.path, dict(parse_qs(back.query))).status_code == 400
            assert Client().get(back.path, dict(parse_qs(back.query))).status_code == 400
        finally:
            process.terminate()


def test_case_43_an_answer_that_does_not_hold_lets_nobody_in(login: Login) -> None:
    now = int(MORNING.timestamp())
    says, public = dict(login.says), KEY.public_key()
    spoiled: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "iss": ({"iss": "https://elsewhere.invalid"}, {}),
        "aud": ({"aud": "another"}, {}),
        "azp": ({"aud": [CLIENT, "another"]}, {}),
        "azp of another": ({"azp": "another"}, {}),
        "exp": ({"iat": now - 900, "exp": now - 600}, {}),
        "no exp": ({"exp": None}, {}),
        "iat": ({"iat": now + 900, "exp": now + 1200}, {}),
        "nonce": ({"nonce": "another"}, {}),
        "no nonce": ({"nonce": None}, {}),
        "no sub": ({"sub": None}, {}),
        "alg none": ({}, {"algorithm": "none", "key": None}),
        "a shared secret": ({}, {"algorithm": "HS256", "key": SECRET}),
        "another key": ({}, {"key": OTHER_KEY}),
        "a key nobody published": ({}, {"key": OTHER_KEY, "kid": "second"}),
    }
    for name, (claims, signs) in spoiled.items():
        login.says, login.signs = {**says, **claims}, signs
        browser, answer = came(login)
        assert (answer.status_code, is_in(browser)) == (403, False), name
    login.says, login.signs = says, {}
    # Another's details, a question never asked, one asked long ago, one of another browser, an answer from elsewhere.
    login.userinfo = {"sub": "another"}
    assert came(login)[1].status_code == 403
    login.userinfo = {}
    browser = Client()
    code, state = login.code(browser.get("/login/oidc/").headers["Location"])
    answers = [
        browser.get("/login/oidc/back/", {"code": code, "state": "invented"}),
        browser.get("/login/oidc/back/", {"code": code}),
        Client().get("/login/oidc/back/", {"code": code, "state": state}),
        browser.get("/login/oidc/back/", {"code": code, "state": state, "iss": "https://elsewhere.invalid"}),
    ]
    assert [answer.status_code for answer in answers] == [400] * 4
    # Somebody else's code, put into one's own question: the login asks for the secret of the question it belongs to.
    code, _state = login.code(Client().get("/login/oidc/").headers["Location"])
    _code, state = login.code(browser.get("/login/oidc/").headers["Location"])
    assert browser.get("/login/oidc/back/", {"code": code, "state": state}).status_code == 403
    assert not User.objects.filter(email=says["email"]).exists()
    assert not Identity.objects.exists()
    assert public is not None
    assert came(login)[1].headers["Location"] == "/today/"


def test_case_27_a_pupil_and_a_parent_are_refused_and_get_no_account(login: Login) -> None:
    before = User.objects.count()
    for kinds in ("Elev", "Kontaktperson", ["elev", "kontaktperson"], [], None):
        login.says["brugertype"] = kinds
        browser, answer = came(login)
        assert answer.status_code == 403
        assert "der er ingen konti til elever og forældre" in answer.content.decode()
        assert not is_in(browser)
    assert User.objects.count() == before
    # A parent who works at the school comes as one who works there.
    login.says["brugertype"] = ["Ansat", "Kontaktperson"]
    assert is_in(came(login)[0])


def test_case_28_the_same_subject_of_another_login_is_another_person(
    login: Login, settings: Settings, cast: Cast
) -> None:
    assert is_in(came(login)[0])
    with logins.running() as other:
        believed(settings, other.issuer)
        other.says = {**login.says, "email": "en.anden@fjordby.invalid"}
        browser, _answer = came(other)
        assert browser.session["_auth_user_id"] != str(User.objects.get(email="lis@fjordby.invalid").pk)
        # Nor does she become somebody else by having her address.
        other.says |= {"sub": "third", "email": "lis@fjordby.invalid"}
        assert came(other)[1].status_code == 403
    assert Identity.objects.filter(subject=SUBJECT).count() == 2


def test_nobody_without_anything_to_do_here_gets_an_account(
    login: Login, cast: Cast, settings: Settings
) -> None:
    before = User.objects.count()
    for words in (
        ["teacher@7B"],
        ["leader@999999"],
        ["consultant@*"],
        ["access_admin@*"],
        ["chief"],
        [],
        None,
    ):
        login.says["fravaer"] = words
        assert came(login)[1].status_code == 403, words
    assert (User.objects.count(), Identity.objects.count()) == (before, 0)
    # Somebody the roster knows already comes to her own account, by the roster's key or, where it is decided so, her address.
    User.objects.filter(pk=cast.mette.pk).update(staff_key="M-17")
    login.says |= {"medarbejder": "M-17", "email": "andet@fjordby.invalid"}
    assert came(login)[0].session["_auth_user_id"] == str(cast.mette.pk)
    login.says |= {"sub": "leader-2", "medarbejder": "", "email": cast.leader.email.upper()}
    assert came(login)[1].status_code == 403
    settings.OIDC_LINK_BY_EMAIL = True
    assert came(login)[0].session["_auth_user_id"] == str(cast.leader.pk)


def test_case_19_a_role_taken_away_is_gone_from_the_open_session(
    login: Login, cast: Cast, clock: time_machine.Traveller
) -> None:
    area = cast.north.code
    login.says["fravaer"] = [f"leader@{cast.school.institution_number}", f"area_manager@{area}"]
    first, _answer = came(login)
    page = f"/r/{cast.class_7b.pk}/{DAY}/morgen/"
    assert first.get(page).status_code == 200
    clock.shift(timedelta(minutes=10))
    login.says["fravaer"] = [f"area_manager@{area}"]
    came(login)
    assert first.get(page).status_code == 403
    # What she keeps she has had since she first got it.
    assert Grant.objects.get(role="area_manager", origin="idp").valid_from == MORNING
    login.says["fravaer"] = []
    second, answer = came(login)
    assert (answer.status_code, is_in(second)) == (403, False)
    assert first.get("/reports/quarter/").status_code in (403, 404)
    user = User.objects.get(email="lis@fjordby.invalid")
    assert not Grant.objects.filter(user=user, revoked_at=None, valid_until__gt=MORNING).exists()


def test_case_20_a_closed_account_is_out_at_the_next_request(login: Login) -> None:
    browser, _answer = came(login)
    assert browser.get("/today/").status_code == 200
    User.objects.filter(email="lis@fjordby.invalid").update(is_active=False)
    assert browser.get("/today/").headers["Location"].startswith("/login/")
    again, answer = came(login)
    assert (answer.status_code, is_in(again)) == (403, False)


def test_case_44_at_the_level_low_one_gets_the_register_of_today_at_most(
    login: Login, cast: Cast, settings: Settings
) -> None:
    User.objects.filter(pk=cast.mette.pk).update(staff_key="M-17")
    login.says |= {"medarbejder": "M-17", "fravaer": None}
    register = f"/r/{cast.class_7b.pk}/{DAY}/morgen/"
    yesterday = f"/r/{cast.class_7b.pk}/{DAY - timedelta(days=1)}/morgen/"
    history = reverse("absence:history", args=[cast.pupils[0].uuid])
    # What says nothing, or nothing we know, is Low.
    for acr in (
        LOW,
        None,
        "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
        3,
        "https://evil.invalid/loa/High",
    ):
        login.says["acr"] = acr
        settings.OIDC_LOW_REGISTER = True
        browser, _answer = came(login)
        assert browser.get(register).status_code == 200
        for page in (yesterday, history, "/known/"):
            answer = browser.get(page)
            assert answer.headers["Location"].startswith("/confirm/?next="), (acr, page)
        assert cast.pupils[0].family_name not in browser.get("/confirm/").content.decode()
        settings.OIDC_LOW_REGISTER = False
        assert browser.get(register).headers["Location"].startswith("/confirm/?next=")
    # Signing in once more with two factors lets her on, in the same session under another name.
    login.says["acr"], key = SUBSTANTIAL, browser.session.session_key
    browser, answer = came(login, browser, history, anew="1")
    assert (login.asked["prompt"], login.asked["max_age"]) == (["login"], ["0"])
    assert answer.headers["Location"] == history
    assert browser.get(history).status_code == 200
    assert browser.session.session_key != key


def test_a_fresh_proof_is_of_the_same_person_and_of_this_moment(
    login: Login, clock: time_machine.Traveller
) -> None:
    browser, _answer = came(login)
    clock.shift(timedelta(minutes=6))
    # The login answers from a session of its own that is as old as ours.
    assert came(login, browser, anew="1")[1].status_code == 403
    login.says["auth_time"] = None
    assert came(login, browser, anew="1")[1].status_code == 403
    login.says |= {"auth_time": int(time.time()), "sub": "somebody-else"}
    assert came(login, browser, anew="1")[1].status_code == 403
    login.says["sub"] = SUBJECT
    assert came(login, browser, anew="1")[1].headers["Location"] == "/today/"


def test_one_is_signed_out_there_as_well_and_here_when_one_signs_out_there(login: Login) -> None:
    browser, _answer = came(login)
    out = browser.post("/logout/")
    assert out.headers["Location"] == "/logout/done/"
    page = browser.get("/logout/done/")
    assert page.headers["Refresh"].startswith(f"0; url={login.issuer}/leave?client_id=fravaer&post_logout")
    assert browser.get("/today/").status_code == 302
    # Told by the login: by the session's name, or by the person's.
    events: dict[str, dict[str, str]] = {"http://schemas.openid.net/event/backchannel-logout": {}}
    for claims, ends in (({"sid": "session-1"}, True), ({"sub": SUBJECT}, True), ({"sid": "another"}, False)):
        browser, _answer = came(login)
        token = login.token({"events": events, **claims})
        assert Client().post("/login/oidc/ended/", {"logout_token": token}).status_code == 200
        assert (browser.get("/today/").status_code == 302) is ends
    wrong: list[dict[str, Any]] = [
        {"sub": SUBJECT},
        {"events": events},
        {"events": events, "sub": SUBJECT, "nonce": "x"},
    ]
    for spoiled in wrong:
        told = Client().post("/login/oidc/ended/", {"logout_token": login.token(spoiled)})
        assert told.status_code == 400
    login.signs = {"key": OTHER_KEY}
    forged = login.token({"events": events, "sub": SUBJECT})
    assert Client().post("/login/oidc/ended/", {"logout_token": forged}).status_code == 400
    assert browser.get("/today/").status_code == 200


def test_what_is_remembered_of_a_sign_in_is_little(login: Login, cast: Cast) -> None:
    browser, _answer = came(login)
    event = Event.objects.filter(action="session.begin").latest("id")
    assert event.detail == {"by": "oidc", "level": "substantial"}
    row = Session.objects.get(session_key=browser.session.session_key)
    assert row.user is not None
    assert (row.user.email, len(row.login)) == ("lis@fjordby.invalid", 64)
    assert identities.user_of(login.issuer, SUBJECT) == row.user_id
    # Neither tokens nor claims lie in the session.
    assert "lis@" not in json.dumps(dict(browser.session))
    assert "eyJ" not in json.dumps(dict(browser.session))


def test_where_there_is_no_such_login_its_pages_do_not_exist(cast: Cast) -> None:
    for path in ("/login/oidc/", "/login/oidc/back/"):
        assert Client().get(path).status_code == 404
    assert Client().post("/login/oidc/ended/").status_code == 404
    factories.grant(cast.mette, Role.LEADER, cast.school)
