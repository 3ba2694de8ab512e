"""Where does an e-mail sent by a test arrive? At a small mail server of our own, over a real connection."""

from __future__ import annotations

import email
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from email.policy import default


class Mailbox(socketserver.ThreadingTCPServer):
    """A mail server that keeps what it is given. `refused` are addresses it does not know; `busy` turns everybody away."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.received: list[tuple[str, Message]] = []
        self.refused: set[str] = set()
        self.busy = False

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def to(self, address: str) -> list[Message]:
        """The e-mails to one address, oldest first."""
        return [message for receiver, message in self.received if receiver == address]


class _Conversation(socketserver.StreamRequestHandler):
    server: Mailbox

    def handle(self) -> None:
        if self.server.busy:
            self._say("421 busy")
            return
        self._say("220 mailbox")
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
                self.server.received += [(receiver, message) for receiver in receivers]
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


@contextmanager
def open_mailbox() -> Iterator[Mailbox]:
    with Mailbox() as mailbox:
        thread = threading.Thread(target=mailbox.serve_forever, daemon=True)
        thread.start()
        yield mailbox
        mailbox.shutdown()
        thread.join()
