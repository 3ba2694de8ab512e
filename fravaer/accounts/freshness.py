"""Has she proved who she is within the last few minutes?

What cannot be undone, and what leaves the house, asks for more than an open session: a second factor no older than five
minutes. A view says so with `fresh`; whoever has waited longer proves herself on a page of its own and comes back, and what
she had typed comes back with her (`typed`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from fravaer.accounts import typed
from fravaer.core.access import View
from fravaer.core.http import Request

LASTS = timedelta(minutes=5)
# Clocks of two of our own machines may differ by so much.
SKEW = timedelta(seconds=30)
CONFIRMED = "confirmed"
# Sent by scripts that save a row by itself and keep what was chosen on the device.
ROW_HEADER = "X-Fravaer-Row"


def confirm(session: SessionBase, now: datetime) -> None:
    """Note that the person of this session has proved who she is. The session gets another name."""
    session.cycle_key()
    session[CONFIRMED] = now.timestamp()


def is_fresh(session: SessionBase, now: datetime) -> bool:
    """Whether she proved who she is within the last five minutes."""
    at = session.get(CONFIRMED)
    if not isinstance(at, (int, float)):
        return False
    return -SKEW.total_seconds() <= now.timestamp() - at <= LASTS.total_seconds()


def fresh(view: View) -> View:
    """Let the view be called only by somebody who has just proved who she is."""
    return fresh_when(lambda request, **parts: True)(view)


def fresh_when(asks: Callable[..., bool]) -> Callable[[View], View]:
    """As `fresh`, for the requests of which `asks(request, **parts of the address)` is true."""

    def declare(view: View) -> View:
        @wraps(view)
        def proved(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if is_fresh(request.session, request.now) or not asks(request, **kwargs):
                return view(request, *args, **kwargs)
            return asked(request)

        proved.asks_freshness = True  # type: ignore[attr-defined]
        return proved

    return declare


def asked(request: Request) -> HttpResponse:
    """On to the page where she proves it, with the way back."""
    if request.headers.get("HX-Request"):
        current = urlsplit(request.headers.get("HX-Current-URL", ""))
        response = HttpResponse(status=204)
        response.headers["HX-Redirect"] = address(current.path or "/")
        return response
    if request.method in ("GET", "HEAD"):
        return HttpResponseRedirect(address(request.get_full_path()))
    page = typed.page_of(request)
    if request.headers.get(ROW_HEADER):
        kept = ""
    else:
        kept = typed.keep(request, request.scope.actor_id, page=page, now=request.now, resend=True)
    response = HttpResponseRedirect(address(page, kept))
    response.status_code = 303
    return response


def address(back: str, kept: str = "") -> str:
    """Where one proves who one is, and what one comes back to."""
    asked = {"next": back} | ({"kept": kept} if kept else {})
    return f"{reverse('confirm')}?{urlencode(asked)}"
