"""What has happened in a case, who has looked at it, what is shown to others, and what is kept while one types."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from fravaer.accounts.fields import Field, visible_fields
from fravaer.accounts.freshness import fresh
from fravaer.accounts.roles import Action, Role
from fravaer.audit import trail
from fravaer.cases import dossier, drafts, lifecycle, notes, sharing, strip, timeline
from fravaer.cases.bar import Next
from fravaer.cases.bar import of as bar_of
from fravaer.cases.domains import DOMAINS, Domain, domains, may, reads
from fravaer.cases.models import Case, Shared, State, StepKind
from fravaer.cases.pages import refusals
from fravaer.cases.pages.frame import case_for, framed
from fravaer.cases.pages.step_forms import ShareForm
from fravaer.core import paper
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.templatetags.danish import clock, half_days, longdate, percent, quarter, shortdate


@requires(Action.CASE_READ)
@require_GET
def timeline_page(request: Request, case_uuid: UUID) -> HttpResponse:
    """Everything that happened, the newest first, of one kind or of all."""
    case = _inside(request, case_uuid)
    kind = request.GET.get("kind", "")
    kind = kind if kind in timeline.KINDS else ""
    shares = sharing.shares(case, request.scope)
    context = {
        "happenings": [
            (one, shares.get(one.item, []) if one.item else [])
            for one in timeline.of(case, request.scope, kind)
        ],
        "kinds": timeline.KINDS.items(),
        "kind": kind,
        "sealed": list(notes.sealed(case, request.scope)) if kind in ("", "note") else [],
        "reasons": notes.REASONS.items(),
        "may_share": may(request.scope, Action.CASE_SHARE, case.pupil_id),
    }
    return framed(request, case, "cases/timeline.html", context, tab="timeline")


@requires(Action.CASE_NOTE)
@fresh
@require_POST
def open_note(request: Request, case_uuid: UUID, note_id: int) -> HttpResponse:
    """Open a restricted note of one's own domain with a reason; it is shown once and that is logged."""
    case = _inside(request, case_uuid)
    if not may(request.scope, Action.CASE_NOTE, case.pupil_id):
        raise PermissionDenied
    try:
        found = notes.unseal(case, request.scope, note_id, request.POST.get("reason", ""))
    except ValueError as error:
        raise SuspiciousOperation("the reason is not one of ours") from error
    if found is None:
        raise Http404
    context = {"note": found, "reason": notes.REASONS[request.POST["reason"]]}
    return framed(request, case, "cases/note.html", context, tab="timeline")


@requires(Action.CASE_SHARE)
@fresh
@require_http_methods(["GET", "POST"])
def share(request: Request, case_uuid: UUID, kind: str, item_id: int) -> HttpResponse:
    """Show one item to another domain, on a basis."""
    case = case_for(request, case_uuid, Action.CASE_SHARE)
    if not reads(case, request.scope):
        raise PermissionDenied
    if kind not in Shared.values:
        raise Http404
    item = sharing.item_of(case, request.scope, Shared(kind), item_id)
    if item is None:
        raise Http404
    others = [domain for domain in Domain if domain != item.domain]
    form = ShareForm(request.POST or None, domains=others, initial={"turn": lifecycle.turn(case)})
    status, meanwhile = 200, ""
    if request.method == "POST":
        if form.is_valid():
            data = form.cleaned_data
            try:
                with lifecycle.holding(case, data["turn"]):
                    sharing.share(
                        *(case, request.scope, request.now),
                        kind=Shared(kind),
                        item_id=item_id,
                        domain=Domain(data["domain"]),
                        basis=data["basis"],
                        text=data["text"],
                    )
            except lifecycle.HandedOver as refusal:
                status, meanwhile = 409, refusals.said(refusal)
                typed = {name: data[name] for name in ("domain", "basis", "text")}
                form = ShareForm(domains=others, initial={**typed, "turn": lifecycle.turn(case)})
            else:
                messages.success(request, _("It is shared, and that is noted in the case's log."))
                return redirect("cases:timeline", case.uuid)
        else:
            status = 422
    context = {
        "form": form,
        "refused": form if form.errors else None,
        "meanwhile": meanwhile,
        "name": sharing.NAMES[Shared(kind)],
        "text": getattr(item, "text", "") or getattr(item, "minutes", "") or getattr(item, "name", ""),
        "domain": Domain(item.domain).label,
    }
    return framed(request, case, "cases/share.html", context, tab="timeline", status=status)


@requires(Action.CASE_LOG)
@require_GET
def log(request: Request, case_uuid: UUID) -> HttpResponse:
    """Who has read and changed the case: their roles and when, not their names."""
    case = case_for(request, case_uuid, Action.CASE_LOG)
    own = domains(request.scope)
    rows = [
        (event.at, Role(event.role).label if event.role in Role.values else _("The system"), _done(event))
        for event in trail.about(case.pupil_id, case.uuid)
        if _concerns(event, own)
    ]
    return framed(request, case, "cases/log.html", {"rows": rows}, tab="log")


@requires(Action.CASE_READ)
@require_POST
def draft(request: Request, case_uuid: UUID, form: str) -> HttpResponse:
    """Keep what is being typed into a form; told with `drop`, forget it."""
    case = _inside(request, case_uuid)
    if "drop-draft" in request.POST:
        drafts.drop(case, request.scope, form)
        return redirect("cases:case", case.uuid)
    try:
        kept = drafts.keep(case, request.scope, request.now, form, request.POST.dict())
    except drafts.TooMuch as error:
        raise SuspiciousOperation("no form here is that long") from error
    return JsonResponse({"saved": clock(kept.saved_at) if kept else ""})


@requires(Action.CASE_READ)
@require_GET
def printed(request: Request, case_uuid: UUID) -> HttpResponse:
    """The case on paper, as far as the actor reads it."""
    case = _inside(request, case_uuid)
    trail.saw(request.scope, "case.print", [case.pupil_id], subject_id=case.uuid)
    return paper.response(paper.pdf("cases/case.typ", _values(request, case), made_at=request.now), "sag")


def _inside(request: Request, case_uuid: UUID) -> Case:
    """The case, for one who reads what is inside it."""
    case = case_for(request, case_uuid)
    if not reads(case, request.scope):
        raise PermissionDenied
    return case


def _values(request: Request, case: Case) -> dict[str, Any]:
    scope = request.scope
    inside = dossier.of(case, scope, request.day)
    shows_reasons = Field.REASON in visible_fields(scope, case)
    head = bar_of(case, scope, request.day)
    box = strip.box(case.pupil_id, request.day)
    state = _("Closed case") if case.state == State.CLOSED else head.stage
    return {
        "title": str(case.pupil),
        "foot": _("Printed %(day)s at %(time)s. Confidential.")
        % {"day": shortdate(request.now), "time": clock(request.now)},
        "facts": [*map(list, head.facts), [_("Stage"), state]],
        "next": _next(head.next) if head.next else "",
        "why": _("Why the case was opened"),
        "trigger": [list(fact) for fact in inside.trigger],
        "days": _("Days of the school year"),
        "months": [
            [month.first.strftime("%m-%Y"), "".join(cell.letter for cell in month.cells)]
            for month in (strip.months(case.pupil_id, request.day) if shows_reasons else ())
        ],
        "legend": _(
            "S ill, F leave, U unlawful, A no reason yet; small letters are half days. · present, ? not registered."
        ),
        "quarter": f"{quarter(box.quarter)}: {half_days(box.unlawful)} · {percent(box.tenths)}",
        "what": _("What has happened"),
        "timeline": [
            [
                longdate(one.at) + (f" {clock(one.at)}" if one.has_clock else ""),
                " · ".join(part for part in (one.title, one.by, one.domain) if part),
                one.text,
            ]
            for one in timeline.of(case, scope)
        ],
    }


def _next(step: Next) -> str:
    said = _("Next step") + f": {step.text}"
    if step.who:
        said += f" · {step.who}"
    if step.due_on:
        said += " · " + _("by %(day)s") % {"day": longdate(step.due_on)}
    return said


# What the trail's words for a case mean.
READ: dict[str, str | Promise] = {
    "case": pgettext_lazy("a case", "Overview"),
    "case.timeline": gettext_lazy("Timeline"),
    "case.plan": gettext_lazy("Plan"),
    "case.meetings": gettext_lazy("Meetings"),
    "case.evaluation": gettext_lazy("Evaluation"),
    "case.people": gettext_lazy("People"),
    "case.papers": gettext_lazy("Letters and files"),
    "case.log": gettext_lazy("Log"),
    "case.print": gettext_lazy("The whole case, printed"),
    "case.invitation": gettext_lazy("A meeting's invitation"),
    "case.meeting_sheet": gettext_lazy("A meeting's sheet"),
    "phones": gettext_lazy("The parents' telephones"),
    "phones.protected": gettext_lazy("The parents' telephones"),
}
CHANGED: dict[str, str | Promise] = {
    "case.note": gettext_lazy("Wrote a note"),
    "note.open": gettext_lazy("Opened a restricted note"),
    "case.share": gettext_lazy("Shared something with another domain"),
    "case.view": gettext_lazy("Wrote how somebody sees it"),
    "case.attachment": gettext_lazy("Judged the attachment"),
    "case.scale": gettext_lazy("Noted answers to the five questions"),
    "case.goal": pgettext_lazy("has been done", "Set a goal"),
    "case.goal_settle": gettext_lazy("Settled a goal"),
    "case.suspicion": gettext_lazy("Wrote what is supposed"),
    "case.suspicion_end": gettext_lazy("Ended a supposition"),
    "case.consent": pgettext_lazy("has been done", "Noted a consent"),
    "case.consent_withdraw": gettext_lazy("Noted that a consent is withdrawn"),
    "case.intervention": gettext_lazy("Began an intervention"),
    "case.intervention_stop": gettext_lazy("Stopped an intervention"),
    "case.week_plan": gettext_lazy("Proposed a week plan"),
    "case.week_plan_grant": gettext_lazy("Granted a week plan"),
    "case.week_plan_refuse": gettext_lazy("Refused a week plan"),
    "case.week_plan_end": gettext_lazy("Ended a week plan"),
    "case.meeting_call": gettext_lazy("Called a meeting"),
    "case.meeting_move": gettext_lazy("Moved a meeting"),
    "case.meeting_cancel": gettext_lazy("Cancelled a meeting"),
    "case.meeting_minutes": gettext_lazy("Wrote minutes"),
    "case.meeting_hold": gettext_lazy("Ended a meeting"),
    "case.follow_up": gettext_lazy("Wrote whether it holds"),
    "party.add": pgettext_lazy("has been done", "Let somebody take part"),
    "party.end": gettext_lazy("Let somebody take part no longer"),
}


def _concerns(event: Any, own: Collection[Domain]) -> bool:
    """Whether the reader may learn of it: not of what another authority did for itself alone, nor how often."""
    domain = event.detail.get("domain")
    if domain not in Domain.values or domain in own:
        return True
    # What is shown to another domain is known to both.
    by = DOMAINS.get(Role(event.role), ()) if event.role in Role.values else ()
    return event.action == "case.share" and bool(by) and by[0] in own


def _done(event: Any) -> str:
    if event.action == "read":
        return _("Read: %(what)s") % {"what": READ.get(event.subject, event.subject)}
    kind = event.action.removeprefix("case.")
    said = dict(StepKind.choices).get(kind)
    return str(said or CHANGED.get(event.action, event.action))
