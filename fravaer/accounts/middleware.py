"""Who is this, what does she reach, and is her session still good?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from fravaer.accounts import emergency, freshness, levels, typed
from fravaer.accounts.scoping import enter
from fravaer.accounts.sessions import BEGUN, TOUCHED
from fravaer.core import walls
from fravaer.core.access import PUBLIC, View, declared_action
from fravaer.core.scope import NOTHING
from fravaer.schools import schooldays

Next = Callable[[HttpRequest], HttpResponseBase]
ROLE_KEY = "role"
# Sent by pages that fetch themselves anew.
POLL_HEADER = "X-Fravaer-Poll"
# The session is written at most this often for the sake of its clock, so that reading pages costs no write.
TOUCH_SECONDS = 60


class SessionLimits:
    """End a session that has been idle too long, or has lasted too long whatever was done in it."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            now = timezone.now().timestamp()
            begun = request.session.setdefault(BEGUN, now)
            touched = request.session.get(TOUCHED, now)
            if (
                now - touched > settings.SESSION_IDLE_MINUTES * 60
                or now - begun > settings.SESSION_ABSOLUTE_HOURS * 3600
            ):
                return _ended(request)
            # A page that refreshes itself is nobody working: it must not keep a forgotten session open.
            idle = POLL_HEADER in request.headers
            if TOUCHED not in request.session or (now - touched > TOUCH_SECONDS and not idle):
                request.session[TOUCHED] = now
            if typed.KEPT in request.session and request.method == "POST" and typed.FIELD in request.POST:
                typed.drop(request.session, request.POST[typed.FIELD])
        return self.get_response(request)


def _ended(request: HttpRequest) -> HttpResponseBase:
    """Sign her out. A form she was sending waits for her to come back: kept sealed with her own key, sent by a press."""
    way_back, user_id, kept = _way_back(request), request.user.pk, ""
    if request.method == "POST" and _is_ours(request):
        moment = timezone.now()
        kept = typed.keep(request, user_id, page=way_back, now=moment, resend=False)
    waiting = request.session.get(typed.KEPT)
    logout(request)
    if kept:
        request.session[typed.KEPT] = waiting
        way_back = reverse("confirm-send", args=[kept])
    messages.info(request, _("You have been signed out because time ran out. Sign in again to go on."))
    return redirect_to_login(way_back)


def _is_ours(request: HttpRequest) -> bool:
    """Whether the form is one of our own pages', sent as a page: nobody else's may wait here for a press of hers."""
    if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        return False
    return CsrfViewMiddleware(lambda _request: HttpResponse()).process_view(request, _ended, (), {}) is None


def _way_back(request: HttpRequest) -> str:
    """Where to go on after signing in again: the page asked for, or the one whose form was being sent."""
    if request.method == "GET":
        return request.get_full_path()
    form = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(form, {request.get_host()}, require_https=request.is_secure()):
        return urlsplit(form)._replace(scheme="", netloc="").geturl()
    return "/"


class ScopeOfRequest:
    """Put the moment, the day in view and the actor's scope on the request: the clock enters here."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.now = timezone.now()  # type: ignore[attr-defined]
        request.day = day_in_view(timezone.localdate())  # type: ignore[attr-defined]
        request.scope = NOTHING  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            request.scope = enter(  # type: ignore[attr-defined]
                request.user.pk,
                request.now,  # type: ignore[attr-defined]
                request.session.get(ROLE_KEY, ""),
            )
            if emergency.SESSION_KEY in request.session:
                _narrow(request)
            request.scope = levels.narrowed(  # type: ignore[attr-defined]
                request.scope,  # type: ignore[attr-defined]
                levels.of_session(request.session),
                register_at_low=settings.OIDC_LOW_REGISTER,
            )
        else:
            # What the database was told before on this connection holds no longer.
            walls.leave()
        with walls.page():
            response = self.get_response(request)
        if request.user.is_authenticated:
            # Pages about children are not left in a shared computer's cache.
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    def process_view(
        self, request: HttpRequest, view: View, args: Any, kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Ask for a surer login before the view, where the session's is not sure enough for it."""
        action = declared_action(view)
        if not request.user.is_authenticated or action in (None, PUBLIC):
            return None
        enough = levels.is_enough(
            levels.of_session(request.session),
            str(action),
            register_at_low=settings.OIDC_LOW_REGISTER,
            day=kwargs.get("day"),
            today=request.day,  # type: ignore[attr-defined]
        )
        return None if enough else freshness.asked(request)  # type: ignore[arg-type]


def _narrow(request: HttpRequest) -> None:
    """The session reads one child in an emergency: that child alone, and nothing any more when the access is over."""
    key = request.session[emergency.SESSION_KEY]
    scope = emergency.narrowed(request.scope, key, request.now)  # type: ignore[attr-defined]
    if scope.emergency_until is None:
        del request.session[emergency.SESSION_KEY]
        messages.info(request, _("The emergency access is over."))
    elif scope.actor_id:
        walls.enter(scope.actor_id, f"{walls.EMERGENCY}{key}", request.now)  # type: ignore[attr-defined]
    request.scope = scope  # type: ignore[attr-defined]


def day_in_view(today: date) -> date:
    """Today; in a demonstration the latest school day, so that it works on a Sunday in July as well."""
    return schooldays.day_in_view(today) if settings.DEMO else today
