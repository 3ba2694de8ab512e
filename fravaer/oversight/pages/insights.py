"""Everything held about a child: asked for, looked through by each side, and handed out by the controller."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from dataclasses import replace
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fravaer.accounts.freshness import fresh, fresh_when
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core import paper
from fravaer.core.access import requires
from fravaer.core.held import PPR
from fravaer.core.http import Request
from fravaer.core.templatetags.danish import longdate
from fravaer.oversight import insight as room
from fravaer.oversight.models import Because, Insight
from fravaer.schools import protection
from fravaer.schools.models import Enrolment, Guardianship, Pupil

MOST = 100


class AskForm(forms.Form):
    guardian = forms.ChoiceField(label=gettext_lazy("Who asks?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, bonds: list[Guardianship], pupil: Pupil, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = protection.numbered([bond.guardian for bond in bonds], pupil)
        field = self.fields["guardian"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            *zip((str(bond.guardian_id) for bond in bonds), names, strict=True),
            ("child", _("The child herself")),
        ]


@requires(Action.INSIGHT_LIST)
@require_safe
def insights(request: Request) -> HttpResponse:
    """The requests of one's units, those that wait first."""
    may_release = request.scope.may(Action.INSIGHT_RELEASE)
    # The controller is shown no child here.
    beside = ("school", "released_by") if may_release else ("pupil", "school", "released_by")
    rows = (
        Insight.objects.visible_to(request.scope)
        .select_related(*beside)
        .order_by("-released_at", "due_on", "pk")[:MOST]
    )
    if not may_release:
        trail.saw(request.scope, "insight.list", [row.pupil_id for row in rows])
    wrote = room.with_ppr({row.pupil_id for row in rows if not row.released_at})
    context = {
        "rows": [
            (row, [] if row.released_at else room.awaited(row, request.day, wrote=row.pupil_id in wrote))
            for row in rows
        ],
        "may_release": may_release,
        "now": request.now,
        "may_see_ppr": may_release or room.side_of(request.scope) == PPR,
    }
    return render(request, "oversight/insights.html", context)


@requires(Action.INSIGHT_PREPARE)
@require_http_methods(["GET", "POST"])
def ask(request: Request, pupil_uuid: UUID) -> HttpResponse:
    """Write down that a guardian or the child asks what is held."""
    pupil = get_object_or_404(Pupil.objects.visible_to(request.scope, request.day), uuid=pupil_uuid)
    bonds = list(
        pupil.guardianships.select_related("guardian").order_by(
            "guardian__given_name", "guardian__family_name", "pk"
        )
    )
    form = AskForm(request.POST or None, bonds=bonds, pupil=pupil)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["guardian"]
        of_school = _school_of(pupil, request)
        made = room.ask(
            pupil, of_school, None if chosen == "child" else int(chosen), request.scope, request.day
        )
        return _see("oversight:insight", made.uuid)
    trail.saw(request.scope, "insight.ask", [pupil.pk], subject_id=pupil.uuid)
    status = 422 if request.method == "POST" else 200
    return render(request, "oversight/insight_ask.html", {"pupil": pupil, "form": form}, status=status)


def _school_of(pupil: Pupil, request: Request) -> int:
    place = pupil.enrolments.filter(starts_on__lte=request.day, until__gt=request.day).select_related(
        "school_class"
    )
    enrolment: Enrolment | None = place.first()
    if enrolment is None:
        raise Http404
    return enrolment.school_class.school_id


def _opens(request: Request, **parts: Any) -> bool:
    return request.method == "POST" and "open" in request.POST


@requires(Action.INSIGHT_PREPARE)
@fresh_when(_opens)
@require_http_methods(["GET", "POST"])
def insight(request: Request, insight_uuid: UUID) -> HttpResponse:
    """Look one's own side through, and say what is held back and why. Opening a restricted note asks for a proof and is noted."""
    one = get_object_or_404(
        Insight.objects.visible_to(request.scope).select_related("pupil"), uuid=insight_uuid
    )
    chosen = {
        key.removeprefix("b:"): value if value in Because.values else ""
        for key, value in request.POST.items()
        if key.startswith("b:")
    }
    opened, unread = "", frozenset[str]()
    if request.method == "POST" and "open" in request.POST:
        try:
            opened = room.unseal(one, request.scope, request.POST["open"])
        except (ValueError, room.Done) as error:
            raise Http404 from error
    elif request.method == "POST":
        try:
            room.prepare(one, request.scope, request.now, chosen)
        except room.Done:
            messages.info(request, _("It has been handed out already."))
            return _see("oversight:insights")
        except room.Unread as error:
            unread = error.keys
        else:
            messages.success(request, _("Your side is looked through. The controller hands it out."))
            return _see("oversight:insights")
    trail.saw(request.scope, "insight", [one.pupil_id], subject_id=one.uuid)
    sections: dict[str, list[room.Offered]] = {}
    if not one.released_at:
        for offer in room.offered(one, room.side_of(request.scope)):
            # What was chosen before a note was opened stays chosen; one nobody has read is held back.
            because = chosen.get(offer.row.key, offer.because)
            if offer.row.key in unread:
                because = Because.THIRD_PERSON
            shown = replace(
                offer,
                because=Because(because) if because else None,
                open=offer.open or offer.row.key == opened,
            )
            sections.setdefault(offer.row.title, []).append(shown)
    context = {
        "one": one,
        "sections": sections.items(),
        "reasons": _reasons(),
        "unread": unread,
        "problems": _problems(sections, unread),
    }
    return render(request, "oversight/insight.html", context, status=422 if unread else 200)


def _problems(sections: Mapping[str, list[room.Offered]], unread: Set[str]) -> list[dict[str, str]]:
    """Where on the page the rows stand that nobody has read, each with what is wrong."""
    text = _("You have not opened this note. Open it, or hold it back.")
    return [
        {"id": f"b-{section}-{place}", "text": text}
        for section, offers in enumerate(sections.values(), 1)
        for place, offer in enumerate(offers, 1)
        if offer.row.key in unread
    ]


def _reasons() -> list[tuple[str, str]]:
    mine = (Because.OTHER_GUARDIAN, Because.THIRD_PERSON, Because.INTEREST)
    return [(one.value, str(one.label)) for one in mine]


@requires(Action.INSIGHT_RELEASE)
@fresh
@require_POST
def release(request: Request, insight_uuid: UUID) -> HttpResponse:
    """Hand out what both sides have let through, without having read it."""
    one = get_object_or_404(Insight.objects.visible_to(request.scope), uuid=insight_uuid)
    try:
        room.release(one, request.scope, request.now)
    except room.Done:
        messages.info(request, _("It has been handed out already."))
    except room.NotYet:
        messages.error(
            request, _("Every side looks its own through first, and another than they hands it out.")
        )
    else:
        messages.success(request, _("The file can be fetched for thirty days."))
    return _see("oversight:insights")


@requires(Action.INSIGHT_RELEASE)
@fresh
@require_safe
def file(request: Request, insight_uuid: UUID, kind: str) -> HttpResponse:
    """What is handed out, as a paper or for machines."""
    one = get_object_or_404(Insight.objects.visible_to(request.scope), uuid=insight_uuid)
    if kind not in ("pdf", "json") or one.released_at is None:
        raise Http404
    try:
        told = room.opened(one)
    except ValueError as error:
        raise Http404 from error
    trail.saw(request.scope, f"insight.{kind}", [one.pupil_id], subject_id=one.uuid)
    if kind == "json":
        return HttpResponse(
            json.dumps(told, ensure_ascii=False, indent=1),
            content_type="application/json",
            headers={"Content-Disposition": 'attachment; filename="indsigt.json"'},
        )
    values = {
        **told,
        "language": get_language(),
        "title": _("What is held about you"),
        "lead": _("Asked for %(asked)s, made %(made)s.")
        % {"asked": longdate(one.asked_on), "made": longdate(one.released_at)},
        "looked_title": _("In which roles you were looked at in the last year"),
        "back_title": _("Not handed out"),
        "foot": _("Confidential."),
    }
    return paper.response(paper.pdf("oversight/insight.typ", values, made_at=one.released_at), "indsigt")


def _see(name: str, *parts: Any) -> HttpResponse:
    response = redirect(name, *parts)
    response.status_code = 303
    return response
