"""Guardians' replies: taken from the provider alone, understood as whole words, matched, and deciding nothing."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.http import HttpResponseBase
from django.test import Client
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from fravaer.absence import unexplained
from fravaer.absence.reasons import Mark
from fravaer.accounts.scoping import scope_of
from fravaer.audit.models import Event
from fravaer.schools.models import Phone, Pupil
from fravaer.sms import morning, numbers, optouts, outbox, replies
from fravaer.sms.models import DeadNumber, Inbound, Message, OptOut
from fravaer.sms.owner import Owner
from fravaer.sms.states import How, Intent
from tests import factories
from tests.cast import DAY, Cast
from tests.gateway import ACCOUNT_SID, AUTH_TOKEN, GatewayProcess, eventually
from tests.sms.conftest import away, take
from tools.gateway.callbacks import signature

BASE = "https://fravaer.example"
PATH = "/sms/inbound"
OURS = "+4568000001"


@pytest.fixture(autouse=True)
def account(settings: LazySettings) -> None:
    settings.TWILIO_ACCOUNT_SID = ACCOUNT_SID
    settings.TWILIO_AUTH_TOKEN = AUTH_TOKEN
    settings.TWILIO_FROM = OURS
    settings.PUBLIC_BASE_URL = BASE


def answer(
    sender: str, body: str, sid: str = "", *, signed_for: str = BASE, **changes: str
) -> HttpResponseBase:
    """One reply as the provider calls about it; `changes` are made after the signing, `_given` before it."""
    form = {"AccountSid": ACCOUNT_SID, "MessageSid": sid or f"SM{uuid4().hex}", "From": sender, "To": OURS}
    form |= {"Body": body} | {name[1:]: value for name, value in changes.items() if name.startswith("_")}
    signed = signature(signed_for + PATH, form, AUTH_TOKEN)
    form |= {name: value for name, value in changes.items() if not name.startswith("_")}
    return Client(enforce_csrf_checks=True).post(PATH, form, headers={"X-Twilio-Signature": signed})


def number_of(pupil: Pupil) -> str:
    return str(pupil.guardianships.get().guardian.phones.get().e164)


def told(cast: Cast, mine: Owner, *pupils: Pupil) -> None:
    """The pupils are not here, and their guardians have been written to."""
    take(cast.class_7b, away(*pupils))
    morning.prepare(DAY, timezone.now())
    now = max(Message.objects.values_list("not_before", flat=True))
    outbox.release(now)
    for n, claimed in enumerate(outbox.claim(now, 10)):
        marked = outbox.mark(claimed, mine.number, now)
        assert marked is not None
        sid = f"SM{n:032d}"
        outbox.learn(
            claimed.id, provider="twilio", sid=sid, status="delivered", code=None, via="callback", now=now
        )


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("1", Intent.KNOWS),
        (" 1.\n", Intent.KNOWS),
        ("２", Intent.ERROR),
        ("Stop", Intent.STOP),
        ("afmeld", Intent.STOP),
        ("STOP SMS", Intent.STOP),
        ("Tilmeld", Intent.START),
        ("1 ja hun er syg", Intent.OTHER),
        ("12", Intent.OTHER),
        ("stop nu lige en halv", Intent.OTHER),
        ("", Intent.OTHER),
    ],
)
def test_only_whole_words_of_ours_are_understood(text: str, intent: Intent) -> None:
    assert replies.intent_of(text) == intent


def test_a_signed_reply_is_kept_once_however_often_it_comes(cast: Cast) -> None:
    sid = f"SM{uuid4().hex}"
    answers = [answer("+4520999999", "Hej", sid) for _ in range(3)]
    assert [one.status_code for one in answers] == [204, 204, 204]
    assert not any(getattr(one, "content", None) for one in answers)
    assert Inbound.objects.get().body == "Hej"


def test_a_reply_that_is_not_the_providers_is_refused_and_not_kept(
    cast: Cast, settings: LazySettings
) -> None:
    refused = [
        Client().post(
            PATH, {"AccountSid": ACCOUNT_SID, "MessageSid": f"SM{uuid4().hex}", "From": "+4520999999"}
        ),
        answer("+4520999999", "1", signed_for="http://fravaer.example"),
        answer("+4520999999", "1", Body="STOP"),
        answer("+4520999999", "1", From="+4520999998"),
        answer("+4520999999", "1", _AccountSid="AC" + "9" * 32),
        answer("+4520999999", "x" * 20_000),
    ]
    settings.TWILIO_AUTH_TOKEN = ""
    refused.append(answer("+4520999999", "1"))
    assert {one.status_code for one in refused} == {403}
    assert Client().get(PATH).status_code == 405
    assert not Inbound.objects.exists()
    assert not OptOut.objects.exists()


def test_one_answers_the_days_message_and_changes_no_register(chosen: Cast, mine: Owner) -> None:
    freja = chosen.pupils[1]
    told(chosen, mine, freja)
    answer(number_of(freja), "1")
    row = Inbound.objects.get()
    assert (row.intent, row.pupil, row.school, row.message) == (
        Intent.KNOWS,
        freja,
        chosen.school,
        Message.objects.get(),
    )
    [said] = replies.suggestions([(freja.pk, DAY)])[freja.pk, DAY]
    assert (said.intent, said.at, said.sure) == (Intent.KNOWS, row.received_at, True)
    assert unexplained.still(DAY, [freja.pk]) == {freja.pk}
    assert replies.waiting(Inbound.objects.all(), DAY) == []


def test_two_is_a_red_task_until_the_mark_is_settled(chosen: Cast, mine: Owner) -> None:
    freja = chosen.pupils[1]
    told(chosen, mine, freja)
    answer(number_of(freja), "Må jeg ringe?")
    answer(number_of(freja), "2")
    assert [one.intent for one in replies.waiting(Inbound.objects.all(), DAY)] == [Intent.ERROR, Intent.OTHER]
    take(chosen.class_7b, {freja: Mark.HERE})
    assert [one.intent for one in replies.waiting(Inbound.objects.all(), DAY)] == [Intent.OTHER]


def test_an_answer_from_the_number_of_two_children_is_about_either_until_a_person_says(
    chosen: Cast, mine: Owner
) -> None:
    freja, noah = chosen.pupils[1:3]
    guardian = freja.guardianships.get().guardian
    noah.guardianships.all().delete()
    noah.guardianships.create(guardian=guardian, custody=True)
    told(chosen, mine, freja, noah)
    answer(number_of(freja), "1")
    assert Inbound.objects.get().message is None
    said = replies.suggestions([(freja.pk, DAY), (noah.pk, DAY)])
    assert [(one.intent, one.sure) for some in said.values() for one in some] == [(Intent.KNOWS, False)] * 2
    assert len(replies.waiting(Inbound.objects.all(), DAY)) == 1


def test_a_text_before_any_message_is_about_the_only_child_of_the_number(cast: Cast) -> None:
    freja = cast.pupils[1]
    answer(number_of(freja), "Freja er syg i dag")
    row = Inbound.objects.get()
    assert (row.intent, row.message, row.pupil, row.school) == (Intent.OTHER, None, freja, cast.school)
    [said] = replies.suggestions([(freja.pk, DAY)])[freja.pk, DAY]
    assert said.words == "Freja er syg i dag"


def test_a_reply_is_in_no_trail_and_no_log_by_its_words_or_number(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    number = number_of(cast.pupils[1])
    answer(number, "Hun har feber")
    answer(number, "STOP")
    written = str(list(Event.objects.values())) + caplog.text
    assert "sms.opt_out_number" in written
    assert "feber" not in written
    assert number[-8:] not in written


def test_stop_stops_that_number_alone_and_for_the_children_of_every_school(chosen: Cast) -> None:
    freja, alma = chosen.pupils[1], chosen.others[0]
    guardian = freja.guardianships.get().guardian
    alma.guardianships.create(guardian=guardian, custody=True)
    shared, own = number_of(freja), "+4520111111"
    father = factories.guardian(alma, name="Far Kruse")
    father.phones.all().delete()
    father.phones.create(e164=shared, rank=1)
    father.phones.create(e164=own, rank=2)
    answer(shared, "STOP")
    assert optouts.among({shared, own, "+4520222222"}, chosen.municipality.pk) == {shared}
    assert shared.encode() not in bytes(OptOut.objects.get().number_hmac)
    answer(shared, "STOP")
    assert OptOut.objects.get().how == How.SMS
    answer(shared, "start")
    assert optouts.everywhere({shared}) == set()
    assert OptOut.objects.get().until is not None


def test_the_provider_tells_of_a_number_that_said_no_to_it(cast: Cast) -> None:
    numbers.learn("+4520111111", 21610, timezone.now())
    assert optouts.noted(["+4520111111"])["+4520111111"].how == How.PROVIDER
    assert not DeadNumber.objects.exists()


def test_a_school_sees_the_replies_of_its_own_guardians_and_no_others(cast: Cast) -> None:
    freja, alma = cast.pupils[1], cast.others[0]
    guardian = freja.guardianships.get().guardian
    now = timezone.now()
    answer(number_of(freja), "Om Freja")
    alma.guardianships.create(guardian=guardian, custody=True)
    answer(number_of(freja), "Om en af dem")
    answer("+4520999999", "Om ingen")
    seen = {
        user.name: {one.body for one in Inbound.objects.visible_to(scope_of(user.pk, now, ""))}
        for user in (cast.secretary, cast.stranger, cast.mette)
    }
    assert seen[cast.secretary.name] == {"Om Freja", "Om en af dem"}
    assert seen[cast.stranger.name] == {"Om en af dem"}
    assert seen[cast.mette.name] == set()
    assert replies.from_strangers(now - timedelta(minutes=1)) == 1


def test_what_a_parent_answers_on_her_phone_reaches_the_office(
    chosen: Cast, settings: LazySettings, live_server: LiveServer
) -> None:
    settings.PUBLIC_BASE_URL = live_server.url
    gateway = GatewayProcess("--inbound", f"{live_server.url}{PATH}")
    number = "+4568120001"
    try:
        Phone.objects.filter(guardian__guardianships__pupil=chosen.pupils[1]).update(e164=number)
        gateway.client().messages.create(to=number, from_=OURS, body="Hej")
        gateway.session.post(
            f"{gateway.base_url}/reply", data={"number": number, "body": "Freja er syg"}, timeout=10
        )
        eventually(Inbound.objects.exists)
        row = Inbound.objects.get()
        assert (row.body, row.pupil, row.to_e164) == ("Freja er syg", chosen.pupils[1], OURS)
        eventually(lambda: gateway.ledger()["replies"][0]["outcome"] == "204")
    finally:
        gateway.close()
