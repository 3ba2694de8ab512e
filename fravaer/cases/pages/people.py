"""Who takes part in a case, whom one rings about the child, and why the actor may see it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts import grants
from fravaer.accounts.colleagues import Colleague
from fravaer.accounts.fields import Field, visible_fields
from fravaer.accounts.forms import RevealForm
from fravaer.accounts.freshness import fresh_when
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.cases import lifecycle, parties
from fravaer.cases.domains import may, reads
from fravaer.cases.forms import turn_in
from fravaer.cases.models import Case, State, Unit
from fravaer.cases.pages import refusals
from fravaer.cases.pages.frame import case_for, framed
from fravaer.cases.pages.step_forms import ColleagueForm, NamedForm, ResponsibleForm, chosen
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.schools import contacts, protection
from fravaer.schools.contacts import Holder


@requires(Action.CASE_READ)
@require_GET
def people(request: Request, case_uuid: UUID) -> HttpResponse:
    """Those who take part, the holders of custody, and why the actor sees the child."""
    return _page(request, case_for(request, case_uuid))


def _is_protected(request: Request, case_uuid: UUID) -> bool:
    rows = Case.objects.visible_to(request.scope, request.day)
    return rows.filter(uuid=case_uuid, pupil__protected=True).exists()


@requires(Action.CASE_PHONES)
@fresh_when(_is_protected)
@require_POST
def phones(request: Request, case_uuid: UUID) -> HttpResponse:
    """The same page with the telephones of the holders of custody; that they were shown is noted. Who those of a protected pupil
    are is shown with them, for a reason."""
    case = case_for(request, case_uuid, Action.CASE_PHONES)
    if not reads(case, request.scope):
        raise PermissionDenied
    if not case.pupil.protected:
        trail.saw(request.scope, "phones", [case.pupil_id], subject_id=case.uuid)
        return _page(request, case, revealed=contacts.holders(case.pupil_id))
    if Field.PROTECTED_CONTACT not in visible_fields(request.scope, case):
        raise PermissionDenied
    why = RevealForm(request.POST)
    if not why.is_valid():
        return _page(request, case, why=why, status=422)
    reason = why.cleaned_data["reason"]
    found = protection.reveal(case.pupil, request.scope, reason, subject_id=case.uuid)
    return _page(request, case, revealed=found)


@requires(Action.CASE_PARTIES)
@require_POST
def add(request: Request, case_uuid: UUID) -> HttpResponse:
    """Let a colleague take part, or note a unit's person by name."""
    case = case_for(request, case_uuid, Action.CASE_PARTIES)
    colleagues = _colleagues(request, case)
    by_name = "unit" in request.POST
    form: Form = NamedForm(request.POST) if by_name else ColleagueForm(request.POST, colleagues=colleagues)
    if not form.is_valid():
        return _page(request, case, form=form, status=422)
    data = form.cleaned_data
    try:
        with lifecycle.holding(case, turn_in(request.POST)):
            if by_name:
                parties.add(case, request.scope, request.now, unit=Unit(data["unit"]), name=data["name"])
            else:
                found = chosen(data["colleague"], colleagues)
                parties.add(case, request.scope, request.now, colleague=found)
    except refusals.REFUSALS as refusal:
        return _page(request, case, form=form, refusal=refusal, status=409)
    messages.success(request, _("Takes part in the case from today."))
    return redirect("cases:people", case.uuid)


@requires(Action.CASE_PARTIES)
@require_POST
def end(request: Request, case_uuid: UUID, party_id: int) -> HttpResponse:
    """Let somebody take part no longer."""
    case = case_for(request, case_uuid, Action.CASE_PARTIES)
    party = parties.named(case, party_id)
    if party is None:
        raise Http404
    try:
        with lifecycle.holding(case, turn_in(request.POST)):
            parties.end(party, request.scope, request.now)
    except refusals.REFUSALS as refusal:
        return _page(request, case, refusal=refusal, status=409)
    messages.success(request, _("Takes part no longer."))
    return redirect("cases:people", case.uuid)


@requires(Action.CASE_PARTIES)
@require_POST
def responsible(request: Request, case_uuid: UUID) -> HttpResponse:
    """Let another who takes part be responsible."""
    case = case_for(request, case_uuid, Action.CASE_PARTIES)
    form = ResponsibleForm(request.POST, users=_users(case))
    if form.is_tampered:
        raise SuspiciousOperation("the form's hidden fields are not ours")
    if not form.is_valid():
        return _page(request, case, form=form, status=422)
    data = form.cleaned_data
    try:
        lifecycle.make_responsible(case, int(data["user"]), request.scope, request.now, seen=data["seen"])
    except refusals.REFUSALS as refusal:
        return _page(request, case, refusal=refusal, status=409)
    messages.success(request, _("Another is responsible for the case."))
    return redirect("cases:people", case.uuid)


def _colleagues(request: Request, case: Case) -> list[Colleague]:
    return parties.candidates(case, request.scope, request.now, getattr(case, "school_now_id", None))


def _users(case: Case) -> list[tuple[str, str]]:
    return [(str(one.user_id), one.user.name) for one in parties.of(case) if one.user and one.until is None]


def _page(
    request: Request,
    case: Case,
    *,
    form: Form | None = None,
    refusal: Exception | None = None,
    revealed: list[Holder] | None = None,
    why: RevealForm | None = None,
    status: int = 200,
) -> HttpResponse:
    scope = request.scope
    manages = may(scope, Action.CASE_PARTIES, case.pupil_id)
    if not (reads(case, scope) or manages):
        raise PermissionDenied
    if refusal:
        case.refresh_from_db(fields=["state", "stage", "unit", "responsible"])
    found = parties.of(case)
    domain = parties.manages(scope)
    for one in found:
        one.may_end = (  # type: ignore[attr-defined]
            manages and one.until is None and one.domain == domain and one.user_id != case.responsible_id
        )
    is_open = case.state == State.OPEN
    forms: dict[str, Form] = {}
    if manages and is_open:
        forms["colleague"] = ColleagueForm(colleagues=_colleagues(request, case))
        forms["named"] = NamedForm()
        users = _users(case)
        if len(users) > 1:
            seen = lifecycle.version(case, scope)
            forms["responsible"] = ResponsibleForm(
                initial={"seen": seen, "user": str(case.responsible_id)}, users=users
            )
    if form is not None:
        name = {ColleagueForm: "colleague", NamedForm: "named"}.get(type(form), "responsible")
        forms[name] = form
    shown = visible_fields(scope, case)
    hidden = case.pupil.protected
    may_phone = may(scope, Action.CASE_PHONES, case.pupil_id) and reads(case, scope) and Field.PHONE in shown
    if hidden:
        may_phone = may_phone and Field.PROTECTED_CONTACT in shown
    holders = revealed
    if holders is None:
        holders = contacts.holders(case.pupil_id) if Field.GUARDIANS in shown and not hidden else []
    context: dict[str, Any] = {
        "parties": found,
        "forms": forms,
        "refused": form,
        "refusal": refusals.said(refusal) if refusal else "",
        "holders": holders,
        "may_phone": may_phone,
        "shows_phones": revealed is not None,
        "why": (why or RevealForm()) if hidden and may_phone and revealed is None else None,
        "because": grants.reasons(
            scope.actor_id or 0,
            case.pupil_id,
            None,
            getattr(case, "school_now_id", None),
            request.now,
        ),
    }
    return framed(request, case, "cases/people.html", context, tab="people", status=status)
