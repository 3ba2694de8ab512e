"""The absence nobody has explained: what the guardians were told, whom to ring, and what the office decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from fravaer.absence import arrangements, register, saying, settling
from fravaer.absence import unexplained as rooms
from fravaer.absence.arrangements import Word
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.reasons import Mark, Source
from fravaer.absence.saying import Note
from fravaer.absence.settling import MOST_DAYS_ILL
from fravaer.absence.unexplained import Waiting
from fravaer.accounts.fields import Field, visible_fields
from fravaer.accounts.forms import RevealForm
from fravaer.accounts.freshness import fresh_when
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.periods import school_year_start
from fravaer.schools import contacts, protection
from fravaer.schools.models import Pupil, School, SchoolClass
from fravaer.sms import replies, told
from fravaer.sms.forms import OUTCOMES, Typed, answers_from, sources
from fravaer.sms.models import Message, Withheld
from fravaer.sms.replies import Suggestion
from fravaer.sms.told import Told

ROWS_A_PAGE = 30
SESSION_KEY = "explained"

CHIPS = {
    "today": gettext_lazy("Today"),
    "earlier": gettext_lazy("Earlier days"),
    "overdue": gettext_lazy("Past the deadline"),
}


@dataclass(slots=True)
class Row:
    """One pupil's day on the page, with what was typed about it."""

    pupil: Pupil
    school_class: SchoolClass
    waiting: Waiting
    told: list[Told]
    days: list[tuple[date, str]]
    words: list[Word]
    # What whoever registered wrote beside the mark, and who that was.
    written: list[Note]
    key: str
    # What guardians have answered; their own words to those alone who read them.
    said: list[Suggestion] = field(default_factory=list)
    outcome: str = ""
    source: str = ""
    note: str = ""
    until: str = ""
    word: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What its fields are called after."""
        return f"{self.pupil.uuid}_{self.waiting.day.isoformat()}"

    @property
    def states(self) -> list[str]:
        return [state for _, state in self.days]

    @property
    def absent_days(self) -> int:
        return sum(state in ("absent", "half") for _, state in self.days)

    @property
    def last_until(self) -> date:
        return self.waiting.day + timedelta(days=MOST_DAYS_ILL - 1)


@requires(Action.UNEXPLAINED)
@require_http_methods(["GET", "POST"])
def unexplained(request: Request) -> HttpResponse:
    """The pupils who were not here and of whom nobody knows why, today's first; and what the office says of each."""
    if request.method == "POST":
        return _save(request)
    return _page(request, {})


@requires(Action.UNEXPLAINED)
@require_POST
def undo(request: Request) -> HttpResponse:
    """Take one's own latest answer back; what stood before stands again."""
    done = request.session.get(SESSION_KEY, [])
    key = request.POST.get("key", "")
    if key not in {one["key"] for one in done}:
        raise Http404
    if settling.undo(UUID(key), request.scope, request.now):
        messages.success(request, _("Taken back. The pupil waits for a reason again."))
    else:
        messages.warning(request, _("Something else has been said of the pupil since. Nothing was changed."))
    request.session[SESSION_KEY] = [one for one in done if one["key"] != key]
    return _back(request)


@requires(Action.PHONE_READ)
# Sent of a protected pupil alone.
@fresh_when(lambda request, **parts: request.method == "POST")
@require_http_methods(["GET", "POST"])
def phones(request: Request, pupil_uuid: UUID) -> HttpResponse:
    """The numbers of those who hold custody. Of a protected pupil they and their names are shown for a reason, and noted."""
    pupil = get_object_or_404(Pupil.objects.visible_to(request.scope, request.day), uuid=pupil_uuid)
    fields = visible_fields(request.scope, pupil)
    form, holders = None, []
    if pupil.protected and Field.PROTECTED_CONTACT in fields:
        form = RevealForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            holders = protection.reveal(pupil, request.scope, form.cleaned_data["reason"])
    elif not pupil.protected and Field.PHONE in fields:
        trail.saw(request.scope, "phones", [pupil.pk])
        holders = contacts.holders(pupil.pk)
    asks = form is not None and not form.is_valid()
    context = {"pupil": pupil, "asks": asks, "form": form, "shown": fields, "holders": holders}
    return render(request, "sms/phones.html", context, status=422 if form and form.errors else 200)


def _save(request: Request) -> HttpResponse:
    typed = answers_from(request)
    answers = [one.answer for one in typed.values() if one.answer]
    if any(one.errors for one in typed.values()):
        return _page(request, typed, status=422)
    if not answers:
        messages.warning(request, _("Choose what became of at least one pupil before you save."))
        return _back(request)
    try:
        settled = settling.settle(answers, request.scope, request.now)
    except register.KeyReused as error:
        raise SuspiciousOperation("a key belongs to another answer") from error
    names = {one.pupil.pk: str(one.pupil) for one in typed.values()}
    uuids = {one.pupil.pk: str(one.pupil.uuid) for one in typed.values()}
    request.session[SESSION_KEY] = [
        {"key": str(one.key), "pupil": uuids[one.pupil_id], "mark": int(one.mark), "day": one.day.isoformat()}
        for one in settled.done
    ]
    if settled.done:
        replies.answered({(one.pupil_id, one.day) for one in settled.done}, request.scope, request.now)
        count = len(settled.done)
        messages.success(
            request,
            ngettext("%(count)d pupil is settled.", "%(count)d pupils are settled.", count)
            % {"count": count},
        )
    for answer, stands, who in settled.taken:
        words = (
            _("%(pupil)s was set to “%(mark)s” by %(name)s meanwhile. It stands.")
            if who
            else _("%(pupil)s was set to “%(mark)s” meanwhile. It stands.")
        )
        messages.warning(
            request, words % {"pupil": names[answer.pupil_id], "mark": stands.label, "name": who}
        )
    for answer in settled.gone:
        messages.warning(
            request,
            _("%(pupil)s is no longer marked absent. Nothing was changed.")
            % {"pupil": names[answer.pupil_id]},
        )
    for answer in settled.locked:
        messages.warning(
            request,
            _(
                "The registration of the day is completed. %(pupil)s can only be changed by the leader, with a note."
            )
            % {"pupil": names[answer.pupil_id]},
        )
    return _back(request)


def _page(request: Request, typed: Mapping[tuple[int, date], Typed], *, status: int = 200) -> HttpResponse:
    schools = list(School.objects.visible_to(request.scope).order_by("sort_name", "pk"))
    asked = request.GET if request.method == "GET" else QueryDict(request.POST.get("query", "")[:500])
    chosen = next((one for one in schools if str(one.pk) == asked.get("school", "")), None)
    found = SchoolClass.objects.visible_to(request.scope).in_year_of(request.day).select_related("school")
    classes = {one.pk: one for one in (found.filter(school=chosen) if chosen else found)}
    waiting = rooms.waiting(classes.keys(), school_year_start(request.day), request.day, request.now)
    pupils = Pupil.objects.visible_to(request.scope, request.day).in_bulk({one.pupil_id for one in waiting})
    waiting = sorted(
        (one for one in waiting if one.pupil_id in pupils),
        key=lambda one: (
            one.day != request.day,
            one.day,
            classes[one.school_class_id].year_group,
            classes[one.school_class_id].letter,
            pupils[one.pupil_id].sort_given,
            one.pupil_id,
        ),
    )
    show = asked.get("show", "") if asked.get("show", "") in CHIPS else ""
    narrowed = [one for one in waiting if _fits(one, show, request.day)]
    if typed:
        # A page with something wrong on it shows what was typed, whatever has happened to the list meanwhile.
        narrowed = [one for one in waiting if one.key in typed]
    page = Paginator(narrowed, ROWS_A_PAGE).get_page(asked.get("page"))
    rows = _rows(request, page.object_list, pupils, classes, typed)
    trail.saw(request.scope, "unexplained", [row.pupil.pk for row in rows])
    return render(
        request,
        "sms/unexplained.html",
        {
            "rows": rows,
            "page": page,
            "chips": _chips(asked, waiting, show, request.day),
            "today": sum(one.day == request.day for one in waiting),
            "overdue": sum(one.overdue for one in waiting),
            "total": len(waiting),
            "schools": schools,
            "chosen": chosen,
            "query": asked.urlencode(),
            "sources": [(str(int(one)), one.label) for one in sources(request)],
            "outcomes": [(letter, label) for letter, (_mark, label) in OUTCOMES.items()],
            "problems": [
                {"id": f"{name}_{row.name}", "text": text}
                for row in rows
                for name, text in row.errors.items()
            ],
            "done": _done(request),
        },
        status=status,
    )


def _rows(
    request: Request,
    waiting: Iterable[Waiting],
    pupils: Mapping[int, Pupil],
    classes: Mapping[int, SchoolClass],
    typed: Mapping[tuple[int, date], Typed],
) -> list[Row]:
    shown = list(waiting)
    pupil_ids, of_days = {one.pupil_id for one in shown}, {one.day for one in shown}
    messages_about = told.about(
        Message.objects.visible_to(request.scope).filter(pupil_id__in=pupil_ids, day__in=of_days),
        Withheld.objects.visible_to(request.scope).filter(pupil_id__in=pupil_ids, day__in=of_days),
    )
    days = rooms.last_days({one.pupil_id: one.school_class_id for one in shown}, request.day)
    notes = saying.notes(pupil_ids, of_days, Mark.ABSENT)
    words = arrangements.local_reasons_of({one.school_id for one in shown})
    said = replies.suggestions({one.key for one in shown}) if request.scope.may(Action.SMS_INBOX) else {}
    made = []
    for one in shown:
        row = Row(
            pupils[one.pupil_id],
            classes[one.school_class_id],
            one,
            messages_about.get(one.key, []),
            [(day, str(state)) for day, state in days.get(one.pupil_id, [])],
            [word for word in words[one.school_id] if word.holds_on(one.day)],
            [notes[key] for at in Checkpoint if (key := (one.pupil_id, one.day, at)) in notes],
            key=str(uuid4()),
            said=said.get(one.key, []),
            source=str(int(Source.GUARDIAN_SMS if one.key in said else Source.GUARDIAN_PHONE)),
        )
        if before := typed.get(one.key):
            for name, value in before.values.items():
                setattr(row, name, value)
            row.errors = before.errors
        made.append(row)
    return made


def _fits(one: Waiting, show: str, day: date) -> bool:
    match show:
        case "today":
            return one.day == day
        case "earlier":
            return one.day != day
        case "overdue":
            return one.overdue
    return True


def _chips(asked: QueryDict, waiting: list[Waiting], show: str, day: date) -> list[dict[str, Any]]:
    labels = {"": _("All"), **CHIPS}
    return [
        {
            "label": label,
            "count": sum(_fits(one, name, day) for one in waiting),
            "url": _url(asked, show=name),
            "current": name == show,
        }
        for name, label in labels.items()
    ]


def _done(request: Request) -> list[dict[str, Any]]:
    """What the actor has just settled and may take back."""
    done = request.session.get(SESSION_KEY, [])
    if not done or request.method != "GET":
        return []
    pupils = {
        str(pupil.uuid): pupil
        for pupil in Pupil.objects.visible_to(request.scope, request.day).filter(
            uuid__in=[one["pupil"] for one in done]
        )
    }
    return [
        {
            "key": one["key"],
            "pupil": pupils[one["pupil"]],
            "mark": Mark(one["mark"]).label,
            "day": date.fromisoformat(one["day"]),
        }
        for one in done
        if one["pupil"] in pupils
    ]


def _url(asked: QueryDict, **changed: str) -> str:
    kept = {name: asked.get(name, "") for name in ("school", "show")} | changed
    query = urlencode({name: value for name, value in kept.items() if value})
    return reverse("sms:unexplained") + (f"?{query}" if query else "")


def _back(request: Request) -> HttpResponse:
    response = redirect(_url(QueryDict(request.POST.get("query", "")[:500])))
    response.status_code = 303
    return response
