"""What is kept for how long, what would go today, and the two persons who decide."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_http_methods, require_safe

from fravaer.accounts.freshness import fresh_when
from fravaer.accounts.roles import Action
from fravaer.core.access import requires
from fravaer.core.disposal import Why
from fravaer.core.http import Request
from fravaer.keeping import batches, holds, terms
from fravaer.keeping.catalogue import DECIDED, KINDS, What
from fravaer.keeping.forms import HoldForm, TermForm
from fravaer.keeping.models import Batch, BatchState, Hold, Term
from fravaer.keeping.tasks import ring

LATEST = 10


def _writes(request: Request, **_parts: Any) -> bool:
    return request.method == "POST"


@requires(Action.KEEPING)
@require_safe
def kinds(request: Request) -> HttpResponse:
    """Every kind of data with its term, and what waits for a second person."""
    day = timezone.localdate(request.now)
    standing = terms.in_force(day)
    waiting = Batch.objects.visible_to(request.scope).filter(state=BatchState.PROPOSED)
    proposed = Term.objects.visible_to(request.scope).filter(agreed=None)
    return render(
        request,
        "keeping/kinds.html",
        {
            "rows": [_line(key, standing[key]) for key in KINDS],
            "waiting": [
                {"batch": one, "label": KINDS[one.kind].label}
                for one in waiting.select_related("proposed_by").order_by("proposed_at")
            ],
            "proposed": [
                {"term": one, "label": KINDS[one.kind].label, "lasts": _decided(one)}
                for one in proposed.select_related("proposed_by").order_by("proposed_at")
            ],
            "holds": holds.standing(Hold.objects.visible_to(request.scope)).count(),
        },
    )


@requires(Action.KEEPING)
@fresh_when(_writes)
@require_http_methods(["GET", "POST"])
def kind(request: Request, kind: str) -> HttpResponse:
    """One kind: what would go today and why some of it stays; proposing that it goes, or another term."""
    if kind not in DECIDED:
        raise Http404
    day = timezone.localdate(request.now)
    form = TermForm(
        request.POST if "months" in request.POST else None,
        today=day,
        archivable=KINDS[kind].archivable and bool(settings.FRAVAER_ARCHIVE),
        initial={"valid_from": day, "archives": terms.archives(kind, day)},
    )
    if "propose" in request.POST:
        try:
            made = batches.propose(kind, request.scope, day, request.now)
        except batches.Nothing:
            messages.info(request, _("There is nothing to propose, or it waits for a second person already."))
        else:
            messages.success(request, _("The batch waits for a second person."))
            return _to("keeping:batch", made.uuid)
        return _to("keeping:kind", kind)
    if form.is_valid():
        terms.propose(kind, **form.cleaned_data, scope=request.scope, now=request.now)
        messages.success(request, _("The term waits for a second person."))
        return _to("keeping:kinds")
    found = batches.dry_run(kind, day)
    done = (
        Batch.objects.visible_to(request.scope).filter(kind=kind).select_related("proposed_by", "decided_by")
    )
    return render(
        request,
        "keeping/kind.html",
        {
            "line": _line(kind, terms.in_force(day)[kind]),
            "found": found,
            "count": len(found.going),
            "held": [(_why(Why(why)), count) for why, count in sorted(found.held.items())],
            "form": form,
            "batches": done.order_by("-proposed_at")[:LATEST],
        },
        status=422 if form.is_bound else 200,
    )


@requires(Action.KEEPING)
@fresh_when(_writes)
@require_http_methods(["GET", "POST"])
def batch(request: Request, batch_uuid: UUID) -> HttpResponse:
    """One batch: what it holds, in counts; agreeing to it, or not."""
    one = get_object_or_404(
        Batch.objects.visible_to(request.scope).select_related("proposed_by", "decided_by"), uuid=batch_uuid
    )
    if request.method == "POST":
        try:
            batches.decide(one, agreed="agree" in request.POST, scope=request.scope, now=request.now)
        except batches.SamePerson:
            messages.error(request, _("Another person has to agree than the one who proposed."))
        except batches.Settled:
            messages.info(request, _("Somebody has decided already."))
        else:
            if "agree" in request.POST:
                ring()
                messages.success(request, _("It is agreed. It goes within a few minutes."))
            else:
                messages.success(request, _("The batch is refused. Nothing goes."))
        return _to("keeping:batch", one.uuid)
    proof = batches.proof(one)
    return render(
        request,
        "keeping/batch.html",
        {
            "one": one,
            "line": _line(one.kind, None, archives=one.archives),
            "held": [(_why(Why(why)), count) for why, count in sorted(one.held.items())],
            "waits": one.state == BatchState.PROPOSED,
            "is_own": one.proposed_by_id == request.scope.actor_id,
            "proof": proof,
            "folder": settings.FRAVAER_ARCHIVE,
            "rows": sorted(proof.rows.items()) if proof else [],
        },
    )


@requires(Action.KEEPING)
@fresh_when(_writes)
@require_http_methods(["POST"])
def term(request: Request, term_uuid: UUID) -> HttpResponse:
    """Agree to a proposed term, or not."""
    one = get_object_or_404(Term.objects.visible_to(request.scope), uuid=term_uuid)
    try:
        terms.decide(one, agreed="agree" in request.POST, scope=request.scope, now=request.now)
    except terms.SamePerson:
        messages.error(request, _("Another person has to agree than the one who proposed."))
    except terms.Settled:
        messages.info(request, _("Somebody has decided already."))
    else:
        messages.success(request, _("It is decided."))
    return _to("keeping:kinds")


@requires(Action.KEEPING)
@fresh_when(_writes)
@require_http_methods(["GET", "POST"])
def holds_page(request: Request) -> HttpResponse:
    """What is held, and holding something more."""
    form = HoldForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            holds.place(**form.cleaned_data, scope=request.scope, now=request.now)
        except holds.NoSuchChild:
            form.add_error("name", _("There is no child of exactly this name and birth date."))
        else:
            messages.success(request, _("It is held from now on."))
            return _to("keeping:holds")
    found = holds.standing(Hold.objects.visible_to(request.scope))
    return render(
        request,
        "keeping/holds.html",
        {
            "form": form,
            "rows": [
                {
                    "hold": one,
                    "what": KINDS[one.kind].label if one.kind else _("Everything of the child"),
                    "whose": _("One child") if one.pupil_id else _("Everybody"),
                    "may_lift": one.lift_asked_by_id not in {None, request.scope.actor_id},
                }
                for one in found
            ],
        },
        status=422 if form.is_bound else 200,
    )


@requires(Action.KEEPING)
@fresh_when(_writes)
@require_http_methods(["POST"])
def hold(request: Request, hold_uuid: UUID) -> HttpResponse:
    """Ask for a hold to be lifted, or lift the one somebody else has asked about."""
    one = get_object_or_404(Hold.objects.visible_to(request.scope), uuid=hold_uuid)
    try:
        if "lift" in request.POST:
            holds.lift(one, request.scope, request.now)
            messages.success(request, _("The hold is lifted."))
        else:
            holds.ask_to_lift(one, request.scope, request.now)
            messages.success(request, _("Another person has to lift it now."))
    except holds.SamePerson:
        messages.error(request, _("Another person has to lift it than the one who asked."))
    except holds.Lifted:
        messages.info(request, _("Somebody has decided already."))
    return _to("keeping:holds")


def _line(key: str, decided: Term | None, *, archives: bool = False) -> dict[str, Any]:
    of = KINDS[key]
    archives = archives or bool(decided and decided.archives)
    months = decided.months if decided else of.months
    return {
        "key": key,
        "label": of.label,
        "trigger": of.trigger,
        "lasts": of.lasts or _months(months),
        "source": decided.source if decided else of.source,
        "what": {
            What.DELETE: pgettext("what happens to old data", "Deleted"),
            What.ANONYMISE: pgettext("what happens to old data", "The name goes"),
            What.KEEP: pgettext("what happens to old data", "Kept"),
        }[of.what]
        if not archives
        else _put_by(),
        "is_decided": key in DECIDED,
    }


def _decided(term: Term) -> str:
    """What a second person agrees to: how long, and whether it is put by for an archive."""
    lasts = _months(term.months)
    return f"{lasts}. {_put_by()}" if term.archives else lasts


def _put_by() -> str:
    return pgettext("what happens to old data", "Put by for the archive, then deleted")


def _months(months: int | None) -> str:
    if months is None:
        return _("For good")
    if months % 12 == 0:
        return ngettext("%(count)d year", "%(count)d years", months // 12) % {"count": months // 12}
    return ngettext("%(count)d month", "%(count)d months", months) % {"count": months}


def _why(why: Why) -> str:
    return {
        Why.HOLD: _("A hold"),
        Why.OPEN_CASE: _("The child has an open case"),
        Why.NOT_FROZEN: _("A quarter of the school year is not frozen and approved"),
        Why.DELIVERED: _("A data set prepared for the ministry rests on it"),
        Why.STILL_KEPT: _("Something else of the child is kept still"),
    }[why]


def _to(name: str, *parts: object) -> HttpResponse:
    response = redirect(name, *parts)
    response.status_code = 303
    return response
