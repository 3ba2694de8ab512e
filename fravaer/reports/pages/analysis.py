"""The joint analysis of the school and the social administration: absence by reason, stage, season and measure over the years."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from fravaer.accounts.roles import Action
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.periods import Quarter
from fravaer.reports import joint, joint_pictures, modes, units, wording
from fravaer.reports.asked import EARLIEST
from fravaer.reports.joint import Group, Joint, Reason, Season
from fravaer.reports.units import Place
from fravaer.schools.models import Area, School

COUNTS = (4, 8, 12, 16, 20)
USUAL = 12
# As far back as the list of last quarters goes.
BACK = 12


@requires(Action.MEASURE_SPLIT)
@require_GET
def analysis(request: Request) -> HttpResponse:
    """Up to twenty quarters of the municipality, or of an area that is the reader's own."""
    last, count, reason = _last(request), _count(request), _reason(request)
    areas = list(Area.objects.visible_to(request.scope).order_by("name", "pk"))
    place, schools = _place(request, areas)
    # The split of an area is for those alone who may have it; the municipality's for everybody here.
    measure = place.key == units.WHOLE or request.scope.may(Action.MEASURE_SPLIT_AREA)
    found = joint.joint(
        last,
        count,
        reason,
        place.key,
        schools,
        measure=measure,
        today=request.day,
        now=request.now,
        mode=modes.internal(settings.SMALL_CELL_N, settings.SMALL_DENOM),
        after=timedelta(minutes=settings.DRAW_MINUTES),
    )
    running = [Quarter.of(request.day)]
    while len(running) < BACK:
        running.append(running[-1].previous())
    if last not in running:
        running.append(last)
    return render(
        request,
        "reports/analysis.html",
        {
            "joint": found,
            "place": place,
            "pictures": joint_pictures.of(found),
            "over_time": _over_time(found),
            "seasons": _seasons(found),
            "stages": [joint_pictures.stage_name(stage) for stage in found.stages],
            "reasons": _reasons(found),
            "first": found.quarters[0],
            "last": last,
            "few": settings.SMALL_DENOM,
            "fields": [
                (
                    "area",
                    _("Area"),
                    [("", _("The whole municipality"))] + [(a.code, a.name) for a in areas],
                    request.GET.get("area", ""),
                ),
                ("reason", _("Reason"), _reason_choices(), reason),
                ("last", _("Until"), [(str(one), wording.period(one)) for one in running], str(last)),
                ("count", _("Quarters"), [(str(one), str(one)) for one in COUNTS], str(count)),
            ],
        },
    )


def _last(request: Request) -> Quarter:
    """The last quarter asked for: the latest that has ended, unless the address says another that has begun."""
    text = request.GET.get("last", "")
    if not text:
        return Quarter.of(request.day).previous()
    try:
        last = Quarter.parse(text)
    except ValueError as error:
        raise Http404 from error
    if last.year < EARLIEST or last.since > request.day:
        raise Http404
    return last


def _count(request: Request) -> int:
    text = request.GET.get("count", "") or str(USUAL)
    if text not in {str(count) for count in COUNTS}:
        raise Http404
    return int(text)


def _reason(request: Request) -> Reason:
    reason = request.GET.get("reason", "")
    if reason not in ("", *joint.REASONS):
        raise Http404
    return cast(Reason, reason)


def _reason_choices() -> list[tuple[str, str]]:
    return [("", _("All reasons")), *((key, str(wording.REASONS[key])) for key in joint.REASONS)]


def _place(request: Request, areas: list[Area]) -> tuple[Place, list[int] | None]:
    """The area asked for with its schools, or the municipality with all there are."""
    code = request.GET.get("area", "")
    if not code:
        # The municipality's sums are everybody's to compare with who has the analysis.
        return units.whole(), None
    area = next((area for area in areas if area.code == code), None)
    if area is None or not (request.scope.municipality or area.pk in request.scope.areas):
        raise Http404
    schools = School.objects.visible_to(request.scope).filter(area=area)
    return units.of_area(area), list(schools.values_list("pk", flat=True))


def _over_time(found: Joint) -> list[tuple[Quarter, list[object]]]:
    """A line for each quarter: a value for each stage, of all and then of those with a measure."""
    groups: list[Group] = [*found.everybody, *(found.with_measure or ())[:1]]
    return [
        (quarter, [group.values[index] for group in groups]) for index, quarter in enumerate(found.quarters)
    ]


def _seasons(found: Joint) -> list[tuple[str, Season, Season | None]]:
    some: tuple[Season | None, ...] = found.seasons_with_measure or (None,) * len(found.seasons)
    return [
        (joint_pictures.season_name(season), season, other)
        for season, other in zip(found.seasons, some, strict=True)
    ]


def _reasons(found: Joint) -> list[tuple[str, Group, Group | None]]:
    some: tuple[Group | None, ...] = found.by_reason_with_measure or (None,) * len(found.by_reason)
    return [
        (joint_pictures.stage_name(group.stage), group, other)
        for group, other in zip(found.by_reason, some, strict=True)
    ]
