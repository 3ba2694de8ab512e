"""The second half of signing in with a password, and beginning with a second factor."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, SESSION_KEY
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from fravaer.accounts import braking, entering, factors, guessing, passkeys, scanning
from fravaer.accounts.forms import CodeForm
from fravaer.accounts.levels import Level
from fravaer.accounts.models import User
from fravaer.core.access import public
from fravaer.core.http import Request

PENDING = "pending"
MINUTES = 10
# The secret of an app that is being taken over, and the question a browser's key must answer.
SECRET, CHALLENGE = "app_secret", "challenge"
# Codes on paper that have not been shown yet.
PAPER = "paper"


def begin(request: Request, user: User, after: str) -> HttpResponse:
    """The password was right: on to the second factor, or to choosing one. Nobody is signed in yet."""
    request.session.cycle_key()
    for key in (SESSION_KEY, BACKEND_SESSION_KEY):
        request.session.pop(key, None)
    request.session[PENDING] = {
        "user": user.pk,
        "at": request.now.timestamp(),
        "hash": user.get_session_auth_hash(),
        "next": after,
    }
    return redirect("login-second" if factors.has_any(user.pk) else "login-enrol")


@public
@never_cache
@require_http_methods(["GET", "POST"])
def second(request: Request) -> HttpResponse:
    """A code of the app, the answer of a passkey, or a code on paper."""
    user = pending(request)
    if user is None:
        return redirect("login")
    if not factors.has_any(user.pk):
        return redirect("login-enrol")
    form = CodeForm(request.POST or None)
    status = 200
    if request.method == "POST":
        if not guessing.may_try(request, f"second {user.pk}"):
            return render(request, "accounts/locked.html", status=429)
        if by := proved(request, user):
            return enter(request, user, by)
        guessing.failed(request, f"second {user.pk}")
        form.refuse()
        status = 422
    return render(request, "accounts/second.html", {"form": form, **offered(request, user)}, status=status)


@public
@never_cache
@require_http_methods(["GET", "POST"])
def enrol(request: Request) -> HttpResponse:
    """Choosing the first second factor, before anything else is seen."""
    user = pending(request)
    if user is None:
        return redirect("login")
    if factors.has_any(user.pk):
        return redirect("login-second")
    form = CodeForm(request.POST or None)
    status = 200
    if request.method == "POST":
        if by := added(request, user):
            return enter(request, user, by, paper=factors.new_paper(user.pk, request.now))
        form.refuse()
        status = 422
    return render(request, "accounts/enrol.html", {"form": form, **choices(request, user)}, status=status)


@public
@never_cache
@require_http_methods(["GET", "POST"])
def by_passkey(request: Request) -> HttpResponse:
    """Signing in with a passkey alone: it is in the device and asks for finger, face or PIN."""
    to = passkeys.party(settings.PUBLIC_BASE_URL)
    if to is None:
        raise Http404
    wrong = False
    if request.method == "POST":
        challenge = request.session.pop(CHALLENGE, "")
        user = passkeys.prover(request.POST.get("credential", ""), challenge, to, request.now)
        if user is not None and user.is_active:
            return enter(request, user, "passkey", after=request.POST.get("next", ""))
        wrong = True
    options, request.session[CHALLENGE] = passkeys.ask(to)
    context = {
        "options": options,
        "wrong": wrong,
        "next": request.POST.get("next", request.GET.get("next", "")),
    }
    return render(request, "accounts/passkey.html", context, status=422 if wrong else 200)


def pending(request: Request) -> User | None:
    """Who has given her password within the last minutes and nothing more."""
    waiting = request.session.get(PENDING)
    if not waiting or not 0 <= request.now.timestamp() - waiting["at"] <= MINUTES * 60:
        return None
    user = entering.somebody(waiting["user"])
    if user is None or not constant_time_compare(waiting["hash"], user.get_session_auth_hash()):
        return None
    return user


def proved(request: Request, user: User, *, by_paper: bool = True) -> str:
    """By what the form proves who the user is; nothing when it does not."""
    answer, challenge = request.POST.get("credential", ""), request.session.pop(CHALLENGE, "")
    to = passkeys.party(settings.PUBLIC_BASE_URL)
    if answer and to and challenge:
        return "passkey" if passkeys.prover(answer, challenge, to, request.now, user.pk) else ""
    code = request.POST.get("code", "")
    if factors.prove_by_app(user.pk, code, request.now):
        return "app"
    return (
        "paper" if by_paper and len(code) > 6 and factors.prove_by_paper(user.pk, code, request.now) else ""
    )


def added(request: Request, user: User) -> str:
    """What the form adds for the user to prove herself by; nothing when it does not."""
    answer, challenge = request.POST.get("credential", ""), request.session.pop(CHALLENGE, "")
    to = passkeys.party(settings.PUBLIC_BASE_URL)
    if answer and to and challenge:
        name = request.POST.get("name", "")
        return "passkey" if passkeys.add(user.pk, answer, challenge, to, name, request.now) else ""
    secret = request.session.get(SECRET, "")
    if secret and factors.add_app(user.pk, secret, request.POST.get("code", ""), request.now):
        del request.session[SECRET]
        return "app"
    return ""


def offered(request: Request, user: User) -> dict[str, Any]:
    """What the page asks the user to prove herself by."""
    to = passkeys.party(settings.PUBLIC_BASE_URL)
    options = ""
    if to and passkeys.held(user.pk):
        options, request.session[CHALLENGE] = passkeys.ask(to, user.pk)
    return {"has_app": bool(factors.apps(user.pk)), "options": options}


def choices(request: Request, user: User) -> dict[str, Any]:
    """What the page lets the user add: an app with a new secret, and a passkey."""
    secret = request.session.setdefault(SECRET, factors.new_secret())
    to = passkeys.party(settings.PUBLIC_BASE_URL)
    options = ""
    if to:
        options, request.session[CHALLENGE] = passkeys.offer(user, to)
    groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    address = factors.address(secret, user.email)
    return {"secret": groups, "address": address, "qr": scanning.picture(address), "options": options}


def enter(
    request: Request, user: User, by: str, *, paper: list[str] | None = None, after: str = ""
) -> HttpResponse:
    """Both halves are there: in."""
    waiting = request.session.pop(PENDING, None) or {}
    request.session.pop(SECRET, None)
    entering.enter(request, user, level=Level.SUBSTANTIAL, by=by, now=request.now, proved_at=request.now)
    target = local(request, waiting.get("next") or after)
    if paper:
        request.session[PAPER] = {"codes": paper, "next": target}
        target = reverse("account-codes")
    response = HttpResponseRedirect(target)
    response.status_code = 303
    braking.remember(request, response, user.pk, secure=request.is_secure())
    return response


def local(request: Request, target: str) -> str:
    """The address if it is one of ours, else the first page."""
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return target
    return reverse("home")
