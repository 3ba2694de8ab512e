"""Another provider behind the same interface: every room above works with it unchanged."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
import time_machine
from django.utils import timezone

from fravaer.sms import delivery, recovery
from fravaer.sms.delivery import Sender
from fravaer.sms.gateway import Answer, Found, Gateway, LookupFailed, Verdict
from fravaer.sms.models import Message
from tests.cast import Cast
from tests.sms.test_delivery import absent, town

__all__ = ["town"]

pytestmark = pytest.mark.django_db(transaction=True)

NUMBERS = [f"+99900007{n:02d}" for n in range(10)]


@dataclass
class Ledger:
    """What the other provider has: by the key each message was sent under; every second first answer gets lost."""

    taken: dict[str, dict[str, str]] = field(default_factory=dict)
    calls: int = 0
    lost: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, key: str, message: dict[str, str]) -> dict[str, str] | None:
        with self.lock:
            self.calls += 1
            is_new = key not in self.taken
            kept = self.taken.setdefault(key, {**message, "id": f"N{len(self.taken)}"})
            if is_new and len(self.taken) % 2:
                self.lost.add(key)
                return None
            return kept


@dataclass
class Other:
    """A provider that speaks JSON, knows keys and is asked in another way."""

    url: str
    name: str = "other"
    supports_idempotency: bool = True

    def send(
        self, *, key: str, to: str, body: str, callback_url: str, validity_seconds: int, attempt: int
    ) -> Answer:
        try:
            answer = requests.put(f"{self.url}/{key}", json={"to": to, "text": body}, timeout=5)
        except requests.ConnectionError:
            return Answer(Verdict.UNCERTAIN, error="ConnectionError")
        return Answer(Verdict.ACCEPTED, sid=answer.json()["id"], status="queued", http_status=200)

    def written_to(self, to: str, since: datetime) -> list[Found]:
        raise LookupFailed("this provider has no list")

    def written_since(self, since: datetime) -> list[Found]:
        raise LookupFailed("this provider has no list")

    def message(self, sid: str) -> Found | None:
        raise LookupFailed("nor can it be asked for one")

    def signed(self, url: str, parameters: Mapping[str, str], signature: str) -> bool:
        return False


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def other(ledger: Ledger) -> Iterator[Gateway]:
    class Request(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            taken = ledger.take(self.path.removeprefix("/"), body)
            if taken is not None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(taken).encode())

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test output quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Request) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield Other(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()


def test_a_provider_that_knows_keys_is_asked_again_at_once_and_takes_each_message_once(
    town: Cast, sender: Sender, other: Gateway, ledger: Ledger, clock: time_machine.Traveller
) -> None:
    absent(town, *NUMBERS)
    through = replace(sender, gateway=other)
    for _ in range(4):
        delivery.drain(through)
        clock.shift(timedelta(seconds=61))
        recovery.reconcile(other, timezone.now())
    assert sorted(one["to"] for one in ledger.taken.values()) == NUMBERS
    assert ledger.lost
    assert ledger.calls == len(NUMBERS) + len(ledger.lost)
    assert set(Message.objects.values_list("state", "provider")) == {("accepted", "other")}
    assert {str(pk) for pk in Message.objects.values_list("pk", flat=True)} == set(ledger.taken)
