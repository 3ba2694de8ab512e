"""The worklist, the list of cases, and opening one."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import F, OrderBy
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_tables2 import Table

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.cases import lifecycle, measures, triage, worklist
from fravaer.cases.filters import CaseFilter, WorklistFilter
from fravaer.cases.models import Case, Crossing
from fravaer.cases.tables import CaseTable, FlagTable, WorklistTable
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.listing import render_list
from fravaer.core.templatetags.danish import clock, percent
from fravaer.schools.models import School

CASES_ORDER: tuple[str | OrderBy, ...] = ("-state", F("opened_at").desc())


@requires(Action.WORKLIST)
@require_GET
def worklist_page(request: Request) -> HttpResponse:
    """Pupils over a line, those first who need somebody most."""
    schools = list(School.objects.visible_to(request.scope).order_by("sort_name"))
    run = triage.latest()
    thin = worklist.thin(run.day, [school.pk for school in schools]) if run else {}
    return render_list(
        request,
        "cases/worklist.html",
        rows=worklist.rows(request.scope, request.day),
        table=WorklistTable if request.scope.may(Action.PUPIL_HISTORY) else FlagTable,
        filters=partial(WorklistFilter, schools=schools),
        order=worklist.ORDER,
        empty=_("No pupils meet the rules today. Last counted %(time)s.") % {"time": clock(run.ran_at)}
        if run
        else _(
            "Nothing has been counted yet. The first count is made in the morning of the next school day."
        ),
        shown=partial(_shown, request, "worklist", schools),
        context={
            "run": run,
            "thin": [(school.name, percent(thin[school.pk])) for school in schools if school.pk in thin],
        },
    )


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
        shown=partial(_shown, request, "cases", schools),
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


def _shown(request: Request, page: str, schools: list[School], table: Table, records: list[Any]) -> None:
    """Note who was shown, and look up what only these pupils need."""
    pupil_ids = [record.pupil_id for record in records]
    if pupil_ids:
        trail.saw(request.scope, page, pupil_ids)
    table.measured = frozenset(measures.known_to(request.scope, request.day, pupil_ids))
    if len(schools) == 1:
        table.columns.hide("school")
