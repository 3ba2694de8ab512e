"""What the monthly message on days missed has done, in figures alone."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from fravaer.accounts.roles import Action
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.sms import effect, monthly


@requires(Action.SMS_EFFECT)
@require_GET
def monthly_page(request: Request) -> HttpResponse:
    """Days missed by pupils whose guardians were told, and by those held out by lot, month by month."""
    compared = effect.of(request.scope, request.day)
    return render(
        request,
        "sms/monthly.html",
        {
            "months": compared[:-1],
            "whole": compared[-1] if compared else None,
            "held_out": monthly.HELD_OUT,
            "least_days": monthly.LEAST_HALF_DAYS,
            "least_pupils": effect.LEAST_PUPILS,
            "coverage": monthly.LEAST_COVERAGE,
            "most": 10 * monthly.MOST_PERCENT,
        },
    )
