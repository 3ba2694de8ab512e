"""The messages about a class's day, for whoever registers it: how many, in which state and when, and no telephone number.

A part of the register's pages and of its receipt, fetched by them; a page of its own for whoever follows the link.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from fravaer.absence import unexplained
from fravaer.absence.checkpoints import Checkpoint
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.templatetags.danish import clock
from fravaer.schools.models import Pupil, SchoolClass
from fravaer.sms import choices, told
from fravaer.sms.models import Message, Withheld
from fravaer.sms.told import Line, OfClass

HEADER = "X-Fravaer-Part"


@dataclass(frozen=True, slots=True)
class Row:
    """What is said of one pupil's messages; `correct` leads to her row in the register while a corrected mark still helps."""

    pupil: Pupil
    words: list[str]
    correct: str


@requires(Action.SMS_STATUS)
@require_GET
@vary_on_headers(HEADER)
def of_class(request: Request, class_id: int, day: date) -> HttpResponse:
    """Every pupil of the class whose guardians were written to that day, or are to be."""
    classes = SchoolClass.objects.visible_to(request.scope).in_year_of(day)
    school_class = get_object_or_404(classes, pk=class_id)
    mine = {"school_class": school_class, "day": day}
    found = told.of_class(
        Message.objects.visible_to(request.scope).filter(**mine),
        Withheld.objects.visible_to(request.scope).filter(**mine),
        {one.pupil_id for one in unexplained.on(day, [school_class.pk])},
        choices.of([school_class.pk]).get(school_class.pk),
        request.now,
        today=day == request.day,
    )
    register = reverse("absence:register", args=[school_class.pk, day, Checkpoint.START])
    may_correct = request.scope.may(Action.REGISTER_TAKE)
    pupils = Pupil.objects.visible_to(request.scope, day).filter(pk__in=found.pupils)
    rows = []
    for pupil in pupils.order_by("sort_given", "pk"):
        lines = found.pupils[pupil.pk]
        stops = may_correct and any(line.waits for line in lines)
        rows.append(
            Row(pupil, [_words(line) for line in lines], f"{register}#p-{pupil.uuid}-T" if stops else "")
        )
    context = {
        "school_class": school_class,
        "day": day,
        "rows": rows,
        "sentence": _sentence(request, found),
        "moving": found.moving,
        "register": register,
    }
    in_page = HEADER in request.headers
    response = render(request, "sms/of_class_part.html" if in_page else "sms/of_class.html", context)
    if in_page:
        # A page that asks again every few seconds is shown nothing while nothing has changed.
        response.headers["ETag"] = f'"{sha256(response.content).hexdigest()[:32]}"'
        if request.headers.get("If-None-Match") == response.headers["ETag"]:
            return HttpResponseNotModified()
    trail.saw(
        request.scope, "sms.class", [row.pupil.pk for row in rows], subject_id=f"{school_class.pk}/{day}"
    )
    return response


def _sentence(request: Request, found: OfClass) -> str:
    if found.sends_at is None:
        return ""
    if found.paused:
        return _("SMS are paused at the school. Nothing is sent now.")
    if found.sends_at <= request.now:
        return _("SMS to guardians are about to be sent.")
    return _("SMS to guardians are sent %(time)s. You can correct until then.") % {
        "time": clock(found.sends_at)
    }


def _words(line: Line) -> str:
    time = clock(line.at) if line.at else ""
    if line.state is None:
        return _("No SMS: the office rings")
    if line.waits and not line.count:
        return _("SMS to guardians %(time)s") % {"time": time}
    said = {"count": line.count, "time": time, "words": str(line.state.label)}
    if line.waits:
        return (
            ngettext("SMS to %(count)d guardian %(time)s", "SMS to %(count)d guardians %(time)s", line.count)
            % said
        )
    if line.good_news:
        words = ngettext(
            "SMS to %(count)d guardian that the pupil is here: %(words)s %(time)s",
            "SMS to %(count)d guardians that the pupil is here: %(words)s %(time)s",
            line.count,
        )
    else:
        words = ngettext(
            "SMS to %(count)d guardian: %(words)s %(time)s",
            "SMS to %(count)d guardians: %(words)s %(time)s",
            line.count,
        )
    return (words % said).strip()
