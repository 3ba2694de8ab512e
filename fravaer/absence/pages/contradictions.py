"""What cannot both be true: the office's list, and one click to mend each."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_tables2 import Table

from fravaer.absence import discrepancies, granting, mending, register
from fravaer.absence.filters import DiscrepancyFilter
from fravaer.absence.mending import Mend
from fravaer.absence.models import Discrepancy
from fravaer.absence.pages import known as pages
from fravaer.absence.pages.known_forms import uuid_from
from fravaer.absence.tables import DiscrepancyTable
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.listing import render_list


@requires(Action.DISCREPANCY_SETTLE)
@require_GET
def contradictions(request: Request) -> HttpResponse:
    """What stands open, the newest day first."""
    done = uuid_from(request.GET.get("done", ""))
    rows = Discrepancy.objects.visible_to(request.scope, request.day)
    kept = rows.filter(uuid=done, settling=Mend.KEEP).first() if done else None
    return render_list(
        request,
        "absence/contradictions.html",
        rows=rows.with_place(request.day).select_related("pupil", "settled_by"),
        table=DiscrepancyTable,
        filters=DiscrepancyFilter,
        order=("-day", "pupil__sort_given", "checkpoint"),
        empty=_("Nothing contradicts anything else."),
        shown=partial(_shown, request),
        context={"tabs": pages.tabs(request, "absence:contradictions"), "kept": kept},
    )


@requires(Action.DISCREPANCY_SETTLE)
@require_POST
def mend(request: Request) -> HttpResponse:
    """Do what the pressed button says about its row."""
    how = next((one for one in Mend if one in request.POST), None)
    uuid = uuid_from(request.POST.get(how, "")) if how else None
    if how is None or uuid is None:
        raise Http404
    rows = Discrepancy.objects.visible_to(request.scope, request.day)
    found = get_object_or_404(rows, uuid=uuid)
    response = _back()
    try:
        if mending.mend(found.uuid, how, request.scope, request.now):
            messages.success(request, _("Settled."))
            if how == Mend.KEEP:
                response["Location"] += f"?done={found.uuid}"
        else:
            messages.info(request, _("Somebody has settled it already."))
    except register.RegisterLocked:
        messages.error(
            request, _("The registration of that day is completed. Ask the school leader to open it again.")
        )
    except granting.NotYours:
        messages.error(request, _("Leave has been granted for that day. The school leader ends it."))
    except mending.NotMended:
        messages.error(
            request, _("There is nothing left to change. The list is looked through again at night.")
        )
    return response


@requires(Action.DISCREPANCY_SETTLE)
@require_POST
def reopen(request: Request, uuid: UUID) -> HttpResponse:
    """Take back that it was kept."""
    found = get_object_or_404(Discrepancy.objects.visible_to(request.scope, request.day), uuid=uuid)
    if discrepancies.reopen(found.uuid):
        messages.success(request, _("Undone."))
    return _back()


def _back() -> HttpResponse:
    response = redirect("absence:contradictions")
    response.status_code = 303
    return response


def _shown(request: Request, table: Table, shown: list[Any]) -> None:
    trail.saw(request.scope, "contradictions", {row.pupil_id for row in shown})
    if not request.scope.may(Action.LEAVE_DECIDE_LONG):
        table.of_others = mending.on_leave(shown)
