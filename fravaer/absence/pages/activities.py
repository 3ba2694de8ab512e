"""Trips and other activities of whole classes: planned beforehand, present in the register."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from fravaer.absence import foretold
from fravaer.absence.pages.known_forms import ActivityForm
from fravaer.absence.pages.known_words import REFUSALS, said
from fravaer.accounts.roles import Action
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.templatetags.danish import shortdate
from fravaer.schools.models import SchoolClass


@requires(Action.KNOWN_ENTER)
@require_http_methods(["GET", "POST"])
def activity(request: Request) -> HttpResponse:
    """Plan an activity of one or several classes."""
    form = _form(request, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            planned = foretold.plan(
                key=form.cleaned_data["key"],
                class_ids=form.cleaned_data["classes"],
                period=form.period,
                text=form.cleaned_data["text"],
                scope=request.scope,
                now=request.now,
            )
        except REFUSALS as refused:
            form.add_error("since", said(refused))
        else:
            messages.success(
                request,
                ngettext(
                    "Planned for %(n)d class. Its pupils count as present.",
                    "Planned for %(n)d classes. Their pupils count as present.",
                    len(planned),
                )
                % {"n": len(planned)},
            )
            response = redirect("absence:known")
            response.status_code = 303
            return response
    if "key" in form.errors:
        raise SuspiciousOperation("the activity's hidden fields are not ours")
    return render(request, "absence/activity.html", {"form": form}, status=422 if form.errors else 200)


def _form(request: Request, posted: Any) -> ActivityForm:
    classes = list(
        SchoolClass.objects.visible_to(request.scope)
        .in_year_of(request.day)
        .select_related("school")
        .order_by("school__sort_name", "year_group", "letter", "pk")
    )
    return ActivityForm(
        posted,
        around=request.day,
        classes=classes,
        several=len({one.school_id for one in classes}) > 1,
        initial={"key": uuid4(), "since": shortdate(request.day)},
    )
