"""What cannot be undone, and what leaves the house, asks for a proof that is no older than five minutes."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import time_machine
from django.test import Client
from django.urls import get_resolver, reverse
from pytest_django import Settings

from fravaer.accounts import freshness, typed
from fravaer.accounts.roles import Role
from fravaer.cases import sharing
from fravaer.cases.models import Note, Share
from fravaer.schools.models import Pupil
from tests import factories
from tests.architecture import access
from tests.cases import casework
from tests.cast import DAY, MORNING, Cast, signed_in

# Rows of the access matrix that ask for more than a session, as pages.
MARKED = {
    "absence:cpr",
    "absence:cpr-look-up",
    "access-approve",
    "access-blocks",
    "access-blocks-lift",
    "access-revoke",
    "cases:phones",
    "emergency",
    "emergency-go-on",
    "oversight:looked",
    "oversight:log",
    "sms:phones",
    "absence:register",
    "absence:row",
    "absence:undo",
    "cases:note-open",
    "cases:share",
    "cases:letter-send",
    "reports:delivery-fetch",
    "reports:delivery-excerpt",
    "reports:unlawful-fetch",
    "reports:quarter-pupils",
    "reports:year-pupils",
    "sms:log-pupil-csv",
}
TEXT = "Familien har bedt om, at skolen og rådgiveren taler sammen – tak & hilsen."


def hidden(page: str) -> list[tuple[str, str]]:
    """The hidden fields of the form that waits, in their order."""
    [form] = re.findall(r'<form method="post"\s+action="/cases/.*?</form>', page, re.S)
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form)
    return [(unescape(name), unescape(value)) for name, value in found if name != "csrfmiddlewaretoken"]


def share_page(cast: Cast) -> str:
    """The page on which the leader shares a note of the school with social services."""
    case = casework.case_of(cast.pupils[0], {Role.LEADER: cast.leader})
    note = Note.objects.create(
        key=uuid4(), case=case, author=cast.leader, domain="school", text="Samtale", at=MORNING
    )
    return reverse("cases:share", args=[case.uuid, "note", note.pk])


def test_the_pages_the_matrix_marks_ask_for_it() -> None:
    views = access.urls(get_resolver().url_patterns)
    asking = {name for name, view in views.items() if hasattr(view, "asks_freshness")}
    assert asking >= MARKED


def test_what_was_typed_comes_back_after_the_proof_and_is_sent_by_a_press(
    cast: Cast, clock: time_machine.Traveller, settings: Settings
) -> None:
    settings.DEMO = True
    page, leader = share_page(cast), signed_in(cast.leader)
    clock.shift(timedelta(minutes=4, seconds=59))
    form = leader.get(page).content.decode()
    turn = re.findall(r'name="turn" value="([^"]*)"', form)[0]
    clock.shift(timedelta(minutes=1))
    # Reading the form asks for it at once, sending it keeps what was typed.
    assert leader.get(page).headers["Location"] == freshness.address(page)
    sent = {"turn": turn, "domain": "social", "basis": sorted(sharing.BASES)[0], "text": TEXT}
    asked = leader.post(page, sent, headers={"referer": f"http://testserver{page}"})
    assert asked.status_code == 303
    assert not Share.objects.exists()
    proof = leader.get(asked.headers["Location"]).content.decode()
    assert "Det er mig (demonstration)" in proof
    # What was typed lies in the session, and nobody reads it there.
    assert "Familien" not in str(dict(leader.session))
    kept = re.findall(r'name="kept" value="([^"]+)"', proof)[0]
    key = leader.session.session_key
    proved = leader.post("/confirm/", {"next": page, "kept": kept, "click": "yes"})
    assert proved.headers["Location"] == f"/confirm/send/{kept}/"
    # A proof gives the session another name.
    assert leader.session.session_key != key
    waiting = leader.get(proved.headers["Location"]).content.decode()
    assert "hilsen" in waiting
    answer = leader.post(page, dict(hidden(waiting)))
    assert answer.status_code == 302
    assert Share.objects.get().by == cast.leader
    assert leader.get(proved.headers["Location"]).status_code == 404


def test_a_choice_and_a_bare_press_come_back_as_well(
    cast: Cast, clock: time_machine.Traveller, settings: Settings
) -> None:
    settings.DEMO = True
    admin = factories.user("Gerda Lund", email="gerda@fjordby.invalid")
    factories.grant(admin, Role.ACCESS_ADMIN, None)
    [grant] = cast.mette.grants.all()
    Pupil.objects.filter(pk=cast.pupils[0].pk).update(protected=True)
    office, secretary = signed_in(admin), signed_in(cast.secretary)
    clock.shift(timedelta(minutes=6))
    numbers = reverse("sms:phones", args=[cast.pupils[0].uuid])
    for browser, page, sent in (
        (office, f"/access/{grant.pk}/revoke/", {"because": "left"}),
        (secretary, numbers, {"reason": "ring"}),
    ):
        kept = browser.post(page, sent).headers["Location"].partition("kept=")[2]
        assert cast.mette.grants.filter(revoked_at=None).exists() or browser is secretary
        waiting = browser.post("/confirm/", {"kept": kept, "click": "yes"}).headers["Location"]
        form = browser.get(waiting).content.decode()
        assert f'action="{page}"' in form
        assert all(f'name="{name}" value="{value}"' in form for name, value in sent.items())
        assert browser.post(page, sent).status_code in (200, 303)
    grant.refresh_from_db()
    assert grant.revoked_because == "left"
    # Of a child who is not protected they are shown without.
    clock.shift(timedelta(minutes=6))
    assert secretary.get(reverse("sms:phones", args=[cast.pupils[1].uuid])).status_code == 200


def test_nobody_else_in_the_same_browser_gets_what_was_typed(
    cast: Cast, clock: time_machine.Traveller, settings: Settings
) -> None:
    settings.DEMO = True
    page, leader = share_page(cast), signed_in(cast.leader)
    clock.shift(timedelta(minutes=6))
    asked = leader.post(page, {"text": TEXT})
    kept = asked.headers["Location"].partition("kept=")[2]
    standing = leader.session[typed.KEPT]
    other = signed_in(cast.mette)
    session = other.session
    session[typed.KEPT] = standing
    session.save()
    assert other.get(f"/confirm/send/{kept}/").status_code == 404
    assert leader.get(f"/confirm/send/{kept}/").status_code == 200
    clock.shift(typed.LASTS)
    assert typed.opened(leader.session, cast.leader.pk, kept, MORNING + timedelta(hours=13)) is None


def test_outside_a_demonstration_a_click_proves_nothing_and_nobody_is_led_away(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    leader = signed_in(cast.leader)
    clock.shift(timedelta(minutes=6))
    answer = leader.post("/confirm/", {"next": "//evil.example", "click": "yes"})
    assert answer.status_code == 422
    assert "evil" not in answer.content.decode()
    assert not freshness.is_fresh(leader.session, MORNING + timedelta(minutes=6))
    # A proof of tomorrow is none today.
    session = leader.session
    session[freshness.CONFIRMED] = (MORNING + timedelta(days=1)).timestamp()
    session.save()
    assert not freshness.is_fresh(leader.session, MORNING + timedelta(minutes=6))


def test_a_leader_proves_herself_before_she_corrects_a_day_long_past(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    leader: Client = signed_in(cast.leader)
    clock.shift(timedelta(minutes=6))
    recent, older = (
        reverse("absence:register", args=[cast.class_7b.pk, DAY - timedelta(days=back), 1])
        for back in (4, 20)
    )
    assert leader.get(older).status_code == 200
    assert leader.post(older, {"version": "0"}).headers["Location"].startswith("/confirm/?")
    # The script of the page is told the same, and keeps the choice itself.
    row = leader.post(f"{older}row/", {"version": "0"}, headers={"X-Fravaer-Row": "yes"})
    assert "kept" not in row.headers["Location"]
    assert leader.post(recent, {"version": "nonsense"}).status_code == 400
