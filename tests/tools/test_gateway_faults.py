"""Does the local SMS gateway fail in each way a provider fails, and does its ledger tell the truth about it?"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from tests.gateway import SENDER, GatewayProcess, Receiver, eventually

ORDINARY = "+4568120001"


def ending_on(suffix: str) -> str:
    return f"+456812{suffix}"


def attempt(
    gateway: GatewayProcess, to: str = ORDINARY, callback: str | None = None, timeout: float = 0.5
) -> str:
    """What one create came to: the status of the message, the HTTP status of a refusal, or "lost"."""
    options = {"status_callback": callback} if callback else {}
    try:
        message = gateway.client(timeout=timeout).messages.create(to=to, from_=SENDER, body="Hej", **options)
    except TwilioRestException as refused:
        return str(refused.status)
    except requests.RequestException:
        return "lost"
    except ValueError:
        return "garbled"
    return message.status or ""


def accepted(gateway: GatewayProcess) -> int:
    return len(gateway.ledger()["messages"])


@pytest.fixture
def faulty(gateway: GatewayProcess) -> Iterator[GatewayProcess]:
    gateway.turn(hang_seconds=1.0)
    yield gateway
    gateway.reset()


# By number


@pytest.mark.parametrize(
    ("suffix", "status", "code"),
    [
        ("9911", "undelivered", 30003),
        ("9912", "undelivered", 30005),
        ("9913", "undelivered", 30006),
        ("9914", "undelivered", 30007),
        ("9915", "failed", 30001),
    ],
)
def test_it_does_not_deliver_to_certain_numbers(
    faulty: GatewayProcess, suffix: str, status: str, code: int
) -> None:
    attempt(faulty, ending_on(suffix))

    eventually(lambda: faulty.ledger()["messages"][0]["status"] == status)
    [message] = faulty.client().messages.list()

    assert (message.status, message.error_code) == (status, code)
    assert message.error_message


def test_it_delivers_late_to_one_number(faulty: GatewayProcess) -> None:
    faulty.turn(delay_seconds=0.05)
    attempt(faulty, ending_on("9916"))
    attempt(faulty)

    eventually(lambda: all(m["status"] == "delivered" for m in faulty.ledger()["messages"]))
    late, usual = (message["history"][-1]["at"] for message in faulty.ledger()["messages"])

    assert late - usual > 0.5


def test_it_never_confirms_for_one_number(faulty: GatewayProcess, receiver: Receiver) -> None:
    attempt(faulty, ending_on("9917"), receiver.url)
    attempt(faulty, ORDINARY, receiver.url)

    eventually(lambda: len(receiver.calls) == 3)

    assert [message["status"] for message in faulty.ledger()["messages"]] == ["sent", "delivered"]


def test_it_never_calls_back_for_one_number(faulty: GatewayProcess, receiver: Receiver) -> None:
    attempt(faulty, ending_on("9918"), receiver.url)
    attempt(faulty, ORDINARY, receiver.url)

    eventually(lambda: len(receiver.calls) == 2)

    assert {call.form["To"] for call in receiver.calls} == {ORDINARY}
    assert {message["status"] for message in faulty.ledger()["messages"]} == {"delivered"}


def test_it_keeps_one_number_in_the_queue_until_the_validity_is_over(faulty: GatewayProcess) -> None:
    client = faulty.client()
    client.messages.create(to=ending_on("9919"), from_=SENDER, body="Hej", validity_period=1)

    eventually(lambda: client.messages.list()[0].status == "failed")

    assert client.messages.list()[0].error_code == 30036


@pytest.mark.parametrize(
    ("suffix", "told"),
    [
        ("9921", ["sent", "sent", "delivered", "delivered"]),
        ("9922", ["delivered", "sent"]),
        ("9923", ["sent", "delivered"]),
    ],
)
def test_it_calls_back_oddly_for_certain_numbers(
    faulty: GatewayProcess, receiver: Receiver, suffix: str, told: list[str]
) -> None:
    attempt(faulty, ending_on(suffix), receiver.url)

    eventually(lambda: len(receiver.calls) == len(told))

    assert [call.status for call in receiver.calls] == told


def test_its_first_callback_can_beat_its_answer(faulty: GatewayProcess, receiver: Receiver) -> None:
    faulty.turn(delay_seconds=60)

    assert attempt(faulty, ending_on("9923"), receiver.url) == "queued"

    assert [call.status for call in receiver.calls] == ["sent"]


@pytest.mark.parametrize(
    ("suffix", "first", "is_accepted"),
    [
        ("9931", "429", False),
        ("9932", "500", False),
        ("9933", "500", True),
        ("9934", "lost", False),
        ("9935", "lost", True),
        ("9936", "lost", True),
        ("9937", "lost", False),
        ("9938", "garbled", True),
    ],
)
def test_it_answers_the_first_create_to_certain_numbers_badly_and_the_second_well(
    faulty: GatewayProcess, suffix: str, first: str, is_accepted: bool
) -> None:
    assert attempt(faulty, ending_on(suffix)) == first
    assert accepted(faulty) == int(is_accepted)

    assert attempt(faulty, ending_on(suffix)) == "queued"
    ledger = faulty.ledger()

    assert len(ledger["messages"]) == 1 + is_accepted
    assert len(ledger["messages"][0]["attempts"]) == 2
    assert len(ledger["refused"]) == 1 - is_accepted


def test_it_is_never_available_for_one_number(faulty: GatewayProcess) -> None:
    assert [attempt(faulty, ending_on("9939")) for _ in range(3)] == ["503"] * 3
    assert accepted(faulty) == 0


# By knob


@pytest.mark.parametrize(
    ("knob", "outcome", "is_accepted"),
    [
        ("reject_rate", "429", False),
        ("error_before_rate", "500", False),
        ("error_after_rate", "500", True),
        ("hang_before_rate", "lost", False),
        ("hang_after_rate", "lost", True),
        ("reset_before_rate", "lost", False),
        ("reset_after_rate", "lost", True),
    ],
)
def test_it_fails_for_a_share_of_creates(
    faulty: GatewayProcess, knob: str, outcome: str, is_accepted: bool
) -> None:
    faulty.turn(**{knob: 1.0})

    assert attempt(faulty) == outcome
    assert accepted(faulty) == int(is_accepted)

    faulty.turn(**{knob: 0.0})
    assert attempt(faulty) == "queued"


def test_it_fails_for_about_the_share_asked_for(faulty: GatewayProcess) -> None:
    faulty.turn(reject_rate=0.5)

    outcomes = [attempt(faulty) for _ in range(60)]

    assert 10 < outcomes.count("429") < 50
    assert accepted(faulty) == outcomes.count("queued")


@pytest.mark.parametrize(
    ("knob", "outcome"), [("status_500", "500"), ("outage", "lost"), ("auth_revoked", "401")]
)
def test_it_can_be_down_for_every_request(faulty: GatewayProcess, knob: str, outcome: str) -> None:
    faulty.turn(**{knob: True})

    assert attempt(faulty) == outcome
    with pytest.raises((TwilioRestException, requests.ConnectionError)):
        faulty.client().messages("SM" + "0" * 32).fetch()

    faulty.turn(**{knob: False})
    assert attempt(faulty) == "queued"
    assert accepted(faulty) == 1


def test_it_stays_down_when_it_is_restarted(tmp_path: Path) -> None:
    gateway = GatewayProcess(state=tmp_path / "gateway.db")
    try:
        gateway.turn(auth_revoked=True)
        gateway.kill()
        gateway.start()

        assert attempt(gateway) == "401"
    finally:
        gateway.close()


def test_it_takes_only_so_many_creates_at_once(faulty: GatewayProcess) -> None:
    faulty.turn(concurrency_limit=2, latency_ms=600)

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(lambda _: attempt(faulty, timeout=10), range(6)))

    assert outcomes.count("queued") >= 2
    assert outcomes.count("429") >= 1
    assert accepted(faulty) == outcomes.count("queued")


def test_it_takes_the_time_it_is_told_to_take(faulty: GatewayProcess) -> None:
    faulty.turn(latency_ms=2000)

    assert attempt(faulty) == "lost"

    faulty.turn(latency_ms=0)
    eventually(lambda: accepted(faulty) == 1)


def test_its_list_can_lag_behind(faulty: GatewayProcess) -> None:
    faulty.turn(list_lag_seconds=60)
    client = faulty.client()
    sid = client.messages.create(to=ORDINARY, from_=SENDER, body="Hej").sid or ""

    assert client.messages.list(to=ORDINARY) == []
    assert client.messages(sid).fetch().sid == sid

    faulty.turn(list_lag_seconds=0)
    assert [message.sid for message in client.messages.list(to=ORDINARY)] == [sid]


@pytest.mark.parametrize(
    ("callbacks", "told"),
    [
        ("dup", ["sent", "sent", "delivered", "delivered"]),
        ("shuffle", ["delivered", "sent"]),
        ("dup+shuffle", ["delivered", "delivered", "sent", "sent"]),
    ],
)
def test_its_callbacks_can_be_doubled_and_turned_round(
    faulty: GatewayProcess, receiver: Receiver, callbacks: str, told: list[str]
) -> None:
    faulty.turn(callbacks=callbacks)
    attempt(faulty, callback=receiver.url)

    eventually(lambda: len(receiver.calls) == len(told))

    assert [call.status for call in receiver.calls] == told


def test_its_callbacks_can_be_left_out(faulty: GatewayProcess, receiver: Receiver) -> None:
    faulty.turn(callbacks="none")
    attempt(faulty, callback=receiver.url)
    faulty.turn(callbacks="normal")
    attempt(faulty, callback=receiver.url)

    eventually(lambda: len(receiver.calls) == 2)

    silent, told = faulty.ledger()["messages"]
    assert silent["status"] == "delivered"
    assert receiver.statuses(silent["sid"]) == []
    assert receiver.statuses(told["sid"]) == ["sent", "delivered"]


def test_it_can_fail_to_deliver_a_share_of_messages(faulty: GatewayProcess) -> None:
    faulty.turn(undelivered_rate=1.0)
    attempt(faulty)

    eventually(lambda: faulty.ledger()["messages"][0]["status"] == "undelivered")


@pytest.mark.parametrize(
    "knobs",
    [
        {"no_such_knob": 1},
        {"reject_rate": 2},
        {"reject_rate": 0.6, "error_after_rate": 0.6},
        {"latency_ms": -1},
        {"latency_ms": "soon"},
        {"latency_ms": True},
        {"outage": 1},
        {"callbacks": "sometimes"},
    ],
)
def test_it_refuses_a_knob_it_does_not_have_and_turns_none(
    faulty: GatewayProcess, knobs: dict[str, object]
) -> None:
    before = faulty.turn().json()

    answer = faulty.turn(delay_seconds=9, **knobs)

    assert answer.status_code == 400
    assert answer.json()["error"]
    assert faulty.turn().json() == before


def test_no_page_of_another_site_can_turn_its_knobs(faulty: GatewayProcess) -> None:
    address = f"{faulty.base_url}/control"
    simple = requests.post(
        address, data='{"outage": true}', headers={"Content-Type": "text/plain"}, timeout=10
    )
    rebound = requests.post(address, json={"outage": True}, headers={"Host": "evil.example"}, timeout=10)

    assert (simple.status_code, rebound.status_code) == (415, 415)
    assert faulty.turn().json()["outage"] is False


def test_a_reset_forgets_messages_and_turns_every_knob_back(faulty: GatewayProcess) -> None:
    attempt(faulty)
    faulty.turn(latency_ms=1, callbacks="none")

    faulty.reset()

    assert accepted(faulty) == 0
    assert faulty.turn().json()["latency_ms"] == 0
    assert faulty.turn().json()["callbacks"] == "normal"
