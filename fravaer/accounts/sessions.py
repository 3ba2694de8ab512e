"""Where is a session kept, and where is somebody signed in?

In the database, so that one that was ended is ended everywhere at once; read by one statement that is put together once. A
row says whose it is, so that each can see where she is signed in and end what she does not know, and so that nothing of a
leaver's stays open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from fravaer.accounts.models import Session
from fravaer.core.asking import question

BEGUN, TOUCHED = "begun", "touched"
DEVICE, LOGIN = "device", "login"


@question
def _stored(key: str, now: datetime) -> QuerySet[Session, str]:
    """What is kept under the key, unless it has run out."""
    return Session.objects.filter(session_key=key, expire_date__gt=now).values_list("session_data", flat=True)


class SessionStore(db.SessionStore):
    """Django's sessions in the database, in a table that knows whose they are."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        for data in _stored(str(self.session_key), timezone.now()):
            return self.decode(data)
        # As Django does: the browser's key is not taken over for a session that does not exist.
        self._session_key = None
        return {}

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = super().create_model_instance(data)
        assert isinstance(row, Session)
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.begun_at = _moment(data.get(BEGUN))
        row.seen_at = _moment(data.get(TOUCHED))
        row.device = str(data.get(DEVICE, ""))[:60]
        row.login = str(data.get(LOGIN, ""))
        return row


@dataclass(frozen=True, slots=True)
class Seat:
    """One open session of a person. `handle` names it on a page without being its key."""

    handle: str
    device: str
    begun_at: datetime | None
    seen_at: datetime | None
    is_this: bool


def of_user(user_id: int, this: str, now: datetime, idle: timedelta, absolute: timedelta) -> list[Seat]:
    """Where the user is signed in, the latest used first; `this` is the key of the session that asks.

    `idle` and `absolute` are how long a session lasts without a page, and at all.
    """
    rows = Session.objects.filter(
        user_id=user_id, seen_at__gt=now - idle, begun_at__gt=now - absolute
    ).order_by("-seen_at")
    return [
        Seat(_handle(row.session_key), row.device, row.begun_at, row.seen_at, row.session_key == this)
        for row in rows
    ]


def end(user_id: int, handle: str) -> bool:
    """End the one session of the user that the handle names. Whether there was one."""
    for key in Session.objects.filter(user_id=user_id).values_list("session_key", flat=True):
        if constant_time_compare(_handle(key), handle):
            Session.objects.filter(session_key=key).delete()
            return True
    return False


def end_others(user_id: int, this: str) -> int:
    """End every session of the user but this one. Returns how many."""
    ended, _tables = Session.objects.filter(user_id=user_id).exclude(session_key=this).delete()
    return ended


def end_all(user_id: int) -> int:
    """End every session of the user. Returns how many."""
    ended, _tables = Session.objects.filter(user_id=user_id).delete()
    return ended


def end_of_login(login: str) -> int:
    """End what was begun in one session of the municipality's login (`login_of`). Returns how many."""
    ended, _tables = Session.objects.filter(login=login).delete()
    return ended


def forget(now: datetime) -> int:
    """Remove the sessions that have run out. Returns how many."""
    gone, _tables = Session.objects.filter(expire_date__lt=now).delete()
    return gone


def login_of(issuer: str, sid: str) -> str:
    """How a session of the municipality's login is named here; nothing when it names none."""
    return sha256(f"{issuer} {sid}".encode()).hexdigest() if sid else ""


def device_of(agent: str) -> str:
    """What a browser calls itself, in few words: `Firefox, Windows`."""
    programs = {
        "Edg/": "Edge",
        "OPR/": "Opera",
        "Firefox/": "Firefox",
        "Chrome/": "Chrome",
        "Safari/": "Safari",
    }
    machines = {
        "iPhone": "iPhone",
        "iPad": "iPad",
        "Android": "Android",
        "Windows": "Windows",
        "CrOS": "Chromebook",
        "Mac OS X": "Mac",
        "Linux": "Linux",
    }
    named = [
        next((name for part, name in names.items() if part in agent), "") for names in (programs, machines)
    ]
    return ", ".join(name for name in named if name)


def _handle(key: str) -> str:
    return salted_hmac("fravaer.accounts.sessions", key, algorithm="sha256").hexdigest()[:20]


def _moment(at: object) -> datetime | None:
    return datetime.fromtimestamp(at, UTC) if isinstance(at, (int, float)) else None
