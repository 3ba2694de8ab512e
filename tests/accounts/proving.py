"""What somebody proves herself with in the tests: an app whose secret is known here."""

from __future__ import annotations

import time
from base64 import b32decode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.utils import timezone

from fravaer.accounts.models import Authenticator, User

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def app_of(user: User) -> Authenticator:
    """An app of the user that shows codes."""
    return Authenticator.objects.create(user=user, secret=SECRET, made_at=timezone.now())


def code(secret: str = SECRET, *, later: int = 0) -> str:
    """What an app with the secret shows now, or so many half minutes later, as RFC 6238 has it."""
    app = TOTP(b32decode(secret), 6, SHA1(), 30, enforce_key_length=False)
    return app.generate(int(time.time()) + 30 * later).decode()
