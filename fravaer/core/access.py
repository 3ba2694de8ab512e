"""May this view be called at all?

Deny by default: every view declares either the action it needs (`requires`) or that everyone may call it (`public`).
The middleware refuses a view that declares nothing, before it runs, so that none is born unprotected.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponseBase

View = Callable[..., HttpResponseBase]
PUBLIC = "public"


def requires(action: str) -> Callable[[View], View]:
    """Declare that the view needs `action` from the role × action table (fravaer.accounts.roles)."""

    def declare(view: View) -> View:
        view.required_action = str(action)  # type: ignore[attr-defined]
        return view

    return declare


def public(view: View) -> View:
    """Declare that the view may be called without signing in."""
    view.required_action = PUBLIC  # type: ignore[attr-defined]
    return login_not_required(view)


def declared_action(view: Any) -> str | None:
    """The action a view declares, `PUBLIC`, or None when it declares nothing."""
    action = getattr(view, "required_action", None)
    if action is None:
        action = getattr(getattr(view, "view_class", None), "required_action", None)
    return action


class DeclaredActionMiddleware:
    """Refuse views that declare nothing, and actors whose role may not do what the view declares (403)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        action = declared_action(view)
        if action is None:
            raise ImproperlyConfigured(f"the view {view!r} declares no action")
        if action == PUBLIC:
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not request.scope.may(action):  # type: ignore[attr-defined]
            raise PermissionDenied
        return None
