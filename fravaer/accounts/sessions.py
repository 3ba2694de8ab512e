"""Where is a session kept?

In the database, so that one that was ended is ended everywhere at once; read by one statement that is put together once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from fravaer.core.asking import question


@question
def _stored(key: str, now: datetime) -> QuerySet[Session, str]:
    """What is kept under the key, unless it has run out."""
    return Session.objects.filter(session_key=key, expire_date__gt=now).values_list("session_data", flat=True)


class SessionStore(db.SessionStore):
    """Django's own sessions in the database."""

    def load(self) -> dict[str, Any]:
        for data in _stored(str(self.session_key), timezone.now()):
            return self.decode(data)
        # As Django does: the browser's key is not taken over for a session that does not exist.
        self._session_key = None
        return {}
