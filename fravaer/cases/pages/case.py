"""The overview of a case, what is written in it, and how it is closed."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts.fields import Field, visible_fields
from fravaer.accounts.roles import Action
from fravaer.cases import dossier, drafts, lifecycle, notes, strip
from fravaer.cases.domains import domains, may
from fravaer.cases.forms import CloseForm, NoteForm, SeenForm
from fravaer.cases.models import Case, Outcome, State
from fravaer.cases.pages import refusals
from fravaer.cases.pages.frame import case_for, framed
from fravaer.core.access import requires
from fravaer.core.http import Request


@requires(Action.CASE_READ)
@require_GET
def case_page(request: Request, case_uuid: UUID) -> HttpResponse:
    """One case: why it was opened, the days behind the number, and what has been written."""
    return _page(request, case_for(request, case_uuid))


@requires(Action.CASE_NOTE)
@require_POST
def note(request: Request, case_uuid: UUID) -> HttpResponse:
    """Add a note. Whatever goes wrong, the text comes back."""
    case = case_for(request, case_uuid, Action.CASE_NOTE)
    form = NoteForm(request.POST, domains=domains(request.scope))
    if form.is_tampered:
        raise SuspiciousOperation("the note's hidden fields are not ours")
    if not form.is_valid():
        return _page(request, case, note_form=form, status=422)
    data = form.cleaned_data
    try:
        notes.add(
            case,
            request.scope,
            request.now,
            text=data["text"],
            domain=form.wanted_domain,
            key=data["key"],
            seen=data["seen"],
            restricted=data["restricted"],
        )
    except notes.KeyReused as error:
        raise SuspiciousOperation("the note's key belongs to another") from error
    except (lifecycle.Stale, lifecycle.NotOpen) as refusal:
        return _page(request, case, note_form=form, status=409, refusal=refusal)
    drafts.drop(case, request.scope, "note")
    messages.success(request, _("The note is saved."))
    return redirect("cases:case", case.uuid)


@requires(Action.CASE_CLOSE)
@require_POST
def close(request: Request, case_uuid: UUID) -> HttpResponse:
    """Close the case with an outcome."""
    case = case_for(request, case_uuid, Action.CASE_CLOSE)
    form = CloseForm(request.POST)
    if form.is_tampered:
        raise SuspiciousOperation("the closing's hidden fields are not ours")
    if not form.is_valid():
        return _page(request, case, close_form=form, status=422)
    data = form.cleaned_data
    try:
        lifecycle.close(
            case,
            request.scope,
            request.now,
            seen=data["seen"],
            outcome=Outcome(data["outcome"]),
            text=data["text"],
        )
    except (lifecycle.NotAllowed, lifecycle.Stale) as refusal:
        return _page(request, case, close_form=form, status=409, refusal=refusal)
    drafts.drop(case, request.scope, "close")
    messages.success(request, _("The case is closed."))
    return redirect("cases:case", case.uuid)


@requires(Action.CASE_CLOSE)
@require_POST
def reopen(request: Request, case_uuid: UUID) -> HttpResponse:
    """Open a closed case again."""
    case = case_for(request, case_uuid, Action.CASE_CLOSE)
    form = SeenForm(request.POST)
    if not form.is_valid():
        raise SuspiciousOperation("the form's hidden fields are not ours")
    try:
        lifecycle.reopen(case, request.scope, request.now, seen=form.cleaned_data["seen"])
    except lifecycle.AnotherOpen as refusal:
        messages.info(request, _("The pupil has another open case: this one."))
        return redirect("cases:case", refusal.case.uuid)
    except (lifecycle.NotAllowed, lifecycle.Stale) as refusal:
        return _page(request, case, status=409, refusal=refusal)
    messages.success(request, _("The case is open again, and you are responsible for it."))
    return redirect("cases:case", case.uuid)


@requires(Action.CASE_CLOSE)
@require_POST
def merge(request: Request, case_uuid: UUID) -> HttpResponse:
    """Put an older, closed case of the same pupil together with this one."""
    case = case_for(request, case_uuid, Action.CASE_CLOSE)
    form = SeenForm(request.POST)
    try:
        wanted = UUID(request.POST.get("older", ""))
    except ValueError as error:
        raise Http404 from error
    older = get_object_or_404(Case.objects.visible_to(request.scope, request.day), uuid=wanted)
    if not form.is_valid():
        raise SuspiciousOperation("the form's hidden fields are not ours")
    try:
        lifecycle.merge(older, case, request.scope, request.now, seen=form.cleaned_data["seen"])
    except (lifecycle.NotAllowed, lifecycle.Stale) as refusal:
        return _page(request, case, status=409, refusal=refusal)
    messages.success(request, _("What the older case holds is shown here as well."))
    return redirect("cases:case", case.uuid)


def _page(
    request: Request,
    case: Case,
    *,
    note_form: NoteForm | None = None,
    close_form: CloseForm | None = None,
    refusal: Exception | None = None,
    status: int = 200,
) -> HttpResponse:
    """The case's page. A form that was refused comes back with its text, and with what is new in the case above it."""
    scope = request.scope
    if refusal:
        case.refresh_from_db(fields=["state", "responsible"])
    inside = dossier.of(case, scope, request.day)
    seen = {"seen": inside.version}
    is_open = case.state == State.OPEN
    typed = ""
    if refusal and note_form:
        typed = note_form.cleaned_data["text"]
        note_form = NoteForm({**note_form.cleaned_data, **seen, "key": uuid4()}, domains=domains(scope))
    if refusal and close_form:
        typed = close_form.cleaned_data["text"]
        close_form = CloseForm({**close_form.cleaned_data, **seen})
    may_note = is_open and may(scope, Action.CASE_NOTE, case.pupil_id)
    may_close = is_open and may(scope, Action.CASE_CLOSE, case.pupil_id)
    context: dict[str, Any] = {
        "inside": inside,
        "refused": note_form or close_form,
        "is_stale": isinstance(refusal, lifecycle.Stale),
        "is_too_late": isinstance(refusal, lifecycle.NotAllowed | lifecycle.NotOpen),
        # What was typed into a form that the page no longer has.
        "typed": "" if is_open else typed,
        "note_form": None,
        "close_form": None,
        "may_reopen": not is_open
        and case.merged_into_id is None
        and may(scope, Action.CASE_CLOSE, case.pupil_id),
        "merged_into": case.merged_into,
        "older": lifecycle.mergeable(case) if may_close else [],
        "steps_can": lifecycle.possible(case, scope),
        "reason_stale": refusals.said(refusal) if isinstance(refusal, lifecycle.StillOffered) else "",
        "months": strip.months(case.pupil_id, request.day)
        if Field.REASON in visible_fields(scope, case)
        else [],
        "box": strip.box(case.pupil_id, request.day),
        # The pupil is in no class any more: closing is what comes next.
        "has_left": is_open and getattr(case, "school_now_id", None) is None,
    }
    if may_note:
        context["note_draft"] = draft = drafts.of(case, scope, "note")
        context["note_form"] = note_form or NoteForm(
            initial=drafts.filled(draft, {**seen, "key": uuid4()}), domains=domains(scope)
        )
    if may_close:
        context["close_draft"] = draft = drafts.of(case, scope, "close")
        outcome = {"outcome": Outcome.MOVED} if context["has_left"] else {}
        context["close_form"] = close_form or CloseForm(initial=drafts.filled(draft, {**outcome, **seen}))
    return framed(request, case, "cases/case.html", context, tab="case", status=status)
