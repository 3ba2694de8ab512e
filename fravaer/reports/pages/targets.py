"""What the municipality, its areas and its schools aim at: the list, one unit's targets through time, and setting one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts.roles import Action
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.reports import targets, units
from fravaer.reports.models import Target
from fravaer.reports.units import Place

NO_PERCENT = gettext_lazy("Write a percentage from 0.1 to 99.9 with one decimal at most, for instance 6.5.")


class TargetForm(forms.Form):
    percent = forms.DecimalField(
        label=gettext_lazy("Highest absence aimed at, in percent"),
        help_text=gettext_lazy("With one decimal, for instance 6.5."),
        min_value=Decimal("0.1"),
        max_value=Decimal("99.9"),
        decimal_places=1,
        localize=True,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value", "max_decimal_places"), NO_PERCENT),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "input-width-xs"}),
    )
    valid_from = forms.DateField(
        label=pgettext_lazy("a target", "Holds from"),
        help_text=gettext_lazy(
            "The target before it ends on this day. What was to begin later is taken back."
        ),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input-width-m"}),
    )
    decision = forms.CharField(
        label=pgettext_lazy("a target", "Decision"),
        help_text=gettext_lazy("Who decided it and when, or the case number, so that it can be found again."),
        max_length=200,
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    @property
    def tenths(self) -> int:
        return int(self.cleaned_data["percent"] * 10)


@requires(Action.TARGET_READ)
@require_GET
def all_targets(request: Request) -> HttpResponse:
    """The targets in force of every unit one sees."""
    scope = request.scope
    rows = targets.rows_on(request.day)
    seen = [(place, rows.get(place.key)) for place in units.seen(scope)]
    return render(
        request,
        "reports/targets.html",
        {
            "areas": [line for line in seen if line[0].key[0] != "school"],
            "schools": [line for line in seen if line[0].key[0] == "school"],
            "may_set": scope.may(Action.TARGET_SET),
        },
    )


@requires(Action.TARGET_READ)
@require_GET
def of_unit(request: Request, unit: str) -> HttpResponse:
    """One unit's targets through time."""
    return _page(request, _place(request, unit))


@requires(Action.TARGET_SET)
@require_POST
def set_target(request: Request, unit: str) -> HttpResponse:
    """Let the unit aim at something else from a day on."""
    place = _place(request, unit)
    if not targets.may_set(request.scope, place.key):
        raise PermissionDenied
    form = TargetForm(request.POST)
    if not form.is_valid():
        return _page(request, place, form=form, status=422)
    data = form.cleaned_data
    try:
        targets.choose(
            place.key,
            tenths=form.tenths,
            valid_from=data["valid_from"],
            decision=data["decision"],
            seen=data["seen"],
            scope=request.scope,
            now=request.now,
        )
    except targets.ChangedMeanwhile:
        typed: Any = request.POST.copy()
        typed["seen"] = _newest(targets.history(place.key))
        form = TargetForm(typed)
        form.add_error(
            None,
            _("Somebody has set the target meanwhile. Look at it below, and save again if yours is to hold."),
        )
        return _page(request, place, form=form, status=409)
    messages.success(request, _("The target is saved."))
    response = redirect("reports:target", place.code)
    response.status_code = 303
    return response


def _place(request: Request, unit: str) -> Place:
    """The unit the address names, as far as it is seen."""
    place = units.named(units.seen(request.scope), unit)
    if place is None:
        raise Http404
    return place


def _page(
    request: Request, place: Place, *, form: TargetForm | None = None, status: int = 200
) -> HttpResponse:
    history = targets.history(place.key)
    may_set = targets.may_set(request.scope, place.key)
    if form is None:
        form = TargetForm(initial={"seen": _newest(history), "valid_from": request.day})
    return render(
        request,
        "reports/target.html",
        {
            "place": place,
            "history": history,
            "standing": targets.rows_on(request.day).get(place.key),
            "form": form if may_set else None,
            "is_school": place.key[0] == "school",
        },
        status=status,
    )


def _newest(history: list[Target]) -> int:
    return max((row.pk for row in history), default=0)
