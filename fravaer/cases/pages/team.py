"""The way of a case to the absence team, and what was put before the actor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts.roles import Action, Role
from fravaer.audit import trail
from fravaer.cases import activating, drafts, followups, handover, lifecycle
from fravaer.cases.domains import may, reads
from fravaer.cases.forms import SeenForm, turn_in
from fravaer.cases.models import Case, Conclusion, StepKind
from fravaer.cases.pages import refusals
from fravaer.cases.pages.frame import case_for, framed
from fravaer.cases.pages.step_forms import BecauseForm, DiscussForm, ReferForm
from fravaer.core.access import requires
from fravaer.core.http import Request


@requires(Action.CASE_READ)
@require_GET
def asked(request: Request) -> HttpResponse:
    """What is put before the actor: cases to discuss or activate, hand-overs to take, and closed cases to look at again."""
    scope = request.scope
    cases = list(
        activating.put_before(scope, request.day)
        .with_place(request.day)
        .select_related("pupil", "responsible")
        .order_by("opened_at", "pk")
    )
    offers = list(handover.asked_of(scope))
    looks = list(followups.waiting(scope, request.day))
    of_cases = [one.case.pupil_id for one in offers] + [one.case.pupil_id for one in looks]
    trail.saw(scope, "asked", [one.pupil_id for one in cases] + of_cases)
    context = {"cases": cases, "offers": offers, "looks": looks, "today": request.day}
    return render(request, "cases/asked.html", context)


@requires(Action.CASE_READ)
@require_GET
def team(request: Request, case_uuid: UUID) -> HttpResponse:
    """How the case stands with the absence team, and what the actor can do about it."""
    return _page(request, case_for(request, case_uuid))


@requires(Action.CASE_REFER)
@require_POST
def refer(request: Request, case_uuid: UUID) -> HttpResponse:
    """Put the case before a chief and a psychologist."""
    case = case_for(request, case_uuid, Action.CASE_REFER)
    form = ReferForm(request.POST, asked=activating.asked(request.now))

    def act(data: dict[str, Any]) -> None:
        activating.refer(
            *(case, request.scope, request.now, request.day),
            seen=data["seen"],
            chief_id=int(data["chief"]),
            psychologist_id=int(data["psychologist"]),
            text=data["text"],
        )

    return _done(
        request, case, form, "refer", act, _("The case is put before the chief and the psychologist.")
    )


@requires(Action.CASE_REFER)
@require_POST
def take_back(request: Request, case_uuid: UUID) -> HttpResponse:
    """Take the referral back."""
    case = case_for(request, case_uuid, Action.CASE_REFER)

    def act(data: dict[str, Any]) -> None:
        activating.take_back(case, request.scope, request.now, seen=data["seen"], text=data["text"])

    return _done(request, case, BecauseForm(request.POST), "take_back", act, _("The referral is taken back."))


@requires(Action.CASE_DISCUSS)
@require_POST
def discuss(request: Request, case_uuid: UUID) -> HttpResponse:
    """Note the discussion of the two."""
    case = case_for(request, case_uuid, Action.CASE_DISCUSS)

    def act(data: dict[str, Any]) -> None:
        activating.discuss(
            *(case, request.scope, request.now, request.day),
            key=data["key"],
            seen=data["seen"],
            held_on=data["held_on"],
            conclusion=Conclusion(data["conclusion"]),
            text=data["text"],
        )

    return _done(request, case, DiscussForm(request.POST), "discuss", act, _("The discussion is noted."))


@requires(Action.CASE_ACTIVATE)
@require_POST
def activate(request: Request, case_uuid: UUID) -> HttpResponse:
    """Agree to activate the absence team; the second of the two makes it so."""
    case = case_for(request, case_uuid, Action.CASE_ACTIVATE)
    try:
        with lifecycle.holding(case, turn_in(request.POST)):
            made = activating.agree(case, request.scope, request.now)
    except refusals.REFUSALS as refusal:
        return _page(request, case, status=409, refusal=refusal)
    if made:
        messages.success(request, _("The absence team is active. The psychologist coordinates."))
    else:
        messages.success(
            request, _("You have agreed. The absence team is active when the other has agreed too.")
        )
    return redirect("cases:team", case.uuid)


@requires(Action.CASE_CLOSE)
@require_POST
def step_down(request: Request, case_uuid: UUID) -> HttpResponse:
    """Let the case go on as an early effort."""
    case = case_for(request, case_uuid, Action.CASE_CLOSE)

    def act(data: dict[str, Any]) -> None:
        lifecycle.step_down(case, request.scope, request.now, seen=data["seen"], text=data["text"])

    return _done(
        request, case, BecauseForm(request.POST), "step_down", act, _("The case is an early effort again.")
    )


def _done(
    request: Request,
    case: Case,
    form: SeenForm,
    name: str,
    act: Callable[[dict[str, Any]], None],
    said: str,
) -> HttpResponse:
    """Take the step, or show the page again with what was typed."""
    if form.is_tampered:
        raise SuspiciousOperation("the form's hidden fields are not ours")
    if not form.is_valid():
        return _page(request, case, name=name, form=form, status=422)
    try:
        act(form.cleaned_data)
    except activating.ReasonMissing as refusal:
        form.add_error("text", refusals.said(refusal))
        return _page(request, case, name=name, form=form, status=422)
    except activating.InTheFuture as refusal:
        form.add_error("held_on", refusals.said(refusal))
        return _page(request, case, name=name, form=form, status=422)
    except refusals.REFUSALS as refusal:
        return _page(request, case, name=name, form=form, status=409, refusal=refusal)
    drafts.drop(case, request.scope, name)
    messages.success(request, said)
    # Who was let out by the step no longer reads the page.
    visible = Case.objects.visible_to(request.scope, request.day).filter(pk=case.pk).exists()
    return redirect("cases:team", case.uuid) if visible else redirect("cases:asked")


def _page(
    request: Request,
    case: Case,
    *,
    name: str = "",
    form: SeenForm | None = None,
    refusal: Exception | None = None,
    status: int = 200,
) -> HttpResponse:
    scope = request.scope
    if not (reads(case, scope) or may(scope, Action.CASE_REFER, case.pupil_id)):
        raise PermissionDenied
    if refusal:
        case.refresh_from_db(fields=["state", "stage", "unit", "responsible"])
    can = lifecycle.possible(case, scope)
    seen = lifecycle.version(case, scope)
    people = activating.before(case)
    mine = people.get(Role(scope.role)) == scope.actor_id
    discussion = activating.standing(case)
    typed = ""
    if form is not None and refusal:
        # The form comes back with what was typed, having seen what is new.
        form = form.again(seen=seen)
        typed = form["text"].value() or "" if "text" in form.fields else ""
    forms: dict[str, SeenForm] = {}
    if StepKind.REFER in can:
        forms["refer"] = ReferForm(
            initial=drafts.filled(drafts.of(case, scope, "refer"), {"seen": seen}),
            asked=activating.asked(request.now),
        )
    if StepKind.TAKE_BACK in can:
        forms["take_back"] = BecauseForm(initial={"seen": seen}, auto_id="take_back_%s")
    if StepKind.DISCUSS in can and mine:
        forms["discuss"] = DiscussForm(
            initial=drafts.filled(
                drafts.of(case, scope, "discuss"), {"seen": seen, "key": uuid4(), "held_on": request.day}
            )
        )
    if StepKind.STEP_DOWN in can:
        forms["step_down"] = BecauseForm(initial={"seen": seen}, auto_id="step_down_%s")
    if form is not None and name in forms:
        forms[name] = form
        typed = ""
    proposal = activating.proposal(case, request.day)
    if "refer" in forms and not proposal.proposed:
        # Then it is for a person to say why, and the field says so.
        forms["refer"].fields["text"].required = True
    context = {
        "forms": forms,
        "refused": form,
        "refusal": refusals.said(refusal) if refusal else "",
        "typed": typed,
        "proposal": proposal,
        "people": [(str(side.label), name) for side, name in activating.names_before(case)],
        "discussion": discussion,
        "agreed": {one.by_id for one in discussion.activations.all()} if discussion else set(),
        "may_agree": StepKind.AGREE in can
        and discussion is not None
        and mine
        and scope.actor_id not in {one.by_id for one in discussion.activations.all()},
    }
    return framed(request, case, "cases/team.html", context, tab="case", status=status)
