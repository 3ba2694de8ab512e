"""The register, its receipt and the page that settles a conflict."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from fravaer.absence import board, closing, register, saying, sheet, standing, undoing, veiling
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.forms import LONGEST_REASON, Answers, answers_from
from fravaer.absence.pages.today import school_time
from fravaer.absence.sheet import Sheet
from fravaer.absence.standing import Lock, State
from fravaer.accounts import blocks
from fravaer.accounts.freshness import fresh_when
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.asking import question
from fravaer.core.http import Request
from fravaer.core.scope import Scope
from fravaer.schools import schooldays
from fravaer.schools.models import Pupil, SchoolClass

NOBODY = UUID(int=0)
LOCKS = {Lock.TODAY: "today_only", Lock.TEACHER: "locked", Lock.COMPLETED: "completed"}


def corrects_older(request: Request, class_id: int, day: date, checkpoint: Checkpoint) -> bool:
    if request.method != "POST" or day >= request.day:
        return False
    school_class = class_of(request, class_id, day)
    return closing.is_older(school_class.pk, day, request.day, request.scope.role)


@requires(Action.REGISTER_TAKE)
@fresh_when(corrects_older)
@require_http_methods(["GET", "POST"])
def register_page(request: Request, class_id: int, day: date, checkpoint: Checkpoint) -> HttpResponse:
    """One class, one day, one checkpoint: everyone present until marked otherwise."""
    school_class = class_of(request, class_id, day)
    refusal = standing.refusal(day, request.day, bool(school_class.is_school_day))
    if refusal:
        return closed(request, school_class, day, refusal)
    if request.method == "POST":
        return _save(request, school_class, day, checkpoint)
    stands = standing.state(school_class.pk, day, checkpoint, today=request.day)
    if not stands.is_due(school_class.year_group, checkpoint):
        return closed(request, school_class, day, "no_checkpoint")
    lock = standing.lock(stands.limits, request.scope.role)
    if lock in LOCKS:
        return closed(request, school_class, day, LOCKS[lock], stands.limits.days_back)
    page = sheet.of(
        pupils_of(request, school_class, day),
        stands,
        request.scope,
        office=is_office(request),
        written=_written(request, stands, day, checkpoint),
    )
    trail.saw(
        request.scope, "register", stands.marks, subject_id=f"{school_class.pk}/{day}/{checkpoint.value}"
    )
    return _form(request, school_class, day, checkpoint, page, stands.version, reason=lock is Lock.REASON)


@requires(Action.REGISTER_TAKE)
@require_GET
def receipt(request: Request, class_id: int, day: date, checkpoint: Checkpoint) -> HttpResponse:
    """What the register says after a save, and where to go next."""
    school_class = class_of(request, class_id, day)
    event = standing.last_event(school_class.pk, day, checkpoint)
    if event is None:
        return redirect("absence:register", class_id, day, checkpoint)
    changed = undoing.changes(event, request.scope.actor_id)
    pupils = Pupil.objects.visible_to(request.scope, day).filter(pk__in=changed) if changed else []
    corrections = [(pupil, veiling.seen(changed[pupil.pk], request.scope)) for pupil in pupils]
    if corrections:
        trail.saw(request.scope, "receipt", [pupil.pk for pupil, _mark in corrections])
    saved_at = timezone.localtime(event.saved_at)
    late = event.version == 1 and saved_at.date() == day and saved_at.time() > school_class.school.due_at
    return render(
        request,
        "absence/receipt.html",
        {
            "school_class": school_class,
            "day": day,
            "checkpoint": checkpoint,
            "event": event,
            "late": late,
            "corrections": corrections,
            "next_class": _next_class(request, school_class, day),
        },
    )


def _save(request: Request, school_class: SchoolClass, day: date, checkpoint: Checkpoint) -> HttpResponse:
    version, key, client_at = envelope(request)
    answers = answers_from(request.POST, dict(_ever_in(school_class.pk)))
    because = request.POST.get("because", "")
    where = (request, school_class, day, checkpoint)
    if answers.wrong or len(because) > LONGEST_REASON:
        return ask_again(*where, version, answers, because)
    if not veiling.knows_why(request.scope):
        stands = standing.state(school_class.pk, day, checkpoint, today=request.day)
        answers.marks = veiling.meant(answers.marks, stands)
    try:
        done = register.take(
            school_class_id=school_class.pk,
            school_id=school_class.school_id,
            year_group=school_class.year_group,
            day=day,
            checkpoint=checkpoint,
            marks=answers.marks,
            arrivals=answers.arrivals,
            notes=answers.notes,
            seen_version=version,
            key=key,
            user_id=request.scope.actor_id,
            role=request.scope.role,
            now=request.now,
            client_at=client_at,
            today=request.day,
            because=because,
        )
    except register.KeyReused as error:
        raise SuspiciousOperation("the key belongs to another register") from error
    except register.NoRegister:
        return closed(request, school_class, day, "no_checkpoint")
    except register.UnlawfulNeedsPerson as error:
        raise PermissionDenied from error
    except register.RosterChanged as change:
        return ask_again(*where, version, answers, because, missing=change.joined)
    except register.Conflict as conflict:
        return conflict_page(*where, answers, because, conflict)
    except register.RegisterLocked as locked:
        if locked.lock is Lock.REASON:
            return ask_again(*where, version, answers, because)
        limits = closing.limits(school_class.pk, day, request.day)
        return closed(request, school_class, day, LOCKS[locked.lock], limits.days_back)
    blocks.touched(
        request.scope, "register", answers.marks, subject_id=f"{school_class.pk}/{day}/{checkpoint.value}"
    )
    if done.noted:
        messages.success(request, _("The note is saved."))
    elif done.unchanged:
        messages.info(request, _("The register had been saved already. There are no differences."))
    if done.skipped:
        messages.warning(
            request,
            ngettext(
                "%(count)d pupil has left the class meanwhile and was not registered here.",
                "%(count)d pupils have left the class meanwhile and were not registered here.",
                len(done.skipped),
            )
            % {"count": len(done.skipped)},
        )
    response = redirect("absence:receipt", school_class.pk, day, checkpoint)
    response.status_code = 303
    return response


def closed(
    request: Request, school_class: SchoolClass, day: date, refusal: str, days_back: int = 0
) -> HttpResponse:
    """Why there is nothing to register, and that nothing was."""
    return render(
        request,
        "absence/closed.html",
        {"school_class": school_class, "day": day, "refusal": refusal, "days_back": days_back},
        status=200 if request.method == "GET" else 422,
    )


def ask_again(
    request: Request,
    school_class: SchoolClass,
    day: date,
    checkpoint: Checkpoint,
    version: int,
    answers: Answers,
    because: str,
    *,
    missing: Collection[int] = (),
) -> HttpResponse:
    """The same page with everything that was chosen, and an error at each place that lacks something."""
    stands = standing.state(school_class.pk, day, checkpoint, today=request.day)
    page = sheet.again(
        pupils_of(request, school_class, day),
        stands,
        answers,
        missing,
        request.scope,
        office=is_office(request),
    )
    trail.saw(request.scope, "register", [row.pupil.pk for row in page.rows])
    reason = standing.lock(stands.limits, request.scope.role) is Lock.REASON
    return _form(
        request, school_class, day, checkpoint, page, version, reason=reason, because=because, status=422
    )


def conflict_page(
    request: Request,
    school_class: SchoolClass,
    day: date,
    checkpoint: Checkpoint,
    answers: Answers,
    because: str,
    conflict: register.Conflict,
) -> HttpResponse:
    """Only the pupils of whom the two registers differ, side by side, nothing chosen beforehand."""
    pupils = pupils_of(request, school_class, day)
    rows, agreed = sheet.of_conflict(pupils, conflict, answers, request.scope, office=is_office(request))
    trail.saw(request.scope, "register conflict", [row.pupil.pk for row in rows + agreed])
    return render(
        request,
        "absence/conflict.html",
        {
            "school_class": school_class,
            "day": day,
            "checkpoint": checkpoint,
            "rows": rows,
            "agreed": agreed,
            "because": because,
            "version": conflict.state.version,
            "key": uuid4(),
            "event": standing.last_event(school_class.pk, day, checkpoint),
        },
        status=409,
    )


def _form(
    request: Request,
    school_class: SchoolClass,
    day: date,
    checkpoint: Checkpoint,
    page: Sheet,
    version: int,
    *,
    reason: bool = False,
    because: str = "",
    status: int = 200,
) -> HttpResponse:
    asked_again = status != 200
    if request.scope.may(Action.PUPIL_HISTORY):
        # One address is like another but for the pupil's key.
        of_nobody = reverse("absence:history", args=[NOBODY])
        for row in page.rows:
            row.history = of_nobody.replace(str(NOBODY), row.key)
    if request.scope.blocked:
        for row in page.rows:
            if row.pupil.pk in request.scope.blocked:
                row.history = row.known = row.written = ""
    return render(
        request,
        "absence/register.html",
        {
            "school_class": school_class,
            "day": day,
            "checkpoint": checkpoint,
            "page": page,
            "rows": page.rows,
            "version": version,
            "key": uuid4(),
            "reason": reason,
            "because": because[:LONGEST_REASON],
            "reason_missing": reason and asked_again and not because.strip(),
            "reason_too_long": len(because) > LONGEST_REASON,
            "longest": LONGEST_REASON,
            "failed": asked_again,
            "longest_note": saying.LONGEST,
            "event": standing.last_event(school_class.pk, day, checkpoint) if version else None,
            "shows_overview": request.scope.may(Action.CLASS_READ),
        },
        status=status,
    )


def _written(request: Request, stands: State, day: date, checkpoint: Checkpoint) -> dict[int, str]:
    """What was written beside the marks of a saved register; of a note one may not read, that there is one."""
    absent = [pupil for pupil, mark in stands.marks.items() if mark.is_absence] if stands.taken else []
    notes = saying.notes(absent, [day])
    found = {pupil: notes[pupil, day, checkpoint] for pupil in absent if (pupil, day, checkpoint) in notes}
    return {
        pupil: one.text if one.may_be_read_by(request.scope) else _("with a remark")
        for pupil, one in found.items()
    }


def is_office(request: Request) -> bool:
    return saying.may_say_unlawful(request.scope.actor_id, request.scope.role)


def class_of(request: Request, class_id: int, day: date) -> SchoolClass:
    for found in _class(request.scope, class_id, day):
        return found
    raise Http404


def pupils_of(request: Request, school_class: SchoolClass, day: date) -> list[Pupil]:
    """The class as it was on the day, by given name in Danish order.

    Whole, although the actor may be kept away from one of them: a register is taken of everybody, and of her own child too she
    says whether it is there. Nothing else of such a pupil is shown, and the trail notes it apart.
    """
    return _pupils(replace(request.scope, blocked=frozenset()), school_class.pk, day)


@question
def _class(scope: Scope, class_id: int, day: date) -> QuerySet[SchoolClass, SchoolClass]:
    """The class with its school, and whether it has school on the day."""
    classes = SchoolClass.objects.visible_to(scope).in_year_of(day).select_related("school")
    return schooldays.with_day(classes, day).filter(pk=class_id)


@question
def _pupils(scope: Scope, class_id: int, day: date) -> QuerySet[Pupil, Pupil]:
    """The pupils of the class on the day."""
    in_class = Pupil.objects.visible_to(scope, day).filter(
        enrolments__school_class=class_id, enrolments__starts_on__lte=day, enrolments__until__gt=day
    )
    return in_class.order_by("sort_given", "pk")


@question
def _ever_in(class_id: int) -> QuerySet[Pupil, tuple[UUID, int]]:
    """Everybody who is or was in the class, by the key that a form has of them."""
    found = Pupil.objects.filter(enrolments__school_class=class_id)
    return found.distinct().values_list("uuid", "pk")


def _next_class(request: Request, school_class: SchoolClass, day: date) -> str | None:
    """The register of the next class that lacks one this morning, in the order of the board."""
    classes = board.with_facts(SchoolClass.objects.visible_to(request.scope).in_year_of(day), day)
    for line in board.morning(classes, day, school_time(request)):
        if line.state in ("missing", "late") and line.school_class.pk != school_class.pk:
            return reverse("absence:register", args=[line.school_class.pk, day, Checkpoint.START])
    return None


def envelope(request: Request) -> tuple[int, UUID, datetime | None]:
    """The form's version, key and the client's clock. A form of ours always carries them rightly."""
    try:
        version = int(request.POST.get("version", ""))
        key = UUID(request.POST.get("key", ""))
    except ValueError as error:
        raise SuspiciousOperation("version or key is malformed") from error
    try:
        client_at = datetime.fromisoformat(request.POST.get("client_at", ""))
    except ValueError:
        client_at = None
    return version, key, client_at if client_at and timezone.is_aware(client_at) else None
