"""Where does an e-mail sent by a test arrive? At the small mail server of the demonstration, over a real connection."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage, Message

from tools.gateway.letters import Letterbox


class Mailbox(Letterbox):
    """The mail server, which keeps the e-mails themselves as well."""

    def __init__(self) -> None:
        super().__init__()
        self.received: list[tuple[str, Message]] = []

    def take(self, receivers: list[str], message: EmailMessage) -> None:
        super().take(receivers, message)
        self.received += [(receiver, message) for receiver in receivers]

    def to(self, address: str) -> list[Message]:
        """The e-mails to one address, oldest first."""
        return [message for receiver, message in self.received if receiver == address]


@contextmanager
def open_mailbox() -> Iterator[Mailbox]:
    with Mailbox() as mailbox:
        thread = threading.Thread(target=mailbox.serve_forever, daemon=True)
        thread.start()
        yield mailbox
        mailbox.shutdown()
        thread.join()
