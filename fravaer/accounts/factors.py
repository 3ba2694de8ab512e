"""With what second thing does somebody prove who she is, beside her password?

An app that shows codes, or a passkey (`passkeys`); and ten codes on paper for the day the telephone is lost. The only writer
of apps and of codes. A code is used once: the app's by its half minute, the paper's by being struck out.
"""

from __future__ import annotations

import secrets
from base64 import b32decode, b32encode
from datetime import datetime
from urllib.parse import quote, urlencode
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from fravaer.accounts.models import Authenticator, Passkey, RecoveryCode
from fravaer.audit import trail

STEP_SECONDS = 30
SECRET_BYTES = 20
DIGITS = 6
PAPER_CODES = 10
ISSUER = "Fravær"


def has_any(user_id: int) -> bool:
    """Whether the user has an app or a passkey."""
    return (
        Authenticator.objects.filter(user_id=user_id).exists()
        or Passkey.objects.filter(user_id=user_id).exists()
    )


def new_secret() -> str:
    """A secret for an app, as it is typed into one."""
    return b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def address(secret: str, email: str) -> str:
    """What an app is given to take the secret over."""
    asked = urlencode(
        {"secret": secret, "issuer": ISSUER, "digits": DIGITS, "period": STEP_SECONDS}, quote_via=quote
    )
    return f"otpauth://totp/{quote(f'{ISSUER}:{email}')}?{asked}"


def shows(secret: str, code: str, now: datetime) -> bool:
    """Whether an app with this secret shows the code now."""
    return _step(secret, code, now, -1) is not None


def add_app(user_id: int, secret: str, code: str, now: datetime) -> bool:
    """Let the app with this secret prove who the user is, once it has shown a right code. Whether it did."""
    step = _step(secret, code, now, -1)
    if step is None:
        return False
    row_id = uuid4()
    with transaction.atomic():
        Authenticator.objects.create(
            id=row_id,
            user_id=user_id,
            secret=secret,
            made_at=now,
            used_at=now,
            last_step=step,
        )
        trail.changed(user_id, "factor.add", subject="app", subject_id=row_id)
    return True


def prove_by_app(user_id: int, code: str, now: datetime) -> bool:
    """Whether one of the user's apps shows the code now. A code that was used is used up."""
    with transaction.atomic():
        for app in Authenticator.objects.select_for_update().filter(user_id=user_id):
            step = _step(app.secret, code, now, app.last_step)
            if step is not None:
                app.last_step, app.used_at = step, now
                app.save(update_fields=["last_step", "used_at"])
                return True
    return False


def new_paper(user_id: int, now: datetime) -> list[str]:
    """Ten new codes in place of those there were: shown once, kept as hashes."""
    codes = [_paper_code() for _n in range(PAPER_CODES)]
    with transaction.atomic():
        RecoveryCode.objects.filter(user_id=user_id).delete()
        RecoveryCode.objects.bulk_create(
            RecoveryCode(user_id=user_id, digest=_digest(user_id, code)) for code in codes
        )
        trail.changed(user_id, "factor.codes", subject="codes")
    return codes


def prove_by_paper(user_id: int, code: str, now: datetime) -> bool:
    """Whether the code is one of the user's on paper that was not used. It is used now."""
    digest = _digest(user_id, code.replace("-", "").replace(" ", "").upper())
    used = RecoveryCode.objects.filter(user_id=user_id, digest=digest, used_at=None).update(used_at=now)
    if used:
        trail.changed(user_id, "factor.code_used", subject="codes")
    return bool(used)


def paper_left(user_id: int) -> int:
    """How many codes on paper the user has not used."""
    return RecoveryCode.objects.filter(user_id=user_id, used_at=None).count()


def apps(user_id: int) -> list[Authenticator]:
    """The user's apps, the oldest first."""
    return list(Authenticator.objects.filter(user_id=user_id).order_by("made_at"))


def remove_app(user_id: int, app_id: UUID) -> bool:
    """Let an app prove nothing any more, unless it is the last thing she has. Whether it was removed."""
    with transaction.atomic():
        held = list(Authenticator.objects.select_for_update().filter(user_id=user_id))
        keys = Passkey.objects.filter(user_id=user_id).count()
        if len(held) + keys < 2 or app_id not in {app.id for app in held}:
            return False
        Authenticator.objects.filter(pk=app_id).delete()
        trail.changed(user_id, "factor.remove", subject="app", subject_id=app_id)
    return True


def forget_all(user_id: int, actor_id: int | None) -> None:
    """Take everything away that proves who the user is: at her next sign-in she begins anew."""
    with transaction.atomic():
        Authenticator.objects.filter(user_id=user_id).delete()
        RecoveryCode.objects.filter(user_id=user_id).delete()
        trail.changed(actor_id, "factor.forget", subject="user", subject_id=user_id)


def _step(secret: str, code: str, now: datetime, last: int) -> int | None:
    """The half minute the code is of, if it is right, near enough and later than the last one used."""
    typed = "".join(code.split())
    if not (typed.isascii() and typed.isdigit() and len(typed) == DIGITS):
        return None
    # The method every app knows (RFC 6238); its weakness against collisions is none here.
    app = TOTP(b32decode(secret), DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303
    step = int(now.timestamp()) // STEP_SECONDS
    for near in (step, step - 1, step + 1):
        if near > last and constant_time_compare(app.generate(near * STEP_SECONDS).decode(), typed):
            return near
    return None


def _paper_code() -> str:
    raw = b32encode(secrets.token_bytes(8)).decode().rstrip("=")[:12]
    return "-".join(raw[at : at + 4] for at in range(0, 12, 4))


def _digest(user_id: int, code: str) -> str:
    plain = code.replace("-", "")
    return salted_hmac("fravaer.accounts.factors", f"{user_id} {plain}", algorithm="sha256").hexdigest()
