"""How does an HTTP request on 127.0.0.1 reach its answer?"""

from __future__ import annotations

import base64
import hmac
import json
import re
import socket
import struct
import sys
import time
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tools.gateway import replies
from tools.gateway.answers import Answer, Outcome, Reset, Silence, as_json, error
from tools.gateway.faults import BadKnob
from tools.gateway.ledger import Ledger
from tools.gateway.letters import Letterbox
from tools.gateway.messages import Messages
from tools.gateway.phones import Phones

LARGEST_BODY = 64 * 1024
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")


class GatewayServer(ThreadingHTTPServer):
    """The listening socket, always on 127.0.0.1, and what its requests need."""

    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(
        self,
        port: int,
        messages: Messages,
        ledger: Ledger,
        phones: Phones,
        auth_token: str,
        letters: Letterbox | None = None,
    ) -> None:
        super().__init__(("127.0.0.1", port), Request)
        self.messages = messages
        self.ledger = ledger
        self.phones = phones
        self.letters = letters
        self.auth_token = auth_token

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing for a client that went away; anything else is a defect and is shown."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Request(BaseHTTPRequestHandler):
    """One connection; requests on it are answered one after the other."""

    protocol_version = "HTTP/1.1"
    server_version = "fravaer-gateway"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 75
    server: GatewayServer

    def do_GET(self) -> None:
        self._respond(self._answer(b""))

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            self.close_connection = True
            self._respond(as_json({"error": "the body is too large or has no length"}, 413))
            return
        self._respond(self._answer(self.rfile.read(int(length))))

    def do_DELETE(self) -> None:
        self.do_POST()

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the addresses of list requests hold phone numbers."""

    def _answer(self, body: bytes) -> Outcome:
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query))
        if url.path.startswith("/2010-04-01/"):
            return self._api_answer(url.path, query, body)
        if self.command == "POST" and url.path == "/reply" and self.server.phones.can_answer:
            return self._reply_answer(body)
        if self.command != "GET":
            return self._control_answer(url.path, body)
        if url.path == "/mail" and self.server.letters:
            return self.server.letters.answer()
        if url.path == "/ledger":
            return as_json(self.server.ledger.as_json())
        if url.path == "/control":
            return as_json(asdict(self.server.messages.faults))
        if url.path == "/healthz":
            self.server.ledger.statuses()
            return Answer(200, b"ok", "text/plain; charset=utf-8")
        return self.server.phones.answer(url.path, query, time.time())

    def _api_answer(self, path: str, query: dict[str, str], body: bytes) -> Outcome:
        messages = self.server.messages
        faults = messages.faults
        if faults.outage:
            return Reset()
        is_refused = faults.status_500 or faults.auth_revoked or not self._is_authentic(path)
        is_all = path == f"{messages.root}.json"
        if is_all and self.command == "POST" and not is_refused:
            form = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
            return messages.create(dict(form))
        messages.idle()
        if is_refused:
            return error(20500 if faults.status_500 else 20003)
        if is_all:
            return messages.listing(query) if self.command == "GET" else error(20004)
        one = re.fullmatch(re.escape(messages.root) + r"/((?:SM|MM)[0-9a-f]{32})\.json", path)
        if one and self.command == "GET":
            return messages.fetch(one[1])
        return error(20404, path)

    def _is_authentic(self, path: str) -> bool:
        """Whether the Basic credentials are the account's own, and the path is the account's."""
        account_sid = self.server.messages.root.split("/")[3]
        scheme, _, credentials = self.headers.get("Authorization", "").partition(" ")
        try:
            given = base64.b64decode(credentials, validate=True)
        except ValueError:
            return False
        expected = f"{account_sid}:{self.server.auth_token}".encode()
        is_own_path = path.startswith(f"/2010-04-01/Accounts/{account_sid}/")
        return scheme.lower() == "basic" and hmac.compare_digest(given, expected) and is_own_path

    def _reply_answer(self, body: bytes) -> Answer:
        """Take an answer from a phone on the page, and go back to it. A page of another site cannot send one."""
        host, origin = self.headers.get("Host", ""), self.headers.get("Origin", "")
        if host.rsplit(":", 1)[0] not in LOOPBACK_HOSTS or origin not in ("", f"http://{host}"):
            return as_json({"error": "answer from the page of the phones"}, 403)
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        try:
            replies.take(self.server.ledger, form.get("number", ""), form.get("body", ""), time.time())
        except replies.CannotAnswer:
            return as_json({"error": "this phone has nothing it can answer, or the text is empty"}, 400)
        self.server.messages.ring()
        came_from = urlsplit(self.headers.get("Referer", ""))
        back = f"/?{came_from.query}" if came_from.netloc == host and came_from.query else "/"
        return Answer(303, b"", "text/plain; charset=utf-8", (("Location", back),))

    def _control_answer(self, path: str, body: bytes) -> Answer:
        """Turn knobs. A page of another site cannot: it can send neither this type nor this host unasked."""
        if self.command != "POST" or path not in ("/control", "/control/reset"):
            return as_json({"error": "not found"}, 404)
        host = self.headers.get("Host", "").rsplit(":", 1)[0]
        if self.headers.get_content_type() != "application/json" or host not in LOOPBACK_HOSTS:
            return as_json({"error": "send application/json to a loopback host"}, 415)
        if path == "/control/reset":
            self.server.messages.reset()
            return as_json(asdict(self.server.messages.faults))
        try:
            return as_json(asdict(self.server.messages.turn(json.loads(body))))
        except (BadKnob, json.JSONDecodeError, UnicodeDecodeError) as reason:
            return as_json({"error": str(reason)}, 400)

    def _respond(self, outcome: Outcome) -> None:
        if isinstance(outcome, Answer):
            self.send_response(outcome.status)
            self.send_header("Content-Type", outcome.content_type)
            self.send_header("Content-Length", str(len(outcome.body)))
            for name, value in outcome.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(outcome.body)
            return
        if isinstance(outcome, Silence):
            time.sleep(outcome.seconds)
        else:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        self.close_connection = True
