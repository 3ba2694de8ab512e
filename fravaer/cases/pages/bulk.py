"""Several pupils of the worklist at once: assign, discussed by the team, a day to follow up; and the sheet for the meeting."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.cases import agreed, assignment, sheets, together, worklist
from fravaer.cases.domains import domains
from fravaer.cases.models import Deed
from fravaer.cases.pages.work_forms import ActionForm, AssignManyForm, KeyedForm, TeamForm
from fravaer.core import paper
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.templatetags.danish import clock, shortdate
from fravaer.schools import schooldays

KINDS: dict[str, tuple[type[KeyedForm], Any, Any]] = {
    "assign": (AssignManyForm, gettext_lazy("Assign"), Action.WORK_ASSIGN),
    "discussed": (TeamForm, gettext_lazy("Discussed at a team meeting"), Action.WORK),
    "follow-up": (ActionForm, gettext_lazy("Set a day to follow up"), Action.WORK),
}


@requires(Action.WORK_ASSIGN)
@require_http_methods(["GET", "POST"])
def bulk(request: Request) -> HttpResponse:
    """Ask what is to be noted about the pupils chosen, and note it about all of them or none."""
    asked = request.POST if request.method == "POST" else request.GET
    what = asked.get("what", "")
    if what not in KINDS:
        raise Http404
    kind, label, action = KINDS[what]
    if not request.scope.may(action):
        raise PermissionDenied
    rows = _rows(request, asked)
    if not rows:
        messages.info(request, _("Choose at least one pupil first."))
        return _back(request)
    form = _form(request, kind, rows)
    if form.is_bound:
        if form.is_tampered:
            raise SuspiciousOperation("the form's hidden fields are not ours")
        if form.is_valid():
            return _noted(request, what, rows, form)
    trail.saw(request.scope, "worklist.bulk", [row.pupil_id for row in rows])
    context = {"rows": rows, "form": form, "what": what, "heading": label}
    return render(request, "cases/bulk.html", context, status=422 if form.is_bound else 200)


@requires(Action.WORK)
@require_POST
def undo(request: Request) -> HttpResponse:
    """Take back the follow-ups of a form just sent."""
    try:
        key = UUID(request.POST.get("key", ""))
    except ValueError as error:
        raise Http404 from error
    gone = together.take_back(request.scope, request.now, key=key)
    if gone:
        messages.success(
            request,
            ngettext("%(count)d action is taken back.", "%(count)d actions are taken back.", gone)
            % {"count": gone},
        )
    else:
        messages.info(request, _("There is nothing to take back."))
    return _back(request)


@requires(Action.WORK_ASSIGN)
@require_GET
def meeting_sheet(request: Request) -> HttpResponse:
    """The pupils chosen, on paper for the team's meeting."""
    rows = _rows(request, request.GET)
    if not rows:
        messages.info(request, _("Choose at least one pupil first."))
        return _back(request)
    values = sheets.of(
        rows,
        request.scope,
        request.day,
        printed=f"{shortdate(request.now)} {clock(request.now)}",
        by=request.user.name,  # type: ignore[union-attr]
        initials="initials" in request.GET,
    )
    made = paper.pdf("cases/meeting_sheet.typ", values, made_at=request.now)
    trail.saw(request.scope, "meeting-sheet", [row.pupil_id for row in rows])
    return paper.response(made, f"moedeark-{request.day}")


def _rows(request: Request, asked: QueryDict) -> list[Any]:
    """The rows chosen. One that is not hers is as one that does not exist: then there is none of them."""
    try:
        wanted = {UUID(one) for one in asked.getlist("pupil")[: together.MOST + 1]}
    except ValueError as error:
        raise Http404 from error
    if len(wanted) > together.MOST:
        raise SuspiciousOperation("more pupils than a page holds")
    found = worklist.rows(request.scope, request.day, with_law=True).filter(pupil__uuid__in=wanted)
    rows = list(found.order_by(*worklist.order(request.scope), "pk"))
    if len(rows) != len(wanted):
        raise Http404
    return rows


def _form(request: Request, kind: type[KeyedForm], rows: list[Any]) -> Any:
    scope, day = request.scope, request.day
    number = min(row.rule.deadline_days for row in rows)
    initial = {"key": uuid4(), "held_on": day, "due_on": schooldays.after(number, day), "deed": Deed.OTHER}
    form = kind(
        request.POST if request.method == "POST" else None, day=day, auto_id="bulk_%s", initial=initial
    )
    people = assignment.people({row.school_now_id for row in rows if row.school_now_id}, request.now)
    for name in ("responsible", "user"):
        if name in form.fields:
            mine = {scope.actor_id: request.user.name} if scope.may(Action.WORK) else {}  # type: ignore[union-attr]
            form.offer(name, {**mine, **people}, scope.actor_id)  # type: ignore[dict-item]
    form.choose_domain(domains(scope))
    return form


def _noted(request: Request, what: str, rows: list[Any], form: Any) -> HttpResponse:
    data = form.cleaned_data
    pupils = [row.pupil for row in rows]
    scope, now = request.scope, request.now
    more = {}
    try:
        match what:
            case "assign":
                schools = {row.pupil_id: row.school_now_id for row in rows}
                together.assign(scope, now, pupils, schools, user_id=int(data["user"]))
            case "discussed":
                together.discussed(
                    scope,
                    now,
                    pupils,
                    held_on=data["held_on"],
                    text=data["text"],
                    key=data["key"],
                    domain=form.wanted_domain,
                )
            case _:
                together.follow_up(
                    scope,
                    now,
                    pupils,
                    deed=Deed(data["deed"]),
                    responsible_id=int(data["responsible"]),
                    due_on=data["due_on"],
                    text=data["text"],
                    key=data["key"],
                    domain=form.wanted_domain,
                )
                more = {"undo": str(data["key"])}
    except agreed.KeyReused as error:
        raise SuspiciousOperation("the form's key belongs to another") from error
    messages.success(
        request,
        ngettext("Noted for %(count)d pupil.", "Noted for %(count)d pupils.", len(pupils))
        % {"count": len(pupils)},
    )
    return _back(request, **more)


def _back(request: Request, **more: str) -> HttpResponse:
    response = redirect(f"{reverse('cases:worklist')}?{urlencode({'view': 'nobody', **more})}")
    response.status_code = 303
    return response
