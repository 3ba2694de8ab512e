"""A pupil's CPR number, where the installation keeps it: masked, whole for a reason, and the pupil who has a number.

A number comes by POST and is answered on the page itself: it stands in no address, no session and no message.
"""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from fravaer.accounts.fields import Field, visible_fields
from fravaer.accounts.freshness import fresh_when, is_fresh
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.schools import cpr
from fravaer.schools.models import Pupil

TOO_MANY = 429


class ReasonForm(forms.Form):
    reason = forms.ChoiceField(
        label=gettext_lazy("Why do you need the whole number?"),
        choices=list(cpr.REASONS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose why you need it.")},
    )


class NumberForm(forms.Form):
    number = forms.CharField(
        label=gettext_lazy("CPR number"),
        help_text=gettext_lazy("All ten digits. Part of a number finds nobody."),
        max_length=20,
        # Neither the browser nor whoever looks over her shoulder is to keep it, and no page repeats it.
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        error_messages={"required": gettext_lazy("Write the CPR number.")},
    )

    def clean_number(self) -> str:
        try:
            return cpr.digits(self.cleaned_data["number"])
        except cpr.NoNumber:
            raise forms.ValidationError(
                gettext_lazy("This is no CPR number: ten digits, the first six of them a date.")
            ) from None


@requires(Action.CPR)
@fresh_when(lambda request, **parts: request.method == "POST")
@require_http_methods(["GET", "POST"])
def of_pupil(request: Request, pupil_uuid: UUID) -> HttpResponse:
    """The pupil's number, masked; and whole, once, to one who says why she needs it."""
    pupil = get_object_or_404(_theirs(request), uuid=pupil_uuid)
    if Field.CPR not in visible_fields(request.scope, pupil):
        raise Http404
    form = ReasonForm(request.POST or None)
    whole = cpr.reveal(pupil, request.scope, form.cleaned_data["reason"]) if form.is_valid() else ""
    if not whole:
        trail.saw(request.scope, "cpr", [pupil.pk])
    masked = cpr.masked(pupil.pk)
    return render(
        request,
        "absence/cpr.html",
        {"pupil": pupil, "masked": masked, "whole": whole, "form": form},
        status=422 if form.errors else 200,
    )


# Asked before a number is typed: what waits for a proof is kept meanwhile, and a number is kept nowhere.
@requires(Action.CPR)
@fresh_when(lambda request: request.method == "GET")
@require_http_methods(["GET", "POST"])
def look_up(request: Request) -> HttpResponse:
    """The pupil with exactly this number, if she is the actor's to see. Of others not even that there is one."""
    theirs = _theirs(request)
    if request.method == "POST" and not is_fresh(request.session, request.now):
        return redirect("absence:cpr-look-up")
    form = NumberForm(request.POST or None)
    status, found = 200, None
    if form.is_bound and form.is_valid():
        try:
            pupil_id = cpr.look_up(form.cleaned_data["number"], request.scope, request.now)
        except cpr.TooMany:
            form.add_error(
                None, _("You have looked up many numbers within the hour. Wait, or find the pupil by name.")
            )
            status = TOO_MANY
        else:
            found = theirs.filter(pk=pupil_id or 0).first()
            if found:
                trail.saw(request.scope, "cpr", [found.pk])
    elif form.is_bound:
        status = 422
    asked = form.is_bound and not form.errors
    return render(
        request, "absence/cpr_look_up.html", {"form": form, "found": found, "asked": asked}, status=status
    )


def _theirs(request: Request) -> QuerySet[Pupil]:
    """The pupils whose number the actor may have: of her school, or those in her cases."""
    if not settings.KEEP_CPR:
        raise Http404
    rows = Pupil.objects.visible_to(request.scope, request.day)
    return rows if request.scope.may(Action.CPR_UNIT) else rows.filter(pk__in=request.scope.pupils)
