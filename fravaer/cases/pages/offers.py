"""The catalogue of offers: what a child can be offered from when until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts.roles import Action
from fravaer.cases import offers
from fravaer.cases.models import Offer
from fravaer.cases.pages.entries import day_field
from fravaer.core.access import requires
from fravaer.core.http import Request

NO_DAY = gettext_lazy("Choose a day.")


class OfferForm(forms.Form):
    """An offer's name, from a day on."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    name = forms.CharField(
        label=pgettext_lazy("an offer", "What it is called"),
        max_length=100,
        error_messages={"required": gettext_lazy("Write what it is called.")},
    )
    on = day_field(gettext_lazy("From"), error_messages={"required": NO_DAY})


class EndForm(forms.Form):
    """The day from which nobody is offered it."""

    on = day_field(gettext_lazy("Not offered from"), error_messages={"required": NO_DAY})


@dataclass(frozen=True, slots=True)
class Row:
    """One offer of the page, with the forms of who may change it."""

    offer: Offer
    change: OfferForm | None
    end: EndForm | None


@requires(Action.OFFERS_READ)
@require_GET
def listed(request: Request) -> HttpResponse:
    """What can be offered today, what is planned, and what was."""
    return _page(request)


@requires(Action.OFFERS_CHANGE)
@require_POST
def add(request: Request) -> HttpResponse:
    """Put an offer in the catalogue."""
    form = OfferForm(request.POST, auto_id="add_%s")
    if "key" in form.errors:
        raise SuspiciousOperation("the form's key is not ours")
    if form.is_valid():
        data = form.cleaned_data
        try:
            offers.add(data["name"], request.scope, request.day, key=data["key"], valid_from=data["on"])
        except (offers.NameTaken, offers.InThePast) as refusal:
            _say(form, refusal)
    if form.errors:
        return _page(request, refused=("", form), status=422)
    messages.success(request, _("“%(name)s” is in the catalogue.") % {"name": form.cleaned_data["name"]})
    return _see_other()


@requires(Action.OFFERS_CHANGE)
@require_POST
def change(request: Request, code: str) -> HttpResponse:
    """Call an offer something else from a day on."""
    form = OfferForm(request.POST, auto_id=f"change_{code}_%s")
    if "key" in form.errors:
        raise SuspiciousOperation("the form's key is not ours")
    if form.is_valid():
        data = form.cleaned_data
        try:
            offers.change(
                code, data["name"], request.scope, request.day, key=data["key"], valid_from=data["on"]
            )
        except Offer.DoesNotExist as error:
            raise Http404 from error
        except offers.Ended:
            return _ended(request)
        except (offers.NameTaken, offers.InThePast) as refusal:
            _say(form, refusal)
    if form.errors:
        return _page(request, refused=(code, form), status=422)
    messages.success(request, _("The offer has its new name from the day you chose."))
    return _see_other()


@requires(Action.OFFERS_CHANGE)
@require_POST
def end(request: Request, code: str) -> HttpResponse:
    """Take an offer out of the catalogue from a day on."""
    form = EndForm(request.POST, auto_id=f"end_{code}_%s")
    if form.is_valid():
        try:
            offers.end(code, request.scope, request.day, valid_until=form.cleaned_data["on"])
        except Offer.DoesNotExist as error:
            raise Http404 from error
        except offers.Ended:
            return _ended(request)
        except offers.InThePast as refusal:
            _say(form, refusal)
    if form.errors:
        return _page(request, refused=(code, form), status=422)
    messages.success(request, _("It is offered no more from that day. Those who take part in it go on."))
    return _see_other()


def _say(form: forms.Form, refusal: Exception) -> None:
    if isinstance(refusal, offers.NameTaken):
        form.add_error("name", _("There is an offer of this name already."))
    else:
        form.add_error("on", _("Choose today or a later day, after the one it began."))


def _ended(request: Request) -> HttpResponse:
    refusal = _("Somebody has changed or ended the offer meanwhile. Nothing of yours is saved.")
    return _page(request, refusal=refusal, status=409)


def _page(
    request: Request,
    *,
    refused: tuple[str, forms.Form] | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    day, may_change = request.day, request.scope.may(Action.OFFERS_CHANGE)
    of, form = refused or ("", None)
    every = offers.every()
    standing = [one for one in every if one.valid_until is None or one.valid_until > day]
    context: dict[str, Any] = {
        "rows": [_row(one, day, may_change, form if of == one.code else None) for one in standing],
        "past": [one for one in every if one not in standing],
        "add_form": (
            form if form and not of else OfferForm(initial={"key": uuid4(), "on": day}, auto_id="add_%s")
        )
        if may_change
        else None,
        "refused": form,
        "refusal": refusal,
    }
    return render(request, "cases/offers.html", context, status=status)


def _row(offer: Offer, day: date, may_change: bool, refused: forms.Form | None) -> Row:
    if not may_change or offer.valid_until is not None:
        return Row(offer, None, None)
    initial = {"key": uuid4(), "name": offer.name, "on": day}
    return Row(
        offer,
        refused
        if isinstance(refused, OfferForm)
        else OfferForm(initial=initial, auto_id=f"change_{offer.code}_%s"),
        refused
        if isinstance(refused, EndForm)
        else EndForm(initial={"on": day}, auto_id=f"end_{offer.code}_%s"),
    )


def _see_other() -> HttpResponse:
    response = redirect("cases:offers")
    response.status_code = 303
    return response
