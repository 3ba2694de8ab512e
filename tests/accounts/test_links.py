"""Into an account with a password one comes by a link that administrators start, its owner uses once, and nobody else sees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from fravaer.accounts import tasks
from fravaer.accounts.models import AccountLink, Authenticator, Identity, LinkKind, User
from fravaer.accounts.roles import Role
from fravaer.audit.models import Event
from fravaer.core.logs import scrubbed
from tests import factories
from tests.accounts import proving
from tests.cast import MORNING, Cast, signed_in, without_tokens
from tests.factories import PASSWORD
from tests.mailbox import Mailbox, open_mailbox

LINK = re.compile(r"https://fravaer\.fjordby\.invalid(/login/begin/[\w-]+/)")
ANOTHER = "en helt ny sætning at huske"
NEW = {"new_password1": ANOTHER, "new_password2": ANOTHER}


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    with open_mailbox() as opened:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", opened.port
        settings.EMAIL_USE_TLS = False
        settings.DEFAULT_FROM_EMAIL = "fravaer@fjordby.invalid"
        settings.PUBLIC_BASE_URL = "https://fravaer.fjordby.invalid"
        yield opened


@pytest.fixture
def office(cast: Cast) -> list[Client]:
    """Two access administrators."""
    admins = [factories.user(name, email=f"{name}@fjordby.invalid") for name in ("gerda", "hanne")]
    for admin in admins:
        factories.grant(admin, Role.ACCESS_ADMIN, None)
    return [signed_in(admin) for admin in admins]


@pytest.fixture
def lis(cast: Cast) -> User:
    """Somebody with a password and an app."""
    user = factories.user("Lis Dam", email="lis@fjordby.invalid", password=PASSWORD)
    factories.grant(user, Role.SECRETARY, cast.school)
    proving.app_of(user)
    return user


def start(office: list[Client], person: str, kind: LinkKind, name: str = "") -> int:
    """The first administrator asks, and the second agrees where it takes two."""
    sent = {"person": person, "kind": kind.value, "name": name}
    status = office[0].post("/access/accounts/", sent).status_code
    for link in AccountLink.objects.filter(approved_by=None, ended_at=None).exclude(kind=LinkKind.PASSWORD):
        assert office[0].post(f"/access/accounts/{link.uuid}/approve/").status_code == 403
        assert office[1].post(f"/access/accounts/{link.uuid}/approve/").status_code == 303
    tasks.mail_links()
    return status


def newest(mailbox: Mailbox, address: str) -> str:
    [path] = LINK.findall(mailbox.to(address)[-1].get_payload(decode=True).decode())  # type: ignore[union-attr]
    return str(path)


def test_somebody_new_is_invited_by_two_and_enters_by_a_link_that_works_once(
    cast: Cast, office: list[Client], mailbox: Mailbox
) -> None:
    asked = {"person": "vera@fjordby.invalid", "kind": "invitation"}
    # Without a name nobody new is made, and nothing is sent for one alone.
    assert office[0].post("/access/accounts/", asked).status_code == 422
    assert office[0].post("/access/accounts/", {**asked, "name": "Vera Vang"}).status_code == 303
    tasks.mail_links()
    assert mailbox.received == []
    [link] = AccountLink.objects.all()
    assert office[0].post(f"/access/accounts/{link.uuid}/approve/").status_code == 403
    assert office[1].post(f"/access/accounts/{link.uuid}/approve/").status_code == 303
    tasks.mail_links()
    # Nor before she has anything to do here.
    assert mailbox.received == []
    assert "Venter på adgang" in office[0].get("/access/accounts/").content.decode()
    factories.grant(link.user, Role.SECRETARY, cast.school)
    tasks.mail_links()
    [message] = mailbox.to("vera@fjordby.invalid")
    text = message.get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert text.startswith("Hej Vera Vang\r\n")
    assert not any(word in text for word in ("gerda", "hanne", cast.school.name))
    path = newest(mailbox, "vera@fjordby.invalid")
    assert path.split("/")[3] not in str(list(AccountLink.objects.values()))
    assert path.split("/")[3] not in scrubbed(f"GET {path} 302")
    # A program that looks into mail uses nothing up.
    assert Client().get(path).headers["Location"] == "/login/begin/"
    browser = Client()
    browser.get(path)
    page = browser.get("/login/begin/").content.decode()
    assert "Vera Vang" in page
    assert browser.post("/login/begin/", {**NEW, "new_password2": "noget andet"}).status_code == 422
    on = browser.post("/login/begin/", NEW)
    # She is not in: first she chooses what else proves who she is.
    assert on.headers["Location"] == "/login/enrol/"
    assert "_auth_user_id" not in browser.session
    secret = re.findall(
        r'class="app-secret"[^>]*>([A-Z2-7 ]+)<', browser.get("/login/enrol/").content.decode()
    )[0].replace(" ", "")
    browser.post("/login/enrol/", {"code": proving.code(secret)})
    assert browser.session["_auth_user_id"] == str(User.objects.get(email="vera@fjordby.invalid").pk)
    assert browser.get("/account/codes/").status_code == 200
    gone = Client().get(path)
    assert gone.status_code == 404
    never = Client().get("/login/begin/never-was-such-a-link/")
    assert without_tokens(gone.content) == without_tokens(never.content)
    noted = Event.objects.filter(action__startswith="account.").order_by("id")
    assert [one.action.rpartition(".")[2] for one in noted] == ["open", "ask", "refused", "approve", "use"]


def test_to_begin_anew_takes_two_and_ends_every_session_and_a_new_password_leaves_the_proof(
    cast: Cast, office: list[Client], lis: User, mailbox: Mailbox, clock: time_machine.Traveller
) -> None:
    open_one = signed_in(lis)
    assert start(office, "lis@fjordby.invalid", LinkKind.PASSWORD) == 303
    older = newest(mailbox, lis.email)
    assert start(office, "Lis Dam", LinkKind.PASSWORD) == 303
    browser = Client()
    assert browser.get(older).status_code == 404
    browser.get(newest(mailbox, lis.email))
    assert open_one.get("/account/").status_code == 200
    assert browser.post("/login/begin/", NEW).headers["Location"] == "/login/second/"
    assert open_one.get("/account/").status_code == 302
    assert Authenticator.objects.filter(user=lis).count() == 1
    assert Client().post("/login/", {"username": lis.email, "password": PASSWORD}).status_code == 422
    # The second proof is lost as well.
    assert start(office, lis.email, LinkKind.ANEW) == 303
    browser = Client()
    browser.get(newest(mailbox, lis.email))
    assert browser.post("/login/begin/", NEW).headers["Location"] == "/login/enrol/"
    assert not Authenticator.objects.filter(user=lis).exists()
    # One that is not used in time opens nothing, nor one that was taken back.
    assert start(office, lis.email, LinkKind.PASSWORD) == 303
    late = newest(mailbox, lis.email)
    clock.shift(timedelta(hours=2, seconds=1))
    assert Client().get(late).status_code == 404
    office = [signed_in(User.objects.get(email=f"{name}@fjordby.invalid")) for name in ("gerda", "hanne")]
    assert start(office, lis.email, LinkKind.PASSWORD) == 303
    office[1].post(f"/access/accounts/{AccountLink.objects.latest('pk').uuid}/withdraw/")
    assert Client().get(newest(mailbox, lis.email)).status_code == 404
    # Five a day, and no more.
    assert start(office, lis.email, LinkKind.PASSWORD) == 422


def test_nobody_starts_one_for_herself_or_for_who_signs_in_elsewhere_and_guessing_is_braked(
    cast: Cast, office: list[Client], lis: User, mailbox: Mailbox
) -> None:
    assert start(office, "gerda@fjordby.invalid", LinkKind.INVITATION) == 403
    assert start(office, lis.email, LinkKind.INVITATION) == 422
    assert start(office, cast.mette.email, LinkKind.PASSWORD) == 422
    Identity.objects.create(
        issuer="https://idp", subject="s", user=cast.mette, made_at=MORNING, used_at=MORNING
    )
    assert start(office, cast.mette.email, LinkKind.INVITATION) == 422
    mailbox.refused.add(lis.email)
    assert start(office, lis.email, LinkKind.PASSWORD) == 303
    assert "Trukket tilbage" in office[0].get("/access/accounts/").content.decode()
    mailbox.refused.clear()
    mailbox.busy = True
    start(office, lis.email, LinkKind.PASSWORD)
    assert mailbox.received == []
    mailbox.busy = False
    tasks.mail_links()
    right = newest(mailbox, lis.email)
    guesser = Client()
    answers = [guesser.get(f"/login/begin/guess-{n}/").status_code for n in range(8)]
    assert answers[0] == 404
    assert answers[-1] == 429
    # From where somebody guesses the right one opens nothing either; elsewhere it does.
    assert guesser.get(right).status_code == 429
    assert Client(REMOTE_ADDR="192.0.2.7").get(right).status_code == 302
