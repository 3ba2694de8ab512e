"""Signing in and out by the municipality's own login."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts import entering, freshness, identities, oidc, sessions
from fravaer.accounts.identities import NoAccount, Said
from fravaer.accounts.levels import KEY as LEVEL
from fravaer.accounts.levels import Level
from fravaer.accounts.pages.confirm import proved
from fravaer.accounts.pages.second import local
from fravaer.core.access import public
from fravaer.core.http import Request

ASKED = "asked"
# So many questions may be open at once, for so long: somebody has several tabs, and looks for her telephone.
MOST = 5
MINUTES = 15
log = logging.getLogger(__name__)


def label() -> str:
    """What the button to the municipality's login says; empty where there is none."""
    return settings.OIDC_LABEL or _("the municipality's login") if settings.OIDC_ISSUER else ""


def provider() -> oidc.Provider:
    if not settings.OIDC_ISSUER:
        raise Http404
    return oidc.Provider(
        issuer=settings.OIDC_ISSUER,
        client_id=settings.OIDC_CLIENT_ID,
        client_secret=settings.OIDC_CLIENT_SECRET,
        scopes=settings.OIDC_SCOPES,
        acr_values=settings.OIDC_ACR_VALUES,
    )


def names() -> identities.Names:
    return identities.Names(
        email=settings.OIDC_CLAIM_EMAIL,
        name=settings.OIDC_CLAIM_NAME,
        staff_key=settings.OIDC_CLAIM_STAFF_KEY,
        user_type=settings.OIDC_CLAIM_USER_TYPE,
        grants=settings.OIDC_CLAIM_GRANTS,
        link_by_email=settings.OIDC_LINK_BY_EMAIL,
    )


def address_back() -> str:
    return f"{settings.PUBLIC_BASE_URL}{reverse('oidc-back')}"


@public
@never_cache
@require_GET
def begin(request: Request) -> HttpResponse:
    """On to the municipality's login; with `anew`, for a fresh proof by somebody who is signed in here already."""
    to, asked = provider(), oidc.question()
    anew = "anew" in request.GET and request.user.is_authenticated
    try:
        address = oidc.address(to, asked, address_back(), request.now, anew=anew)
    except oidc.Refused as refused:
        return _refusal(request, refused.word, 503)
    standing = {
        state: one
        for state, one in request.session.get(ASKED, {}).items()
        if request.now.timestamp() - one["at"] < MINUTES * 60
    }
    newest = dict(sorted(standing.items(), key=lambda item: -item[1]["at"])[: MOST - 1])
    request.session[ASKED] = {
        **newest,
        asked.state: {
            "nonce": asked.nonce,
            "verifier": asked.verifier,
            "at": request.now.timestamp(),
            "next": local(request, request.GET.get("next", "")),
            "kept": request.GET.get("kept", ""),
            "anew": anew,
        },
    }
    return HttpResponseRedirect(address)


@public
@never_cache
@require_GET
def back(request: Request) -> HttpResponse:
    """Back from the municipality's login."""
    to = provider()
    waiting: dict[str, Any] = dict(request.session.get(ASKED, {}))
    state = request.GET.get("state", "")
    # A question is answered once: whoever comes with the same answer again finds none.
    one = waiting.pop(state, None)
    if one is None or not 0 <= request.now.timestamp() - one["at"] < MINUTES * 60:
        return _refusal(request, "state", 400)
    request.session[ASKED] = waiting
    if request.GET.get("iss", to.issuer) != to.issuer:
        return _refusal(request, "iss", 400)
    if "error" in request.GET or not request.GET.get("code"):
        return _refusal(request, "cancelled", 403)
    asked = oidc.Question(state, one["nonce"], one["verifier"])
    try:
        claims = oidc.answer(to, asked, request.GET["code"], address_back(), request.now)
        found = identities.said(claims, names(), settings.OIDC_LEVELS)
        if one["anew"]:
            return _proved_anew(request, found, one)
        user = identities.account_of(found, request.now, link_by_email=settings.OIDC_LINK_BY_EMAIL)
    except oidc.Refused as refused:
        return _refusal(request, refused.word, 403)
    except NoAccount as refused:
        return _refusal(request, refused.word, 403)
    entering.enter(
        request,
        user,
        level=found.level,
        by="oidc",
        now=request.now,
        proved_at=_proof(request, found),
        login=sessions.login_of(found.issuer, found.sid),
    )
    request.session[entering.ISSUED] = found.issuer
    if found.level is Level.LOW and not settings.OIDC_LOW_REGISTER:
        return HttpResponseRedirect(freshness.address(one["next"]))
    return HttpResponseRedirect(one["next"])


@public
@csrf_exempt
@require_POST
def ended(request: Request) -> HttpResponse:
    """The municipality's login tells that somebody has signed out there: her sessions here end as well."""
    to = provider()
    try:
        subject, sid = oidc.ended(to, request.POST.get("logout_token", ""), request.now)
    except oidc.Refused as refused:
        log.warning("sign-out refused: %s", refused.word)
        return HttpResponse(status=400, headers={"Cache-Control": "no-store"})
    if sid:
        sessions.end_of_login(sessions.login_of(to.issuer, sid))
    elif (user_id := identities.user_of(to.issuer, subject)) is not None:
        sessions.end_all(user_id)
    return HttpResponse(headers={"Cache-Control": "no-store"})


@public
@never_cache
@require_GET
def signed_out(request: Request) -> HttpResponse:
    """Signed out here, on the way to signing out at the municipality's login."""
    further = request.session.pop("further", "")
    if not further:
        return redirect("login")
    response = render(request, "accounts/signed_out.html", {"further": further})
    # Not a redirect of the form: our pages let forms go nowhere else.
    response.headers["Refresh"] = f"0; url={further}"
    return response


def leaving(request: Request) -> str:
    """Where the session at the municipality's login is ended, for somebody who came by it."""
    if not settings.OIDC_ISSUER or request.session.get(entering.ISSUED) != settings.OIDC_ISSUER:
        return ""
    try:
        return oidc.leaving(provider(), f"{settings.PUBLIC_BASE_URL}{reverse('login')}", request.now)
    except oidc.Refused:
        return ""


def _proof(request: Request, found: Said) -> Any:
    """When she last proved herself there, if that was with two factors and the login says when."""
    if found.level is Level.LOW or found.proved_at is None:
        return None
    at = request.now.fromtimestamp(found.proved_at, request.now.tzinfo)
    return at if at <= request.now + freshness.SKEW else None


def _proved_anew(request: Request, found: Said, one: dict[str, Any]) -> HttpResponse:
    """A fresh proof: of the same person, at a level that is enough, and of now."""
    if (
        identities.user_of(found.issuer, found.subject) != request.scope.actor_id
        or not request.scope.actor_id
    ):
        return _refusal(request, "other", 403)
    at = _proof(request, found)
    if at is None or request.now - at > freshness.LASTS:
        return _refusal(request, "stale", 403)
    request.session[LEVEL] = found.level.value
    return proved(request, one["next"], one["kept"])


def _refusal(request: Request, word: str, status: int) -> HttpResponse:
    log.warning("sign-in refused: %s", word)
    return render(request, "accounts/refused.html", {"word": word, "outside": label()}, status=status)
