"""Which e-mails has the product sent on this machine? (the page at ``/mail``)

A mail server for 127.0.0.1 that takes what it is given and forwards nothing, and a page that shows the latest. They are kept in
memory: whoever stops the demo stops them.
"""

from __future__ import annotations

import email
import re
import socketserver
import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import default
from html import escape

from tools.gateway.answers import Answer
from tools.gateway.phones import HEADERS, LOCAL

KEPT = 50
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/[\w/-]*")


@dataclass(frozen=True)
class Letter:
    """One e-mail as it came to one receiver."""

    receiver: str
    subject: str
    text: str
    at: datetime


class Letterbox(socketserver.ThreadingTCPServer):
    """A mail server on 127.0.0.1. `refused` are addresses it does not know; `busy` turns everybody away."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Conversation)
        self.letters: deque[Letter] = deque(maxlen=KEPT)
        self.refused: set[str] = set()
        self.busy = False

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def take(self, receivers: list[str], message: EmailMessage) -> None:
        """Keep an e-mail for each of its receivers."""
        body = message.get_body(("plain",))
        text = body.get_content() if body else ""
        now = datetime.now(LOCAL)
        self.letters.extend(Letter(one, str(message["Subject"]), text, now) for one in receivers)

    def answer(self) -> Answer:
        """The page with the latest e-mails, the newest first."""
        letters = "".join(_letter(one) for one in reversed(self.letters))
        page = f"""<!doctype html>
<html lang="da">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mails – demo</title>
<link rel="stylesheet" href="/assets/phones.css">
<link rel="icon" href="/assets/phone.svg">
</head>
<body>
<header class="top"><div class="wide">
<div><h1>Mails</h1><p>Det, fravær har sendt på mail. Den nyeste står først. <a href="/">Forældrenes telefoner</a></p></div>
<p class="demo">Demo: intet sendes ud af denne maskine</p>
</div></header>
<main class="wide letters">{letters or "<p>Ingen mails endnu.</p>"}</main>
</body>
</html>
"""
        return Answer(200, page.encode(), "text/html; charset=utf-8", HEADERS)


class _Conversation(socketserver.StreamRequestHandler):
    server: Letterbox

    def handle(self) -> None:
        if self.server.busy:
            self._say("421 busy")
            return
        self._say("220 letterbox")
        receivers: list[str] = []
        while line := self.rfile.readline().decode().strip():
            verb = line.partition(" ")[0].upper().partition(":")[0]
            if verb == "RCPT":
                address = line.partition("<")[2].partition(">")[0]
                if address in self.server.refused:
                    self._say("550 unknown")
                    continue
                receivers.append(address)
            elif verb == "DATA":
                self._say("354 go on")
                message = email.message_from_bytes(self._body(), policy=default)
                assert isinstance(message, EmailMessage)
                self.server.take(receivers, message)
                receivers = []
            elif verb == "QUIT":
                self._say("221 bye")
                return
            self._say("250 ok")

    def _body(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        return b"".join(lines)

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


def _letter(one: Letter) -> str:
    text = ADDRESS.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', escape(one.text.strip()))
    return (
        f"<article class='letter'><h2>{escape(one.subject)}</h2>"
        f"<p>Til {escape(one.receiver)} · {one.at:%H.%M}</p><pre>{text}</pre></article>"
    )
