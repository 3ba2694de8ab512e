"""A teacher's concerns about pupils of hers, and the answers of the leader and the inclusion team."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.cases import concerns
from fravaer.cases.models import ConcernAnswer
from fravaer.cases.pages.work_forms import AnswerForm, ConcernForm
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.schools.models import Pupil

ROWS_A_PAGE = 25


@requires(Action.CONCERN_READ)
@require_http_methods(["GET", "POST"])
def concerns_page(request: Request) -> HttpResponse:
    """One's concerns with their answers, and raising one; or those to be answered."""
    form = _form(request) if request.scope.may(Action.CONCERN_RAISE) else None
    if request.method == "POST":
        if form is None:
            raise PermissionDenied
        if form.is_tampered:
            raise SuspiciousOperation("the concern's key is not ours")
        if form.is_valid():
            return _raised(request, form)
    found = Paginator(concerns.seen_by(request.scope, request.day), ROWS_A_PAGE)
    page = found.get_page(request.GET.get("page"))
    shown = [one.pupil_id for one in page.object_list]
    if form is not None:
        shown += [pupil.pk for pupil in form.pupils]
    if shown:
        trail.saw(request.scope, "concerns", shown)
    context = {
        "page": page,
        "form": form,
        "answers": ConcernAnswer.choices,
        "may_answer": request.scope.may(Action.CONCERN_ANSWER),
        "may_list": request.scope.may(Action.WORKLIST),
    }
    refused = form is not None and form.is_bound
    return render(request, "cases/concerns.html", context, status=422 if refused else 200)


@requires(Action.CONCERN_ANSWER)
@require_POST
def answer(request: Request, concern_uuid: UUID) -> HttpResponse:
    """Answer a concern in one of three fixed sentences."""
    concern = get_object_or_404(concerns.seen_by(request.scope, request.day), uuid=concern_uuid)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        raise SuspiciousOperation("the answer is none of ours")
    try:
        concerns.answer(concern, request.scope, request.now, said=ConcernAnswer(form.cleaned_data["answer"]))
    except concerns.AlreadyAnswered:
        messages.info(request, _("A colleague has answered already. Her answer stands."))
    else:
        messages.success(request, _("The teacher can see your answer."))
    return _back()


def _form(request: Request) -> Any:
    """The form, with the pupils one may choose."""
    pupils = list(
        Pupil.objects.visible_to(request.scope, request.day).order_by("sort_given", "sort_family", "pk")
    )
    asked = request.GET.get("pupil", "")
    chosen = next((str(pupil.uuid) for pupil in pupils if str(pupil.uuid) == asked), "")
    form = ConcernForm(
        request.POST if request.method == "POST" else None,
        day=request.day,
        auto_id="concern_%s",
        initial={"key": uuid4(), "pupil": chosen},
    )
    field: Any = form.fields["pupil"]
    field.choices = [("", _("Choose")), *((str(pupil.uuid), str(pupil)) for pupil in pupils)]
    form.pupils = pupils
    return form


def _raised(request: Request, form: Any) -> HttpResponse:
    wanted = form.cleaned_data["pupil"]
    pupil = next(one for one in form.pupils if str(one.uuid) == wanted)
    try:
        concerns.raise_one(
            request.scope,
            request.now,
            pupil_id=pupil.pk,
            text=form.cleaned_data["text"],
            key=form.cleaned_data["key"],
        )
    except concerns.KeyReused as error:
        raise SuspiciousOperation("the concern's key belongs to another") from error
    messages.success(request, _("The concern is sent to the school leader and the inclusion team."))
    return _back()


def _back() -> HttpResponse:
    response = redirect("cases:concerns")
    response.status_code = 303
    return response
