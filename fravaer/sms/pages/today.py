"""Who would get an SMS today, and why would the others not? The morning's own answer, written by nobody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.templatetags.danish import clock
from fravaer.schools.models import Guardian, Pupil, School, SchoolClass
from fravaer.sms import choices, circuit, halts, providers, recipients
from fravaer.sms.choices import Chosen
from fravaer.sms.drafts import Draft
from fravaer.sms.halts import Halted
from fravaer.sms.models import Message
from fravaer.sms.states import HARMLESS, NOT_AGAIN, OUT, TO_RING, Because, Kind, State


@dataclass(frozen=True, slots=True)
class Line:
    """One guardian (None: nobody in particular) with the answer in words; `chip` colours it."""

    guardian: Guardian | None
    words: str
    chip: str


@dataclass(frozen=True, slots=True)
class Row:
    pupil: Pupil
    school_class: SchoolClass
    lines: list[Line]


@requires(Action.SMS_CHOOSE_READ)
@require_GET
def today(request: Request) -> HttpResponse:
    """Every pupil of the school who is away today, and of each guardian whether an SMS leaves, when, or why not."""
    schools = list(School.objects.visible_to(request.scope).order_by("sort_name", "pk"))
    wanted = request.GET.get("school", "")
    school = next((one for one in schools if str(one.pk) == wanted), schools[0] if schools else None)
    if school is None:
        raise Http404
    chosen = choices.of_day(request.day, [school.pk])
    uses = bool(chosen)
    if not uses:
        stands = choices.stands(school.pk, request.day)
        settings = replace(stands.settings, enabled=True)
        chosen = choices.imagined(school.pk, settings, {}, request.day)
    due = recipients.due_on(request.day, chosen)
    halted = halts.stands(request.day, chosen)
    intended = recipients.of(request.day, due, chosen, halted, request.now, answerable=providers.answerable())
    found: dict[tuple[int, int], list[tuple[int | None, str, str]]] = defaultdict(list)
    for draft in intended.drafts:
        found[draft.school_class_id, draft.pupil_id].append(_intended(draft, chosen, halted))
    written = Message.objects.visible_to(request.scope).filter(
        day=request.day, school=school, kind=Kind.ABSENCE, pupil_id__in=list(due)
    )
    for message in written.order_by("created_at", "pk"):
        if message.state != State.CANCELLED or message.because == Because.DRY_RUN:
            found[message.school_class_id, message.pupil_id].append(_written(message, chosen, halted))
    for one in intended.withheld:
        chip = "" if one.reason in HARMLESS else "bad"
        found[one.absence.school_class_id, one.absence.pupil_id].append(
            (one.guardian_id, _("No: %(why)s") % {"why": str(one.reason.label).lower()}, chip)
        )
    rows = _rows(request, found)
    trail.saw(request.scope, "sms.today", [row.pupil.pk for row in rows], subject_id=school.pk)
    return render(
        request,
        "sms/today.html",
        {
            "school": school,
            "schools": schools,
            "rows": rows,
            "uses": uses,
            "stopped": circuit.stopped(providers.name()),
            "leave": sum(line.chip in ("ok", "info") for row in rows for line in row.lines),
            "rung": sum(line.chip == "bad" for row in rows for line in row.lines),
        },
    )


def _intended(draft: Draft, chosen: Mapping[int, Chosen], halted: Halted) -> tuple[int | None, str, str]:
    holds = _held_back(draft.school_id, draft.school_class_id, chosen, halted)
    at = clock(draft.not_before)
    return draft.guardian_id, holds or _("Yes, at %(time)s") % {"time": at}, "warn" if holds else "info"


def _written(message: Message, chosen: Mapping[int, Chosen], halted: Halted) -> tuple[int | None, str, str]:
    """A message that exists already, in the words of what became of it."""
    state = State(message.state)
    if state in (State.HELD, State.QUEUED):
        holds = _held_back(message.school_id, message.school_class_id, chosen, halted)
        at = clock(message.not_before)
        words = holds or _("Yes, at %(time)s") % {"time": at}
        return message.guardian_id, words, "warn" if holds else "info"
    if state == State.CANCELLED:
        return message.guardian_id, str(Because(message.because).label), ""
    chip = "bad" if state in TO_RING else "ok" if state in OUT else "info" if state in NOT_AGAIN else ""
    return message.guardian_id, str(state.label), chip


def _held_back(school_id: int, class_id: int, chosen: Mapping[int, Chosen], halted: Halted) -> str:
    """What holds a message back at this moment, in words; empty when nothing does."""
    holds = chosen.get(class_id)
    if halted.waits(school_id, class_id):
        return _("Waits for the leader's answer")
    if holds is not None and holds.paused:
        return _("Waits: the school has paused")
    if holds is not None and holds.dry_run:
        return _("Not sent: dry run")
    return ""


def _rows(
    request: Request, found: Mapping[tuple[int, int], Iterable[tuple[int | None, str, str]]]
) -> list[Row]:
    """The answers with the people they are about, in the order of classes and names."""
    pupils = Pupil.objects.visible_to(request.scope, request.day).in_bulk([pupil for _, pupil in found])
    # The plan of the day is the school's; whom the actor is kept away from she is not shown in it.
    found = {key: lines for key, lines in found.items() if key[1] not in request.scope.blocked}
    classes = SchoolClass.objects.visible_to(request.scope).in_bulk([one for one, _ in found])
    guardians = Guardian.objects.in_bulk(
        {guardian for lines in found.values() for guardian, _words, _chip in lines if guardian}
    )
    rows = [
        Row(
            pupils[pupil],
            classes[school_class],
            [
                Line(guardians.get(guardian) if guardian else None, words, chip)
                for guardian, words, chip in lines
            ],
        )
        for (school_class, pupil), lines in found.items()
        if pupil in pupils and school_class in classes
    ]
    return sorted(
        rows,
        key=lambda row: (
            all(line.chip == "" for line in row.lines),
            row.school_class.year_group,
            row.school_class.letter,
            row.pupil.sort_given,
            row.pupil.pk,
        ),
    )
