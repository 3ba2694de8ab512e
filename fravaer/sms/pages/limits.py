"""What holds for the SMS of the whole municipality: the dry run, ceilings, price, countries; and whether all is stopped."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts.roles import Action
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.schools.models import Area
from fravaer.sms import circuit, limits, providers
from fravaer.sms.limits import CHOSEN, Limits

WRONG = gettext_lazy("This cannot be chosen.")


class LimitsForm(forms.Form):
    dry_run = forms.BooleanField(
        label=gettext_lazy("Dry run for all schools"),
        help_text=gettext_lazy("Everything but the sending: the schools see who would have got what."),
        required=False,
    )
    most_a_day = forms.IntegerField(
        label=gettext_lazy("Most SMS a day, all schools together"),
        help_text=gettext_lazy("Those above it are rung by the schools. Left empty: no ceiling."),
        required=False,
        min_value=0,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "input-width-s"}),
    )
    price = forms.DecimalField(
        label=gettext_lazy("Price of one SMS, in kroner"),
        help_text=gettext_lazy(
            "What the provider takes for 160 signs. Used for the figures of what it costs."
        ),
        required=False,
        min_value=0,
        max_digits=6,
        decimal_places=4,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "input-width-s"}),
    )
    countries = forms.CharField(
        label=gettext_lazy("Countries that are written to"),
        help_text=gettext_lazy("Telephone codes with a space between: 45 is Denmark, 46 Sweden, 49 Germany."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "input-width-m"}),
    )
    keeps_bodies = forms.IntegerField(
        label=gettext_lazy("The words of an SMS are forgotten after"),
        help_text=gettext_lazy("In days. That it was sent, and to which pupil's guardian, stays."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "input-width-xs"}),
    )
    keeps_replies = forms.IntegerField(
        label=gettext_lazy("The words of a reply are forgotten after"),
        help_text=gettext_lazy("In days."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "input-width-xs"}),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            for name in limits.problems(self.limits()):
                self.add_error(name, WRONG)
        return data

    def limits(self) -> Limits:
        values = {name: self.cleaned_data[name] for name in CHOSEN}
        codes = values["countries"].replace("+", " ").replace(",", " ").split()
        return Limits(**values | {"countries": tuple(dict.fromkeys(codes))})


@requires(Action.SMS_LIMITS_READ)
@require_GET
def mine(request: Request) -> HttpResponse:
    """What holds, and whether everything is stopped."""
    return _page(request)


@requires(Action.SMS_LIMITS)
@require_POST
def change(request: Request) -> HttpResponse:
    """Let other limits hold."""
    municipality = _municipality(request)
    form = LimitsForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    stands = limits.of(municipality)
    if form.cleaned_data["seen"] != repr(stands):
        typed = request.POST.copy()
        typed["seen"] = repr(stands)
        form = LimitsForm(typed)
        form.add_error(
            None,
            _(
                "Somebody has changed the settings meanwhile. Your choices stand below; save again to choose them."
            ),
        )
        return _page(request, form=form, status=409)
    limits.change(
        municipality,
        form.limits(),
        seen=stands,
        actor_id=request.scope.actor_id,
        role=request.scope.role,
    )
    messages.success(request, _("The settings are saved."))
    return _see()


def _page(request: Request, *, form: LimitsForm | None = None, status: int = 200) -> HttpResponse:
    stands = limits.of(_municipality(request))
    if form is None:
        values = {name: getattr(stands, name) for name in CHOSEN}
        form = LimitsForm(initial={**values, "countries": " ".join(stands.countries), "seen": repr(stands)})
    return render(
        request,
        "sms/limits.html",
        {
            "form": form,
            "stands": stands,
            "facts": _facts(stands),
            "stopped": circuit.stopped(providers.name()),
            "may_change": request.scope.may(Action.SMS_LIMITS),
        },
        status=status,
    )


def _facts(stands: Limits) -> list[tuple[str, str]]:
    """What holds in words, for those who may not change it."""
    words = {
        "dry_run": _("Yes") if stands.dry_run else _("No"),
        "most_a_day": "–" if stands.most_a_day is None else str(stands.most_a_day),
        "price": "–" if stands.price is None else str(stands.price).replace(".", ","),
        "countries": " ".join(f"+{code}" for code in stands.countries),
        "keeps_bodies": _days(stands.keeps_bodies),
        "keeps_replies": _days(stands.keeps_replies),
    }
    return [
        (str(field.label), words[name]) for name, field in LimitsForm.base_fields.items() if name in words
    ]


def _days(number: int) -> str:
    return ngettext("%(days)d day", "%(days)d days", number) % {"days": number}


def _municipality(request: Request) -> int:
    """The municipality of the areas one holds."""
    found = (
        Area.objects.visible_to(request.scope)
        .order_by("pk")
        .values_list("municipality_id", flat=True)
        .first()
    )
    if found is None:
        raise Http404
    return found


def _see() -> HttpResponse:
    response = redirect("sms:limits")
    response.status_code = 303
    return response
