"""The meetings of a case, one by one and all together."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.cases import agenda, agreed, invitations, meetings
from fravaer.cases.domains import reads
from fravaer.cases.models import Case, Meeting
from fravaer.cases.pages import entries
from fravaer.cases.pages.entries import Around, Entry, Forms
from fravaer.cases.pages.frame import case_for, framed
from fravaer.cases.pages.meeting_forms import WRITES, CallForm, CancelForm, MinutesForm, MoveForm
from fravaer.cases.pages.meeting_sheet import meeting_sheet
from fravaer.core import paper
from fravaer.core.access import requires
from fravaer.core.http import Request


@requires(Action.CASE_READ)
@require_GET
def all_meetings(request: Request, case_uuid: UUID) -> HttpResponse:
    """The meetings of a case, those to come first."""
    return _list(request, case_for(request, case_uuid))


@requires(Action.CASE_READ)
@require_GET
def one(request: Request, case_uuid: UUID, meeting_uuid: UUID) -> HttpResponse:
    """One meeting: its agenda as the case stands, its minutes, and what was agreed."""
    case = case_for(request, case_uuid)
    return _one(request, case, _meeting(request, case, meeting_uuid))


@requires(Action.CASE_READ)
@require_GET
def invitation(request: Request, case_uuid: UUID, meeting_uuid: UUID) -> HttpResponse:
    """The meeting for a calendar; of a cancelled one the cancellation."""
    case = case_for(request, case_uuid)
    meeting = _meeting(request, case, meeting_uuid)
    trail.saw(request.scope, "case.invitation", [case.pupil_id], subject_id=case.uuid)
    return HttpResponse(
        invitations.ics(meeting, request.now),
        content_type=f"text/calendar; charset=utf-8; method={invitations.method(meeting)}",
        headers={"Content-Disposition": 'attachment; filename="moede.ics"', "Cache-Control": "no-store"},
    )


@requires(Action.CASE_READ)
@require_GET
def sheet(request: Request, case_uuid: UUID, meeting_uuid: UUID) -> HttpResponse:
    """One page to bring to the meeting: its agenda as the case stands, with room to write."""
    case = case_for(request, case_uuid)
    meeting = _meeting(request, case, meeting_uuid)
    trail.saw(request.scope, "case.meeting_sheet", [case.pupil_id], subject_id=case.uuid)
    values = meeting_sheet(case, meeting, agenda.of(case, meeting, request.day), request)
    return paper.response(paper.pdf("cases/agenda.typ", values, made_at=request.now), "moede")


@requires(Action.CASE_NOTE)
@require_POST
def write(request: Request, case_uuid: UUID, what: str) -> HttpResponse:
    """Call, move, cancel or write about a meeting."""
    case = case_for(request, case_uuid, Action.CASE_NOTE)
    if what not in WRITES:
        raise Http404
    form = WRITES[what]
    if not form.is_about_row:
        return entries.written(request, case, form, _list, reverse("cases:meetings", args=[case.uuid]))
    try:
        wanted = UUID(request.POST.get("row", ""))
    except ValueError as error:
        raise Http404 from error
    meeting = _meeting(request, case, wanted)
    home = reverse("cases:meeting", args=[case.uuid, meeting.uuid])

    def page(request: Request, case: Case, **back: object) -> HttpResponse:
        return _one(request, case, _meeting(request, case, wanted), **back)  # type: ignore[arg-type]

    return entries.written(request, case, form, page, home)


def _meeting(request: Request, case: Case, uuid: UUID) -> Meeting:
    if not reads(case, request.scope):
        raise PermissionDenied
    return get_object_or_404(meetings.readable(case, request.scope), uuid=uuid)


def _list(
    request: Request,
    case: Case,
    *,
    refused: Entry | None = None,
    meanwhile: str = "",
    status: int = 200,
) -> HttpResponse:
    if not reads(case, request.scope):
        return framed(request, case, "cases/meetings.html", {}, tab="meetings", status=status)
    around = Around.of(request, case)
    rows = meetings.of(case, request.scope)
    context = {
        "coming": [row for row in rows if meetings.is_coming(row)],
        "past": [row for row in rows if not meetings.is_coming(row)],
        "now": request.now,
        "call_form": Forms(around, refused).new(CallForm),
        "refused": refused,
        "meanwhile": meanwhile,
        "typed": refused.typed() if refused and not around.may_write() else [],
    }
    return framed(request, case, "cases/meetings.html", context, tab="meetings", status=status)


def _one(
    request: Request,
    case: Case,
    meeting: Meeting,
    *,
    refused: Entry | None = None,
    meanwhile: str = "",
    status: int = 200,
) -> HttpResponse:
    around = Around.of(request, case)
    forms = Forms(around, refused)
    coming = meetings.is_coming(meeting)
    writes = coming and meetings.is_own(meeting, request.scope)
    move, minutes, cancel = (
        (forms.about(form, meeting.uuid) if writes else None) for form in (MoveForm, MinutesForm, CancelForm)
    )
    if isinstance(move, MoveForm) and not move.is_bound:
        move.of(meeting)
    if isinstance(minutes, MinutesForm):
        if not minutes.is_bound:
            minutes.of(meeting)
        elif meanwhile:
            minutes.seen_now(meeting)
    stands = isinstance(refused, MinutesForm) and bool(meanwhile)
    context = {
        "meeting": meeting,
        "is_coming": coming,
        "agenda": agenda.of(case, meeting, request.day) if coming else None,
        "agreed": list(
            agreed.readable(request.scope)
            .filter(meeting=meeting)
            .select_related("responsible")
            .order_by("due_on", "pk")
        ),
        "move_form": move,
        "minutes_form": minutes,
        "cancel_form": cancel,
        # What somebody else wrote meanwhile is shown beside what was typed.
        "shows_minutes": not writes or stands,
        "refused": refused,
        "meanwhile": meanwhile,
        "typed": refused.typed() if refused and (not around.may_write() or not writes) else [],
    }
    return framed(request, case, "cases/meeting.html", context, tab="meetings", status=status)
