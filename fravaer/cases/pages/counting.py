"""When everybody was counted, counting them now, and of whom nothing can be said."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST
from django_tables2 import Column, Table

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.cases import recounts, tasks, triage
from fravaer.cases import unsaid as unsaid_rows
from fravaer.cases.filters import PupilFilter
from fravaer.cases.models import Recount, Unsaid
from fravaer.cases.tables import OfPupils
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.listing import render_list
from fravaer.core.templatetags.danish import clock, percent
from fravaer.schools import schooldays
from fravaer.schools.models import School


class UnsaidTable(OfPupils):
    """Pupils of whom too few registers were taken."""

    caption = gettext_lazy("Pupils of whom nothing can be said")

    taken = Column(gettext_lazy("Registers taken"), accessor="possible", order_by="coverage")

    class Meta:
        sequence = ("pupil", "school_class", "school", "taken")
        order_by_field = "sort"

    def render_taken(self, record: Any) -> str:
        return percent(1000 * record.possible // record.due)


@requires(Action.TRIAGE_RUN)
@require_GET
def counting(request: Request) -> HttpResponse:
    """When everybody was last counted, and the button that counts them now."""
    return _page(request, recounts.latest())


@requires(Action.TRIAGE_RUN)
@require_POST
def count_now(request: Request) -> HttpResponse:
    """Ask for everybody to be counted; twice at once is once."""
    yesterday = timezone.localdate(request.now) - timedelta(days=1)
    asked = recounts.ask(request.scope, schooldays.day_in_view(yesterday), request.now)
    tasks.begin(asked.pk)
    return redirect("cases:recount", asked.uuid)


@requires(Action.TRIAGE_RUN)
@require_GET
def recount(request: Request, recount_uuid: UUID) -> HttpResponse:
    """How far the count is that somebody asked for."""
    asked = recounts.of(recount_uuid)
    if asked is None:
        raise Http404
    return _page(request, asked)


@requires(Action.WORKLIST)
@require_GET
def unsaid(request: Request) -> HttpResponse:
    """Pupils who are on no list because too few of their registers were taken: that is not the same as fine."""
    schools = list(School.objects.visible_to(request.scope).order_by("sort_name"))
    run = triage.latest()
    return render_list(
        request,
        "cases/unsaid.html",
        rows=unsaid_rows.rows(Unsaid.objects.visible_to(request.scope, request.day), request.day),
        table=UnsaidTable,
        filters=partial(PupilFilter, schools=schools),
        order=unsaid_rows.ORDER,
        empty=_(
            "Enough registers were taken of every pupil for the rules to say something. Last counted %(time)s."
        )
        % {"time": clock(run.ran_at)}
        if run
        else _(
            "Nothing has been counted yet. The first count is made in the morning of the next school day."
        ),
        shown=partial(_shown, request, schools),
        context={"run": run},
    )


def _page(request: Request, asked: Recount | None) -> HttpResponse:
    return render(request, "cases/counting.html", {"run": triage.latest(), "asked": asked})


def _shown(request: Request, schools: list[School], table: Table, records: list[Any]) -> None:
    if records:
        trail.saw(request.scope, "unsaid", [record.pupil_id for record in records])
    if len(schools) == 1:
        table.columns.hide("school")
