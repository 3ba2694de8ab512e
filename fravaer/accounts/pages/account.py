"""One's own account: where one is signed in, and what one proves oneself with."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from fravaer.accounts import entering, factors, passkeys, passwords, sessions
from fravaer.accounts.forms import CodeForm
from fravaer.accounts.freshness import fresh
from fravaer.accounts.models import User
from fravaer.accounts.pages import second
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request


@requires(Action.SIGNED_IN)
@require_GET
def account(request: Request) -> HttpResponse:
    """Where one is signed in, and, of an account with a password, what one proves oneself with."""
    user = _user(request)
    return render(
        request,
        "accounts/account.html",
        {
            "seats": sessions.of_user(
                user.pk,
                str(request.session.session_key),
                request.now,
                timedelta(minutes=settings.SESSION_IDLE_MINUTES),
                timedelta(hours=settings.SESSION_ABSOLUTE_HOURS),
            ),
            "is_local": _is_local(request),
            "apps": factors.apps(user.pk),
            "keys": passkeys.held(user.pk),
            "paper_left": factors.paper_left(user.pk),
        },
    )


@requires(Action.SIGNED_IN)
@require_POST
def end(request: Request) -> HttpResponse:
    """End one session, or all but this one."""
    user = _user(request)
    if "others" in request.POST:
        ended = sessions.end_others(user.pk, str(request.session.session_key))
    else:
        ended = int(sessions.end(user.pk, request.POST.get("session", "")))
    trail.changed(user.pk, "session.end", subject="session", detail={"count": ended})
    messages.success(request, _("It is ended: whoever used it has to sign in again."))
    return _back()


@requires(Action.SIGNED_IN)
@fresh
@require_http_methods(["GET", "POST"])
def add(request: Request) -> HttpResponse:
    """Add an app or a passkey."""
    user = _own_local(request)
    form, status = CodeForm(request.POST or None), 200
    if request.method == "POST":
        if second.added(request, user):
            messages.success(request, _("It is added. You can sign in with it from now on."))
            return _back()
        form.refuse()
        status = 422
    context = {"form": form, "is_more": True, **second.choices(request, user)}
    return render(request, "accounts/enrol.html", context, status=status)


@requires(Action.SIGNED_IN)
@fresh
@require_POST
def remove(request: Request) -> HttpResponse:
    """Take an app or a passkey away; the last one stays."""
    user = _own_local(request)
    try:
        gone = (
            factors.remove_app(user.pk, UUID(request.POST["app"]))
            if "app" in request.POST
            else passkeys.remove(user.pk, int(request.POST.get("key", "0")))
        )
    except ValueError as error:
        raise Http404 from error
    if gone:
        messages.success(request, _("It is removed, and opens nothing any more."))
    else:
        messages.error(request, _("The last one cannot be removed. Add another first."))
    return _back()


@requires(Action.SIGNED_IN)
@fresh
@require_POST
def renew(request: Request) -> HttpResponse:
    """Ten new codes on paper in place of the old ones."""
    user = _own_local(request)
    request.session[second.PAPER] = {"codes": factors.new_paper(user.pk, request.now), "next": ""}
    return redirect("account-codes")


@requires(Action.SIGNED_IN)
@require_GET
def codes(request: Request) -> HttpResponse:
    """The codes on paper, once."""
    shown = request.session.pop(second.PAPER, None)
    if shown is None:
        return redirect("account")
    return render(request, "accounts/codes.html", {"codes": shown["codes"], "next": shown["next"]})


@requires(Action.SIGNED_IN)
@fresh
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def password(request: Request) -> HttpResponse:
    """Another password; every other session ends."""
    user = _own_local(request)
    form = PasswordChangeForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        passwords.change(user, form.cleaned_data["new_password1"])
        update_session_auth_hash(request, user)
        sessions.end_others(user.pk, str(request.session.session_key))
        trail.changed(user.pk, "account.password", subject="user", subject_id=user.pk)
        messages.success(request, _("Your password is changed, and you are signed out everywhere else."))
        return _back()
    status = 422 if form.errors else 200
    return render(request, "accounts/password.html", {"form": form}, status=status)


@requires(Action.SIGNED_IN)
@require_http_methods(["GET", "POST"])
def session(request: Request) -> HttpResponse:
    """How long the session still lasts, in seconds; POST goes on with it."""
    now = request.now.timestamp()
    if request.method == "POST":
        request.session[sessions.TOUCHED] = now
    touched, begun = (request.session.get(key, now) for key in (sessions.TOUCHED, sessions.BEGUN))
    return JsonResponse(
        {
            "idle": int(touched + settings.SESSION_IDLE_MINUTES * 60 - now),
            "absolute": int(begun + settings.SESSION_ABSOLUTE_HOURS * 3600 - now),
        }
    )


def _user(request: Request) -> User:
    assert isinstance(request.user, User)
    return request.user


def _is_local(request: Request) -> bool:
    return _user(request).has_usable_password() and entering.ISSUED not in request.session


def _own_local(request: Request) -> User:
    """The user, if she signs in with a password of ours; what others sign in with is elsewhere."""
    if not _is_local(request):
        raise Http404
    return _user(request)


def _back() -> HttpResponse:
    response = redirect("account")
    response.status_code = 303
    return response
