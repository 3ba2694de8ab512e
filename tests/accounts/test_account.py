"""Each sees where she is signed in and ends it; a session that runs out takes nothing of hers with it."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import time_machine
from django.test import Client
from django.urls import reverse

from fravaer.accounts import leaving, tasks
from fravaer.accounts.models import Authenticator, Grant, Session
from fravaer.accounts.roles import Role
from fravaer.cases.models import Note
from tests import factories
from tests.accounts import proving
from tests.accounts.test_factors import PAPER
from tests.cases import casework
from tests.cast import MORNING, Cast, signed_in
from tests.factories import PASSWORD

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
TEXT = "Mor ringer tilbage på onsdag, når hun har talt med lægen."


def local(cast: Cast) -> Client:
    """The leader, who has signed in with password and app in Firefox."""
    cast.leader.set_password(PASSWORD)
    cast.leader.save()
    proving.app_of(cast.leader)
    browser = Client(headers={"user-agent": FIREFOX})
    browser.post("/login/", {"username": cast.leader.email, "password": PASSWORD})
    browser.post("/login/second/", {"code": proving.code()})
    return browser


def test_one_sees_where_one_is_signed_in_and_ends_it(cast: Cast, clock: time_machine.Traveller) -> None:
    here, there, elsewhere = local(cast), signed_in(cast.leader), signed_in(cast.leader)
    stranger = signed_in(cast.mette)
    for browser in (there, elsewhere, stranger):
        browser.get("/account/")
    page = here.get("/account/").content.decode()
    assert "Firefox, Windows" in page
    handles = re.findall(r'name="session"\s+value="([^"]+)"', page)
    assert len(handles) == 2
    # A session is named on the page by nothing it could be used by.
    assert not any(session.session_key in page for session in Session.objects.all())
    stranger.post("/account/end/", {"session": handles[0]})
    assert len(re.findall(r'name="session"', here.get("/account/").content.decode())) == 2
    here.post("/account/end/", {"session": handles[0]})
    assert sorted(browser.get("/account/").status_code for browser in (there, elsewhere)) == [200, 302]
    here.post("/account/end/", {"others": "yes"})
    assert [browser.get("/account/").status_code for browser in (there, elsewhere)] == [302, 302]
    assert [browser.get("/account/").status_code for browser in (here, stranger)] == [200, 200]


def test_what_one_proves_oneself_with_is_changed_with_a_fresh_proof(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    browser, other = local(cast), signed_in(cast.leader)
    [app] = Authenticator.objects.all()
    browser.post("/account/remove/", {"app": app.pk})
    assert Authenticator.objects.count() == 1
    secret = re.findall(
        r'class="app-secret"[^>]*>([A-Z2-7 ]+)<', browser.get("/account/add/").content.decode()
    )[0].replace(" ", "")
    assert browser.post("/account/add/", {"code": proving.code(secret)}).status_code == 303
    browser.post("/account/remove/", {"app": app.pk})
    assert [one.secret for one in Authenticator.objects.all()] == [secret]
    assert browser.post("/account/codes/new/").headers["Location"] == "/account/codes/"
    assert len(PAPER.findall(browser.get("/account/codes/").content.decode())) == 10
    new = {
        "old_password": PASSWORD,
        "new_password1": "en hel anden sætning",
        "new_password2": "en hel anden sætning",
    }
    for weak in ("kort", "password1234", cast.leader.email):
        told = browser.post("/account/password/", {**new, "new_password1": weak, "new_password2": weak})
        assert told.status_code == 422, weak
    assert browser.post("/account/password/", new).status_code == 303
    assert (browser.get("/account/").status_code, other.get("/account/").status_code) == (200, 302)
    clock.shift(timedelta(minutes=6))
    for method, path in (("get", "add/"), ("post", "remove/"), ("post", "codes/new/"), ("get", "password/")):
        asked = getattr(browser, method)(f"/account/{path}")
        assert asked.headers["Location"].startswith("/confirm/"), path
    assert browser.post("/confirm/", {"code": proving.code(secret)}).status_code == 303
    assert browser.get("/account/add/").status_code == 200


def test_who_leaves_is_out_at_once(cast: Cast) -> None:
    browser = local(cast)
    assert leaving.close(cast.leader.pk, MORNING) == 1
    assert browser.get("/account/").status_code == 302
    assert not Grant.objects.filter(user=cast.leader, revoked_at=None).exists()
    assert not Session.objects.filter(user=cast.leader).exists()
    assert not Authenticator.objects.exists()
    assert signed_in(cast.leader).get("/account/").status_code == 302


def note_page(cast: Cast) -> tuple[str, str]:
    """The leader's case, and where its form sends a note."""
    case = casework.case_of(cast.pupils[0], {Role.LEADER: cast.leader})
    return reverse("cases:case", args=[case.uuid]), reverse("cases:note", args=[case.uuid])


def test_case_45_what_was_typed_outlives_the_session_and_is_sent_by_a_press(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    page, form = note_page(cast)
    # Idle for an hour; over night; and at the end of a working day on which something was done all the time.
    for pages, patience in (
        (0, timedelta(minutes=61)),
        (0, timedelta(hours=23)),
        (11, timedelta(minutes=51)),
    ):
        browser, tab = signed_in(cast.leader), f"{TEXT} {pages}"
        fields = dict(
            re.findall(r'name="(key|turn|seen)" value="([^"]*)"', browser.get(page).content.decode())
        )
        for _page in range(pages):
            clock.shift(timedelta(minutes=50))
            assert browser.get(page).status_code == 200
        clock.shift(patience)
        ended = browser.post(
            form, {**fields, "text": tab, "domain": "school"}, headers={"referer": f"http://testserver{page}"}
        )
        back = re.fullmatch(r"/login/\?next=(/confirm/send/[\w-]+/)", ended.headers["Location"])
        assert back
        assert "_auth_user_id" not in browser.session
        written = Note.objects.filter(author=cast.leader).count()
        # Somebody else who signs in on the same machine sees nothing of it.
        kept = browser.session["typed"]
        stranger = signed_in(cast.mette)
        session = stranger.session
        session["typed"] = kept
        session.save()
        assert stranger.get(back[1]).status_code == 404
        again = signed_in(cast.leader)
        session = again.session
        session["typed"] = kept
        session.save()
        waiting = again.get(back[1]).content.decode()
        assert tab.partition(" ")[0] in waiting
        # It goes on by a press, not by itself.
        assert "data-goes-on" not in waiting
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', waiting))
        answer = again.post(form, {name: unescape(value) for name, value in hidden.items()})
        assert answer.status_code in (302, 303)
        assert Note.objects.filter(author=cast.leader).count() == written + 1


def test_case_45_a_form_of_somebody_elses_page_does_not_wait_for_a_press(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    _page, form = note_page(cast)
    browser = signed_in(cast.leader)
    browser.get("/account/")
    clock.shift(timedelta(hours=2))
    browser.handler.enforce_csrf_checks = True
    ended = browser.post(form, {"text": "Planted."}, headers={"origin": "https://evil.example"})
    assert ended.headers["Location"] == "/login/?next=/"
    assert "typed" not in browser.session


def test_case_45_two_tabs_and_a_warning_in_time(cast: Cast, clock: time_machine.Traveller) -> None:
    browser = signed_in(cast.leader)
    page = browser.get("/account/").content.decode()
    assert 'data-session="/account/session/"' in page
    clock.shift(timedelta(minutes=50))
    told = browser.get("/account/session/", headers={"X-Fravaer-Poll": "yes"}).json()
    assert told == {"idle": 600, "absolute": 9 * 3600 + 600}
    # Asking keeps nothing open; going on does, in one tab for both.
    assert browser.post("/account/session/").json()["idle"] == 3600
    clock.shift(timedelta(minutes=50))
    assert browser.get("/account/session/", headers={"X-Fravaer-Poll": "yes"}).json()["idle"] == 600
    clock.shift(timedelta(minutes=11))
    assert browser.get("/account/session/", headers={"X-Fravaer-Poll": "yes"}).status_code == 302
    # Nothing of it is left in the browser's memory.
    assert browser.get("/account/").headers["Location"] == "/login/?next=/account/"
    assert "no-store" in signed_in(cast.leader).get("/account/").headers["Cache-Control"]


def test_what_has_run_out_is_removed_in_the_night(cast: Cast, clock: time_machine.Traveller) -> None:
    browser = signed_in(cast.leader)
    browser.get("/account/")
    clock.shift(timedelta(hours=25))
    standing = signed_in(cast.mette)
    tasks.forget_sessions()
    assert [row.user for row in Session.objects.all()] == [cast.mette]
    assert standing.get("/account/").status_code == 200


def test_case_41_the_session_gets_another_name_at_every_step_up(cast: Cast) -> None:
    factories.grant(cast.leader, Role.TEACHER, cast.class_7b)
    browser = local(cast)
    names = [browser.session.session_key]
    browser.post("/role/", {"role": "teacher"})
    names.append(browser.session.session_key)
    assert len(set(names)) == 2
    thief = Client()
    thief.cookies["sessionid"] = str(names[0])
    assert thief.get("/account/").status_code == 302
