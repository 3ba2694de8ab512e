"""Pupils at 10 and 15 percent unlawful absence in a quarter: by name at one's own school, in counts for everybody else."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_POST

from fravaer.absence import percentage
from fravaer.accounts.freshness import fresh
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.periods import Quarter
from fravaer.core.templatetags.danish import quarter as quarter_name
from fravaer.core.templatetags.danish import shortdate
from fravaer.reports import datasets, modes, unlawful
from fravaer.reports.pages.deliveries import Tab
from fravaer.reports.pages.delivery_files import MOST_ROWS, FetchForm, answer, too_many
from fravaer.reports.sheets import Fact
from fravaer.schools.models import Area, School

EARLIEST = 2000
QUARTERS = 5


@requires(Action.STATUTORY_READ)
@require_GET
def of_quarter(request: Request, quarter: Quarter) -> HttpResponse:
    """The counts of one's areas, or the list of one's own school."""
    _check(request, quarter)
    if request.scope.may(Action.STATUTORY_LIST):
        schools = School.objects.visible_to(request.scope)
        chosen = schools.named(request.GET.get("school", ""))
        if chosen is None:
            raise Http404
        return _list(request, quarter, chosen, list(schools.order_by("sort_name", "pk")))
    areas = list(Area.objects.visible_to(request.scope).order_by("name", "pk"))
    mode = modes.internal(settings.SMALL_CELL_N, settings.SMALL_DENOM)
    found, whole = unlawful.counts(areas, quarter, request.day, mode)
    return render(
        request,
        "reports/unlawful_counts.html",
        {
            "quarter": quarter,
            "tabs": _tabs(request, quarter),
            "areas": found,
            "whole": whole if request.scope.municipality else None,
            "hides": any(one.hides for one in found),
            "limit": mode.part,
            "last_day": _last_day(request, quarter),
        },
    )


@requires(Action.STATUTORY_LIST)
@fresh
@require_POST
def fetch(request: Request, quarter: Quarter, school_id: int) -> HttpResponse:
    """The list of one's own school as a file."""
    _check(request, quarter)
    schools = School.objects.visible_to(request.scope)
    school = get_object_or_404(schools, pk=school_id)
    form = FetchForm(request.POST)
    everyone = list(schools.order_by("sort_name", "pk"))
    if not form.is_valid():
        problem = _("Choose a file and what it is for.")
        return _list(request, quarter, school, everyone, problem=problem, status=422)
    lines = _lines(request, school, quarter)
    if len(lines) > MOST_ROWS and not request.scope.may(Action.STATUTORY_MAKE):
        return _list(request, quarter, school, everyone, problem=too_many(len(lines)), status=422)
    trail.changed(
        request.scope.actor_id,
        "unlawful.fetch",
        role=request.scope.role,
        subject="school",
        subject_id=school.pk,
        pupil_ids=[line.pupil.pk for line in lines],
        detail={
            "quarter": str(quarter),
            "form": form.cleaned_data["form"],
            "purpose": form.cleaned_data["purpose"],
        },
    )
    facts = [
        Fact(_("What it is")),
        Fact(_("School"), f"{school.name} ({school.institution_number})"),
        Fact(_("Quarter"), quarter_name(quarter)),
        Fact(_("Counted up to and including"), shortdate(_last_day(request, quarter))),
        Fact(pgettext("a file", "Made"), request.now),
        Fact(_("Rows"), len(lines)),
        Fact(_("How it is counted")),
        Fact(
            _("Percent"),
            _(
                "Unlawful half-days of the quarter's registered half-days, at every school the pupil went to. "
                "Compared in whole numbers and cut to one decimal: who stands with 15.0 has reached 15."
            ),
        ),
        Fact(
            _("Limits"),
            _(
                "At 10 percent the school leader warns the parents, at 15 percent she notifies the municipality."
            ),
        ),
    ]
    name = ("ulovligt", str(quarter), school.institution_number)
    return answer(
        form.cleaned_data["form"], name, _("Unlawful absence"), facts, [unlawful.sheet(lines)], request
    )


def _lines(request: Request, school: School, quarter: Quarter) -> list[unlawful.Line]:
    """The school's list without those the actor is kept away from."""
    lines = unlawful.of_school(school, quarter, request.day)
    return [line for line in lines if line.pupil.pk not in request.scope.blocked]


def _list(
    request: Request,
    quarter: Quarter,
    school: School,
    schools: list[School],
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    lines = _lines(request, school, quarter)
    trail.saw(request.scope, "unlawful", [line.pupil.pk for line in lines], subject_id=quarter)
    return render(
        request,
        "reports/unlawful.html",
        {
            "quarter": quarter,
            "tabs": _tabs(request, quarter, school),
            "school": school,
            "schools": schools if len(schools) > 1 else [],
            "lines": lines,
            "fifteen": sum(line.limit == unlawful.FIFTEEN for line in lines),
            "form": FetchForm(initial={"purpose": datasets.Purpose.MEETING}),
            "most_rows": None if request.scope.may(Action.STATUTORY_MAKE) else MOST_ROWS,
            "may_duties": request.scope.may(Action.LETTER_DUTIES),
            "last_day": _last_day(request, quarter),
            "problem": problem,
        },
        status=status,
    )


def _check(request: Request, quarter: Quarter) -> None:
    if not EARLIEST <= quarter.year <= request.day.year or quarter.since > request.day:
        raise Http404


def _last_day(request: Request, quarter: Quarter) -> date:
    return percentage.spent(quarter.period, request.day).until - timedelta(days=1)


def _tabs(request: Request, chosen: Quarter, school: School | None = None) -> list[Tab]:
    """This quarter and the four before it, and the one chosen when it is none of them."""
    quarters = [Quarter.of(request.day)]
    while len(quarters) < QUARTERS:
        quarters.append(quarters[-1].previous())
    if chosen not in quarters:
        quarters.append(chosen)
    query = f"?school={school.pk}" if school else ""
    return [
        Tab(quarter_name(one), reverse("reports:unlawful", args=[one]) + query, one == chosen)
        for one in quarters
    ]
