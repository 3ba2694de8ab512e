"""Does the local SMS gateway speak the Messages API as Twilio does?"""

from __future__ import annotations

import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from tests.gateway import ACCOUNT_SID, AUTH_TOKEN, ROOT, SENDER, GatewayProcess, Receiver, eventually

PHONE = "+4568120001"


def send(gateway: GatewayProcess, to: str = PHONE, body: str = "Hej", **more: object) -> str:
    return str(gateway.client().messages.create(to=to, from_=SENDER, body=body, **more).sid)


def refusal(gateway: GatewayProcess, **fields: object) -> TwilioRestException:
    wanted = {"to": PHONE, "from_": SENDER, "body": "Hej", **fields}
    with pytest.raises(TwilioRestException) as raised:
        gateway.client().messages.create(**wanted)
    return raised.value


# One message


def test_it_queues_a_message_and_says_so_as_twilio_does(gateway: GatewayProcess) -> None:
    gateway.turn(delay_seconds=60)

    message = gateway.client().messages.create(
        to=PHONE, from_=SENDER, body="Hej", validity_period=600, attempt=2
    )

    assert message.status == "queued"
    assert message.account_sid == ACCOUNT_SID
    assert (message.to, message.from_, message.body) == (PHONE, SENDER, "Hej")
    assert (message.num_segments, message.direction) == ("1", "outbound-api")
    assert (message.error_code, message.date_sent) == (None, None)
    assert message.date_created is not None
    assert abs(message.date_created - datetime.now(UTC)) < timedelta(minutes=1)


def test_it_moves_from_queued_over_sent_to_delivered(gateway: GatewayProcess) -> None:
    sid = send(gateway)

    eventually(lambda: gateway.client().messages(sid).fetch().status == "delivered")

    [message] = gateway.ledger()["messages"]
    assert [change["status"] for change in message["history"]] == ["queued", "sent", "delivered"]
    assert gateway.client().messages(sid).fetch().date_sent is not None


def test_it_starts_a_message_of_a_messaging_service_as_accepted(gateway: GatewayProcess) -> None:
    gateway.turn(delay_seconds=60)

    message = gateway.client().messages.create(to=PHONE, messaging_service_sid="MG" + "a" * 32, body="Hej")

    assert (message.status, message.num_segments) == ("accepted", "0")
    eventually(lambda: gateway.client().messages(message.sid or "").fetch().status == "queued")


@pytest.mark.parametrize(
    ("body", "segments"),
    [("æ" * 160, "1"), ("æ" * 161, "2"), ("€" * 80, "1"), ("€" * 81, "2"), ("ç" * 70, "1"), ("ç" * 71, "2")],
)
def test_it_counts_segments_as_the_mobile_net_does(gateway: GatewayProcess, body: str, segments: str) -> None:
    message = gateway.client().messages.create(to=PHONE, from_=SENDER, body=body)

    assert message.num_segments == segments


def test_it_remembers_what_was_asked_for(gateway: GatewayProcess) -> None:
    send(gateway, validity_period=600, attempt=2)

    [message] = gateway.ledger()["messages"]
    assert (message["to"], message["from"], message["body"]) == (PHONE, SENDER, "Hej")
    assert (message["validity_seconds"], message["attempt"]) == (600, 2)
    assert [attempt["outcome"] for attempt in message["attempts"]] == ["201"]


# Callbacks


def test_it_tells_of_each_change_with_a_signature_that_twilios_validator_accepts(
    gateway: GatewayProcess, receiver: Receiver
) -> None:
    url = f"{receiver.url}/1?school=2"
    sid = send(gateway, status_callback=url + "#rc=2&rp=all")

    eventually(lambda: len(receiver.calls) == 2)

    assert receiver.statuses(sid) == ["sent", "delivered"]
    for call in receiver.calls:
        signature = call.headers["X-Twilio-Signature"]
        assert call.path == "/sms/status/1?school=2"
        assert RequestValidator(AUTH_TOKEN).validate(url, call.form, signature)
        assert not RequestValidator("another token").validate(url, call.form, signature)
        assert call.form["AccountSid"] == ACCOUNT_SID
        assert (call.form["To"], call.form["From"]) == (PHONE, SENDER)
        assert "ErrorCode" not in call.form


def test_it_tells_why_a_message_was_not_delivered(gateway: GatewayProcess, receiver: Receiver) -> None:
    send(gateway, to="+4568129911", status_callback=receiver.url)

    eventually(lambda: len(receiver.calls) == 2)

    assert (receiver.calls[-1].status, receiver.calls[-1].form["ErrorCode"]) == ("undelivered", "30003")


def test_it_repeats_a_callback_as_the_fragment_of_its_url_asks(
    gateway: GatewayProcess, receiver: Receiver
) -> None:
    receiver.answers = [500, 500]
    sid = send(gateway, to="+4568129917", status_callback=receiver.url + "#rc=5&rp=5xx")

    eventually(lambda: len(receiver.calls) == 3)

    assert receiver.statuses(sid) == ["sent", "sent", "sent"]
    assert len({call.headers["I-Twilio-Idempotency-Token"] for call in receiver.calls}) == 1
    eventually(lambda: len(gateway.ledger()["messages"][0]["callbacks"]) == 3)


def test_it_does_not_repeat_a_callback_that_was_answered_with_an_error(
    gateway: GatewayProcess, receiver: Receiver
) -> None:
    receiver.answers = [500]
    sid = send(gateway, status_callback=receiver.url)

    eventually(lambda: len(gateway.ledger()["messages"][0]["callbacks"]) == 2)

    assert receiver.statuses(sid) == ["sent", "delivered"]
    outcomes = [call["outcome"] for call in gateway.ledger()["messages"][0]["callbacks"]]
    assert outcomes == ["500", "204"]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/sms",
        "http://192.168.1.10/sms",
        "http://10.0.0.1:8000/",
        "http://0.0.0.0:8000/",
        "http://[2001:db8::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://localhost.example.org/",
        "http://127.0.0.1@example.org/",
        "http://example.org#@127.0.0.1/",
        "http://2130706433/",
        "http://127.1/",
        "https://127.0.0.1/sms",
        "ftp://127.0.0.1/",
        "//127.0.0.1/",
        "127.0.0.1/sms",
        "http://127.0.0.1:port/",
        "http://127.0.0.1/\r\nHost: example.org",
    ],
)
def test_it_refuses_to_call_anything_but_this_machine(gateway: GatewayProcess, url: str) -> None:
    error = refusal(gateway, status_callback=url)

    assert (error.status, error.code) == (400, 21609)
    assert gateway.ledger()["messages"] == []


# Refusals


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": "+4512345678"}, 21211),
        ({"to": "68120001"}, 21211),
        ({"to": "+456812000"}, 21211),
        ({"to": "+4568129901"}, 21211),
        ({"to": "+4568129902"}, 21614),
        ({"to": "+4568129903"}, 21610),
        ({"to": "+4568129904"}, 21612),
        ({"to": "+4568129905"}, 21408),
        ({"to": ""}, 21604),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"from_": ""}, 21603),
        ({"from_": "Bakkeskolen i Kolding"}, 21212),
        ({"from_": "Århus"}, 21212),
        ({"from_": "1234567890"}, 21212),
        ({"from_": "+15005550001"}, 21212),
        ({"from_": "+15005550007"}, 21606),
        ({"from_": "+15005550008"}, 21611),
        ({"validity_period": 0}, 21624),
        ({"validity_period": 36001}, 21624),
    ],
)
def test_it_refuses_with_twilios_code(gateway: GatewayProcess, fields: dict[str, object], code: int) -> None:
    error = refusal(gateway, **fields)

    assert (error.status, error.code) == (400, code)
    assert error.msg
    assert gateway.ledger()["messages"] == []
    assert [refused["outcome"] for refused in gateway.ledger()["refused"]] == [f"400 {code}"]


def test_it_accepts_only_its_own_senders_when_it_has_some() -> None:
    gateway = GatewayProcess("--sender", SENDER, "--sender", "+4568990000")
    try:
        gateway.client().messages.create(to=PHONE, from_="+4568990000", body="Hej")

        assert refusal(gateway, from_="Kommunen").code == 21606
    finally:
        gateway.close()


def test_it_refuses_a_wrong_token(gateway: GatewayProcess) -> None:
    with pytest.raises(TwilioRestException) as creating:
        gateway.client("wrong").messages.create(to=PHONE, from_=SENDER, body="Hej")
    with pytest.raises(TwilioRestException) as fetching:
        gateway.client("wrong").messages("SM" + "0" * 32).fetch()

    assert (creating.value.status, creating.value.code) == (401, 20003)
    assert (fetching.value.status, fetching.value.code) == (401, 20003)
    assert gateway.ledger()["messages"] == []


def test_it_refuses_a_request_without_credentials(gateway: GatewayProcess) -> None:
    address = f"{gateway.base_url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"

    answer = requests.get(address, timeout=10)

    assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


def test_it_knows_no_other_message_and_deletes_none(gateway: GatewayProcess) -> None:
    sid = send(gateway)
    for ask in (gateway.client().messages("SM" + "0" * 32).fetch, gateway.client().messages(sid).delete):
        with pytest.raises(TwilioRestException) as raised:
            ask()
        assert (raised.value.status, raised.value.code) == (404, 20404)
    assert gateway.client().messages(sid).fetch().sid == sid


# The list


def test_it_lists_by_recipient_and_by_sender(gateway: GatewayProcess) -> None:
    mine = [send(gateway), send(gateway, body="Igen")]
    send(gateway, to="+4568120002")
    client = gateway.client()
    other = client.messages.create(to=PHONE, from_="Kommunen", body="Hej").sid

    assert [message.sid for message in client.messages.list(to=PHONE)] == [other, *reversed(mine)]
    assert [message.sid for message in client.messages.list(to=PHONE, from_=SENDER)] == list(reversed(mine))
    assert client.messages.list(to="+4568120003") == []


def test_it_lists_by_the_day_a_message_was_sent(gateway: GatewayProcess) -> None:
    sid = send(gateway)
    eventually(lambda: gateway.client().messages(sid).fetch().status == "delivered")
    gateway.turn(delay_seconds=60)
    send(gateway, body="Ikke sendt endnu")
    client, now = gateway.client(), datetime.now(UTC)
    yesterday, tomorrow = now - timedelta(days=1), now + timedelta(days=1)

    assert len(client.messages.list()) == 2
    assert [message.sid for message in client.messages.list(date_sent=now)] == [sid]
    assert [m.sid for m in client.messages.list(date_sent_after=yesterday, date_sent_before=tomorrow)] == [
        sid
    ]
    assert client.messages.list(date_sent=yesterday) == []
    assert client.messages.list(date_sent_after=tomorrow) == []
    assert client.messages.list(date_sent_before=yesterday) == []


def test_it_pages_through_all_messages_once_although_new_ones_arrive(gateway: GatewayProcess) -> None:
    sids = [send(gateway, body=f"Nr. {n}") for n in range(7)]
    client = gateway.client()

    page = client.messages.page(page_size=3)
    seen = [message.sid for message in page]
    send(gateway, body="Ny")
    while following := page.next_page():
        page = following
        seen += [message.sid for message in page]

    assert seen == list(reversed(sids))
    assert len(client.messages.list(page_size=3)) == 8


# The process


def test_it_forgets_nothing_when_it_is_killed(tmp_path: Path, receiver: Receiver) -> None:
    gateway = GatewayProcess(state=tmp_path / "gateway.db", delay=1.0)
    try:
        sids = [send(gateway, body=f"Nr. {n}", status_callback=receiver.url) for n in range(5)]
        gateway.turn(latency_ms=1)
        gateway.kill()

        gateway.start()

        assert [message["sid"] for message in gateway.ledger()["messages"]] == sids
        assert gateway.turn().json()["latency_ms"] == 1
        eventually(lambda: {message["status"] for message in gateway.ledger()["messages"]} == {"delivered"})
        eventually(lambda: all(receiver.statuses(sid)[-1:] == ["delivered"] for sid in sids))
        assert all("sent" in receiver.statuses(sid) for sid in sids)
    finally:
        gateway.close()


def test_it_listens_on_loopback_only(gateway: GatewayProcess) -> None:
    listening = Path("/proc/net/tcp").read_text().splitlines()
    own = [line.split()[1] for line in listening if f":{gateway.port:04X} 00000000:0000 0A" in line]

    assert own == [f"0100007F:{gateway.port:04X}"]


def test_it_says_in_one_sentence_that_its_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [sys.executable, "-m", "tools.gateway", "--port", str(taken.getsockname()[1])]
        command += ["--account-sid", ACCOUNT_SID, "--auth-token", AUTH_TOKEN]
        tried = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20)

    assert tried.returncode == 1
    assert tried.stderr.count("\n") == 1
    assert "cannot listen" in tried.stderr
