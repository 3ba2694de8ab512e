"""The register, its receipt and the page that settles a conflict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from fravaer.absence import board, register, standing
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.forms import LETTERS, marks_from
from fravaer.absence.pages.today import school_time
from fravaer.absence.reasons import Mark
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.schools import schooldays
from fravaer.schools.models import Pupil, SchoolClass


@dataclass(slots=True)
class Row:
    """One pupil on the register page. `letter` is the mark chosen; "" while none is (on the conflict page)."""

    pupil: Pupil
    letter: str
    # Its place in the list, from 1.
    number: int = 0
    joined: bool = False
    missing: bool = False
    theirs: str = ""
    mine: str = ""

    @property
    def key(self) -> str:
        return str(self.pupil.uuid)

    @property
    def shape(self) -> dict[str, str | bool]:
        return {"letter": self.letter, "protected": self.pupil.protected, "missing": self.missing}

    @property
    def words(self) -> dict[str, str | int]:
        pupil = self.pupil
        return {
            "uuid": self.key,
            "number": self.number,
            "given_name": pupil.given_name,
            "family_name": pupil.family_name,
        }


@requires(Action.REGISTER_TAKE)
@require_http_methods(["GET", "POST"])
def register_page(request: Request, class_id: int, day: date, checkpoint: Checkpoint) -> HttpResponse:
    """One class, one day, one checkpoint: everyone present until marked otherwise."""
    school_class = _class(request, class_id, day)
    refusal = standing.refusal(
        day, request.day, bool(school_class.is_school_day), checkpoint, school_class.year_group
    )
    if refusal:
        return render(
            request,
            "absence/closed.html",
            {"school_class": school_class, "day": day, "refusal": refusal, "days_back": register.DAYS_BACK},
            status=200 if request.method == "GET" else 422,
        )
    if request.method == "POST":
        return _save(request, school_class, day, checkpoint)
    stands = standing.state(school_class.pk, day, checkpoint)
    rows = [Row(pupil, LETTERS[stands.marks[pupil.pk]]) for pupil in _pupils(request, school_class, day)]
    trail.saw(
        request.scope, "register", stands.marks, subject_id=f"{school_class.pk}/{day}/{checkpoint.value}"
    )
    return _form(request, school_class, day, checkpoint, rows, stands.version)


@requires(Action.REGISTER_TAKE)
@require_GET
def receipt(request: Request, class_id: int, day: date, checkpoint: Checkpoint) -> HttpResponse:
    """What the register says after a save, and where to go next."""
    school_class = _class(request, class_id, day)
    event = standing.last_event(school_class.pk, day, checkpoint)
    if event is None:
        return redirect("absence:register", class_id, day, checkpoint)
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
            "next_class": _next_class(request, school_class, day),
        },
    )


def _save(request: Request, school_class: SchoolClass, day: date, checkpoint: Checkpoint) -> HttpResponse:
    version, key, client_at = _envelope(request)
    known = dict(
        Pupil.objects.filter(enrolments__school_class=school_class).distinct().values_list("uuid", "pk")
    )
    marks, unanswered = marks_from(request.POST, known)
    try:
        done = register.take(
            school_class_id=school_class.pk,
            school_id=school_class.school_id,
            year_group=school_class.year_group,
            day=day,
            checkpoint=checkpoint,
            marks=marks,
            seen_version=version,
            key=key,
            user_id=request.scope.actor_id,
            role=request.scope.role,
            now=request.now,
            client_at=client_at,
        )
    except register.KeyReused as error:
        raise SuspiciousOperation("the key belongs to another register") from error
    except register.RosterChanged as change:
        return _ask_again(request, school_class, day, checkpoint, version, marks, change.joined, unanswered)
    except register.Conflict as conflict:
        return _conflict(request, school_class, day, checkpoint, marks, conflict)
    if done.unchanged:
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


def _ask_again(
    request: Request,
    school_class: SchoolClass,
    day: date,
    checkpoint: Checkpoint,
    version: int,
    marks: dict[int, Mark],
    missing: tuple[int, ...],
    unanswered: set[int],
) -> HttpResponse:
    """The same page with everything that was chosen, and an error for each pupil the form says nothing of."""
    rows = [
        Row(
            pupil,
            LETTERS[marks[pupil.pk]] if pupil.pk in marks else "",
            joined=pupil.pk in missing and pupil.pk not in unanswered,
            missing=pupil.pk in missing,
        )
        for pupil in _pupils(request, school_class, day)
    ]
    trail.saw(request.scope, "register", [row.pupil.pk for row in rows])
    return _form(request, school_class, day, checkpoint, rows, version, status=422)


def _conflict(
    request: Request,
    school_class: SchoolClass,
    day: date,
    checkpoint: Checkpoint,
    marks: dict[int, Mark],
    conflict: register.Conflict,
) -> HttpResponse:
    """Only the pupils of whom the two registers differ, side by side, nothing chosen beforehand."""
    differs = {one.pupil_id: one for one in conflict.differences}
    rows, agreed = [], []
    for pupil in _pupils(request, school_class, day):
        if one := differs.get(pupil.pk):
            rows.append(Row(pupil, "", theirs=str(one.saved.label), mine=str(one.wanted.label)))
        else:
            agreed.append(Row(pupil, LETTERS[marks[pupil.pk]]))
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
    rows: list[Row],
    version: int,
    status: int = 200,
) -> HttpResponse:
    absent = sum(row.letter not in ("T", "") for row in rows)
    for number, row in enumerate(rows, 1):
        row.number = number
    return render(
        request,
        "absence/register.html",
        {
            "school_class": school_class,
            "day": day,
            "checkpoint": checkpoint,
            "rows": rows,
            "version": version,
            "key": uuid4(),
            "absent": absent,
            "here": len(rows) - absent,
            "errors": [row for row in rows if row.missing],
            "joined": [row for row in rows if row.joined],
            "event": standing.last_event(school_class.pk, day, checkpoint) if version else None,
        },
        status=status,
    )


def _class(request: Request, class_id: int, day: date) -> SchoolClass:
    classes = SchoolClass.objects.visible_to(request.scope).in_year_of(day).select_related("school")
    return get_object_or_404(schooldays.with_day(classes, day), pk=class_id)


def _pupils(request: Request, school_class: SchoolClass, day: date) -> list[Pupil]:
    """The class as it was on the day, by given name in Danish order."""
    return list(
        Pupil.objects.visible_to(request.scope, day)
        .filter(
            enrolments__school_class=school_class, enrolments__starts_on__lte=day, enrolments__until__gt=day
        )
        .order_by("sort_given", "pk")
    )


def _next_class(request: Request, school_class: SchoolClass, day: date) -> str | None:
    """The register of the next class that lacks one this morning, in the order of the board."""
    classes = schooldays.with_day(
        SchoolClass.objects.visible_to(request.scope).in_year_of(day).select_related("school"), day
    )
    for line in board.morning(classes, day, school_time(request)):
        if line.state in ("missing", "late") and line.school_class.pk != school_class.pk:
            return reverse("absence:register", args=[line.school_class.pk, day, Checkpoint.START])
    return None


def _envelope(request: Request) -> tuple[int, UUID, datetime | None]:
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
