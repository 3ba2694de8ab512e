"""The product's pages, and beside them the yardsticks: an empty page, and the register written the slow way."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path

from fravaer.absence.models import Absence, Register
from fravaer.accounts.roles import Action
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
    """The register as it is written without thinking: queries for each pupil."""
    school_class = get_object_or_404(SchoolClass, pk=class_id)
    on = date.fromisoformat(day)
    rows = []
    for enrolment in Enrolment.objects.on(on).filter(school_class=school_class):
        absence = Absence.objects.filter(pupil_id=enrolment.pupil_id, day=on).first()
        earlier = Absence.objects.filter(pupil_id=enrolment.pupil_id, day__lt=on).count()
        rows.append(f"{enrolment.pupil} {absence.reason if absence else ''} {earlier}")
    taken = Register.objects.filter(school_class=school_class, day=on).exists()
    return render(request, "accounts/nothing.html", {"rows": rows, "taken": taken})


urlpatterns = [
    *product,
    path("bench/empty/", empty),
    path("bench/naive/<int:class_id>/<str:day>/", naive),
]
