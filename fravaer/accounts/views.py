"""Signing in and out, and choosing the role and the language one works in."""

from __future__ import annotations

from django.conf import settings
from django.contrib import auth
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import check_for_language
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from fravaer.accounts import braking, entering, origin, passkeys
from fravaer.accounts.demo import DEMO_ACCOUNTS, demo_accounts, demo_user
from fravaer.accounts.forms import LoginForm, account_tried
from fravaer.accounts.levels import Level
from fravaer.accounts.middleware import ROLE_KEY
from fravaer.accounts.pages import outside, second
from fravaer.accounts.pages.second import local
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import public, requires
from fravaer.core.http import Request


@public
@never_cache
@sensitive_post_parameters()
def login(request: Request) -> HttpResponse:
    """The first half of signing in with a password; the other is a second factor."""
    if request.method == "POST" and _is_braked(request):
        return render(request, "accounts/braked.html", {"has_passkeys": _has_passkeys()}, status=429)
    form = LoginForm(request, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        return second.begin(request, form.get_user(), local(request, request.POST.get("next", "")))
    return render(
        request,
        "accounts/login.html",
        {
            "form": form,
            "next": request.GET.get("next", ""),
            "demo_accounts": demo_accounts() if settings.DEMO else [],
            "outside": outside.label(),
            "has_passkeys": _has_passkeys(),
        },
        status=422 if form.errors else 200,
    )


@public
@require_POST
def demo_login(request: Request) -> HttpResponse:
    """Sign in as one of the demonstration's people. Exists only where DEMO is on, which loopback alone permits."""
    key = request.POST.get("account", "")
    if not settings.DEMO or key not in DEMO_ACCOUNTS or (user := demo_user(key)) is None:
        raise Http404
    auth.logout(request)
    now = timezone.now()
    entering.enter(request, user, level=Level.SUBSTANTIAL, by="demo", now=now, proved_at=now)
    return HttpResponseRedirect(local(request, request.POST.get("next", "")))


@public
@require_POST
def logout(request: Request) -> HttpResponse:
    """Sign out here, and on to signing out at the municipality's login where one came by it."""
    further = outside.leaving(request)
    auth.logout(request)
    if further:
        request.session["further"] = further
    response = redirect("signed-out" if further else "login")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@requires(Action.SIGNED_IN)
@require_POST
def choose_role(request: Request) -> HttpResponse:
    """Act in another of one's roles; rights of two are never added together."""
    role = request.POST.get("role", "")
    if role not in request.scope.roles:
        raise Http404
    if role != request.scope.role:
        trail.changed(
            request.scope.actor_id,
            "role.change",
            role=request.scope.role,
            subject="role",
            subject_id=role,
            detail={"from": request.scope.role, "to": role},
        )
    request.session[ROLE_KEY] = role
    request.session.cycle_key()
    return redirect("home")


@public
@require_POST
def choose_language(request: Request) -> HttpResponse:
    response = HttpResponseRedirect(local(request, request.POST.get("next", "")))
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES) and check_for_language(language):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=365 * 24 * 3600,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            samesite="Lax",
        )
    return response


@public
def accessibility_statement(request: Request) -> HttpResponse:
    """The municipality's accessibility statement, at the short address the law's guidance asks for."""
    if not settings.WAS_URL:
        raise Http404
    return HttpResponseRedirect(settings.WAS_URL)


def _is_braked(request: Request) -> bool:
    account = account_tried(request, None)
    return braking.brakes(account, origin.address(request), timezone.now()) and not braking.knows(
        request, account
    )


def _has_passkeys() -> bool:
    return passkeys.party(settings.PUBLIC_BASE_URL) is not None
