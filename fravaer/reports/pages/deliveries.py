"""The delivery to the ministry: how far each school is, what it still lacks, its data set with a receipt, and the files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fravaer.absence.monthly import Pupil
from fravaer.absence.pages.today import school_time
from fravaer.absence.tallies import Tally
from fravaer.accounts.freshness import fresh
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.periods import Period, Quarter, school_year_of
from fravaer.core.templatetags.danish import schoolyear
from fravaer.reports import datasets, precheck, stil
from fravaer.reports.models import DataSet
from fravaer.reports.pages.delivery_files import (
    MOST_ROWS,
    DeliveredForm,
    ExcerptForm,
    FetchForm,
    as_file,
    too_many,
)
from fravaer.reports.pages.delivery_words import checks, receipt_of
from fravaer.reports.precheck import Obstacle, Standing
from fravaer.reports.stil import Cut, Half
from fravaer.schools.models import School, SchoolClass

EARLIEST = 2000


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    current: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A pupil's sum of the year at the school."""

    pupil: Pupil
    tally: Tally
    left_after: date | None


@requires(Action.STATUTORY_READ)
@require_GET
def this_year(request: Request) -> HttpResponse:
    """The school year the day in view lies in."""
    return _overview(request, school_year_of(request.day))


@requires(Action.STATUTORY_READ)
@require_GET
def of_year(request: Request, year: int) -> HttpResponse:
    """How far each school is with one school year, in counts."""
    return _overview(request, _year(request, year))


@requires(Action.STATUTORY_LIST)
@require_GET
def of_school(request: Request, year: int, school_id: int) -> HttpResponse:
    """What one school still lacks, its receipts, and its rows class by class."""
    return _school_page(request, _year(request, year), _school(request, school_id))


@requires(Action.STATUTORY_MAKE)
@require_POST
def make(request: Request, year: int, school_id: int) -> HttpResponse:
    """Make the school's data set. What the leader was shown must still be so."""
    found, school = _year(request, year), _school(request, school_id)
    gaps = request.POST.get("gaps", "")
    try:
        key = UUID(request.POST.get("key", ""))
    except ValueError as error:
        raise SuspiciousOperation("the form's key is not ours") from error
    if not (gaps.isascii() and gaps.isdigit()):
        raise SuspiciousOperation("the form's hidden fields are not ours")
    try:
        datasets.make(
            school,
            found,
            seen_gaps=int(gaps[:9]),
            key=key,
            scope=request.scope,
            today=request.day,
            clock=school_time(request),
            now=request.now,
        )
    except datasets.KeyReused as error:
        raise SuspiciousOperation("the data set's key belongs to another") from error
    except datasets.Blocked as blocked:
        return _school_page(request, found, school, blocked=blocked.obstacles, status=409)
    except datasets.Changed:
        problem = _("What is missing has changed since you looked. Nothing was made. Look at it again.")
        return _school_page(request, found, school, problem=problem, status=409)
    messages.success(request, _("The data set is made, with its receipt."))
    return _see(found, school)


@requires(Action.STATUTORY_LIST)
@fresh
@require_POST
def fetch(request: Request, year: int, school_id: int, uuid: UUID) -> HttpResponse:
    """A data set as a file, while its rows are those of its receipt."""
    found, school = _year(request, year), _school(request, school_id)
    data_set = _data_set(found, school, uuid)
    form = FetchForm(request.POST)
    if not form.is_valid():
        return _school_page(
            request, found, school, problem=_("Choose a file and what it is for."), status=422
        )
    if data_set.rows > MOST_ROWS and not request.scope.may(Action.STATUTORY_MAKE):
        return _school_page(request, found, school, problem=too_many(data_set.rows), status=422)
    cut = Cut(school, found, found)
    try:
        months = datasets.fetch(
            data_set,
            cut,
            form=form.cleaned_data["form"],
            purpose=datasets.Purpose(form.cleaned_data["purpose"]),
            scope=request.scope,
            now=request.now,
        )
    except datasets.Changed:
        problem = _(
            "The registers have been corrected since this data set was made, so it can no longer be "
            "fetched. Make a new one."
        )
        return _school_page(request, found, school, problem=problem, status=409)
    return as_file(request, cut, months, form.cleaned_data["form"], data_set.sha256)


@requires(Action.STATUTORY_MAKE)
@require_POST
def delivered(request: Request, year: int, school_id: int, uuid: UUID) -> HttpResponse:
    """Say that a data set was delivered."""
    found, school = _year(request, year), _school(request, school_id)
    data_set = _data_set(found, school, uuid)
    form = DeliveredForm(request.POST)
    if not form.is_valid():
        return _school_page(request, found, school, delivered_form=form, status=422)
    datasets.deliver(data_set, form.cleaned_data["receipt"], scope=request.scope, now=request.now)
    messages.success(request, _("It is noted that the school year is delivered."))
    return _see(found, school)


@requires(Action.STATUTORY_LIST)
@fresh
@require_POST
def excerpt(request: Request, year: int, school_id: int) -> HttpResponse:
    """The rows of one class and a part of the year as a file."""
    found, school = _year(request, year), _school(request, school_id)
    chosen = _class(request, school, found, request.POST.get("class", ""))
    form = ExcerptForm(request.POST)
    if chosen is None or not form.is_valid():
        return _school_page(request, found, school, excerpt_form=form, chosen=chosen, status=422)
    counted = _standing(request, school, found).counted(request.day)
    part = stil.half(found, counted, Half(form.cleaned_data["part"]))
    cut = Cut(school, found, part, chosen.pk, str(chosen))
    rows = len(stil.months(cut))
    if rows > MOST_ROWS and not request.scope.may(Action.STATUTORY_MAKE):
        form.add_error("part", too_many(rows))
        return _school_page(request, found, school, excerpt_form=form, chosen=chosen, status=422)
    months = datasets.excerpt(
        cut,
        form=form.cleaned_data["form"],
        purpose=datasets.Purpose(form.cleaned_data["purpose"]),
        scope=request.scope,
    )
    return as_file(request, cut, months, form.cleaned_data["form"], stil.digest(cut, months))


def _overview(request: Request, year: Period) -> HttpResponse:
    """Every school of the reader's. Whoever has one and may see its rows is led to it at once."""
    schools = list(School.objects.visible_to(request.scope).order_by("sort_name", "pk"))
    may_list = request.scope.may(Action.STATUTORY_LIST)
    if len(schools) == 1 and may_list:
        return _school_page(request, year, schools[0])
    lines = precheck.standings(schools, year, request.day, school_time(request))
    taking_part = [one for one in lines if not one.is_empty]
    return render(
        request,
        "reports/deliveries.html",
        {
            "year": year,
            "tabs": _tabs(request, year, lambda one: reverse("reports:deliveries-year", args=[one])),
            "lines": lines,
            "delivered": sum(one.delivered is not None for one in taking_part),
            "total": len(taking_part),
            "may_list": may_list,
            **_deadline(request, year),
        },
    )


def _school_page(
    request: Request,
    year: Period,
    school: School,
    *,
    problem: str = "",
    blocked: Sequence[Obstacle] = (),
    chosen: SchoolClass | None = None,
    excerpt_form: ExcerptForm | None = None,
    delivered_form: DeliveredForm | None = None,
    status: int = 200,
) -> HttpResponse:
    standing = _standing(request, school, year)
    chosen = chosen or _class(request, school, year, request.GET.get("class", ""))
    whole = Cut(school, year, year)
    made = datasets.of_school(school.pk, year)
    latest = made[0] if made else None
    changed = latest is not None and stil.digest(whole, stil.months(whole)) != latest.sha256
    may_make = request.scope.may(Action.STATUTORY_MAKE)
    lines: list[Line] = []
    if chosen is not None:
        everybody = _lines(Cut(school, year, standing.counted(request.day), chosen.pk))
        lines = [line for line in everybody if line.pupil.pk not in request.scope.blocked]
        trail.saw(
            request.scope, "delivery", [line.pupil.pk for line in lines], subject_id=f"{year.since.year}"
        )
    return render(
        request,
        "reports/delivery.html",
        {
            "year": year,
            "school": school,
            "tabs": _tabs(
                request, year, lambda one: reverse("reports:delivery-school", args=[one, school.pk])
            ),
            "standing": standing,
            "checks": checks(standing, school, year, unequal=Obstacle.UNEQUAL in blocked),
            "latest": latest,
            "changed": changed,
            "receipt": receipt_of(latest) if latest else [],
            "older": made[1:],
            "deliveries": datasets.deliveries(school.pk, year),
            "fetch_form": FetchForm(auto_id="fetch_%s"),
            "delivered_form": delivered_form or DeliveredForm(),
            "may_make": may_make,
            "may_fetch": bool(latest and not changed and (may_make or latest.rows <= MOST_ROWS)),
            "most_rows": None if may_make else MOST_ROWS,
            "key": uuid4(),
            "classes": _classes(request, school, year),
            "chosen": chosen,
            "pupils": lines,
            "excerpt_form": excerpt_form or ExcerptForm(),
            "problem": problem
            or (_("Something has to be settled first. Nothing was made.") if blocked else ""),
            **_deadline(request, year),
        },
        status=status,
    )


def _lines(cut: Cut) -> list[Line]:
    sums: dict[int, Line] = {}
    for one in stil.months(cut):
        before = sums.get(one.pupil.pk)
        left = one.pupil.until - timedelta(days=1) if one.pupil.until < cut.counted.until else None
        sums[one.pupil.pk] = Line(one.pupil, before.tally + one.tally if before else one.tally, left)
    return list(sums.values())


def _standing(request: Request, school: School, year: Period) -> Standing:
    [found] = precheck.standings([school], year, request.day, school_time(request))
    return found


def _classes(request: Request, school: School, year: Period) -> list[SchoolClass]:
    found = SchoolClass.objects.visible_to(request.scope).filter(
        school=school, school_year__starts_on=year.since
    )
    return list(found.order_by("year_group", "letter", "pk"))


def _class(request: Request, school: School, year: Period, asked: str) -> SchoolClass | None:
    """The class asked for; one of another school or year is not found."""
    if not asked:
        return None
    found = next((one for one in _classes(request, school, year) if str(one.pk) == asked), None)
    if found is None:
        raise Http404
    return found


def _data_set(year: Period, school: School, uuid: UUID) -> DataSet:
    found = next((one for one in datasets.of_school(school.pk, year) if one.uuid == uuid), None)
    if found is None:
        raise Http404
    return found


def _school(request: Request, school_id: int) -> School:
    return get_object_or_404(School.objects.visible_to(request.scope), pk=school_id)


def _year(request: Request, year: int) -> Period:
    if not EARLIEST <= year <= request.day.year:
        raise Http404
    return school_year_of(date(year, 8, 1))


def _deadline(request: Request, year: Period) -> dict[str, Any]:
    due = stil.due_on(year)
    return {
        "due_on": due,
        "days_left": (due - request.day).days,
        "quarter": Quarter.of(request.day),
        "may_package": request.scope.may(Action.PACKAGE_READ),
    }


def _tabs(request: Request, chosen: Period, url: Any) -> list[Tab]:
    """This school year and the one before, and the one chosen when it is neither."""
    this = school_year_of(request.day)
    years = {this.since.year, this.since.year - 1, chosen.since.year}
    return [
        Tab(
            _("School year %(year)s") % {"year": schoolyear(date(year, 8, 1))},
            url(year),
            year == chosen.since.year,
        )
        for year in sorted(years, reverse=True)
    ]


def _see(year: Period, school: School) -> HttpResponse:
    response = redirect("reports:delivery-school", year.since.year, school.pk)
    response.status_code = 303
    return response
