"""One pupil of a saved register: her mark set right at once, and taken back.

A page that asks with the header gets the few lines that go into the pupil's row; every other form gets the pages a register
saved whole gets.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, time
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from fravaer.absence import closing, correcting, register, standing, undoing, veiling
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.correcting import Corrected
from fravaer.absence.forms import LETTERS, LONGEST_REASON, MARK, Answers, answers_from
from fravaer.absence.reasons import Mark
from fravaer.absence.saying import LONGEST
from fravaer.absence.standing import Lock, State
from fravaer.absence.views import (
    LOCKS,
    ask_again,
    class_of,
    closed,
    conflict_page,
    corrects_older,
    envelope,
)
from fravaer.accounts import blocks
from fravaer.accounts.freshness import fresh_when
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.templatetags.danish import clock
from fravaer.schools.models import Pupil, SchoolClass

HEADER = "X-Fravaer-Row"


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is to be set right, where, and whether the answer goes into the row of a page that is open."""

    request: Request
    school_class: SchoolClass
    day: date
    checkpoint: Checkpoint
    pupil: Pupil

    @property
    def in_row(self) -> bool:
        return HEADER in self.request.headers

    def said(self, state: str, text: str = "", *, status: int = 200, **more: object) -> HttpResponse:
        """The lines for the row. `state` is saved, conflict or refused."""
        context = {"state": state, "text": text, "pupil": self.pupil, "day": self.day, **more}
        context["school_class"] = self.school_class
        return render(self.request, "absence/row_said.html", context, status=status)

    def to_receipt(self) -> HttpResponse:
        response = redirect("absence:receipt", self.school_class.pk, self.day, self.checkpoint)
        response.status_code = 303
        return response


@requires(Action.REGISTER_TAKE)
@fresh_when(corrects_older)
@require_POST
@vary_on_headers(HEADER)
def row(request: Request, class_id: int, day: date, checkpoint: Checkpoint) -> HttpResponse:
    """Set one pupil's mark in a saved register, with the time she came or a note beside it."""
    school_class = class_of(request, class_id, day)
    asked = Asked(request, school_class, day, checkpoint, _pupil(request, school_class))
    refusal = standing.refusal(day, request.day, bool(school_class.is_school_day))
    if refusal:
        return _closed(asked, refusal)
    version, key, client_at = envelope(request)
    answers = answers_from(request.POST, {asked.pupil.uuid: asked.pupil.pk})
    because = request.POST.get("because", "")
    if answers.wrong or len(because) > LONGEST_REASON:
        return _wrong(asked, version, answers, because)
    mark, arrived_at = answers.marks[asked.pupil.pk], answers.arrivals.get(asked.pupil.pk)
    note = answers.notes.get(asked.pupil.pk, "")
    if not veiling.knows_why(request.scope):
        stands = standing.state(school_class.pk, day, checkpoint, today=request.day)
        mark = veiling.meant({asked.pupil.pk: mark}, stands)[asked.pupil.pk]
    try:
        corrected = correcting.correct(
            *(school_class, day, checkpoint),
            pupil_id=asked.pupil.pk,
            mark=mark,
            arrived_at=arrived_at,
            note=note,
            seen_version=version,
            key=key,
            user_id=request.scope.actor_id,
            role=request.scope.role,
            now=request.now,
            today=request.day,
            client_at=client_at,
            because=because,
        )
    except register.KeyReused as error:
        raise SuspiciousOperation("the key belongs to another register") from error
    except register.UnlawfulNeedsPerson as error:
        raise PermissionDenied from error
    except register.NoRegister:
        return _closed(asked, "no_checkpoint")
    except correcting.NotTaken:
        return _closed(asked, "not_taken")
    except correcting.Left:
        return _left(asked)
    except register.Conflict as conflict:
        return _overtaken(asked, answers, because, conflict)
    except register.RegisterLocked as locked:
        if locked.lock is Lock.REASON:
            return _wrong(asked, version, answers, because)
        limits = closing.limits(school_class.pk, day, request.day)
        return _closed(asked, LOCKS[locked.lock], limits.days_back)
    blocks.touched(
        request.scope,
        "register",
        [asked.pupil.pk],
        subject_id=f"{school_class.pk}/{day}/{checkpoint.value}",
    )
    if asked.in_row:
        return _corrected(asked, corrected, mark, arrived_at, key, with_note=bool(note))
    if corrected.receipt.noted:
        messages.success(request, _("The note is saved."))
    elif not corrected.changed:
        messages.info(request, _("The register had been saved already. There are no differences."))
    return asked.to_receipt()


@requires(Action.REGISTER_TAKE)
@fresh_when(corrects_older)
@require_POST
@vary_on_headers(HEADER)
def undo(request: Request, class_id: int, day: date, checkpoint: Checkpoint) -> HttpResponse:
    """Take one's own correction back, and lead to the receipt of that, or say so in the pupil's row."""
    school_class = class_of(request, class_id, day)
    assert request.scope.actor_id is not None
    try:
        event = undoing.correction(
            UUID(request.POST.get("key", "")), school_class, day, checkpoint, request.scope.actor_id
        )
    except (ValueError, undoing.NotYours) as error:
        raise SuspiciousOperation("there is no such correction") from error
    pupil = get_object_or_404(Pupil.objects.visible_to(request.scope, day), pk=event.pupils[0])
    asked = Asked(request, school_class, day, checkpoint, pupil)
    try:
        receipt = undoing.undo(
            event,
            school_class,
            user_id=request.scope.actor_id,
            role=request.scope.role,
            now=request.now,
            today=request.day,
        )
    except register.UnlawfulNeedsPerson as error:
        raise PermissionDenied from error
    except (register.Conflict, register.RegisterLocked, register.NoRegister):
        words = _("The register has been changed since. Nothing was taken back.")
        if asked.in_row:
            return asked.said("refused", words, status=409)
        messages.warning(request, words)
        return asked.to_receipt()
    if not asked.in_row:
        return asked.to_receipt()
    mark = Mark(event.before[0])
    at = event.came_before[0] if event.came_before else None
    corrected = Corrected(receipt.version - 1, receipt)
    return _corrected(asked, corrected, mark, at, undoing.key_of(event))


def _pupil(request: Request, school_class: SchoolClass) -> Pupil:
    """The one pupil the form is about: who is or was in the class this year. Nobody else exists here."""
    named = [name.removeprefix(MARK) for name in request.POST if name.startswith(MARK)]
    try:
        [uuid] = map(UUID, named)
        return Pupil.objects.filter(enrolments__school_class=school_class).distinct().get(uuid=uuid)
    except (ValueError, Pupil.DoesNotExist) as error:
        raise SuspiciousOperation("not a form about one pupil of the class") from error


def _corrected(
    asked: Asked, corrected: Corrected, mark: Mark, at: time | None, key: UUID, *, with_note: bool = False
) -> HttpResponse:
    name = asked.pupil.given_name
    mark = veiling.seen(mark, asked.request.scope)
    if corrected.changed:
        words = _("%(name)s: changed to %(mark)s.") % {"name": name, "mark": _mark(mark, at)}
    elif with_note:
        words = _("%(name)s: the note is saved.") % {"name": name}
    else:
        words = _("%(name)s: %(mark)s is what is saved.") % {"name": name, "mark": _mark(mark, at)}
    return asked.said(
        "saved",
        words,
        letter=LETTERS[mark],
        at=f"{at:%H:%M}" if at else "",
        before=corrected.before,
        version=corrected.receipt.version,
        receipt=corrected.receipt,
        undo=key if corrected.changed else None,
    )


def _overtaken(asked: Asked, answers: Answers, because: str, conflict: register.Conflict) -> HttpResponse:
    """Somebody else has changed the pupil meanwhile: what stands, by whom, and what was wanted. Nothing is overwritten."""
    if not asked.in_row:
        whole = _whole(answers, conflict.state)
        return conflict_page(
            asked.request, asked.school_class, asked.day, asked.checkpoint, whole, because, conflict
        )
    trail.saw(asked.request.scope, "register conflict", [asked.pupil.pk])
    event = correcting.last_to_touch(asked.school_class.pk, asked.day, asked.checkpoint, asked.pupil.pk)
    [one] = conflict.differences
    stands_at = conflict.state.arrivals.get(one.pupil_id)
    scope = asked.request.scope
    saved = veiling.seen(one.saved, scope)
    stands = _mark(saved, stands_at)
    mine = _mark(veiling.seen(one.wanted, scope), answers.arrivals.get(one.pupil_id))
    said = {"name": asked.pupil.given_name, "stands": stands, "mine": mine}
    if event and event.user:
        words = _("%(who)s has set %(name)s to %(stands)s %(time)s. Your choice, %(mine)s, is not saved.")
        text = words % {**said, "who": event.user.name, "time": clock(event.saved_at)}
    else:
        text = _("%(name)s has been set to %(stands)s. Your choice, %(mine)s, is not saved.") % said
    return asked.said(
        "conflict",
        text,
        status=409,
        letter=LETTERS[saved],
        at=f"{stands_at:%H:%M}" if stands_at else "",
        version=conflict.state.version,
        stands=stands,
        mine=mine,
    )


def _closed(asked: Asked, refusal: str, days_back: int = 0) -> HttpResponse:
    if asked.in_row:
        return asked.said("refused", status=422, refusal=refusal, days_back=days_back)
    return closed(asked.request, asked.school_class, asked.day, refusal, days_back)


def _left(asked: Asked) -> HttpResponse:
    words = _("%(name)s has left the class meanwhile. Nothing was saved.") % {"name": asked.pupil.given_name}
    if asked.in_row:
        return asked.said("refused", words, status=422)
    messages.warning(asked.request, words)
    return asked.to_receipt()


def _wrong(asked: Asked, version: int, answers: Answers, because: str) -> HttpResponse:
    """Something is lacking or cannot be read: said in the row, or on the whole page with everything that was chosen."""
    if not asked.in_row:
        stands = standing.state(asked.school_class.pk, asked.day, asked.checkpoint, today=asked.request.day)
        where = (asked.request, asked.school_class, asked.day, asked.checkpoint)
        return ask_again(*where, version, _whole(answers, stands), because)
    name = {"name": asked.pupil.given_name}
    if answers.unreadable:
        words = _("Write the time %(name)s came as 9.10, or leave it open.") % name
    elif answers.too_long:
        words = _("The note about %(name)s is longer than %(count)s characters. Write it shorter.") % {
            **name,
            "count": LONGEST,
        }
    elif len(because) > LONGEST_REASON:
        words = _("The reason is longer than %(longest)s characters. Write it shorter.") % {
            "longest": LONGEST_REASON
        }
    else:
        words = _("Write why the register is changed now.")
    reason = not answers.wrong
    return asked.said("refused", words, status=422, again=True, because=reason)


def _whole(answers: Answers, stands: State) -> Answers:
    """What stands, with this one pupil as she was chosen: as if the whole register had been sent."""
    return replace(
        answers, marks={**stands.marks, **answers.marks}, arrivals={**stands.arrivals, **answers.arrivals}
    )


def _mark(mark: Mark, at: time | None) -> str:
    return f"{mark.label} {clock(at)}" if at and mark is Mark.LATE else str(mark.label)
