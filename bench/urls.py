"""The product's pages, and beside them the yardsticks: an empty page, and the register written the slow way."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path

from fravaer.absence import standing
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.forms import LETTERS
from fravaer.absence.models import Absence, Register
from fravaer.absence.reasons import Mark
from fravaer.absence.sheet import Row, Sheet
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.schools.models import Enrolment, SchoolClass
from fravaer.urls import *  # noqa: F403
from fravaer.urls import urlpatterns as product


@requires(Action.SIGNED_IN)
def empty(request: Request) -> HttpResponse:
    """Session, user, scope and nothing else: what every page costs before it does anything."""
    return HttpResponse("ok")


@requires(Action.REGISTER_TAKE)
def naive(request: Request, class_id: int, day: str) -> HttpResponse:
    """The same register page as it is written without thinking: two queries and a template for each pupil."""
    on = date.fromisoformat(day)
    school_class = get_object_or_404(SchoolClass.objects.visible_to(request.scope), pk=class_id)
    rows = []
    for enrolment in Enrolment.objects.on(on).filter(school_class=school_class):
        absence = Absence.objects.filter(
            pupil_id=enrolment.pupil_id, day=on, checkpoint=Checkpoint.START
        ).first()
        rows.append(Row(enrolment.pupil, LETTERS[Mark(absence.reason)] if absence else "T"))
    rows.sort(key=lambda row: row.pupil.sort_given)
    taken = Register.objects.filter(school_class=school_class, day=on, checkpoint=Checkpoint.START).first()
    trail.saw(request.scope, "register", [row.pupil.pk for row in rows])
    return render(
        request,
        "bench/register.html",
        {
            "school_class": school_class,
            "day": on,
            "checkpoint": Checkpoint.START,
            "rows": rows,
            "page": Sheet([], rows),
            "version": taken.version if taken else 0,
            "key": uuid4(),
            "event": standing.last_event(class_id, on, Checkpoint.START),
        },
    )


urlpatterns = [
    *product,
    path("bench/empty/", empty),
    path("bench/naive/<int:class_id>/<str:day>/", naive),
]
