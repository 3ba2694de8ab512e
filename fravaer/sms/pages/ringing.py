"""The list of those to be rung: whom no SMS has reached, who has been rung, and what came of it."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.templatetags.danish import clock
from fravaer.schools import protection
from fravaer.schools.models import Guardian, Pupil, School
from fravaer.sms import ringing
from fravaer.sms.models import Message, Withheld

# A list longer than this is an SMS provider that is down: the first hours are for those nobody was told about.
MOST_LINES = 200


@requires(Action.SMS_RING)
@require_GET
def board(request: Request) -> HttpResponse:
    """Who is still to be rung today, pupils nobody was told about first; who is settled stands below."""
    schools = list(School.objects.visible_to(request.scope).order_by("sort_name", "pk"))
    chosen = next((one for one in schools if str(one.pk) == request.GET.get("school", "")), None)
    of_day = Message.objects.visible_to(request.scope).filter(day=request.day)
    withheld = Withheld.objects.visible_to(request.scope).filter(day=request.day)
    if chosen:
        of_day, withheld = of_day.filter(school=chosen), withheld.filter(school=chosen)
    found = ringing.board(of_day, withheld, request.day)
    waiting, settled = found.waiting[:MOST_LINES], found.settled[:MOST_LINES]
    trail.saw(
        request.scope,
        "sms.ring",
        [line.who.pupil.pk for line in (*waiting, *settled)],
        subject_id=request.day,
    )
    return render(
        request,
        "sms/ring.html",
        {
            "waiting": waiting,
            "settled": settled,
            "total": len(found.waiting),
            "alone": len({line.who.pupil.pk for line in found.waiting if line.alone}),
            "schools": schools,
            "chosen": chosen,
            "several": len(schools) > 1 and chosen is None,
            "updated_at": timezone.localtime(request.now),
        },
    )


@requires(Action.SMS_RING)
@require_POST
def call(request: Request) -> HttpResponse:
    """Note that one has rung, and whether anybody answered."""
    reached = "spoke" in request.POST
    pupil, guardian = _who(request, request.POST.get("spoke") or request.POST.get("silent", ""))
    about = Message.objects.visible_to(request.scope).filter(pupil=pupil, day=request.day)
    unwritten = Withheld.objects.visible_to(request.scope).filter(pupil=pupil, day=request.day)
    school_id = next(
        (school for rows in (about, unwritten) for school in rows.values_list("school_id", flat=True)[:1]),
        None,
    )
    if school_id is None:
        raise Http404
    ringing.note(
        pupil.pk,
        guardian.pk if guardian else None,
        school_id=school_id,
        day=request.day,
        reached=reached,
        scope=request.scope,
        now=request.now,
    )
    words = (
        _("Rung %(time)s – spoken with %(who)s.") if reached else _("Rung %(time)s – no answer (%(who)s).")
    )
    messages.success(
        request, words % {"time": clock(request.now), "who": protection.called(guardian, pupil) or pupil}
    )
    return _back(request)


@requires(Action.SMS_RING)
@require_POST
def undo(request: Request) -> HttpResponse:
    """Take back a call one has noted oneself."""
    asked = request.POST.get("undo", "")
    schools = School.objects.visible_to(request.scope).values_list("pk", flat=True)
    if not (asked.isascii() and asked.isdigit() and len(asked) < 16) or not ringing.undo(
        int(asked), day=request.day, school_ids=list(schools), scope=request.scope
    ):
        raise Http404
    messages.success(request, _("Taken back. The guardian is on the list again."))
    return _back(request)


def _who(request: Request, key: str) -> tuple[Pupil, Guardian | None]:
    """The pupil and the guardian a button names; pupils out of sight and guardians of others are not found."""
    uuid, _sep, number = key.partition("_")
    try:
        pupil_uuid, guardian_id = UUID(uuid), int(number)
    except ValueError as error:
        raise SuspiciousOperation("a button no form of ours has") from error
    pupil = Pupil.objects.visible_to(request.scope, request.day).filter(uuid=pupil_uuid).first()
    if pupil is None:
        raise Http404
    if not guardian_id:
        return pupil, None
    guardian = ringing.guardian_of(pupil.pk, guardian_id)
    if guardian is None:
        raise Http404
    return pupil, guardian


def _back(request: Request) -> HttpResponse:
    asked = QueryDict(request.POST.get("query", "")[:500]).get("school", "")
    query = f"?{urlencode({'school': asked})}" if asked.isdecimal() else ""
    response = redirect(reverse("sms:ring") + query)
    response.status_code = 303
    return response
