"""Proving once more who one is, and sending what waited for it."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from fravaer.accounts import entering, factors, freshness, guessing, levels, typed
from fravaer.accounts.forms import CodeForm
from fravaer.accounts.levels import Level
from fravaer.accounts.models import User
from fravaer.accounts.pages import second
from fravaer.accounts.pages.second import local
from fravaer.accounts.roles import Action
from fravaer.core.access import requires
from fravaer.core.http import Request


@requires(Action.SIGNED_IN)
@require_http_methods(["GET", "POST"])
def confirm(request: Request) -> HttpResponse:
    """Prove who one is: with one's second factor, at the municipality's login, or in a demonstration by a click that says so."""
    user = request.user
    assert isinstance(user, User)
    kept = request.POST.get("kept") or request.GET.get("kept", "")
    back = local(request, request.POST.get("next") or request.GET.get("next", ""))
    by_click = settings.DEMO and not user.has_usable_password() and entering.ISSUED not in request.session
    if request.method == "POST" and by_click and "click" in request.POST:
        return proved(request, back, kept)
    form, status = CodeForm(request.POST or None), 200
    own = entering.ISSUED not in request.session and factors.has_any(user.pk)
    if request.method == "POST" and own:
        if not guessing.may_try(request, f"second {user.pk}"):
            return render(request, "accounts/locked.html", status=429)
        if second.proved(request, user, by_paper=False):
            return proved(request, back, kept)
        guessing.failed(request, f"second {user.pk}")
        form.refuse()
    if request.method == "POST":
        status = 422
    context = {
        "next": back,
        "kept": kept,
        "by_click": by_click,
        "outside": settings.OIDC_ISSUER and entering.ISSUED in request.session,
        "too_low": levels.of_session(request.session) is Level.LOW,
        "own": own,
        "form": form,
        **(second.offered(request, user) if own else {}),
    }
    return render(request, "accounts/confirm.html", context, status=status)


def proved(request: Request, back: str, kept: str) -> HttpResponse:
    """On from the page of proof: back to where she came from, or to the form that waits."""
    freshness.confirm(request.session, request.now)
    if typed.opened(request.session, request.scope.actor_id, kept, request.now):
        back = reverse("confirm-send", args=[kept])
    response = HttpResponseRedirect(back)
    response.status_code = 303
    return response


@requires(Action.SIGNED_IN)
@require_GET
def send(request: Request, key: str) -> HttpResponse:
    """A form that waited, whole, to be sent by a press."""
    kept = typed.opened(request.session, request.scope.actor_id, key, request.now)
    if kept is None:
        raise Http404
    goes_on = kept.resend and not kept.had_files and freshness.is_fresh(request.session, request.now)
    return render(request, "accounts/send.html", {"kept": kept, "field": typed.FIELD, "goes_on": goes_on})
