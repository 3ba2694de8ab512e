"""May this person open one more child just now?

Work is a handful of children; somebody who goes through them one after another is looking for something, or is not who she says
she is. Beyond so many different children an hour she proves once more who she is, and the data protection controller finds an
entry in the trail. Nobody is locked out by it. A list of one's own class or school counts as nothing here: it is one page, and
the trail has everybody on it. Legal basis: data protection regulation article 32.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect

from fravaer.accounts import freshness
from fravaer.audit import trail
from fravaer.core.http import Request

HOUR = timedelta(hours=1)
# In the session: how far she may go on, and until when; and when it was noted.
ALLOWED, NOTED = "many_children", "many_children_noted"
OPENED = """
WITH gone AS (
    DELETE FROM accounts_openedchild WHERE user_id = %(user)s AND at <= %(since)s AND pupil_id <> %(pupil)s
), now_opened AS (
    INSERT INTO accounts_openedchild (user_id, pupil_id, at) VALUES (%(user)s, %(pupil)s, %(now)s)
    ON CONFLICT (user_id, pupil_id) DO UPDATE SET at = EXCLUDED.at
)
SELECT 1 + count(*) FROM accounts_openedchild WHERE user_id = %(user)s AND at > %(since)s AND pupil_id <> %(pupil)s
"""


class TooMany(Exception):
    """She has opened many children within the hour, and is to prove who she is before the next."""


def opened(request: Request, pupil_id: int) -> None:
    """Count the child among those the actor has opened. Raises TooMany. What is sent to a page counts as nothing."""
    if request.method not in ("GET", "HEAD") or request.scope.actor_id is None:
        return
    children = count(request.scope.actor_id, pupil_id, request.now)
    most: int = settings.CHILDREN_AN_HOUR
    if children <= most:
        return
    now = request.now.timestamp()
    until, up_to = request.session.get(ALLOWED, (0, 0))
    if now < until and children <= up_to:
        return
    if freshness.is_fresh(request.session, request.now):
        request.session[ALLOWED] = ((request.now + HOUR).timestamp(), children + most)
        return
    if now - request.session.get(NOTED, 0) > HOUR.total_seconds():
        request.session[NOTED] = now
        trail.changed(
            request.scope.actor_id,
            "control.many_children",
            role=request.scope.role,
            subject="control.children",
            detail={"children": children, "minutes": 60},
        )
    raise TooMany


def count(user_id: int, pupil_id: int, now: datetime) -> int:
    """How many different children the person has opened within the hour, this one among them; this one is noted."""
    with connection.cursor() as cursor:
        cursor.execute(OPENED, {"user": user_id, "pupil": pupil_id, "now": now, "since": now - HOUR})
        found: int = cursor.fetchone()[0]
    return found


class ManyChildren:
    """Send whoever opens too many children on to the page where she proves who she is, with the way back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: Any, exception: Exception) -> HttpResponseBase | None:
        if not isinstance(exception, TooMany):
            return None
        return HttpResponseRedirect(freshness.address(request.get_full_path()))
