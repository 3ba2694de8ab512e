"""Lending access: what one lends a colleague while one is away, and taking it back."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from fravaer.accounts import delegating
from fravaer.accounts.forms import PersonForm, last_day_field, person_field, reason_field
from fravaer.accounts.models import Grant, Reach
from fravaer.accounts.models.granted import last_day
from fravaer.accounts.roles import Action, Role
from fravaer.accounts.terms import TooLong
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.templatetags.danish import shortdate


class LendingForm(PersonForm):
    person = person_field(gettext_lazy("Who acts for you"), gettext_lazy("Write who acts for you."))
    grants = forms.TypedMultipleChoiceField(
        label=gettext_lazy("What you lend"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose what you lend.")},
    )
    last_day = last_day_field(
        gettext_lazy("Six weeks ahead at most, and never longer than your own access lasts.")
    )
    reason = reason_field(gettext_lazy("For example: acts for me while I am on holiday."))

    def __init__(self, *args: Any, own: list[Grant], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["grants"]
        choice.choices = [
            (grant.pk, _("%(access)s, until %(day)s") % {"access": words(grant), "day": _last(grant)})
            for grant in own
        ]


@requires(Action.ACCESS_LEND)
@require_http_methods(["GET", "POST"])
def lending(request: Request) -> HttpResponse:
    """What is lent now, and the form by which it is."""
    own = list(delegating.own(request.scope))
    form = LendingForm(request.POST if request.method == "POST" else None, own=own)
    if request.method == "POST" and form.is_valid() and _lend(request, form):
        return _back()
    lent = [(grant, words(grant), _last(grant)) for grant in delegating.lent(request.scope, request.now)]
    return render(
        request,
        "accounts/lending.html",
        {"form": form, "own": own, "lent": lent},
        status=422 if form.errors else 200,
    )


@requires(Action.ACCESS_LEND)
@require_POST
def take_back(request: Request, grant_id: int) -> HttpResponse:
    """End what one has lent, at once."""
    if not delegating.take_back(grant_id, request.scope, request.now):
        raise Http404
    messages.success(request, _("The access has ended."))
    return _back()


def _lend(request: Request, form: LendingForm) -> bool:
    data = form.cleaned_data
    user = form.account()
    if user is None:
        return False
    try:
        delegating.lend(
            request.scope,
            to_id=user.pk,
            grant_ids=data["grants"],
            until=timezone.make_aware(datetime.combine(data["last_day"] + timedelta(days=1), time())),
            reason=data["reason"],
            now=request.now,
        )
    except delegating.ToHerself:
        form.add_error("person", _("You have this access already. Write somebody else."))
    except delegating.NotHers:
        form.add_error("grants", _("You no longer hold what you chose. Choose again."))
    except TooLong:
        form.add_error(
            "last_day", _("Choose a day within six weeks, and within the time your own access lasts.")
        )
    else:
        messages.success(
            request, _("%(person)s acts for you now, under her own name.") % {"person": user.name}
        )
        return True
    return False


def words(grant: Grant) -> str:
    """A grant in words: `Skoleleder, Birkeskolen`."""
    one = grant.school_class
    place = f"{one}, {one.school.name}" if one else str(grant.school or grant.area or "")
    return f"{Role(grant.role).label}, {place or Reach(grant.reach).label}"


def _last(grant: Grant) -> str:
    return shortdate(last_day(grant.valid_until))


def _back() -> HttpResponse:
    response = redirect("access-lend")
    response.status_code = 303
    return response
