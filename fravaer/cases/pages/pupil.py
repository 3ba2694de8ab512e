"""A pupil over a line: why, how she has been, who has acted; and acting on her."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts import opening
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.cases import (
    agreed,
    assignment,
    concerns,
    contacts,
    glance,
    measures,
    priority,
    snoozes,
    words,
    worklist,
)
from fravaer.cases.domains import domains
from fravaer.cases.models import AgreedAction, ContactKind, Deed, Kept, SnoozeReason
from fravaer.cases.pages.work_forms import (
    ActionForm,
    AssignForm,
    ContactForm,
    KeyedForm,
    SettleForm,
    SnoozeForm,
)
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.templatetags.danish import percent
from fravaer.schools import schooldays
from fravaer.schools.models import Enrolment, Pupil

Forms = dict[str, Any]
# Without a rule of her own a pupil's action is due after so many school days.
DEADLINE = 5


@requires(Action.WORKLIST)
@require_GET
def pupil_page(request: Request, pupil_uuid: UUID) -> HttpResponse:
    """One pupil of the list: the figures behind her row, what has been done, and the forms to act by."""
    return _page(request, _pupil(request, pupil_uuid))


@requires(Action.WORK)
@require_POST
def agree(request: Request, pupil_uuid: UUID) -> HttpResponse:
    """Agree on an action: this takes the pupil off the list."""
    pupil = _pupil(request, pupil_uuid)
    form = _forms(request, pupil, "action")["action"]
    if refused := _refused(request, pupil, "action", form):
        return refused
    data = form.cleaned_data
    row = worklist.leading(request.scope, request.day, pupil.pk)
    try:
        agreed.agree(
            request.scope,
            request.now,
            pupil_id=pupil.pk,
            deed=Deed(data["deed"]),
            responsible_id=int(data["responsible"]),
            due_on=data["due_on"],
            key=data["key"],
            text=data["text"],
            domain=form.wanted_domain,
            crossing=row,
        )
    except agreed.KeyReused as error:
        raise SuspiciousOperation("the action's key belongs to another") from error
    return _done(request, pupil, _("The action is agreed."))


@requires(Action.WORK)
@require_POST
def settle(request: Request, action_uuid: UUID) -> HttpResponse:
    """Say how an agreed action went. The pupil is back on the list when she still stands over a line."""
    visible = Pupil.objects.visible_to(request.scope, request.day)
    action = get_object_or_404(
        agreed.readable(request.scope).filter(pupil__in=visible).select_related("pupil"), uuid=action_uuid
    )
    form = SettleForm(request.POST, auto_id=f"settle_{action.pk}_%s")
    if not form.is_valid():
        return _page(request, action.pupil, settling=(action, form), status=422)
    try:
        agreed.settle(
            action,
            request.scope,
            request.now,
            kept=Kept(form.cleaned_data["kept"]),
            remark=form.cleaned_data["remark"],
        )
    except agreed.AlreadySettled:
        return _page(request, action.pupil, status=409, too_late=True, typed=form.cleaned_data["remark"])
    return _done(request, action.pupil, _("It is noted how the action went."))


@requires(Action.WORK)
@require_POST
def snooze(request: Request, pupil_uuid: UUID) -> HttpResponse:
    """Take the pupil off the list until a day."""
    pupil = _pupil(request, pupil_uuid)
    form = _forms(request, pupil, "snooze")["snooze"]
    if refused := _refused(request, pupil, "snooze", form):
        return refused
    data = form.cleaned_data
    try:
        snoozes.snooze(
            request.scope,
            request.now,
            pupil_id=pupil.pk,
            reason=SnoozeReason(data["reason"]),
            until=data["until"],
            key=data["key"],
            text=data["text"],
        )
    except snoozes.KeyReused as error:
        raise SuspiciousOperation("the snooze's key belongs to another") from error
    except snoozes.NotOver:
        return _page(request, pupil, forms={"snooze": form}, status=409, too_late=True)
    return _done(request, pupil, _("The pupil is off the list until the day you chose, or a higher line."))


@requires(Action.WORK)
@require_POST
def wake(request: Request, pupil_uuid: UUID) -> HttpResponse:
    """End the pupil's snooze."""
    pupil = _pupil(request, pupil_uuid)
    if snoozes.wake(request.scope, request.now, pupil_id=pupil.pk):
        messages.success(request, _("The snooze is over."))
    return _to(pupil)


@requires(Action.WORK)
@require_POST
def contact(request: Request, pupil_uuid: UUID) -> HttpResponse:
    """Note a contact. It takes nobody off the list."""
    pupil = _pupil(request, pupil_uuid)
    form = _forms(request, pupil, "contact")["contact"]
    if refused := _refused(request, pupil, "contact", form):
        return refused
    data = form.cleaned_data
    try:
        contacts.note(
            request.scope,
            request.now,
            pupil_id=pupil.pk,
            kind=ContactKind(data["kind"]),
            held_on=data["held_on"],
            key=data["key"],
            text=data["text"],
            domain=form.wanted_domain,
        )
    except contacts.KeyReused as error:
        raise SuspiciousOperation("the contact's key belongs to another") from error
    return _done(
        request, pupil, _("The contact is noted. Agree on an action as well, if something is to happen.")
    )


@requires(Action.WORK_ASSIGN)
@require_POST
def assign(request: Request, pupil_uuid: UUID) -> HttpResponse:
    """Say who is to act on the pupil. It takes nobody off the list."""
    pupil = _pupil(request, pupil_uuid)
    form = _forms(request, pupil, "assign")["assign"]
    if refused := _refused(request, pupil, "assign", form):
        return refused
    place = _place(request, pupil)
    assignment.assign(
        request.scope,
        request.now,
        pupil_id=pupil.pk,
        school_id=place.school_class.school_id if place else None,
        user_id=int(form.cleaned_data["user"]) if form.cleaned_data["user"] else None,
    )
    return _done(request, pupil, _("It is noted who is to act."))


def _pupil(request: Request, pupil_uuid: UUID) -> Pupil:
    pupil = get_object_or_404(Pupil.objects.visible_to(request.scope, request.day), uuid=pupil_uuid)
    opening.opened(request, pupil.pk)
    return pupil


def _place(request: Request, pupil: Pupil) -> Enrolment | None:
    return worklist.place_of(pupil.pk, request.day)


def _forms(request: Request, pupil: Pupil, posted: str = "") -> Forms:
    """The forms of the page, fresh or filled with what was posted to one of them."""
    scope, day = request.scope, request.day
    place = _place(request, pupil)
    people = assignment.people([place.school_class.school_id] if place else [], request.now)
    if scope.may(Action.WORK) and scope.actor_id is not None:
        people = {scope.actor_id: request.user.name, **people}  # type: ignore[union-attr]
    own = domains(scope)
    row = worklist.leading(scope, day, pupil.pk)
    due = schooldays.after(
        row.rule.deadline_days if row else DEADLINE, day, place.school_class if place else None
    )

    def made(kind: type[KeyedForm], name: str, **initial: Any) -> Any:
        data = request.POST if posted == name else None
        return kind(data, day=day, auto_id=f"{name}_%s", initial={"key": uuid4(), **initial})

    found: Forms = {}
    if scope.may(Action.WORK):
        found["action"] = made(ActionForm, "action", due_on=due)
        found["action"].offer("responsible", people, scope.actor_id)
        found["snooze"] = made(SnoozeForm, "snooze")
        found["contact"] = made(ContactForm, "contact", held_on=day)
        for name in ("action", "contact"):
            found[name].choose_domain(own)
    if scope.may(Action.WORK_ASSIGN):
        standing = assignment.of_pupils([pupil.pk]).get(pupil.pk)
        found["assign"] = made(AssignForm, "assign")
        found["assign"].offer("user", people, standing.user_id if standing else None, _("Nobody"))
    return found


def _refused(request: Request, pupil: Pupil, name: str, form: KeyedForm) -> HttpResponse | None:
    if form.is_valid():
        return None
    if form.is_tampered:
        raise SuspiciousOperation("the form's hidden fields are not ours")
    return _page(request, pupil, forms={name: form}, status=422)


def _done(request: Request, pupil: Pupil, said: str) -> HttpResponse:
    messages.success(request, said)
    return _to(pupil)


def _to(pupil: Pupil) -> HttpResponse:
    response = redirect(reverse("cases:pupil", args=[pupil.uuid]))
    response.status_code = 303
    return response


def _page(
    request: Request,
    pupil: Pupil,
    *,
    forms: Forms | None = None,
    settling: tuple[AgreedAction, SettleForm] | None = None,
    status: int = 200,
    too_late: bool = False,
    typed: str = "",
) -> HttpResponse:
    scope, day = request.scope, request.day
    row = worklist.leading(scope, day, pupil.pk)
    seen = glance.of([pupil.pk], scope, day)[pupil.pk]
    place = _place(request, pupil)
    actions = list(agreed.of_pupils([pupil.pk], scope))
    figures = glance.shows_figures(scope, pupil.pk)
    trail.saw(scope, "pupil", [pupil.pk], subject_id=pupil.uuid)
    refused = next((form for form in (forms or {}).values()), settling[1] if settling else None)
    context = {
        "pupil": pupil,
        "place": place,
        "row": row,
        "seen": seen,
        "has_measure": pupil.pk in measures.known_to(scope, day, [pupil.pk]),
        "reasons": [
            " · ".join(filter(None, (words.figure(one), words.rule(one), words.covered(one))))
            if figures
            else words.rule(one)
            for one in seen.crossings
        ],
        "work": worklist.Work(row.work).label if row else "",
        "level": priority.level(row.priority) if row else None,
        "shares": priority.shares(row) if row else [],
        "weeks": seen.weeks,
        "development": glance.development(seen.weeks) if seen.weeks else "",
        "trend": words.trend_in_days(words.latest(row)) if row and figures else "",
        "unlawful": percent(seen.unlawful_tenths) if seen.quarter else "",
        "waiting": words.days_since(row.over_since, day) if row else "",
        "open_actions": [
            (
                action,
                glance.deadline(action.due_on, day),
                settling[1]
                if settling and settling[0].pk == action.pk
                else SettleForm(auto_id=f"settle_{action.pk}_%s"),
            )
            for action in actions
            if action.settled_at is None
        ],
        "settled": [action for action in actions if action.settled_at is not None],
        "contacts": list(contacts.of_pupils([pupil.pk], scope)[:20]),
        "snoozes": list(snoozes.of_pupil(pupil.pk)[:10]),
        "concerns": list(concerns.seen_by(scope, day).filter(pupil=pupil)[:10]),
        "forms": _forms(request, pupil) | (forms or {}),
        "refused": refused,
        "too_late": too_late,
        "typed": typed,
        "may_work": scope.may(Action.WORK),
        "may_open": scope.may(Action.CASE_OPEN) and row is not None and seen.case is None,
        "sees_case": seen.case is not None and (scope.may(Action.CASE_READ_UNIT) or pupil.pk in scope.pupils),
        "may_history": scope.may(Action.PUPIL_HISTORY),
    }
    return render(request, "cases/pupil.html", context, status=status)
