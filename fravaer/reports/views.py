"""The quarter and the school year as area managers, the social services' managers and school leaders open them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from fravaer.accounts.roles import Action
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.periods import Quarter, SchoolYear
from fravaer.reports import (
    asked,
    comparing,
    datasets,
    explaining,
    meaning,
    modes,
    opened,
    ordering,
    wording,
)
from fravaer.reports.asked import EARLIEST, STAGES, YEAR_GROUPS, Asked
from fravaer.reports.blocks import Dashboard, SchoolRow
from fravaer.reports.csvs import Variant
from fravaer.reports.dashboard import dashboard
from fravaer.reports.ordering import Line
from fravaer.reports.pages.delivery_files import FORMS, FetchForm
from fravaer.reports.parts import Filter, Page

# How many quarters and school years the list of periods goes back.
QUARTERS_BACK, YEARS_BACK = 12, 5


@requires(Action.QUARTER_READ)
@require_GET
def latest(request: Request) -> HttpResponse:
    """The quarter the day in view lies in, with whatever else was asked for."""
    query = request.GET.urlencode()
    return redirect(address(Quarter.of(request.day)) + (f"?{query}" if query else ""))


@requires(Action.QUARTER_READ)
@require_GET
def quarter(request: Request, quarter: Quarter) -> HttpResponse:
    """One quarter of the municipality, of an area, a school or year groups. One far from any register is not found."""
    return page(request, quarter)


@requires(Action.QUARTER_READ)
@require_GET
def school_year(request: Request, year: SchoolYear) -> HttpResponse:
    """One school year, as the quarter."""
    return page(request, year)


def page(
    request: Request, name: Quarter | SchoolYear, *, problem: str = "", status: int = 200
) -> HttpResponse:
    """The page an address asks for; `problem` is what is wrong with a form sent from a figure that was opened."""
    chosen = request.GET.get("period", "")
    if chosen and chosen != str(name):
        return _moved(request, chosen)
    scope = request.scope
    wanted = asked.parse(name, request.GET, scope, today=request.day)
    found = dashboard(
        wanted,
        scope,
        today=request.day,
        now=request.now,
        mode=modes.internal(settings.SMALL_CELL_N, settings.SMALL_DENOM),
        after=timedelta(minutes=settings.DRAW_MINUTES),
    )
    order = request.GET.get("sort", "")
    if order.removeprefix("-") not in {"", *ordering.ORDERS}:
        raise Http404
    figure = request.GET.get("forklar", "")
    explanation = explaining.explained(found, figure) if figure else None
    if figure and explanation is None:
        raise Http404
    kept, kept_without_order = wanted.query(sort=order), wanted.query()
    explain = f"?{kept}&forklar=" if kept else "?forklar="
    lines = found.schools
    page = Page(
        d=found,
        explain=explain,
        compared=comparing.total(found),
        beside_words=comparing.heading(found),
        total_notes=tuple(note.number for note in found.footnotes if note.key == wanted.place.key),
        areas=_lines(found, found.areas, "", request),
        schools=_lines(found, [row for row in lines if row.kind == "school"], order, request),
        year_groups=_lines(found, [row for row in lines if row.kind == "year_group"], "", request),
        classes=_lines(found, [row for row in lines if row.kind == "class"], order, request),
        order=order,
        sort=f"?{kept_without_order}&sort=" if kept_without_order else "?sort=",
        aims=any(row.target is not None for row in (*found.areas, *lines)),
        shows_timely=any(row.timely is not None for row in lines),
        hides=comparing.hides(found),
        few=settings.SMALL_DENOM,
    )
    return render(
        request,
        "reports/dashboard.html",
        {
            "d": found,
            "page": page,
            "asked": wanted,
            "filter": _filter(wanted, order, request),
            "is_quarter": isinstance(name, Quarter),
            "here": f"?{kept}",
            "explain": explain,
            "explanation": explanation,
            "problem": problem,
            **_way_behind(explanation, found, request),
            **_files(explanation, found, request),
            "crumbs": crumbs(wanted, request),
            "years_name": wording.years(wanted.years_code),
            "initiatives": found.initiatives if isinstance(name, Quarter) else (),
            "may_follow_up": scope.may(Action.INITIATIVE),
            "may_annotate": scope.may(Action.ANNOTATE),
            "may_targets": scope.may(Action.TARGET_READ),
            "may_read_frozen": scope.may(Action.FROZEN_READ) and wanted.period.until <= request.day,
            "may_analyse": scope.may(Action.MEASURE_SPLIT),
            "knows_pupils": scope.persons,
        },
        status=status,
    )


def _moved(request: Request, chosen: str) -> HttpResponse:
    """The same page of another period, chosen from the list."""
    try:
        other = Quarter.parse(chosen) if "K" in chosen else SchoolYear.parse(chosen)
    except ValueError as error:
        raise Http404 from error
    query = request.GET.copy()
    for name in ("period", "forklar"):
        query.pop(name, None)
    kept = urlencode([(name, value) for name, value in query.items() if value])
    return redirect(f"{address(other)}{'?' if kept else ''}{kept}")


@lru_cache(maxsize=256)
def address(name: Quarter | SchoolYear) -> str:
    """Where the period's page is."""
    return reverse("reports:quarter" if isinstance(name, Quarter) else "reports:year", args=[name])


def _beyond(name: Quarter | SchoolYear, way: int, kept: str, today: date) -> tuple[str, str]:
    """The period before or after: its name and its address with what is kept; empty where there is nothing."""
    other = name.next() if way > 0 else name.previous()
    if other.since > today or other.since.year < EARLIEST:
        return "", ""
    return wording.period(other), f"{address(other)}{'?' if kept else ''}{kept}"


def crumbs(wanted: Asked, request: Request) -> list[tuple[str, str]]:
    """The way down to what is shown: municipality, area, school, year group, as far as it is the reader's."""
    found = []
    by, _pk = wanted.place.key
    scope = request.scope
    if scope.municipality:
        found.append((_("The whole municipality"), f"?{wanted.query(area='', school='', years='')}"))
    if wanted.area and by != "all" and (scope.municipality or wanted.area.pk in scope.areas):
        found.append((wanted.area.name, f"?{wanted.query(area=wanted.area.code, school='', years='')}"))
    if wanted.school:
        found.append((wanted.school.name, f"?{wanted.query(years='')}"))
    if wanted.years is not None:
        found.append((wording.years(wanted.years_code), ""))
    return [*found[:-1], (found[-1][0], "")] if found else []


def _filter(wanted: Asked, order: str, request: Request) -> Filter:
    """The filter bar: value and words, the empty value first where there is one."""
    quarters, years = [Quarter.of(request.day)], [SchoolYear.of(request.day)]
    while len(quarters) < QUARTERS_BACK:
        quarters.append(quarters[-1].previous())
    while len(years) < YEARS_BACK:
        years.append(years[-1].previous())
    periods: list[Quarter | SchoolYear] = [*quarters, *years]
    if wanted.name not in periods:
        periods.insert(0, wanted.name)
    is_whole = wanted.place.key[0] == "all"
    compares = [
        code for code in asked.COMPARES if code != "municipality" or not is_whole or wanted.compare == code
    ]
    area = wanted.area
    kept = wanted.query(sort=order)
    return Filter(
        previous=_beyond(wanted.name, -1, kept, request.day),
        next=_beyond(wanted.name, 1, kept, request.day),
        periods=tuple((str(name), wording.period(name)) for name in periods),
        areas=tuple((area.code, area.name) for area in wanted.choices.areas),
        schools=tuple(
            (str(school.pk), school.name)
            for school in wanted.choices.schools
            if area is None or school.area_id == area.pk
        ),
        years=tuple((code, wording.years(code)) for code in ("", *STAGES, *map(str, YEAR_GROUPS))),
        compares=tuple((code, str(wording.COMPARES[code])) for code in compares),
        methods=tuple((code, str(wording.METHODS[code])) for code in asked.METHODS),
        chosen={
            "periods": str(wanted.name),
            "areas": area.code if area and not is_whole else "",
            "schools": str(wanted.school.pk) if wanted.school else "",
            "years": wanted.years_code,
            "compares": wanted.compare,
            "methods": wanted.method,
        },
        all_areas=request.scope.municipality,
        order=order,
    )


def _way_behind(explanation: explaining.Explanation | None, d: Dashboard, request: Request) -> dict[str, str]:
    """Where one comes nearer to the pupils and days behind a figure, for those who work with them."""
    if explanation is None or not request.scope.persons:
        return {}
    row = meaning.row(d, explanation.value)
    if row is None:
        return {}
    way = _way_down(d.asked, row, request)
    is_class = row.kind == "class"
    words = (
        _("The class's pupils and their days")
        if is_class
        else _("Open %(name)s") % {"name": wording.row(row)}
    )
    return {"way_behind": way, "way_behind_words": words} if way else {}


def _files(explanation: explaining.Explanation | None, d: Dashboard, request: Request) -> dict[str, object]:
    """How the figure is taken along; with the pupils and days behind it by those who may take a list of pupils."""
    if explanation is None:
        return {}
    value, name = explanation.value, d.asked.name
    row = meaning.row(d, value)
    way = "quarter" if isinstance(name, Quarter) else "year"
    query = f"?{d.asked.query(forklar=value.id)}"
    found: dict[str, object] = {}
    # A class's figures are for those who work with its pupils: they leave with them, and not alone.
    if row is None or row.kind != "class":
        found["explained_file"] = [
            (reverse(f"reports:{way}-figure", args=[name, form]) + query, words)
            for form, words in FORMS
            if form != Variant.MACHINE
        ]
    may = request.scope.persons and request.scope.may(Action.STATUTORY_LIST)
    is_gone = d.frozen is not None and d.frozen.gone_at is not None
    if may and not is_gone and opened.behind(d.asked, row, value) is not None:
        found["pupils_file"] = reverse(f"reports:{way}-pupils", args=[name]) + query
        found["pupils_form"] = FetchForm(request.POST or None, initial={"purpose": datasets.Purpose.MEETING})
    return found


def _lines(d: Dashboard, rows: Sequence[SchoolRow], order: str, request: Request) -> tuple[Line, ...]:
    mark = comparing.mark(d)
    return tuple(
        Line(row, comparing.apart(row.percent, mark), _way_down(d.asked, row, request))
        for row in ordering.ordered(rows, order)
    )


def _way_down(wanted: Asked, row: SchoolRow, request: Request) -> str:
    """The page one step further down, by the same definitions and filters; a class's for those who work with its pupils."""
    if row.kind == "area":
        return f"?{wanted.query(area=row.code, school='')}"
    if row.kind == "school":
        return f"?{wanted.query(area='', school=row.code)}"
    if row.kind == "year_group":
        return f"?{wanted.query(years=row.code)}"
    if request.scope.persons and request.scope.may(Action.CLASS_READ):
        return class_address(wanted.name, row.code, wanted.query(area="", school="", years=""))
    return ""


def class_address(name: Quarter | SchoolYear, class_id: int | str, query: str) -> str:
    """Where a class's period is read, by the same definitions and filters."""
    kept = f"?{query}" if query else ""
    way = "reports:quarter-class" if isinstance(name, Quarter) else "reports:year-class"
    return reverse(way, args=[name, class_id]) + kept
