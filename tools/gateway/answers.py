"""What can come back for one HTTP request?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

MESSAGES_OF = {
    20003: (401, "Authenticate"),
    20004: (405, "Method not allowed"),
    20404: (404, "The requested resource {0} was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    20503: (503, "Service Unavailable"),
    21211: (400, "Invalid 'To' Phone Number: {0}"),
    21212: (400, "Invalid From Number (caller ID): {0}"),
    21408: (
        400,
        "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {0}",
    ),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (
        400,
        "The 'From' phone number provided ({0}) is not a valid message-capable phone number of the account.",
    ),
    21609: (
        400,
        "The 'StatusCallback' URL {0} is not valid: this gateway only calls http:// URLs of this machine.",
    ),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (400, "This 'From' number has exceeded the maximum number of queued messages"),
    21612: (
        400,
        "Message cannot be sent with the current combination of 'To' ({0}) and/or 'From' parameters",
    ),
    21614: (400, "'To' number is not a valid mobile number: {0}"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21624: (400, "The validity period is not an integer between 1 and 36000 seconds: {0}"),
}


@dataclass(frozen=True)
class Answer:
    """A proper HTTP response."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Silence:
    """No response: the connection is kept open for ``seconds`` and then closed."""

    seconds: float


@dataclass(frozen=True)
class Reset:
    """No response: the connection is reset at once."""


Outcome = Answer | Silence | Reset


def as_json(value: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(value, ensure_ascii=False).encode())


def error(code: int, *about: str) -> Answer:
    """Twilio's error JSON for ``code``."""
    status, message = MESSAGES_OF[code]
    answer = as_json(
        {
            "code": code,
            "message": message.format(*about),
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": status,
        },
        status,
    )
    if status == 401:
        challenge = ("WWW-Authenticate", 'Basic realm="Twilio API"')
        return Answer(answer.status, answer.body, answer.content_type, (challenge,))
    return answer
