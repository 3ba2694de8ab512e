"""Requests for leave: the queue of those who decide, and the decision."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_tables2 import Table

from fravaer.absence import arrangements, foretold, percentage
from fravaer.absence.models import Known
from fravaer.absence.pages import known as pages
from fravaer.absence.pages.known_forms import DecisionForm, uuid_from
from fravaer.absence.pages.known_words import REFUSALS, said
from fravaer.absence.tables import LeaveTable
from fravaer.accounts.roles import Action
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.listing import render_list
from fravaer.core.periods import school_year_of

DECIDED = "decided"


@requires(Action.KNOWN_READ)
@require_GET
def queue(request: Request) -> HttpResponse:
    """The requests nobody has decided, the nearest first; or those decided."""
    rows = Known.objects.visible_to(request.scope, request.day).filter(kind=Known.Kind.LEAVE)
    decided = request.GET.get("show") == DECIDED
    done = uuid_from(request.GET.get("done", ""))
    rows = rows.filter(decided_at__isnull=False) if decided else rows.filter(state=Known.State.ASKED)
    return render_list(
        request,
        "absence/leave.html",
        rows=rows.with_place(request.day).select_related("pupil", "local_reason", "decided_by"),
        table=LeaveTable,
        order=("-decided_at",) if decided else ("since", "until"),
        empty=_("No request has been decided yet.") if decided else _("No request for leave waits."),
        shown=partial(_shown, request),
        context={
            "tabs": pages.tabs(request, "absence:leave"),
            "decided": decided,
            "done": Known.objects.visible_to(request.scope, request.day)
            .filter(uuid=done)
            .select_related("pupil")
            .first()
            if done
            else None,
        },
    )


@requires(Action.LEAVE_DECIDE)
@require_POST
def grant(request: Request) -> HttpResponse:
    """Grant the request whose button in the queue was pressed."""
    uuid = uuid_from(request.POST.get("request", ""))
    if uuid is None:
        raise Http404
    return _decide(request, uuid, DecisionForm({"decision": "grant"}))


@requires(Action.LEAVE_DECIDE)
@require_POST
def decide(request: Request, uuid: UUID) -> HttpResponse:
    """Grant or refuse one request, on its own page."""
    return _decide(request, uuid, DecisionForm(request.POST))


def _decide(request: Request, uuid: UUID, form: DecisionForm) -> HttpResponse:
    rows = Known.objects.visible_to(request.scope, request.day).with_place(request.day)
    asked: Any = get_object_or_404(
        rows.select_related("pupil", "school_class", "local_reason", "entered_by", "decided_by"),
        uuid=uuid,
        kind=Known.Kind.LEAVE,
    )
    if not form.is_valid():
        return pages.one_page(request, asked, decision=form, status=422)
    try:
        foretold.decide(
            uuid=uuid,
            grant=form.cleaned_data["decision"] == "grant",
            answer=form.cleaned_data["answer"],
            scope=request.scope,
            teacher_leave_days=pages.limit_of(asked),
            now=request.now,
        )
    except REFUSALS as refused:
        form.add_error("answer", said(refused))
        return pages.one_page(request, asked, decision=form, status=422)
    response = redirect("absence:leave")
    response["Location"] += f"?done={uuid}"
    response.status_code = 303
    return response


def _shown(request: Request, table: Table, shown: list[Any]) -> None:
    pages.counting(request, "leave", table, shown)
    year = percentage.spent(school_year_of(request.day), request.day)
    table.tallies = percentage.tallies(year, [row.pupil_id for row in shown])
    schools = {row.school_now_id for row in shown if row.school_now_id}
    table.limits = {
        school: one.teacher_leave_days for school, one in arrangements.of_schools(schools).items()
    }
