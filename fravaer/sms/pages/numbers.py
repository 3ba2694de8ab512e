"""The guardians' numbers: which need looking at, by class, and what the office does about each."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.schools.models import Pupil, SchoolClass
from fravaer.sms import limits, optouts, quality
from fravaer.sms import numbers as rooms
from fravaer.sms.optouts import Lifting
from fravaer.sms.quality import Fault
from fravaer.sms.states import How

ROWS_A_PAGE = 30


@requires(Action.PHONE_READ)
@require_GET
def numbers(request: Request) -> HttpResponse:
    """The pupils with a number to look at, or with any one thing the matter, or all of them, by class."""
    classes = list(
        SchoolClass.objects.visible_to(request.scope)
        .in_year_of(request.day)
        .select_related("school__area")
        .order_by("school__sort_name", "year_group", "letter")
    )
    chosen = next((one for one in classes if str(one.pk) == request.GET.get("class", "")), None)
    shown = [chosen] if chosen else classes
    countries = {
        code
        for one in limits.of_all({one.school.area.municipality_id for one in shown}).values()
        for code in one.countries
    }
    found = quality.lines([one.pk for one in shown], request.day, tuple(sorted(countries)))
    lines = [line for line in found if line.pupil.pk not in request.scope.blocked]
    show = request.GET.get("show", "")
    show = show if show in {*Fault.values, "all"} else ""
    narrowed = [
        one
        for one in lines
        if show == "all" or (show in {str(fault) for fault in one.faults} if show else one.to_mend)
    ]
    page = Paginator(narrowed, ROWS_A_PAGE).get_page(request.GET.get("page"))
    trail.saw(request.scope, "sms.numbers", [line.pupil.pk for line in page.object_list])
    counts = Counter(fault for line in lines for fault in line.faults)
    chips: list[tuple[str, object, int]] = [("", _("To look at"), sum(line.to_mend for line in lines))]
    chips += [(fault.value, fault.label, counts[fault]) for fault in Fault if counts[fault]]
    chips.append(("all", _("All pupils"), len(lines)))
    return render(
        request,
        "sms/numbers.html",
        {
            "page": page,
            "classes": classes,
            "chosen": chosen,
            "show": show,
            "query": request.GET.urlencode(),
            "chips": [
                {"label": label, "count": count, "url": _url(request.GET, name), "current": name == show}
                for name, label, count in chips
            ],
            "may_mend": request.scope.may(Action.PHONE_MEND),
            "why": Lifting.choices,
        },
    )


@requires(Action.PHONE_MEND)
@require_POST
def mend(request: Request) -> HttpResponse:
    """Try a dead number again, note that a number wants no SMS, or that it wants them again, with the reason."""
    visible = Pupil.objects.visible_to(request.scope, request.day)
    wanted = request.POST.get("phone", "")
    known = rooms.of_guardians(visible)
    phone = get_object_or_404(known, pk=int(wanted) if wanted.isdecimal() and len(wanted) < 10 else 0)
    pupils = list(
        visible.filter(guardianships__guardian__phones__e164=phone.e164).values_list("pk", flat=True)
    )
    match request.POST.get("do", ""):
        case "again":
            if rooms.try_again(phone.e164, request.scope, pupils):
                messages.success(request, _("The number is tried again with the next message."))
        case "out":
            if optouts.note(phone.e164, How.OFFICE, request.now, scope=request.scope):
                messages.success(request, _("Noted: no SMS is sent to the number, about no child."))
        case "in" if request.POST.get("why", "") in Lifting.values:
            if optouts.lift(phone.e164, Lifting(request.POST["why"]), request.now, scope=request.scope):
                messages.success(request, _("Noted: SMS are sent to the number again."))
        case _:
            raise SuspiciousOperation("something that the form cannot hold")
    response = redirect(_url(asked := QueryDict(request.POST.get("query", "")[:200]), asked.get("show", "")))
    response.status_code = 303
    return response


def _url(asked: QueryDict, show: str) -> str:
    kept = {"class": asked.get("class", ""), "show": show}
    query = urlencode({name: value for name, value in kept.items() if value})
    return reverse("sms:numbers") + (f"?{query}" if query else "")
