"""Frozen quarters: the list, one with its versions and what has changed since, freezing it, and standing by it."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts.roles import Action
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.periods import Quarter, SchoolYear
from fravaer.reports import approvals, corrections, freezing, gone, modes, units
from fravaer.reports.freezing import Name
from fravaer.reports.models import Snapshot
from fravaer.reports.modes import Mode
from fravaer.schools.models import Area

# The year before which nothing can have been registered here.
EARLIEST = 2000
QUARTERS, YEARS = 8, 2
# What may have moved since, and the parts of a frozen quarter, in words.
SOURCES = {
    "registers": gettext_lazy("registers and reasons"),
    "roster": gettext_lazy("classes, pupils or school days"),
    "measures": gettext_lazy("social measures"),
    "form": gettext_lazy("the method"),
}
# What may have been disposed of.
GONE = {
    gone.REGISTERS: gettext_lazy("registers and absence"),
    "cases.measure": gettext_lazy("social measures"),
    "cases.case": gettext_lazy("cases"),
    "sms.message": gettext_lazy("messages"),
}
PARTS = {
    "cells": gettext_lazy("the figures"),
    "spreads": gettext_lazy("the distribution"),
    "movers": gettext_lazy("pupils who moved"),
    "besides": gettext_lazy("registers, messages and closed cases"),
    "before": gettext_lazy("the year before"),
    "efforts": gettext_lazy("open cases and contacts"),
    "areas": gettext_lazy("the areas"),
    "schools": gettext_lazy("the schools"),
    "targets": gettext_lazy("targets"),
    "notes": gettext_lazy("notes to the figures"),
    "references": gettext_lazy("figures of the country"),
    "patterns": gettext_lazy("what is hidden"),
    "methods": gettext_lazy("the method"),
}


class ApproveForm(forms.Form):
    area = forms.SlugField(widget=forms.HiddenInput, required=False)
    # What she saw when she signed.
    snapshot = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=gettext_lazy("Remark"),
        help_text=gettext_lazy("No child's name."),
        required=False,
        max_length=approvals.LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@requires(Action.FROZEN_READ)
@require_GET
def overview(request: Request) -> HttpResponse:
    """The quarters and school years that are over, and how far each is."""
    quarter, year = Quarter.of(request.day).previous(), SchoolYear.of(request.day).previous()
    names: list[Name] = []
    for _number in range(QUARTERS):
        names.append(quarter)
        quarter = quarter.previous()
    for _number in range(YEARS):
        names.append(year)
        year = year.previous()
    known = freezing.latest_of(names)
    lost = gone.registers_of(name.period for name in known)
    return render(
        request,
        "reports/frozen_list.html",
        {
            "lines": [
                (name, known.get(name), isinstance(name, Quarter), lost.get(name.period)) for name in names
            ]
        },
    )


@requires(Action.FROZEN_READ)
@require_GET
def of_period(request: Request, name: Name) -> HttpResponse:
    """One frozen quarter; with `check` drawn again from the data of today and compared."""
    return _page(request, _name(request, name))


@requires(Action.FREEZE)
@require_POST
def freeze(request: Request, name: Name) -> HttpResponse:
    """Freeze the quarter as its data stand."""
    found = _name(request, name)
    try:
        row = freezing.freeze(found, modes=_modes(), scope=request.scope, today=request.day, now=request.now)
    except freezing.NotOver as error:
        raise Http404 from error
    except freezing.StoodBy:
        messages.warning(
            request,
            _("Somebody stands by the figures already. They stay as they are; corrections show below."),
        )
        return _page(request, found, status=409)
    if row.frozen_at == request.now:
        messages.success(
            request, _("The figures are frozen as version %(number)d.") % {"number": row.version}
        )
    else:
        messages.info(
            request,
            _("Nothing has changed since version %(number)d, which stands.") % {"number": row.version},
        )
    return _see(found)


@requires(Action.APPROVE)
@require_POST
def approve(request: Request, name: Name) -> HttpResponse:
    """Stand by an area, or by the municipality."""
    found = _name(request, name)
    form = ApproveForm(request.POST)
    if "area" in form.errors or "snapshot" in form.errors:
        raise SuspiciousOperation("the form's hidden fields are not ours")
    area = None
    if form.cleaned_data["area"]:
        area = Area.objects.visible_to(request.scope).filter(code=form.cleaned_data["area"]).first()
        if area is None:
            raise Http404
    row = next((one for one in freezing.versions(found) if one.uuid == form.cleaned_data["snapshot"]), None)
    if row is None:
        raise Http404
    if not approvals.may_sign(request.scope, area):
        raise PermissionDenied
    if not form.is_valid():
        return _page(request, found, form=form, status=422)
    try:
        approvals.approve(row, area, form.cleaned_data["text"], scope=request.scope, now=request.now)
    except approvals.Superseded:
        form.add_error(
            None,
            _(
                "The figures were frozen anew meanwhile. Look at them below, and sign again if they are right."
            ),
        )
        return _page(request, found, form=form, status=409)
    except approvals.Unsettled:
        form.add_error(None, _("Say first what came of the initiatives of earlier quarters."))
        return _page(request, found, form=form, status=409)
    except approvals.Awaited:
        form.add_error(None, _("The areas' own managers sign first."))
        return _page(request, found, form=form, status=409)
    messages.success(request, _("Your approval is saved."))
    return _see(found)


def _name(request: Request, name: Name) -> Name:
    """The period the address names, when it is over."""
    if name.year < EARLIEST or name.period.until > request.day:
        raise Http404
    return name


def _page(
    request: Request, name: Name, *, form: ApproveForm | None = None, status: int = 200
) -> HttpResponse:
    scope = request.scope
    found = freezing.versions(name)
    row = found[0] if found else None
    context: dict[str, object] = {
        "name": name,
        "is_quarter": isinstance(name, Quarter),
        "versions": found,
        "row": row,
        "may_freeze": scope.may(Action.FREEZE),
        "form": form,
    }
    if row is not None:
        areas = list(Area.objects.visible_to(scope).order_by("name", "pk"))
        lines = approvals.lines(row, areas, scope)
        lost = gone.behind(name.period)
        registers_gone = any(one.kind == gone.REGISTERS for one in lost)
        changed = None
        if not registers_gone:
            changed = corrections.since(row, _places(request, row, areas), mode=_modes()[0], now=request.now)
        context |= {
            "gone": [(GONE[one.kind], one.since) for one in lost],
            "registers_gone": registers_gone,
            "lines": [(line, _form(line, row, form)) for line in lines],
            "is_stood_by": any(line.approvals for line in lines),
            "corrections": changed,
            "sources": [SOURCES[source] for source in changed.sources] if changed else [],
            "limit": settings.SMALL_DENOM,
        }
        if "check" in request.GET and scope.may(Action.FREEZE):
            again = freezing.regenerate(row, modes=_modes(), now=request.now)
            context |= {
                "again": again,
                "is_whole": freezing.is_whole(row),
                "not_again": [GONE[one.kind] for one in again.gone],
                "parts": [PARTS.get(part, part) for part in again.changed],
            }
    return render(request, "reports/frozen.html", context, status=status)


def _form(line: approvals.Line, row: Snapshot, given: ApproveForm | None) -> ApproveForm | None:
    """The form with which the actor signs a line; the one she sent, where it was refused."""
    code = line.area.code if line.area else ""
    if given is not None and line.is_hers and given.data.get("area", "") == code:
        return given
    if not line.may_sign:
        return None
    return ApproveForm(initial={"area": code, "snapshot": row.uuid}, auto_id=f"{code or 'whole'}_%s")


def _places(request: Request, row: Snapshot, areas: Sequence[Area]) -> dict[units.Key, str]:
    """The units whose corrections the actor reads, by the names they had."""
    held = {area.pk for area in areas}
    found: dict[units.Key, str] = {units.WHOLE: _("The whole municipality")}
    for area, of in sorted(row.contents["areas"].items(), key=lambda one: str(one[1]["name"])):
        if int(area) in held:
            found["area", int(area)] = of["name"]
    for school, of in sorted(row.contents["schools"].items(), key=lambda one: str(one[1]["name"])):
        if of["area"] in held:
            found["school", int(school)] = of["name"]
    return found


def _modes() -> tuple[Mode, Mode]:
    """The limits within the administration, and of what is published."""
    return (
        modes.internal(settings.SMALL_CELL_N, settings.SMALL_DENOM),
        modes.publication(settings.SMALL_CELL_N, settings.SMALL_DENOM),
    )


def _see(name: Name) -> HttpResponse:
    response = redirect("reports:frozen-period", name)
    response.status_code = 303
    return response
