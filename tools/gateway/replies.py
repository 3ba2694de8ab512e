"""What does a parent answer from her phone, and when does the provider itself stop sending to her?

A reply goes to the number of the latest message on the phone; a sender of letters cannot be answered. The customer is told at
the one address given with ``--inbound``, signed like every other call and repeated until it has been taken.
"""

from __future__ import annotations

import re
import secrets
import uuid

from tools.gateway.ledger import Ledger, Reply, Step
from tools.gateway.numbers import is_well_formed

LONGEST = 1600
# How a call about a reply is repeated; a customer sets it in the address of the webhook.
OVERRIDES = "#rc=5&rp=all"
# What a provider takes as a no, and as a yes again, by itself.
STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START = frozenset({"START", "UNSTOP"})


class CannotAnswer(ValueError):
    """The phone has no message from a number, or the text is empty or too long."""


def take(ledger: Ledger, number: str, body: str, now: float) -> Reply:
    """Note that ``number`` has answered ``body``, and plan the call that tells of it. Raises CannotAnswer."""
    sender = ledger.latest_sender(number)
    text = body.strip()
    if sender is None or not is_answerable(sender) or not 0 < len(text) <= LONGEST:
        raise CannotAnswer
    word = text.upper()
    stops = 1 if word in STOP else 0 if word in START else None
    reply = Reply("SM" + secrets.token_hex(16), number, sender, text, now, stops, "")
    ledger.answer(reply, Step(reply.sid, now, "reply", "received", token=str(uuid.uuid4())))
    return reply


def is_answerable(sender: str) -> bool:
    """Whether one can write to ``sender``: it is a number."""
    return bool(re.fullmatch(r"\+\d+", sender)) and is_well_formed(sender)


def form(reply: Reply, account_sid: str) -> dict[str, str]:
    """The parameters of the call that tells of the reply."""
    return {
        "AccountSid": account_sid,
        "ApiVersion": "2010-04-01",
        "Body": reply.body,
        "From": reply.sender,
        "MessageSid": reply.sid,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsMessageSid": reply.sid,
        "SmsSid": reply.sid,
        "SmsStatus": "received",
        "To": reply.recipient,
    }
