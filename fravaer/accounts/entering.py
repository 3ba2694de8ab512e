"""What happens once somebody has proved who she is?

The one way into the product, whichever way she came: a session of another name, which knows how surely we know her, by what
and when; and a line in the trail.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib import auth
from django.http import HttpRequest

from fravaer.accounts import freshness, sessions
from fravaer.accounts.levels import KEY as LEVEL
from fravaer.accounts.levels import Level
from fravaer.accounts.models import User
from fravaer.audit import trail

BACKEND = "fravaer.accounts.passwords.Passwords"
# By what the session was begun: a word of ours.
BY = "by"
# The municipality's login's own session, to be ended with ours.
ISSUED = "issued"


def somebody(user_id: int) -> User | None:
    """The user, if she may sign in at all."""
    return User.objects.filter(pk=user_id, is_active=True).first()


def enter(
    request: HttpRequest,
    user: User,
    *,
    level: Level,
    by: str,
    now: datetime,
    proved_at: datetime | None,
    login: str = "",
) -> None:
    """Begin the user's session. `proved_at` is when she last showed a second factor; `login` names the login's session."""
    auth.login(request, user, backend=BACKEND)
    session = request.session
    session[LEVEL] = level.value
    session[BY] = by
    session[sessions.BEGUN] = session[sessions.TOUCHED] = now.timestamp()
    session[sessions.DEVICE] = sessions.device_of(request.headers.get("User-Agent", ""))
    if login:
        session[sessions.LOGIN] = login
    if proved_at is not None:
        freshness.confirm(session, proved_at)
    trail.changed(user.pk, "session.begin", subject="session", detail={"by": by, "level": level.value})
