"""What an answer of the provider proves, by table and over real connections."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from fravaer.sms.gateway import ACCOUNT_CODES, RECIPIENT_CODES, Answer, LookupFailed, Twilio, Verdict, verdict
from tests.gateway import ACCOUNT_SID, AUTH_TOKEN, SENDER, GatewayProcess

PHONE = "+9990000001"
SID = "SM" + "0" * 32
V = Verdict


@pytest.mark.parametrize(
    ("http_status", "code", "sid", "written", "proves"),
    [
        (201, None, SID, True, V.ACCEPTED),
        (201, None, "", True, V.UNCERTAIN),
        (429, 20429, "", True, V.THROTTLED),
        (None, None, "", False, V.UNSENT),
        (None, None, "", True, V.UNCERTAIN),
        *((status, None, "", True, V.UNCERTAIN) for status in (500, 502, 503, 504, 302)),
        *((status, 20003, "", True, V.BLOCKED) for status in (401, 403)),
        *((400, code, "", True, V.REJECTED) for code in sorted(RECIPIENT_CODES)),
        *((400, code, "", True, V.BLOCKED) for code in sorted(ACCOUNT_CODES)),
        (404, 21211, "", True, V.REJECTED),
        (400, 29999, "", True, V.REFUSED),
        (404, None, "", True, V.REFUSED),
    ],
)
def test_the_table_of_answers(
    http_status: int | None, code: int | None, sid: str, written: bool, proves: Verdict
) -> None:
    assert verdict(http_status, code, sid=sid, written=written) == proves


def twilio(base_url: str, read_seconds: float = 1.0, token: str = AUTH_TOKEN) -> Twilio:
    return Twilio(
        account_sid=ACCOUNT_SID,
        auth_token=token,
        sender=SENDER,
        base_url=base_url,
        read_seconds=read_seconds,
    )


def send(gateway: Twilio, to: str = PHONE, body: str = "Hej") -> Answer:
    return gateway.send(
        key="1", to=to, body=body, callback_url="http://127.0.0.1:9/x", validity_seconds=600, attempt=1
    )


@contextmanager
def server(answer: Callable[[socket.socket], object]) -> Iterator[str]:
    """A server on 127.0.0.1 that does with every connection what it is told."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.05)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    connection, _ = listening.accept()
                except TimeoutError:
                    continue
                with connection:
                    answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


def test_a_port_nobody_listens_on_proves_that_nothing_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert send(twilio(f"http://127.0.0.1:{port}")).verdict == V.UNSENT


def test_a_name_that_does_not_exist_proves_that_nothing_left() -> None:
    assert send(twilio("http://provider.invalid")).verdict == V.UNSENT


def test_a_certificate_that_is_none_proves_that_nothing_left() -> None:
    with server(lambda connection: connection.sendall(b"no TLS here\r\n\r\n")) as url:
        assert send(twilio(url.replace("http:", "https:"))).verdict == V.UNSENT


def test_a_connection_closed_after_the_request_proves_nothing() -> None:
    with server(lambda connection: connection.recv(10)) as url:
        assert send(twilio(url)).verdict == V.UNCERTAIN


def test_silence_proves_nothing() -> None:
    done = threading.Event()
    with server(lambda connection: done.wait(5)) as url:
        answer = send(twilio(url, read_seconds=0.2))
        done.set()
    assert (answer.verdict, answer.error) == (V.UNCERTAIN, "ReadTimeoutError")


def test_a_kept_connection_that_the_provider_has_closed_meanwhile_is_opened_anew(
    provider: GatewayProcess,
) -> None:
    gateway = twilio(provider.base_url)
    assert send(gateway).verdict == V.ACCEPTED
    provider.kill()
    assert send(gateway).verdict == V.UNSENT
    provider.start()
    assert send(gateway).verdict == V.ACCEPTED


def test_proxies_of_the_surroundings_are_not_used(
    provider: GatewayProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    assert send(twilio(provider.base_url)).verdict == V.ACCEPTED


def test_each_thread_gets_the_answer_to_its_own_message(provider: GatewayProcess) -> None:
    gateway, got = twilio(provider.base_url), {}

    def run(number: int) -> None:
        for n in range(10):
            body = f"{number}-{n}"
            got[body] = send(gateway, to=f"+99911111{number:02d}", body=body).sid

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {message["body"]: message["sid"] for message in provider.ledger()["messages"]} == got


def test_the_list_and_one_message_are_read_as_the_provider_has_them(provider: GatewayProcess) -> None:
    gateway = twilio(provider.base_url)
    first, second = send(gateway, body="en"), send(gateway, body="to")
    send(gateway, to="+9990000002")
    long_ago = datetime.now(UTC) - timedelta(minutes=5)
    found = gateway.written_to(PHONE, long_ago)
    assert [(one.sid, one.body) for one in found] == [(second.sid, "to"), (first.sid, "en")]
    assert gateway.written_to(PHONE, datetime.now(UTC) + timedelta(minutes=5)) == []
    one = gateway.message(first.sid)
    assert one is not None
    assert (one.sid, one.body) == (first.sid, "en")
    assert gateway.message(SID) is None


def test_more_messages_than_one_page_are_all_read(provider: GatewayProcess) -> None:
    gateway = twilio(provider.base_url)
    sids = {send(gateway, body=f"{n}").sid for n in range(60)}
    assert {one.sid for one in gateway.written_to(PHONE, datetime.now(UTC) - timedelta(minutes=5))} == sids


def test_a_provider_that_cannot_be_asked_has_said_nothing(provider: GatewayProcess) -> None:
    stranger = twilio(provider.base_url, token="wrong")
    with pytest.raises(LookupFailed):
        stranger.written_to(PHONE, datetime.now(UTC))
    with pytest.raises(LookupFailed):
        stranger.message(SID)


def test_a_gateway_without_a_token_believes_nobody() -> None:
    gateway = twilio("http://127.0.0.1:9", token="")
    assert not gateway.signed("http://x/", {"AccountSid": ACCOUNT_SID}, "")
