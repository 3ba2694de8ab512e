"""The messages of the day: what became of each, and whom a person has to ring."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.sms import followup, lines, statistics
from fravaer.sms.models import Message, Withheld

PAGE_SIZE = 50
MOST_TO_RING = 100


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
    shown_lines = [lines.line(message) for message in page]
    to_ring = followup.to_ring(of_day, withheld)
    shown = to_ring[:MOST_TO_RING]
    trail.saw(
        request.scope,
        "sms.messages",
        [*(line.message.pupil_id for line in shown_lines), *(one.pupil.pk for one in shown)],
        subject_id=request.day,
    )
    return render(
        request,
        "sms/messages.html",
        {
            "lines": shown_lines,
            "page": page,
            "counts": statistics.of_schools(of_day),
            "to_ring": shown,
            "to_ring_total": len(to_ring),
            "may_log": request.scope.may(Action.SMS_LOG),
        },
    )
