"""The worklist, the list of cases, and a case."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db.models import F, OrderBy
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_tables2 import Table

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.cases import dossier, lifecycle, measures, notes, triage, worklist
from fravaer.cases.domains import domains, may
from fravaer.cases.filters import CaseFilter, WorklistFilter
from fravaer.cases.forms import CloseForm, NoteForm, SeenForm
from fravaer.cases.models import Case, Crossing, Outcome, State
from fravaer.cases.tables import CaseTable, FlagTable, WorklistTable
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.listing import render_list
from fravaer.core.templatetags.danish import clock, percent
from fravaer.schools.models import School

CASES_ORDER: tuple[str | OrderBy, ...] = ("-state", F("opened_at").desc())


@requires(Action.WORKLIST)
@require_GET
def worklist_page(request: Request) -> HttpResponse:
    """Pupils over a line, those first who need somebody most."""
    schools = list(School.objects.visible_to(request.scope).order_by("sort_name"))
    run = triage.latest()
    thin = worklist.thin(run.day, [school.pk for school in schools]) if run else {}
    return render_list(
        request,
        "cases/worklist.html",
        rows=worklist.rows(request.scope, request.day),
        table=WorklistTable if request.scope.may(Action.PUPIL_HISTORY) else FlagTable,
        filters=partial(WorklistFilter, schools=schools),
        order=worklist.ORDER,
        empty=_("No pupils meet the rules today. Last counted %(time)s.") % {"time": clock(run.ran_at)}
        if run
        else _(
            "Nothing has been counted yet. The first count is made in the morning of the next school day."
        ),
        shown=partial(_shown, request, "worklist", schools),
        context={
            "run": run,
            "thin": [(school.name, percent(thin[school.pk])) for school in schools if school.pk in thin],
        },
    )


@requires(Action.CASE_READ)
@require_GET
def cases(request: Request) -> HttpResponse:
    """The cases the actor may see, open ones first."""
    schools = list(School.objects.visible_to(request.scope).order_by("sort_name"))
    return render_list(
        request,
        "cases/cases.html",
        rows=Case.objects.visible_to(request.scope, request.day)
        .with_place(request.day)
        .select_related("pupil", "crossing__rule", "responsible"),
        table=CaseTable,
        filters=partial(CaseFilter, schools=schools),
        order=CASES_ORDER,
        empty=_("There are no cases. A case is opened from the worklist."),
        shown=partial(_shown, request, "cases", schools),
    )


@requires(Action.CASE_OPEN)
@require_POST
def open_case(request: Request) -> HttpResponse:
    """Open a case from a row of the worklist; doing it twice, or two at once, gives one case."""
    try:
        wanted = UUID(request.POST.get("crossing", ""))
    except ValueError as error:
        raise Http404 from error
    crossing = get_object_or_404(Crossing.objects.visible_to(request.scope, request.day), uuid=wanted)
    opened = lifecycle.open_case(crossing, request.scope, request.now)
    if opened.made:
        messages.success(request, _("The case is open, and you are responsible for it."))
    elif not (request.scope.may(Action.CASE_READ_UNIT) or crossing.pupil_id in request.scope.pupils):
        messages.info(request, _("Somebody works with the pupil already. Ask the school leader."))
        return redirect("cases:worklist")
    elif opened.case.responsible_id != request.scope.actor_id:
        messages.info(
            request,
            _("The case was open already. %(name)s is responsible for it.")
            % {"name": opened.case.responsible.name},
        )
    return redirect("cases:case", opened.case.uuid)


@requires(Action.CASE_READ)
@require_GET
def case_page(request: Request, case_uuid: UUID) -> HttpResponse:
    """One case: why it was opened, the days behind the number, and what has been written."""
    return _page(request, _case(request, case_uuid))


@requires(Action.CASE_NOTE)
@require_POST
def note(request: Request, case_uuid: UUID) -> HttpResponse:
    """Add a note. Whatever goes wrong, the text comes back."""
    case = _case(request, case_uuid, Action.CASE_NOTE)
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
        )
    except notes.KeyReused as error:
        raise SuspiciousOperation("the note's key belongs to another") from error
    except (notes.Stale, notes.NotOpen) as refusal:
        return _page(request, case, note_form=form, status=409, refusal=refusal)
    messages.success(request, _("The note is saved."))
    return redirect("cases:case", case.uuid)


@requires(Action.CASE_CLOSE)
@require_POST
def close(request: Request, case_uuid: UUID) -> HttpResponse:
    """Close the case with an outcome."""
    case = _case(request, case_uuid, Action.CASE_CLOSE)
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
    except (lifecycle.NotAllowed, notes.Stale) as refusal:
        return _page(request, case, close_form=form, status=409, refusal=refusal)
    messages.success(request, _("The case is closed."))
    return redirect("cases:case", case.uuid)


@requires(Action.CASE_CLOSE)
@require_POST
def reopen(request: Request, case_uuid: UUID) -> HttpResponse:
    """Open a closed case again."""
    case = _case(request, case_uuid, Action.CASE_CLOSE)
    form = SeenForm(request.POST)
    if not form.is_valid():
        raise SuspiciousOperation("the form's hidden fields are not ours")
    try:
        lifecycle.reopen(case, request.scope, request.now, seen=form.cleaned_data["seen"])
    except lifecycle.AnotherOpen as refusal:
        messages.info(request, _("The pupil has another open case: this one."))
        return redirect("cases:case", refusal.case.uuid)
    except (lifecycle.NotAllowed, notes.Stale) as refusal:
        return _page(request, case, status=409, refusal=refusal)
    messages.success(request, _("The case is open again, and you are responsible for it."))
    return redirect("cases:case", case.uuid)


def _case(request: Request, case_uuid: UUID, action: Action = Action.CASE_READ) -> Case:
    """The case if it is visible, with what its page needs (404), and if the actor may do this in it (403)."""
    found = (
        Case.objects.visible_to(request.scope, request.day)
        .with_place(request.day)
        .select_related("pupil", "responsible", "crossing__rule", "crossing__reading", "crossing__school")
    )
    case = get_object_or_404(found, uuid=case_uuid)
    if action != Action.CASE_READ and not may(request.scope, action, case.pupil_id):
        raise PermissionDenied
    return case


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
    trail.saw(scope, "case", [case.pupil_id], subject_id=case.uuid)
    context = {
        "case": case,
        "inside": inside,
        "may_history": scope.may(Action.PUPIL_HISTORY),
        "has_measure": case.pupil_id in measures.known_to(scope, request.day, [case.pupil_id]),
        "refused": note_form or close_form,
        "is_stale": isinstance(refusal, notes.Stale),
        "is_too_late": isinstance(refusal, lifecycle.NotAllowed | notes.NotOpen),
        # What was typed into a form that the page no longer has.
        "typed": "" if is_open else typed,
        "note_form": None,
        "close_form": None,
        "may_reopen": not is_open and may(scope, Action.CASE_CLOSE, case.pupil_id),
    }
    if may_note:
        context["note_form"] = note_form or NoteForm(initial={**seen, "key": uuid4()}, domains=domains(scope))
    if may_close:
        context["close_form"] = close_form or CloseForm(initial=seen)
    return render(request, "cases/case.html", context, status=status)


def _shown(request: Request, page: str, schools: list[School], table: Table, records: list[Any]) -> None:
    """Note who was shown, and look up what only these pupils need."""
    pupil_ids = [record.pupil_id for record in records]
    if pupil_ids:
        trail.saw(request.scope, page, pupil_ids)
    table.measured = frozenset(measures.known_to(request.scope, request.day, pupil_ids))
    if len(schools) == 1:
        table.columns.hide("school")
