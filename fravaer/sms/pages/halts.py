"""The question to the leader: so many are unexplained that nothing was sent. Send, or not?"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts.roles import Action
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.sms import halts, morning, providers
from fravaer.sms.models import Halt
from fravaer.sms.states import Decision


@requires(Action.SMS_CHOOSE_READ)
@require_GET
def asked(request: Request) -> HttpResponse:
    """The classes and schools of one's own about which a person is asked today, and what was decided."""
    return _page(request)


@requires(Action.SMS_HALT_DECIDE)
@require_POST
def decide(request: Request, halt_id: int) -> HttpResponse:
    """Send, or do not send; of what the page showed."""
    halt = get_object_or_404(Halt.objects.visible_to(request.scope), pk=halt_id, day=request.day)
    word, seen = request.POST.get("decision", ""), request.POST.get("seen", "")
    if word not in Decision.values or not seen.isdecimal():
        raise SuspiciousOperation("a decision that the form cannot hold")
    assert request.scope.actor_id is not None
    try:
        morning.decide(
            halt,
            Decision(word),
            seen=int(seen),
            actor_id=request.scope.actor_id,
            role=request.scope.role,
            now=request.now,
            answerable=providers.answerable(),
        )
    except halts.Decided:
        problem = _("It has changed since you saw it. This is how it stands now.")
        return _page(request, status=409, problem=problem)
    messages.success(
        request,
        _("The SMS are sent.")
        if word == Decision.SEND
        else _("No SMS are sent about it today. Nobody is put on the list of those to be rung for it."),
    )
    response = redirect("sms:halts")
    response.status_code = 303
    return response


def _page(request: Request, *, status: int = 200, problem: str = "") -> HttpResponse:
    rows = (
        Halt.objects.visible_to(request.scope)
        .filter(day=request.day)
        .select_related("school", "school_class", "decided_by")
        .order_by(
            "school__sort_name",
            F("school_class__year_group").asc(nulls_first=True),
            "school_class__letter",
            "pk",
        )
    )
    context: dict[str, Any] = {
        "halts": rows,
        "problem": problem,
        "may_decide": request.scope.may(Action.SMS_HALT_DECIDE),
    }
    return render(request, "sms/halts.html", context, status=status)
