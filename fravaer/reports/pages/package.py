"""The data package of 1 September: its tables, its receipt, and the file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_POST

from fravaer.absence import closing
from fravaer.accounts.roles import Action
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.periods import SchoolYear
from fravaer.core.templatetags.danish import NOTHING, count, days2, percent, schoolyear, shortdate
from fravaer.reports import datasets, modes, package
from fravaer.reports.package import Package
from fravaer.reports.pages.deliveries import Tab
from fravaer.reports.pages.delivery_files import FORMS, DeliveredForm, answer
from fravaer.reports.sheets import DOTS, HIDDEN, Cell, Kind, Sheet
from fravaer.schools.models import School

EARLIEST = 2000
WRITTEN = {Kind.TENTHS: percent, Kind.HUNDREDTHS: days2, Kind.COUNT: count}


class FileForm(forms.Form):
    form = forms.ChoiceField(label=pgettext_lazy("a file", "Kind of file"), choices=FORMS)


@dataclass(frozen=True, slots=True)
class Shown:
    """A table as it is read: heads and rows of words, each with whether it is a number; in a row, with its head as well."""

    name: str
    heads: list[tuple[str, bool]]
    rows: list[list[tuple[str, bool, str]]]


@requires(Action.PACKAGE_READ)
@require_GET
def latest(request: Request) -> HttpResponse:
    """The latest school year that is over."""
    return _page(request, SchoolYear(SchoolYear.of(request.day).year - 1))


@requires(Action.PACKAGE_READ)
@require_GET
def of_year(request: Request, year: int) -> HttpResponse:
    """One school year's package, as far as the reader's units go."""
    return _page(request, _year(request, year))


@requires(Action.PACKAGE_READ)
@require_POST
def fetch(request: Request, year: int) -> HttpResponse:
    """The tables as a file."""
    found = _year(request, year)
    form = FileForm(request.POST)
    if not form.is_valid():
        return _page(request, found, problem=_("Choose a kind of file."), status=422)
    made = _package(request, found)
    chosen = form.cleaned_data["form"]
    sha256 = package.digest(made)
    datasets.fetch_package(
        found,
        sha256=sha256 if made.is_whole else "",
        form=chosen,
        scope=request.scope,
        now=request.now,
    )
    name = ("datapakke", str(found), made.place)
    title = _("Data package %(year)s") % {"year": schoolyear(found.period)}
    return answer(chosen, name, title, package.about(made, sha256=sha256), made.sheets, request)


@requires(Action.PACKAGE_READ)
@require_POST
def make(request: Request, year: int) -> HttpResponse:
    """Give the municipality's package its receipt."""
    found = _year(request, year)
    _needs_municipality(request)
    try:
        key = UUID(request.POST.get("key", ""))
    except ValueError as error:
        raise SuspiciousOperation("the form's key is not ours") from error
    made = _package(request, found)
    if found.period.until > request.day or made.is_empty:
        problem = _("The school year is not over, or nothing was registered in it. Nothing was made.")
        return _page(request, found, problem=problem, status=409)
    lacking = {"not_completed": _not_completed(request, found)[0]}
    try:
        datasets.make_package(
            found,
            rows=made.rows,
            sha256=package.digest(made),
            lacking=lacking,
            key=key,
            scope=request.scope,
            now=request.now,
        )
    except datasets.KeyReused as error:
        raise SuspiciousOperation("the data set's key belongs to another") from error
    messages.success(request, _("The data package is made, with its receipt."))
    return _see(found)


@requires(Action.PACKAGE_READ)
@require_POST
def delivered(request: Request, year: int) -> HttpResponse:
    """Say that the municipality's package was delivered."""
    found = _year(request, year)
    _needs_municipality(request)
    made = datasets.packages(found)
    form = DeliveredForm(request.POST)
    if not made:
        raise Http404
    if not form.is_valid():
        return _page(request, found, problem=_("The number is too long."), status=422)
    datasets.deliver(made[0], form.cleaned_data["receipt"], scope=request.scope, now=request.now)
    messages.success(request, _("It is noted that the data package is delivered."))
    return _see(found)


def _page(request: Request, year: SchoolYear, *, problem: str = "", status: int = 200) -> HttpResponse:
    made = _package(request, year)
    is_chief = made.is_whole and request.scope.municipality
    sets = datasets.packages(year)
    latest_set = sets[0] if sets else None
    missing, schools = _not_completed(request, year)
    sha256 = package.digest(made)
    return render(
        request,
        "reports/package.html",
        {
            "year": year.period,
            "package": made,
            "tabs": _tabs(request, year),
            "tables": [_shown(one) for one in made.sheets],
            "due_on": package.due_on(year),
            "completed": schools - missing,
            "schools": schools,
            "is_chief": is_chief,
            "is_over": year.period.until <= request.day,
            "receipt": _receipt(latest_set) if latest_set else [],
            "changed": bool(is_chief and latest_set and latest_set.sha256 != sha256),
            "deliveries": datasets.package_deliveries(year),
            "form": FileForm(),
            "delivered_form": DeliveredForm(auto_id="delivered_%s"),
            "key": uuid4(),
            "problem": problem,
        },
        status=status,
    )


def _package(request: Request, year: SchoolYear) -> Package:
    mode = modes.publication(settings.SMALL_CELL_N, settings.SMALL_DENOM)
    return package.of_year(year, request.scope, today=request.day, now=request.now, mode=mode)


def _not_completed(request: Request, year: SchoolYear) -> tuple[int, int]:
    """How many of the reader's schools have not completed the year, and of how many."""
    taught = School.objects.visible_to(request.scope).filter(classes__school_year__starts_on=year.since)
    ids = set(taught.values_list("pk", flat=True))
    return len(ids) - len(closing.standing(ids, year.period)), len(ids)


def _receipt(found: Any) -> list[tuple[str, str]]:
    by = {"day": shortdate(found.made_at), "name": found.maker}
    return [
        (pgettext("a file", "Made"), _("%(day)s by %(name)s") % by),
        (_("Rows"), count(found.rows)),
        (_("Schools that had not completed the year"), count(found.lacking.get("not_completed", 0))),
        (_("SHA-256 of the tables"), found.sha256),
    ]


def _shown(sheet: Sheet) -> Shown:
    rows: Iterable[Iterable[Cell]] = sheet.rows
    return Shown(
        sheet.name,
        [(column.head, column.kind is not Kind.TEXT) for column in sheet.columns],
        [
            [
                (_words(column.kind, cell), column.kind is not Kind.TEXT, column.head)
                for column, cell in zip(sheet.columns, row, strict=True)
            ]
            for row in rows
        ],
    )


def _words(kind: Kind, cell: Cell) -> str:
    if cell is HIDDEN:
        return DOTS
    if isinstance(cell, int):
        return WRITTEN[kind](cell)
    return NOTHING if cell is None else str(cell)


def _tabs(request: Request, chosen: SchoolYear) -> list[Tab]:
    this = SchoolYear.of(request.day).year
    return [
        Tab(
            _("School year %(year)s") % {"year": schoolyear(SchoolYear(year).period)},
            reverse("reports:package-year", args=[year]),
            year == chosen.year,
        )
        for year in sorted({this, this - 1, this - 2, chosen.year}, reverse=True)
    ]


def _year(request: Request, year: int) -> SchoolYear:
    if not EARLIEST <= year <= SchoolYear.of(request.day).year:
        raise Http404
    return SchoolYear(year)


def _needs_municipality(request: Request) -> None:
    if not request.scope.municipality:
        raise PermissionDenied


def _see(year: SchoolYear) -> HttpResponse:
    response = redirect("reports:package-year", year.year)
    response.status_code = 303
    return response
