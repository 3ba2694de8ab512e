"""What had somebody typed when we stopped her to ask who she is?

A form that is sent too late, or without a fresh proof, is kept whole in her session until she has proved herself, and sent on
a press of hers. It is kept encrypted with a key of her own: whoever signs in after her in the same browser reads nothing of it,
nor does anybody who only sees the table of sessions. Files are not kept: they are still on her own machine.
"""

from __future__ import annotations

import json
import secrets
import zlib
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme

from fravaer.core import uploads

KEPT = "typed"
# The field of the form that is sent again by which it is forgotten here.
FIELD = "kept_form"
LASTS = timedelta(hours=12)
MOST = 3
FEWEST = 3
LARGEST = 300_000
# A CPR number is kept nowhere but in its table: the field of this name is typed again.
NUMBER = "cpr"
# What a form sends that is made anew, and that.
NOT_KEPT = frozenset({"csrfmiddlewaretoken", FIELD, NUMBER})
# A text of at least so many characters was typed; shorter ones are choices and keys.
A_TEXT = 15


@dataclass(frozen=True, slots=True)
class Kept:
    """A form as it was sent: where to, from which page, with which fields in their order."""

    key: str
    path: str
    page: str
    fields: tuple[tuple[str, str], ...]
    had_files: bool
    # Whether she has only been asked for a proof: then it may go on by itself.
    resend: bool

    @property
    def texts(self) -> list[str]:
        """What somebody typed in her own words, as far as one can tell."""
        return [value for _name, value in self.fields if len(value) >= A_TEXT and " " in value.strip()]


def keep(request: HttpRequest, user_id: int | None, *, page: str, now: datetime, resend: bool) -> str:
    """Keep the form that is being sent, and answer the key it is found by; nothing, when there is nothing to keep.

    To be called for forms whose token was checked: nobody else's form may wait here for a press of hers.
    """
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in NOT_KEPT
        for value in values
        if isinstance(value, str)
    ]
    # After signing in again a single press of a button is pressed again; where only a proof was lacking it goes on.
    if not resend and len(fields) < FEWEST and not any(len(value) >= A_TEXT for _name, value in fields):
        return ""
    key = secrets.token_urlsafe(9)
    content = json.dumps([request.get_full_path(), page, fields, bool(uploads.files(request)), resend])
    if user_id is None or len(content) > LARGEST:
        return ""
    standing = {
        name: one for name, one in request.session.get(KEPT, {}).items() if not _is_over(one["at"], now)
    }
    newest = dict(sorted(standing.items(), key=lambda item: -item[1]["at"])[: MOST - 1])
    request.session[KEPT] = {**newest, key: {"at": now.timestamp(), "sealed": _sealed(content, user_id, key)}}
    return key


def opened(session: SessionBase, user_id: int | None, key: str, now: datetime) -> Kept | None:
    """The form kept under the key, if it is this person's and not too old."""
    one = session.get(KEPT, {}).get(key)
    if one is None or user_id is None or _is_over(one["at"], now):
        return None
    try:
        path, page, fields, had_files, resend = json.loads(_unsealed(one["sealed"], user_id, key))
    except InvalidTag:
        return None
    return Kept(key, path, page, tuple((name, value) for name, value in fields), had_files, resend)


def drop(session: SessionBase, key: str) -> None:
    """Forget the form kept under the key: it is being sent."""
    standing = dict(session.get(KEPT, {}))
    if standing.pop(key, None) is not None:
        session[KEPT] = standing


def page_of(request: HttpRequest) -> str:
    """The page whose form is being sent, as a path of ours."""
    form = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(form, {request.get_host()}, require_https=request.is_secure()):
        return urlsplit(form)._replace(scheme="", netloc="", fragment="").geturl() or "/"
    return "/"


def _is_over(at: float, now: datetime) -> bool:
    return now.timestamp() - at > LASTS.total_seconds()


def _sealed(content: str, user_id: int, key: str) -> str:
    nonce = secrets.token_bytes(12)
    hidden = AESGCM(_key(user_id)).encrypt(nonce, zlib.compress(content.encode()), key.encode())
    return b64encode(nonce + hidden).decode()


def _unsealed(sealed: str, user_id: int, key: str) -> str:
    raw = b64decode(sealed)
    return zlib.decompress(AESGCM(_key(user_id)).decrypt(raw[:12], raw[12:], key.encode())).decode()


def _key(user_id: int) -> bytes:
    return salted_hmac("fravaer.accounts.typed", str(user_id), algorithm="sha256").digest()
