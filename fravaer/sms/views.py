"""The messages of the day: what became of each, and whom a person has to ring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.templatetags.danish import clock
from fravaer.sms import followup, statistics
from fravaer.sms.models import Message, Withheld
from fravaer.sms.states import OUT, TO_RING, Because, Kind, State

PAGE_SIZE = 50
MOST_TO_RING = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One message as the page shows it; `number` is masked unless the role may see numbers."""

    message: Message
    kind: str
    number: str
    words: str
    why: str
    at: datetime
    chip: str


@requires(Action.SMS_STATUS)
@require_GET
def messages(request: Request) -> HttpResponse:
    """The day's messages of the actor's classes or schools, and the guardians to be rung."""
    of_day = Message.objects.visible_to(request.scope).filter(day=request.day)
    withheld = Withheld.objects.visible_to(request.scope).filter(day=request.day)
    ordered = of_day.select_related("pupil", "school", "school_class").order_by(
        "school__sort_name",
        "school_class__year_group",
        "school_class__letter",
        "pupil__sort_given",
        "pupil_id",
        "created_at",
        "id",
    )
    page = Paginator(ordered, PAGE_SIZE).get_page(request.GET.get("page"))
    numbers = request.scope.may(Action.PHONE_READ)
    lines = [_line(message, numbers) for message in page]
    to_ring = followup.to_ring(of_day, withheld)
    shown = to_ring[:MOST_TO_RING]
    trail.saw(
        request.scope,
        "sms.messages",
        [*(line.message.pupil_id for line in lines), *(one.pupil.pk for one in shown)],
        subject_id=request.day,
    )
    return render(
        request,
        "sms/messages.html",
        {
            "lines": lines,
            "page": page,
            "counts": statistics.of_schools(of_day),
            "to_ring": shown,
            "to_ring_total": len(to_ring),
        },
    )


def _line(message: Message, numbers: bool) -> Line:
    state = State(message.state)
    words = str(state.label)
    if state == State.HELD:
        words = _("To be sent %(time)s") % {"time": clock(message.not_before)}
    shown = message.to_e164 if numbers and not message.pupil.protected else message.to_mask
    return Line(
        message=message,
        kind=str(Kind(message.kind).label),
        number=shown,
        words=words,
        why=str(Because(message.because).label) if message.because else "",
        at=message.final_at or message.accepted_at or message.sending_at or message.created_at,
        chip=_chip(state),
    )


def _chip(state: State) -> str:
    if state in TO_RING:
        return "bad"
    if state == State.DELIVERED:
        return "ok"
    if state in OUT or state == State.SENDING:
        return "info"
    return "warn" if state == State.UNCERTAIN else ""
