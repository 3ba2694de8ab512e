"""Proving once more who one is, and sending what waited for it."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods

from fravaer.accounts import freshness, typed
from fravaer.accounts.roles import Action
from fravaer.core.access import requires
from fravaer.core.http import Request


@requires(Action.SIGNED_IN)
@require_http_methods(["GET", "POST"])
def confirm(request: Request) -> HttpResponse:
    """Prove who one is: with one's second factor, or in a demonstration by a click that says so."""
    kept = request.POST.get("kept") or request.GET.get("kept", "")
    back = local(request, request.POST.get("next") or request.GET.get("next", ""))
    if request.method == "POST" and settings.DEMO and "click" in request.POST:
        return proved(request, back, kept)
    return render(
        request,
        "accounts/confirm.html",
        {"next": back, "kept": kept, "by_click": settings.DEMO},
        status=422 if request.method == "POST" else 200,
    )


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


def local(request: Request, target: str) -> str:
    """The address if it is one of ours, else the first page."""
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return target
    return reverse("home")
