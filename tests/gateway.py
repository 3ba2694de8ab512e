"""What do tests use to run the local SMS gateway, to talk to it and to hear its callbacks?"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import requests
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

T = TypeVar("T")

ROOT = Path(__file__).parent.parent
ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "the token of the tests"
PATIENCE_SECONDS = 20.0
SENDER = "Skolen"


def eventually(question: Callable[[], T]) -> T:
    """The first true answer to ``question``, asked over and over. Raises AssertionError after twenty seconds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    pause = threading.Event()
    while not (answer := question()):
        assert time.monotonic() < deadline, f"still {answer!r} after {PATIENCE_SECONDS:.0f} seconds"
        pause.wait(0.01)
    return answer


class LocalHttpClient(TwilioHttpClient):  # type: ignore[misc]
    """Twilio's own HTTP client, talking to the gateway at ``base_url`` instead of api.twilio.com."""

    def __init__(self, base_url: str, timeout: float) -> None:
        super().__init__(timeout=timeout, max_retries=0)
        self.base_url = base_url

    def request(self, method: str, url: str, **rest: Any) -> Response:
        return super().request(method, url.replace("https://api.twilio.com", self.base_url), **rest)


class GatewayProcess:
    """The gateway as a process of its own, as the demo runs it."""

    def __init__(self, *options: str, state: Path | None = None, port: int = 0, delay: float = 0.0) -> None:
        self._command = [sys.executable, "-m", "tools.gateway", "--account-sid", ACCOUNT_SID]
        self._command += ["--auth-token", AUTH_TOKEN, "--delay", str(delay), *options]
        self._command += ["--state", str(state)] if state else []
        self.port = port
        self.session = requests.Session()
        self.session.trust_env = False
        self._clients: list[LocalHttpClient] = []
        self.start()

    def start(self) -> None:
        """Start it, the second time on the same port, and wait until it answers."""
        command = [*self._command, "--port", str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.base_url = self.process.stdout.readline().split()[-1]
        self.port = int(self.base_url.rsplit(":", 1)[1])

    def kill(self) -> None:
        self._stop(signal.SIGKILL)

    def close(self) -> None:
        for client in self._clients:
            client.session.close()
        self.session.close()
        if self.process.returncode is None:
            self._stop(signal.SIGTERM)

    def _stop(self, how: signal.Signals) -> None:
        self.process.send_signal(how)
        self.process.wait(PATIENCE_SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def client(self, token: str = AUTH_TOKEN, timeout: float = 10.0) -> Client:
        """The real Twilio client with this gateway as its base URL."""
        self._clients.append(LocalHttpClient(self.base_url, timeout))
        return Client(ACCOUNT_SID, token, http_client=self._clients[-1])

    def turn(self, **knobs: Any) -> requests.Response:
        return self.session.post(f"{self.base_url}/control", json=knobs, timeout=10)

    def reset(self) -> None:
        self.session.post(f"{self.base_url}/control/reset", json={}, timeout=10).raise_for_status()

    def ledger(self) -> dict[str, Any]:
        ledger: dict[str, Any] = self.session.get(f"{self.base_url}/ledger", timeout=10).json()
        return ledger

    def page(self, address: str = "/") -> str:
        return self.session.get(self.base_url + address, timeout=10).text


@dataclass(frozen=True)
class Call:
    """One callback as it was received."""

    path: str
    form: dict[str, str]
    headers: dict[str, str]

    @property
    def status(self) -> str:
        return self.form["MessageStatus"]


class Receiver:
    """A web server for callbacks on 127.0.0.1; ``answers`` are the status codes to give first, then 204."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answers: list[int] = []
        receiver = self

        class Request(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                receiver.calls.append(Call(self.path, dict(parse_qsl(body)), dict(self.headers)))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Keep the test output quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Request)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/sms/status"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def statuses(self, sid: str) -> list[str]:
        """The statuses told of one message, in the order they came."""
        return [call.status for call in self.calls if call.form["MessageSid"] == sid]
