"""The list of cases, and opening one."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.db.models import F, OrderBy
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts.roles import Action
from fravaer.cases import followups, lifecycle
from fravaer.cases.filters import CaseFilter
from fravaer.cases.models import Case, Crossing
from fravaer.cases.pages.worklist import shown
from fravaer.cases.tables import CaseTable
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.listing import render_list
from fravaer.schools.models import School

CASES_ORDER: tuple[str | OrderBy, ...] = ("-state", F("opened_at").desc())


@requires(Action.CASE_READ)
@require_GET
def cases(request: Request) -> HttpResponse:
    """The cases the actor may see, open ones first."""
    schools = list(School.objects.visible_to(request.scope).order_by("sort_name"))
    return render_list(
        request,
        "cases/cases.html",
        rows=Case.objects.visible_to(request.scope, request.day)
        .with_place(request.day)
        .select_related("pupil", "crossing__rule", "responsible"),
        table=CaseTable,
        filters=partial(CaseFilter, schools=schools),
        order=CASES_ORDER,
        empty=_("There are no cases. A case is opened from the worklist."),
        shown=partial(shown, request, "cases", schools),
        context={"looks": followups.waiting(request.scope, request.day).count()},
    )


@requires(Action.CASE_OPEN)
@require_POST
def open_case(request: Request) -> HttpResponse:
    """Open a case from a row of the worklist; doing it twice, or two at once, gives one case."""
    try:
        wanted = UUID(request.POST.get("crossing", ""))
    except ValueError as error:
        raise Http404 from error
    crossing = get_object_or_404(Crossing.objects.visible_to(request.scope, request.day), uuid=wanted)
    opened = lifecycle.open_case(crossing, request.scope, request.now)
    if opened.made:
        messages.success(request, _("The case is open, and you are responsible for it."))
    elif not (request.scope.may(Action.CASE_READ_UNIT) or crossing.pupil_id in request.scope.pupils):
        messages.info(request, _("Somebody works with the pupil already. Ask the school leader."))
        return redirect("cases:worklist")
    elif opened.case.responsible_id != request.scope.actor_id:
        messages.info(
            request,
            _("The case was open already. %(name)s is responsible for it.")
            % {"name": opened.case.responsible.name},
        )
    return redirect("cases:case", opened.case.uuid)
