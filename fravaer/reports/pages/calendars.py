"""The year wheel in a calendar: making the address, taking it back, and what a calendar is answered."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from fravaer.accounts import guessing
from fravaer.accounts.roles import Action
from fravaer.core.access import public, requires
from fravaer.core.http import Request
from fravaer.reports import feeds, ical

# What wrong addresses are counted under.
GUESSED = "calendar feed"


@requires(Action.WHEEL_READ)
@require_GET
def mine(request: Request) -> HttpResponse:
    """Whether one has an address, and since when."""
    return _page(request)


@requires(Action.WHEEL_READ)
@require_POST
def make(request: Request) -> HttpResponse:
    """A new address. It is shown in this answer alone, and stored nowhere, so there is no page to be sent on to."""
    secret = feeds.make(request.scope, request.now)
    return _page(request, settings.PUBLIC_BASE_URL + reverse("reports:wheel-feed", args=[secret]))


@requires(Action.WHEEL_READ)
@require_POST
def revoke(request: Request) -> HttpResponse:
    """Take the address back."""
    if feeds.revoke(request.scope, request.now):
        messages.success(request, _("The address no longer works."))
    response = redirect("reports:wheel-feed-mine")
    response.status_code = 303
    return response


@public
@never_cache
@require_safe
def feed(request: Request, secret: str) -> HttpResponse:
    """The calendar for whoever knows the address. An address that opens nothing is not found, whatever the reason."""
    if not guessing.may_try(request, GUESSED):
        return HttpResponse(_("Too many wrong addresses. Try again later."), "text/plain", status=429)
    found = feeds.opened(secret, request.now)
    if found.scope is None:
        # A calendar that goes on asking for an address taken back is nobody guessing.
        if not found.was_known:
            guessing.failed(request, GUESSED)
        raise Http404
    return HttpResponse(ical.calendar(found.scope, request.day), "text/calendar; charset=utf-8")


def _page(request: Request, address: str = "") -> HttpResponse:
    assert request.scope.actor_id is not None
    return render(
        request,
        "reports/feed.html",
        {"standing": feeds.standing(request.scope.actor_id), "address": address},
    )
