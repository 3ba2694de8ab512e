"""The half-yearly review: everybody with access to the unit, and whether she still needs it."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts import attesting, overview
from fravaer.accounts.pages.access import ORIGINS
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request

# Each is a card on a telephone; all that are not answered are confirmed by one press, whichever page they stand on.
ROWS = 50


@requires(Action.ACCESS_REVIEW_READ)
@require_GET
def review(request: Request) -> HttpResponse:
    """Everybody with access to the actor's units with what was said of it; her own people to answer for."""
    today = timezone.localdate(request.now)
    of = attesting.review(today)
    answers_here = request.scope.may(Action.ACCESS_REVIEW)
    rows = overview.over(request.scope, request.now)
    mine = attesting.to_answer(request.scope, request.now) if answers_here else rows.none()
    held = overview.held(mine if answers_here else rows)
    said = attesting.answers(rows, of)
    page = Paginator(held, ROWS).get_page(request.GET.get("page"))
    trail.changed(request.scope.actor_id, "access.review.list", role=request.scope.role, subject="access")
    return render(
        request,
        "accounts/review.html",
        {
            "review": of,
            "is_open": of.is_open(today),
            "next": attesting.next_review(today),
            "page": page,
            "rows": [(one, ORIGINS.get(one.origin, one.origin), said.get(one.grant_id)) for one in page],
            "answers_here": answers_here,
            "unanswered": sum(one.grant_id not in said for one in held),
            "total": len(held),
        },
    )


@requires(Action.ACCESS_REVIEW)
@require_POST
def answer(request: Request) -> HttpResponse:
    """Confirm some, or all that nobody has said anything of; ask for one to be withdrawn."""
    now, scope = request.now, request.scope
    verb, _colon, number = request.POST.get("do", "").partition(":")
    if verb not in ("all", "keep", "end") or (verb != "all" and not (number.isascii() and number.isdigit())):
        raise Http404
    try:
        if verb == "all":
            attesting.confirm_rest(scope, now)
        else:
            attesting.answer(int(number[:9]), needed=verb == "keep", scope=scope, now=now)
    except attesting.NotHers as error:
        raise Http404 from error
    except attesting.NotOpen:
        messages.warning(request, _("No review is going on. Nothing was changed."))
    else:
        messages.success(request, _("Your answer is saved."))
    response = redirect("access-review")
    response.status_code = 303
    return response
