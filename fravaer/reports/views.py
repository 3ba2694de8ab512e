"""The quarter as area managers, the social services' managers and school leaders open it."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from fravaer.accounts.roles import Action
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.periods import Quarter
from fravaer.reports import quarterly
from fravaer.schools.models import Area, School


@requires(Action.QUARTER_READ)
@require_GET
def latest(request: Request) -> HttpResponse:
    """The quarter the day in view lies in."""
    return redirect("reports:quarter", Quarter.of(request.day))


@requires(Action.QUARTER_READ)
@require_GET
def quarter(request: Request, quarter: Quarter) -> HttpResponse:
    """One quarter over the actor's schools, or over those of one of her areas."""
    areas = list(Area.objects.visible_to(request.scope).order_by("name"))
    schools = School.objects.visible_to(request.scope).order_by("sort_name", "pk")
    chosen = None
    if code := request.GET.get("area", ""):
        chosen = next((area for area in areas if area.code == code), None)
        if chosen is None:
            raise Http404
        schools = schools.filter(area=chosen)
    found = quarterly.report(
        quarter.period,
        list(schools),
        today=request.day,
        limit=None if request.scope.persons else settings.SMALL_DENOM,
        with_split=request.scope.may(Action.MEASURE_SPLIT),
    )
    return render(
        request,
        "reports/quarter.html",
        {
            "quarter": quarter,
            "previous": quarter.previous(),
            "next": quarter.next() if quarter.next().since <= request.day else None,
            "areas": areas if len(areas) > 1 else [],
            "chosen": chosen,
            "report": found,
            "last_day": _last_day(found),
            "widest": max((line.now.percent or 0 for line in found.schools if not line.hidden), default=0),
        },
    )


def _last_day(found: quarterly.Report) -> object:
    """The last day counted, or None when the quarter lies wholly ahead."""
    since, until = found.counted.since, found.counted.until
    return type(until).fromordinal(until.toordinal() - 1) if until > since else None
