"""The log of messages: of a day, of a pupil, and of one message with everything that proves what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages as flash
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts import opening
from fravaer.accounts.fields import Field, visible_fields
from fravaer.accounts.freshness import fresh
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core import export
from fravaer.core.access import requires
from fravaer.core.export import Cell
from fravaer.core.http import Request
from fravaer.schools import finding, protection
from fravaer.schools.finding import Found
from fravaer.schools.models import Pupil, School, SchoolClass
from fravaer.sms import again as rooms
from fravaer.sms import evidence, lines, providers, ringing
from fravaer.sms.again import No, Refused
from fravaer.sms.models import Message, Withheld
from fravaer.sms.querysets import MessageQuerySet
from fravaer.sms.states import OPEN, OUT, TO_RING, UNSENT, Kind, State, Withholding

ROWS_A_PAGE = 50
MOST_FOUND = 20
LONGEST_SEARCH = 60
# As many messages as one pupil can get in ten years of school; more are a mistake, and the newest are shown.
MOST_OF_A_PUPIL = 2000

SHOWS: dict[str, tuple[Any, frozenset[State]]] = {
    "waiting": (gettext_lazy("Not sent yet"), UNSENT),
    "doubt": (gettext_lazy("In doubt"), OPEN),
    "out": (gettext_lazy("On the way"), OUT - {State.DELIVERED}),
    "delivered": (gettext_lazy("Delivered"), frozenset({State.DELIVERED})),
    "ring": (gettext_lazy("Not delivered"), TO_RING),
    "cancelled": (gettext_lazy("Cancelled"), frozenset({State.CANCELLED})),
}
WITHHELD = "withheld"

NOS: dict[No, Any] = {
    No.KIND: gettext_lazy("Only a message about absence can be sent again. Ring instead."),
    No.UNDER_WAY: gettext_lazy(
        "An earlier message to the guardian is under way or in doubt. It cannot be sent again before that is known."
    ),
    No.NOTHING_SENT: gettext_lazy("The message was cancelled, so there is nothing to send again."),
    No.NOT_TODAY: gettext_lazy("A message can be sent again on its own day only."),
    No.EXPLAINED: gettext_lazy(
        "The absence has been explained or corrected. There is nothing to write about."
    ),
    No.NOT_CHOSEN: gettext_lazy("The class does not use SMS."),
    No.PAUSED: gettext_lazy("The school's SMS are paused."),
    No.CLOSED: gettext_lazy("Outside the hours the school has chosen for SMS. Ring instead."),
    No.NO_NUMBER: gettext_lazy(
        "The guardian has no number that can receive SMS. Ring, or have the number put right."
    ),
    No.CEILING: gettext_lazy("No more SMS may be sent today: a ceiling is reached. Ring instead."),
    No.TEXT: gettext_lazy("The text may not leave the house. Ring instead."),
}


class Again(forms.Form):
    because = forms.CharField(
        label=gettext_lazy("Why is it to be sent again?"),
        help_text=gettext_lazy(
            "For instance: the number has been put right. Nothing about the child's circumstances."
        ),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class Asked(forms.Form):
    """What the address of the log may ask for; whatever is wrong in it is ignored."""

    day = forms.DateField(required=False)
    school = forms.IntegerField(required=False)
    school_class = forms.IntegerField(required=False)


@requires(Action.SMS_LOG)
@require_GET
def log(request: Request) -> HttpResponse:
    """The messages of one day, of one class or state if one likes, and those nobody was written to about."""
    return _day(request, [])


@requires(Action.SMS_LOG)
@require_POST
def find(request: Request) -> HttpResponse:
    """The pupils whom a few words fit; straight to the log of the only one. By POST, so that no name stands in an address."""
    text = request.POST.get("who", "")[:LONGEST_SEARCH]
    among = Pupil.objects.visible_to(request.scope, request.day)
    found = finding.pupils(among, text, request.day, most=MOST_FOUND)
    if len(found) == 1:
        return _see_other(reverse("sms:log-pupil", args=[found[0].uuid]))
    if found:
        trail.saw(request.scope, "sms.log search", [one.pupil_id for one in found])
    return _day(request, found, text=text, searched=True)


@requires(Action.SMS_LOG)
@require_GET
def pupil(request: Request, pupil_uuid: UUID) -> HttpResponse:
    """Every message about one pupil, why nobody was written to, and the calls that were made instead."""
    one = get_object_or_404(Pupil.objects.visible_to(request.scope, request.day), uuid=pupil_uuid)
    opening.opened(request, one.pk)
    rows = _of_pupil(request, one)
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    trail.saw(request.scope, "sms.log", [one.pk])
    return render(
        request,
        "sms/log_pupil.html",
        {
            "pupil": one,
            "lines": [lines.line(message) for message in page],
            "page": page,
            "withheld": _words(_withheld_about(request, one)),
            "calls": ringing.about(one.pk, _schools(request)),
        },
    )


@requires(Action.SMS_LOG)
@fresh
@require_GET
def pupil_csv(request: Request, pupil_uuid: UUID) -> HttpResponse:
    """The same as a file, a line for everything that happened: for a guardian who asks what is known of her child."""
    one = get_object_or_404(Pupil.objects.visible_to(request.scope, request.day), uuid=pupil_uuid)
    opening.opened(request, one.pk)
    found = list(_of_pupil(request, one)[:MOST_OF_A_PUPIL])
    trail.saw(request.scope, "sms.log export", [one.pk])
    head = [
        *(_("Day"), _("Class"), _("About"), _("Guardian"), _("Number"), _("Text"), _("Language")),
        *(_("Time"), _("What happened"), _("The provider's code")),
    ]
    return export.as_csv(f"sms-log_{one.uuid}_{request.day.isoformat()}", head, _file(request, one, found))


@requires(Action.SMS_LOG)
@require_GET
def message(request: Request, message_id: UUID) -> HttpResponse:
    """One message: what it said and to whom, who registered, every step, call and word from the provider with its time."""
    return _message(request, message_id, Again())


@requires(Action.SMS_LOG)
@require_POST
def again(request: Request, message_id: UUID) -> HttpResponse:
    """Have the message sent once more, with a reason. 409 when it may not be, with the reason in words."""
    one = get_object_or_404(_messages(request), pk=message_id)
    form = Again(request.POST)
    if not form.is_valid():
        return _message(request, message_id, form, status=422)
    try:
        made = rooms.send(
            one,
            because=form.cleaned_data["because"],
            scope=request.scope,
            today=request.day,
            now=request.now,
            answerable=providers.answerable(),
        )
    except Refused:
        return _message(request, message_id, form, status=409)
    flash.success(request, _("The message is sent again. You see below what becomes of it."))
    return _see_other(reverse("sms:log-message", args=[made]))


def _day(request: Request, found: Iterable[Found], *, text: str = "", searched: bool = False) -> HttpResponse:
    asked = Asked(request.GET)
    asked.is_valid()
    schools = list(School.objects.visible_to(request.scope).order_by("sort_name", "pk"))
    school = next((one for one in schools if one.pk == asked.cleaned_data.get("school")), None)
    if school is None and len(schools) == 1:
        school = schools[0]
    day: date = min(asked.cleaned_data.get("day") or request.day, request.day)
    of_year = SchoolClass.objects.visible_to(request.scope).in_year_of(day)
    classes = list(of_year.filter(school=school).order_by("year_group", "letter", "pk")) if school else []
    school_class = next((one for one in classes if one.pk == asked.cleaned_data.get("school_class")), None)
    narrowed: dict[str, Any] = {"day": day}
    if school_class:
        narrowed["school_class"] = school_class
    elif school:
        narrowed["school"] = school
    of_day = _messages(request).filter(**narrowed)
    withheld = Withheld.objects.visible_to(request.scope).filter(**narrowed)
    show = request.GET.get("show", "")
    kept = {
        "day": day.isoformat(),
        "school": str(school.pk) if school and len(schools) > 1 else "",
        "school_class": str(school_class.pk) if school_class else "",
    }
    chips = _chips(of_day, withheld.count(), show, kept)
    order = ("school__sort_name", "school_class__year_group", "school_class__letter", "pupil__sort_given")
    rows: Any
    if show == WITHHELD:
        rows = withheld.select_related("pupil", "school", "school_class", "guardian").order_by(
            *order, "pupil_id", "pk"
        )
    else:
        chosen = of_day.filter(state__in=SHOWS[show][1]) if show in SHOWS else of_day
        rows = chosen.order_by(*order, "pupil_id", "created_at", "id")
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    trail.saw(request.scope, "sms.log", [row.pupil_id for row in page], subject_id=day)
    return render(
        request,
        "sms/log.html",
        {
            "day": day,
            "schools": schools,
            "school": school,
            "several": len(schools) > 1 and school is None,
            "classes": classes,
            "school_class": school_class,
            "chips": chips,
            "show": show,
            "lines": [] if show == WITHHELD else [lines.line(row) for row in page],
            "withheld": _words(page) if show == WITHHELD else [],
            "page": page,
            "found": found,
            "searched": searched,
            "text": text,
        },
    )


def _chips(
    of_day: MessageQuerySet, withheld: int, show: str, kept: Mapping[str, str]
) -> list[dict[str, Any]]:
    counts: dict[State, int] = {}
    for state, count in of_day.order_by().values_list("state").annotate(Count("pk")):
        counts[State(state)] = count
    labels = [("", _("All"), sum(counts.values()))]
    labels += [
        (name, str(label), sum(counts.get(state, 0) for state in states))
        for name, (label, states) in SHOWS.items()
    ]
    labels.append((WITHHELD, _("Not written to"), withheld))
    return [
        {
            "label": label,
            "count": count,
            "current": name == show,
            "url": "?" + urlencode({key: value for key, value in (*kept.items(), ("show", name)) if value}),
        }
        for name, label, count in labels
    ]


def _message(request: Request, message_id: UUID, form: Again, *, status: int = 200) -> HttpResponse:
    one = get_object_or_404(_messages(request), pk=message_id)
    opening.opened(request, one.pupil_id)
    trail.saw(request.scope, "sms.message", [one.pupil_id], subject_id=one.pk)
    no = rooms.refusal(one, request.day, request.now)
    others = _messages(request).filter(pupil=one.pupil, day=one.day).exclude(pk=one.pk)
    return render(
        request,
        "sms/log_message.html",
        {
            "one": one,
            "line": lines.line(one),
            "evidence": evidence.of(one),
            "others": [lines.line(other) for other in others.order_by("created_at", "id")],
            "form": form,
            "no": NOS[no] if no else "",
            "refused": status == 409,
            "fingerprint": bytes(one.body_sha256).hex(),
        },
        status=status,
    )


def _messages(request: Request) -> MessageQuerySet:
    return Message.objects.visible_to(request.scope).select_related(
        "pupil", "school", "school_class", "guardian", "ordered_by"
    )


def _of_pupil(request: Request, one: Pupil) -> MessageQuerySet:
    return _messages(request).filter(pupil=one).order_by("-day", "-created_at", "-id")


def _withheld_about(request: Request, one: Pupil) -> Iterable[Withheld]:
    rows = Withheld.objects.visible_to(request.scope).filter(pupil=one)
    return rows.select_related("pupil", "school", "school_class", "guardian").order_by("-day", "-pk")[
        :ROWS_A_PAGE
    ]


def _words(rows: Iterable[Withheld]) -> list[tuple[Withheld, str]]:
    return [(row, str(Withholding(row.reason).label)) for row in rows]


def _schools(request: Request) -> list[int]:
    return list(School.objects.visible_to(request.scope).values_list("pk", flat=True))


def _file(request: Request, one: Pupil, found: list[Message]) -> Iterator[tuple[Cell, ...]]:
    facts = evidence.facts_of(found)
    shows_end = Field.PHONE_END in visible_fields(request.scope, one)
    for row in found:
        number = protection.masked(row.to_mask, one) if shows_end else ""
        about = (
            *(
                row.day,
                str(row.school_class),
                str(Kind(row.kind).label),
                protection.called(row.guardian, one),
                number,
            ),
            *(f"{row.text_name} {row.text_version}", row.language),
        )
        if row.ordered_by:
            yield (*about, row.created_at, _sent_again_by(row), "")
        for fact in facts[row.pk]:
            yield (*about, fact.at, fact.what, fact.code)
    for none, words in _words(_withheld_about(request, one)):
        guardian = protection.called(none.guardian, one)
        yield (
            none.day,
            str(none.school_class),
            _("Not written to"),
            guardian,
            "",
            "",
            "",
            none.noted_at,
            words,
            "",
        )
    for call in ringing.about(one.pk, _schools(request)):
        words = _("Rung: spoken with") if call.reached else _("Rung: no answer")
        yield (call.day, "", "", call.guardian, "", "", "", call.at, words, "")


def _sent_again_by(row: Message) -> str:
    return _("Sent again by %(name)s: %(why)s") % {"name": row.ordered_by, "why": row.ordered_because}


def _see_other(url: str) -> HttpResponseRedirect:
    response = redirect(url)
    response.status_code = 303
    return response
