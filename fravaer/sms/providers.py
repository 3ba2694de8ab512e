"""Through which provider do messages leave this installation?

Settings enter here; rooms get the gateway passed in.
"""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from fravaer.schools import installation
from fravaer.sms import owner
from fravaer.sms.delivery import Pace, Rounds, Sender
from fravaer.sms.gateway import Gateway, Twilio

# Shared by the threads of this process, whatever starts them.
PACE = Pace()
STOP = threading.Event()
ROUNDS = Rounds()


def gateway() -> Gateway | None:
    """The configured provider, or None where no account is named: then nothing is sent and everything waits.

    Nor is there one in a restored copy, which must not write to anybody about what it believes is still to be sent.
    """
    if installation.is_copy(Path(settings.FRAVAER_JOURNAL)):
        return None
    if not (settings.TWILIO_ACCOUNT_SID and settings.TWILIO_AUTH_TOKEN and settings.TWILIO_FROM):
        return None
    return _twilio(
        settings.TWILIO_ACCOUNT_SID,
        settings.TWILIO_AUTH_TOKEN,
        settings.TWILIO_FROM,
        settings.TWILIO_BASE_URL,
    )


def name() -> str:
    """The name the provider's messages and its circuit go by, also where no account is named."""
    return Twilio.name


def answerable() -> bool:
    """Whether guardians can write back: the sender is a number. To a sender of letters nobody can answer, and texts say so."""
    return settings.TWILIO_FROM.startswith("+")


def sender() -> Sender | None:
    """What this process sends with, its lock in the database included."""
    found = gateway()
    if found is None:
        return None
    return Sender(
        found,
        owner.mine(),
        timezone.now,
        settings.PUBLIC_BASE_URL,
        PACE,
        STOP,
        settings.SMS_PER_SECOND,
        ROUNDS,
    )


@cache
def _twilio(account_sid: str, auth_token: str, sender: str, base_url: str) -> Twilio:
    return Twilio(account_sid=account_sid, auth_token=auth_token, sender=sender, base_url=base_url)
