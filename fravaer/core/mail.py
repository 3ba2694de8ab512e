"""Does mail leave this installation, and by which door?

Without a mail server nothing leaves: reminders stand on the pages alone. Where there is one, every job that mails goes by this
door, so that all of them are silent together.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend

NOWHERE = "django.core.mail.backends.dummy.EmailBackend"


@dataclass(frozen=True, slots=True)
class Door:
    """The connection mail leaves by, whom it comes from, and the address its links begin with."""

    connection: BaseEmailBackend
    sender: str
    base_url: str


def door() -> Door | None:
    """The way out, or None when no mail leaves."""
    if settings.EMAIL_BACKEND == NOWHERE:
        return None
    return Door(get_connection(), settings.DEFAULT_FROM_EMAIL, settings.PUBLIC_BASE_URL)
