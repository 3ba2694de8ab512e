"""An account with a password opens with a second factor alone, and nobody keeps its owner out."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import segno
import time_machine
from django.core import mail
from django.test import Client
from pytest_django import Settings

from fravaer.accounts import braking, factors, origin, passkeys
from fravaer.accounts.models import Authenticator, RecoveryCode, User
from tests import factories
from tests.accounts import proving
from tests.accounts.test_login import attempt
from tests.cast import MORNING, Cast
from tests.factories import PASSWORD

PAPER = re.compile(r"[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}")


@pytest.fixture
def lis(cast: Cast) -> User:
    """Somebody with a new account: a password, and nothing else yet."""
    user = factories.user("Lis", email="lis@fjordby.invalid", password=PASSWORD)
    cast.mette.grants.update(user=user)
    return user


def entered(user: User, browser: Client | None = None) -> Client:
    """A browser in which the user has given her password."""
    browser = browser or Client()
    browser.post("/login/", {"username": user.email, "password": PASSWORD, "next": "/today/"})
    return browser


def is_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def modules(page: str) -> list[list[bool]]:
    """What a telephone sees of the QR code on the page, without the light margin around it."""
    [size] = map(int, re.findall(r'class="app-picture no-print"\s+viewBox="0 0 (\d+) \1"', page))
    [path] = re.findall(r'<path d="([^"]+)" fill="#000"', page)
    dark = {
        (int(y), int(x) + more)
        for x, y, wide in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path)
        for more in range(int(wide))
    }
    inside = range(4, size - 4)
    assert {part for module in dark for part in module} <= set(inside)
    return [[(y, x) in dark for x in inside] for y in inside]


def test_the_first_sign_in_begins_with_choosing_a_second_factor(lis: User) -> None:
    browser = entered(lis)
    # The password alone has opened nothing.
    assert not is_in(browser)
    assert browser.get("/today/").headers["Location"].startswith("/login/")
    assert browser.get("/login/second/").headers["Location"] == "/login/enrol/"
    page = browser.get("/login/enrol/").content.decode()
    secret = re.findall(r'class="app-secret"[^>]*>([A-Z2-7 ]+)<', page)[0].replace(" ", "")
    assert f"otpauth://totp/Frav%C3%A6r%3Alis%40fjordby.invalid?secret={secret}" in page
    # The picture beside it says the same to a telephone.
    assert modules(page) == [
        [bool(module) for module in row]
        for row in segno.make_qr(factors.address(secret, lis.email), error="m").matrix
    ]
    assert browser.post("/login/enrol/", {"code": "000000"}).status_code == 422
    done = browser.post("/login/enrol/", {"code": proving.code(secret)})
    assert (done.status_code, done.headers["Location"]) == (303, "/account/codes/")
    codes = PAPER.findall(browser.get("/account/codes/").content.decode())
    assert len(set(codes)) == 10
    # Shown once, and kept as nothing that could be read.
    assert browser.get("/account/codes/").headers["Location"] == "/account/"
    assert not {row.digest for row in RecoveryCode.objects.all()} & set(codes)
    assert bytes(Authenticator.objects.values_list("secret", flat=True).get().raw).find(secret.encode()) == -1
    assert browser.get("/today/").status_code == 200
    # From now on it is asked for, and the account cannot be begun anew with the password.
    assert entered(lis).get("/login/enrol/").headers["Location"] == "/login/second/"


def test_a_code_opens_once_and_near_its_half_minute_alone(lis: User, clock: time_machine.Traveller) -> None:
    proving.app_of(lis)
    code = proving.code()
    for wrong in (
        "000000",
        proving.code(later=2),
        proving.code(later=-2),
        "",
        "12345",
        "１２３４５６",
        code + "1",
    ):
        assert entered(lis).post("/login/second/", {"code": wrong}).status_code in (422, 429), wrong
    clock.shift(timedelta(minutes=16))
    code = proving.code(later=-1)
    assert entered(lis).post("/login/second/", {"code": f"{code[:3]} {code[3:]}"}).status_code == 303
    assert entered(lis).post("/login/second/", {"code": code}).status_code == 422
    assert entered(lis).post("/login/second/", {"code": proving.code()}).status_code == 303
    # Ten minutes after the password it is asked for again.
    late = entered(lis)
    clock.shift(timedelta(minutes=11))
    assert late.post("/login/second/", {"code": proving.code()}).headers["Location"] == "/login/"
    # So it is when the password was changed meanwhile, and when the account was closed.
    changed = entered(lis)
    lis.set_password("another horse altogether")
    lis.save()
    assert changed.post("/login/second/", {"code": proving.code()}).headers["Location"] == "/login/"


def test_a_code_on_paper_opens_once(lis: User, cast: Cast) -> None:
    proving.app_of(lis)
    codes = factors.new_paper(lis.pk, MORNING)
    others = factors.new_paper(cast.leader.pk, MORNING)
    assert entered(lis).post("/login/second/", {"code": others[0]}).status_code == 422
    assert entered(lis).post("/login/second/", {"code": codes[0].lower()}).status_code == 303
    assert entered(lis).post("/login/second/", {"code": codes[0]}).status_code == 422
    assert factors.paper_left(lis.pk) == 9
    # It opens the account, and proves nothing afresh for what asks for more.
    browser = entered(lis)
    browser.post("/login/second/", {"code": codes[1]})
    assert browser.post("/confirm/", {"code": codes[2]}).status_code == 422
    assert factors.paper_left(lis.pk) == 8


def test_six_wrong_codes_close_the_second_half_from_that_address_alone(lis: User) -> None:
    proving.app_of(lis)
    thief, owner = Client(REMOTE_ADDR="198.51.100.7"), Client(REMOTE_ADDR="192.0.2.10")
    entered(lis, thief)
    for _guess in range(6):
        assert thief.post("/login/second/", {"code": "111111"}).status_code == 422
    assert thief.post("/login/second/", {"code": proving.code()}).status_code == 429
    entered(lis, owner)
    assert owner.post("/login/second/", {"code": proving.code()}).status_code == 303


def test_case_46_a_guesser_from_elsewhere_keeps_no_colleague_out(
    lis: User, settings: Settings, clock: time_machine.Traveller
) -> None:
    proving.app_of(lis)
    home, elsewhere = "192.0.2.10", "198.51.100.{}"
    known = Client(REMOTE_ADDR=home)
    entered(lis, known)
    assert known.post("/login/second/", {"code": proving.code()}).status_code == 303
    clock.shift(30)
    # What is written into a header does not make another address of his.
    for guess in range(7):
        browser = Client(REMOTE_ADDR=elsewhere.format(1))
        headers = {"X-Forwarded-For": f"203.0.113.{guess}", "X-Real-Ip": f"203.0.113.{guess}"}
        answer = browser.post("/login/", {"username": lis.email, "password": "guess"}, headers=headers)
    assert answer.status_code == 429
    assert attempt(lis.email, PASSWORD, address=home)[0] == 303
    clock.shift(30)
    # From many addresses at one account: her own browser goes on, wherever she takes it.
    settings.AXES_FAILURE_LIMIT = 1_000
    for guess in range(braking.OF_AN_ACCOUNT):
        Client(REMOTE_ADDR=elsewhere.format(guess)).post("/login/", {"username": lis.email, "password": "x"})
    assert attempt(lis.email, PASSWORD, address=elsewhere.format(200))[0] == 429
    known.post("/logout/")
    known.post("/login/", {"username": lis.email, "password": PASSWORD})
    assert known.post("/login/second/", {"code": proving.code()}).status_code == 303
    # A mark that somebody else's browser carries, or that was written by hand, is worth nothing.
    stranger = Client(REMOTE_ADDR=home)
    stranger.cookies[braking.COOKIE] = "WzFd:forged:mark"
    assert stranger.post("/login/", {"username": lis.email, "password": PASSWORD}).status_code == 429
    clock.shift(timedelta(minutes=16))
    assert attempt(lis.email, PASSWORD, address=elsewhere.format(200))[0] == 303


def test_case_46_one_password_tried_at_every_account_is_braked(lis: User, settings: Settings) -> None:
    proving.app_of(lis)
    spraying = "198.51.100.9"
    for guess in range(braking.OF_AN_ADDRESS):
        attempt(f"person{guess}@fjordby.invalid", "Efterår2026!", address=spraying)
    assert attempt(lis.email, PASSWORD, address=spraying)[0] == 429
    assert attempt(lis.email, PASSWORD)[0] == 303


def test_the_proxies_own_word_is_believed_and_nobody_elses() -> None:
    ours = origin.networks(["10.0.0.0/8", "127.0.0.1"])
    assert origin.seen("192.0.2.1", "203.0.113.9", ours) == "192.0.2.1"
    assert origin.seen("10.0.0.2", "203.0.113.9, 192.0.2.7", ours) == "192.0.2.7"
    assert origin.seen("10.0.0.2", "203.0.113.9, 192.0.2.7, 10.0.0.3", ours) == "192.0.2.7"
    assert origin.seen("", "192.0.2.7", ours) == "192.0.2.7"
    assert origin.seen("10.0.0.2", "nonsense", ours) == "10.0.0.2"
    assert origin.seen("10.0.0.2", "192.0.2.7", []) == "10.0.0.2"


def test_case_47_nobody_learns_who_has_an_account(lis: User, cast: Cast) -> None:
    """Same words, and the same work: an unknown account costs the hashing of a password as a known one does."""
    cast.mette.set_unusable_password()
    cast.mette.save()
    told = [
        attempt(email, "a wrong password")
        for email in (lis.email, "nobody@fjordby.invalid", cast.mette.email, "x" * 300, "")
    ]
    pages = {re.sub(r'value="[^"]*"|[A-Za-z0-9]{64}', "", page) for _status, page, _browser in told[:3]}
    assert len(pages) == 1
    assert {status for status, _page, _browser in told} == {422}
    # There is no page that sends anything to an address somebody types: no reset, no invitation.
    assert not mail.outbox
    assert all(
        Client().get(path).status_code == 404 for path in ("/password/", "/login/reset/", "/login/new/")
    )


def test_a_passkey_is_bound_to_the_address_of_the_installation() -> None:
    assert passkeys.party("https://fravaer.example.dk") == passkeys.Party(
        "fravaer.example.dk", "https://fravaer.example.dk"
    )
    assert passkeys.party("http://localhost:8000") == passkeys.Party("localhost", "http://localhost:8000")
    # Neither where the connection can be read nor at a bare number.
    assert passkeys.party("http://fravaer.example.dk") is None
    assert passkeys.party("http://127.0.0.1:8000") is None
