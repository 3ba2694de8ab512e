"""The quarter as area managers, the social services' managers and school leaders open it."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from fravaer.accounts.roles import Action
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.periods import Period, Quarter
from fravaer.reports import footnotes, initiatives, quarterly, units
from fravaer.reports.quarterly import Limits, Unit
from fravaer.schools.models import Area, School

# The year before which nothing can have been registered here.
EARLIEST = 2000


@requires(Action.QUARTER_READ)
@require_GET
def latest(request: Request) -> HttpResponse:
    """The quarter the day in view lies in."""
    return redirect("reports:quarter", Quarter.of(request.day))


@requires(Action.QUARTER_READ)
@require_GET
def quarter(request: Request, quarter: Quarter) -> HttpResponse:
    """One quarter of the municipality, of an area, or of the actor's schools. Those far from any register are not found."""
    if not EARLIEST <= quarter.year <= request.day.year + 1:
        raise Http404
    scope = request.scope
    areas = list(Area.objects.visible_to(scope).order_by("name", "pk"))
    schools = School.objects.visible_to(scope).order_by("sort_name", "pk")
    chosen = _chosen(areas, request.GET.get("area", ""), none_is_all=scope.municipality)
    if chosen is not None:
        schools = schools.filter(area=chosen)
    is_whole = scope.municipality and chosen is None
    shown = areas if chosen is None else [chosen]
    unit = Unit(tuple(schools), tuple(areas) if is_whole and len(areas) > 1 else (), chosen, is_whole)
    keys: list[units.Key] = [units.WHOLE, *(("area", area.pk) for area in shown)]
    below = footnotes.under([*keys, *(("school", one.pk) for one in unit.schools)], quarter.period)
    found = quarterly.report(
        quarter.period,
        unit,
        today=request.day,
        now=request.now,
        limits=Limits(settings.SMALL_DENOM, settings.SMALL_CELL_N, knows_pupils=scope.persons),
        split=scope.may(Action.MEASURE_SPLIT),
        split_areas=shown if scope.may(Action.MEASURE_SPLIT_AREA) else (),
        notes=footnotes.marks(below),
    )
    return render(
        request,
        "reports/quarter.html",
        {
            "quarter": quarter,
            "previous": quarter.previous() if quarter.year > EARLIEST else None,
            "next": quarter.next() if quarter.next().since <= request.day else None,
            "areas": areas if len(areas) > 1 else [],
            "chosen": chosen,
            "all_areas": scope.municipality,
            "report": found,
            "last_day": _last_day(found.counted),
            "earlier_last_day": _last_day(found.earlier),
            "counted_at": request.now,
            "limit": settings.SMALL_DENOM,
            "footnotes": below,
            "initiatives": initiatives.after(
                quarter, scope, [chosen.pk] if chosen is not None else None, request.day
            ),
            "may_follow_up": scope.may(Action.INITIATIVE),
            "may_annotate": scope.may(Action.ANNOTATE),
            "may_targets": scope.may(Action.TARGET_READ),
        },
    )


def _chosen(areas: list[Area], code: str, *, none_is_all: bool) -> Area | None:
    """The area asked for, or the first of those who have areas but not the municipality. One she does not have is not found."""
    if code:
        chosen = next((area for area in areas if area.code == code), None)
        if chosen is None:
            raise Http404
        return chosen
    return areas[0] if areas and not none_is_all else None


def _last_day(period: Period) -> date | None:
    """The last day counted, or None when the period lies wholly ahead."""
    return period.until - timedelta(days=1) if period.until > period.since else None
