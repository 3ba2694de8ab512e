"""Is somebody guessing at many accounts, or at one from many places?

The lock of one account from one address (django-axes) stops a guesser at the keyboard, and keeps no colleague out. Somebody
who tries one password at every account, or one account from everywhere, stays below it. So the wrong guesses are summed as
well: of an address over all accounts, of an account over all addresses. Above a limit no password is looked at from a browser
that has never signed in to the account. Her own browser carries a signed mark and goes on as before, and a passkey is never
braked: it cannot be guessed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from axes.models import AccessAttempt
from django.core import signing
from django.db.models import Sum
from django.http import HttpRequest, HttpResponseBase

from fravaer.accounts.models import User

MINUTES = timedelta(minutes=15)
# A school's whole staff may share one address, and mistype on the first morning after the holidays.
OF_AN_ADDRESS = 60
OF_AN_ACCOUNT = 40
COOKIE = "device"
SALT = "fravaer.accounts.braking"
LASTS = timedelta(days=365)
# So many persons sign in from one shared computer before the first is forgotten.
MOST = 20


def brakes(account: str, address: str, now: datetime) -> bool:
    """Whether guesses at this account, or from this address, have become too many."""
    recent = AccessAttempt.objects.filter(attempt_time__gt=now - MINUTES)

    def wrong(**of: str) -> int:
        return recent.filter(**of).aggregate(sum=Sum("failures_since_start"))["sum"] or 0

    return wrong(ip_address=address) >= OF_AN_ADDRESS or wrong(username=account) >= OF_AN_ACCOUNT


def knows(request: HttpRequest, account: str) -> bool:
    """Whether this browser has signed in to the account before."""
    user_id = User.objects.filter(email__iexact=account).values_list("pk", flat=True).first()
    return user_id is not None and user_id in _known(request)


def remember(request: HttpRequest, response: HttpResponseBase, user_id: int, *, secure: bool) -> None:
    """Mark the browser as one in which the user has signed in."""
    known = [user_id, *(one for one in _known(request) if one != user_id)][:MOST]
    response.set_cookie(
        COOKIE,
        signing.dumps(known, salt=SALT),
        max_age=LASTS,
        secure=secure,
        httponly=True,
        samesite="Lax",
    )


def _known(request: HttpRequest) -> list[int]:
    try:
        found = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return []
    return [one for one in found if isinstance(one, int)] if isinstance(found, list) else []
