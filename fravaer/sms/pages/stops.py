"""No SMS about this pupil for a while: the office says until when, and nobody is asked why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts import opening
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.schools.models import Pupil
from fravaer.sms import stops


class StopForm(forms.Form):
    last_day = forms.DateField(
        label=gettext_lazy("The last day without SMS"),
        help_text=gettext_lazy("From the day after, the guardians are written to again."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input-width-m"}),
    )


@requires(Action.SMS_STOP_PUPIL)
@require_GET
def stopping(request: Request, pupil_uuid: UUID) -> HttpResponse:
    """Whether SMS about the pupil are stopped, until when, and by whom."""
    return _page(request, _pupil(request, pupil_uuid))


@requires(Action.SMS_STOP_PUPIL)
@require_POST
def stop(request: Request, pupil_uuid: UUID) -> HttpResponse:
    """Send nothing about the pupil from today until the day chosen."""
    pupil = _pupil(request, pupil_uuid)
    form = StopForm(request.POST)
    assert request.scope.actor_id is not None
    if form.is_valid():
        try:
            stops.stop(
                pupil.pk,
                request.day,
                form.cleaned_data["last_day"] + timedelta(days=1),
                actor_id=request.scope.actor_id,
                role=request.scope.role,
                now=request.now,
            )
        except stops.Impossible:
            form.add_error("last_day", _("Choose a day from today and at most a year ahead."))
    if form.errors:
        return _page(request, pupil, form=form, status=422)
    messages.success(request, _("No SMS are sent about the pupil. The school rings when there is something."))
    return _see(pupil)


@requires(Action.SMS_STOP_PUPIL)
@require_POST
def resume(request: Request, pupil_uuid: UUID) -> HttpResponse:
    """Send about the pupil again."""
    pupil = _pupil(request, pupil_uuid)
    assert request.scope.actor_id is not None
    stops.resume(pupil.pk, actor_id=request.scope.actor_id, role=request.scope.role)
    messages.success(request, _("SMS are sent about the pupil again."))
    return _see(pupil)


def _page(request: Request, pupil: Pupil, *, form: StopForm | None = None, status: int = 200) -> HttpResponse:
    stopped = stops.of(pupil.pk, request.day)
    trail.saw(request.scope, "sms.stop", [pupil.pk])
    context: dict[str, Any] = {
        "pupil": pupil,
        "stopped": stopped,
        "form": form or StopForm(initial={"last_day": stopped.last_day if stopped else None}),
    }
    return render(request, "sms/stop.html", context, status=status)


def _pupil(request: Request, pupil_uuid: UUID) -> Pupil:
    found = get_object_or_404(Pupil.objects.visible_to(request.scope, request.day), uuid=pupil_uuid)
    opening.opened(request, found.pk)
    return found


def _see(pupil: Pupil) -> HttpResponse:
    response = redirect("sms:stop", pupil.uuid)
    response.status_code = 303
    return response
