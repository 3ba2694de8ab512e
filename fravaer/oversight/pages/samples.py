"""Readings drawn by lot, which the unit's leader answers for; and what the controller settles."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.oversight import hits as standing_out
from fravaer.oversight import samples as room
from fravaer.oversight import words
from fravaer.oversight.models import Hit, Remark, Sample, Verdict
from fravaer.schools.models import Pupil

MOST = 100


@requires(Action.SAMPLE_ANSWER)
@require_safe
def samples(request: Request) -> HttpResponse:
    """What waits for the leader's answer, the oldest first, and what she has answered lately."""
    mine = Sample.objects.visible_to(request.scope).select_related("actor", "school")
    rows = [
        *mine.waiting().order_by("due_on", "read_at", "pk")[:MOST],
        *mine.exclude(needed=None).order_by("-answered_at", "pk")[:10],
    ]
    known = _children(request, rows)
    context = {
        "rows": [
            {
                "one": one,
                "page": words.page(one.page),
                "children": [known[pupil_id] for pupil_id in one.pupil_ids if pupil_id in known],
                "others": len([pupil_id for pupil_id in one.pupil_ids if pupil_id not in known]),
                "late": one.needed is None and one.due_on < request.day,
            }
            for one in rows
        ],
        "remarks": Remark.choices,
    }
    return render(request, "oversight/samples.html", context)


def _children(request: Request, rows: list[Sample]) -> dict[int, Pupil]:
    """The children of the samples whom the leader reaches herself, by name; of the others none."""
    asked = {pupil_id for one in rows for pupil_id in one.pupil_ids}
    found = Pupil.objects.visible_to(request.scope, request.day).filter(pk__in=asked)
    known = {pupil.pk: pupil for pupil in found}
    trail.saw(request.scope, "control.samples", known)
    return known


@requires(Action.SAMPLE_ANSWER)
@require_POST
def answer(request: Request, sample_uuid: UUID) -> HttpResponse:
    """Say whether there was a need of the work for it."""
    sample = get_object_or_404(Sample.objects.visible_to(request.scope), uuid=sample_uuid)
    needed, remark = request.POST.get("needed", ""), request.POST.get("remark", "")
    if needed not in ("yes", "no") or remark not in Remark.values:
        messages.error(request, _("Choose yes or no, and what you found."))
        return _back("oversight:samples")
    try:
        room.answer(sample, request.scope, request.now, needed=needed == "yes", remark=Remark(remark))
    except room.Settled:
        messages.info(request, _("It has been answered already."))
    else:
        messages.success(request, _("Your answer is kept."))
    return _back("oversight:samples")


@requires(Action.LOG_CONTROL)
@require_safe
def hits(request: Request) -> HttpResponse:
    """What stands out, and what leaders have not answered or found no need for: the controller's list."""
    waiting = Hit.objects.visible_to(request.scope).filter(settled_at=None).select_related("actor")
    of_samples = (
        Sample.objects.visible_to(request.scope)
        .for_the_controller(request.day)
        .exclude(actor=request.scope.actor_id)
        .select_related("actor", "school")
    )
    context: dict[str, Any] = {
        "hits": waiting.order_by("day", "kind", "pk")[:MOST],
        "samples": [
            {"one": one, "page": words.page(one.page)} for one in of_samples.order_by("due_on", "pk")[:MOST]
        ],
        "settled": Hit.objects.visible_to(request.scope)
        .exclude(settled_at=None)
        .select_related("actor", "settled_by")
        .order_by("-settled_at", "pk")[:10],
        "verdicts": Verdict.choices,
    }
    return render(request, "oversight/hits.html", context)


@requires(Action.LOG_CONTROL)
@require_POST
def settle_hit(request: Request, hit_uuid: UUID) -> HttpResponse:
    """Say what the controller came to about a hit."""
    hit = get_object_or_404(Hit.objects.visible_to(request.scope), uuid=hit_uuid)
    return _settled(
        request, partial(standing_out.settle, hit, request.scope, request.now), standing_out.Settled
    )


@requires(Action.LOG_CONTROL)
@require_POST
def settle_sample(request: Request, sample_uuid: UUID) -> HttpResponse:
    """Say what the controller came to about a sample."""
    sample = get_object_or_404(Sample.objects.visible_to(request.scope), uuid=sample_uuid)
    return _settled(request, partial(room.settle, sample, request.scope, request.now), room.Settled)


def _settled(request: Request, settle: Callable[[Verdict], None], already: type[Exception]) -> HttpResponse:
    """Settle with the verdict of the form, and say so; or that somebody has `already`."""
    try:
        settle(_verdict(request))
    except already:
        messages.info(request, _("It has been settled already."))
    else:
        messages.success(request, _("It is settled."))
    return _back("oversight:hits")


def _verdict(request: Request) -> Verdict:
    form = VerdictForm(request.POST)
    if not form.is_valid():
        raise SuspiciousOperation("the verdict is not one of ours")
    return Verdict(form.cleaned_data["verdict"])


class VerdictForm(forms.Form):
    verdict = forms.ChoiceField(choices=Verdict.choices)


def _back(name: str) -> HttpResponse:
    response = redirect(name)
    response.status_code = 303
    return response
