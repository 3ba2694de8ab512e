"""The teacher's day: her classes, what each lacks, and one click into it."""

from __future__ import annotations

from datetime import time

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from fravaer.absence import agenda, arrangements, board, reminders
from fravaer.accounts.roles import Action
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.schools.models import SchoolClass


@requires(Action.REGISTER_READ)
@require_GET
def today(request: Request) -> HttpResponse:
    """The classes one registers, one's own first, with the state of each register of the day."""
    classes = board.with_facts(
        SchoolClass.objects.visible_to(request.scope).in_year_of(request.day), request.day
    )
    arranged = arrangements.of_schools(one.school_id for one in classes)
    lines = agenda.lines(classes, request.day, school_time(request), arranged, request.scope.classes)
    missing = sum(line.state in ("missing", "late") for line in lines)
    visible = {line.school_class.pk for line in lines}
    asked = reminders.open_for(request.scope.actor_id, request.day) if request.scope.actor_id else []
    return render(
        request,
        "absence/today.html",
        {
            "lines": lines,
            "asked": [one for one in asked if one.class_id in visible],
            "missing": missing,
            "any_taken": any(line.state == "taken" for line in lines),
            "any_own": any(line.is_own and line.posts for line in lines),
            "shows_overview": request.scope.may(Action.CLASS_READ),
        },
    )


def school_time(request: Request) -> time:
    """The time of day at the schools; when the day in view is not today, it is always eight in the morning there."""
    now = timezone.localtime(request.now)
    return now.time() if now.date() == request.day else time(8)
