"""Handing a case over, and answering when one is asked."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts.colleagues import Colleague
from fravaer.accounts.roles import Action
from fravaer.cases import drafts, handover, lifecycle, parties
from fravaer.cases.domains import reads
from fravaer.cases.models import Case, StepKind
from fravaer.cases.pages import refusals
from fravaer.cases.pages.frame import case_for, framed
from fravaer.cases.pages.step_forms import AnswerForm, OfferForm, wanted
from fravaer.core.access import requires
from fravaer.core.http import Request

DRAFT = "offer"


@requires(Action.CASE_READ)
@require_GET
def hand_over(request: Request, case_uuid: UUID) -> HttpResponse:
    """The hand-over of the case that awaits its answer, the form to offer it, and those of before."""
    return _page(request, case_for(request, case_uuid))


@requires(Action.CASE_HAND_OVER)
@require_POST
def offer(request: Request, case_uuid: UUID) -> HttpResponse:
    """Offer the case to a colleague of another unit, or to a unit."""
    case = case_for(request, case_uuid, Action.CASE_HAND_OVER)
    colleagues = _colleagues(request, case)
    lines = handover.checklist(case, request.scope)
    form = OfferForm(request.POST, colleagues=colleagues, lines=lines)
    if form.is_tampered:
        raise SuspiciousOperation("the offer's hidden fields are not ours")
    if not form.is_valid():
        return _page(request, case, form=form, status=422)
    data = form.cleaned_data
    unit, colleague = wanted(data["to"], colleagues)
    try:
        handover.offer(
            *(case, request.scope, request.now, request.day),
            key=data["key"],
            seen=data["seen"],
            unit=unit,
            colleague=colleague,
            answers={line.key: data[f"line-{line.key}"] for line in lines},
            text=data["text"],
        )
    except refusals.REFUSALS as refusal:
        return _page(request, case, form=form, status=409, refusal=refusal)
    drafts.drop(case, request.scope, DRAFT)
    messages.success(request, _("The case is offered. It stays with you until it is accepted."))
    return redirect("cases:hand-over", case.uuid)


@requires(Action.CASE_ANSWER)
@require_POST
def answer(request: Request, case_uuid: UUID, hand_over_uuid: UUID) -> HttpResponse:
    """Accept or decline a hand-over, or take it back."""
    case = case_for(request, case_uuid)
    asked = handover.named(case, hand_over_uuid)
    if asked is None:
        raise Http404
    form = AnswerForm(request.POST)
    if "answer" in form.errors:
        raise SuspiciousOperation("the answer is not one of ours")
    if not form.is_valid():
        return _page(request, case, answer_form=form, status=422)
    accepted = form.cleaned_data["answer"] == "accept"
    try:
        if accepted:
            handover.accept(asked, request.scope, request.now, text=form.cleaned_data["text"])
        else:
            handover.decline(asked, request.scope, request.now, text=form.cleaned_data["text"])
    except handover.ReasonMissing as refusal:
        form.add_error("text", refusals.said(refusal))
        return _page(request, case, answer_form=form, status=422)
    except refusals.REFUSALS as refusal:
        return _page(request, case, answer_form=form, status=409, refusal=refusal)
    messages.success(request, _("The case is taken over.") if accepted else _("The case stays where it was."))
    visible = Case.objects.visible_to(request.scope, request.day).filter(pk=case.pk).exists()
    return redirect("cases:hand-over", case.uuid) if visible else redirect("cases:asked")


def _colleagues(request: Request, case: Case) -> list[Colleague]:
    roles = [role for roles in handover.ROLES.values() for role in roles]
    found = parties.of_roles(roles, request.now, getattr(case, "school_now_id", None))
    return [one for one in found if one.user_id not in (case.responsible_id, request.scope.actor_id)]


def _page(
    request: Request,
    case: Case,
    *,
    form: OfferForm | None = None,
    answer_form: AnswerForm | None = None,
    refusal: Exception | None = None,
    status: int = 200,
) -> HttpResponse:
    scope = request.scope
    if not reads(case, scope):
        raise PermissionDenied
    if refusal:
        case.refresh_from_db(fields=["state", "stage", "unit", "responsible"])
    seen = lifecycle.version(case, scope)
    standing = handover.open_of(case)
    offers = handover.of(case)
    refused: Any = form or answer_form
    typed = ""
    if refusal:
        typed = (form or answer_form)["text"].value() or "" if refused else ""  # type: ignore[index]
        form = form.again(seen=seen) if form else None
    may_offer = StepKind.OFFER in lifecycle.possible(case, scope) and standing is None
    if may_offer and form is None:
        lines = handover.checklist(case, scope)
        initial = {"seen": seen, "key": uuid4(), **{f"line-{line.key}": line.prefilled for line in lines}}
        form = OfferForm(
            initial=drafts.filled(drafts.of(case, scope, DRAFT), initial),
            colleagues=_colleagues(request, case),
            lines=lines,
        )
    questions = {line.key: line.question for line in handover.checklist(case, scope)}
    answers = standing is not None and handover.answers(standing, scope)
    context = {
        "refused": refused,
        "refusal": refusals.said(refusal) if refusal else "",
        "typed": typed if refusal and not may_offer else "",
        "offer_form": form if may_offer else None,
        "standing": standing,
        "standing_lines": [
            (questions[key], text) for key, text in standing.checklist.items() if key in questions
        ]
        if standing and (answers or standing.offered_by_id == scope.actor_id)
        else [],
        "reads_offer": standing is not None and (answers or standing.offered_by_id == scope.actor_id),
        "answers": answers,
        "takes_back": standing is not None and handover.takes_back(standing, scope),
        "answer_form": answer_form or AnswerForm(),
        "offers": [one for one in offers if one.answered_at],
        "actor_id": scope.actor_id,
        "draft": drafts.of(case, scope, DRAFT),
    }
    return framed(request, case, "cases/hand_over.html", context, tab="case", status=status)
