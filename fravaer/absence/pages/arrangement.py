"""How a school has arranged its registration: its leader chooses, its office reads."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from fravaer.absence import arrangements
from fravaer.absence.arrangements import LIMITS, Problem
from fravaer.absence.reasons import Reason
from fravaer.accounts.roles import Action
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.schools.models import School

WORDS = {
    Problem.OUT_OF_RANGE: gettext_lazy("The number is outside what a school may choose."),
    Problem.LATE_FIRST: gettext_lazy("The register is late after it was asked for. Choose a later time."),
    Problem.LEADER_FIRST: gettext_lazy(
        "The leader is reminded later than the teachers, and not without them. Choose a later time, or none."
    ),
    Problem.NOT_ASKED_YET: gettext_lazy(
        "The register is not asked for that early. Choose a later time, or none."
    ),
    Problem.TAKEN: gettext_lazy(
        "This is in use already on some of the same days. Choose another, or end the other first."
    ),
    Problem.ENDS_FIRST: gettext_lazy("The last day comes before the first."),
}
CHOICES = [(reason.value, reason.label) for reason in (Reason.ILLNESS, Reason.LEAVE, Reason.UNLAWFUL)]


def _days(name: str, label: Any, hint: Any) -> forms.IntegerField:
    least, most = LIMITS[name]
    return forms.IntegerField(
        label=label,
        help_text=hint,
        min_value=least,
        max_value=most,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "input-width-xs"}),
    )


def _time(label: Any, hint: Any, *, required: bool = True) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        help_text=hint,
        required=required,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "input-width-s"}),
    )


class ArrangementForm(forms.Form):
    days_back = _days(
        "days_back",
        gettext_lazy("How far back teachers may correct"),
        gettext_lazy("In school days. After that the office corrects."),
    )
    reason_due_days = _days(
        "reason_due_days",
        gettext_lazy("A reason is due after"),
        gettext_lazy("In school days after the absence; 0 is the same day."),
    )
    reason_due_at = _time(
        gettext_lazy("At what time that day"),
        gettext_lazy("After that the office is asked to decide. Nothing becomes unlawful by itself."),
    )
    teacher_leave_days = _days(
        "teacher_leave_days",
        gettext_lazy("The longest leave a class teacher may grant"),
        gettext_lazy("In school days. Longer leave is granted by the leader."),
    )
    end_opens_at = _time(
        gettext_lazy("The end of the day is registered from"),
        gettext_lazy("Year groups with two registers a day. Before that it is not missing."),
    )
    end_due_at = _time(gettext_lazy("and is late after"), gettext_lazy("Then it stands among the late ones."))
    first_reminder_at = _time(
        gettext_lazy("The class's teachers are reminded at"),
        gettext_lazy("If the morning register is missing. Leave it empty to remind nobody."),
        required=False,
    )
    second_reminder_at = _time(
        gettext_lazy("The leader is told at"),
        gettext_lazy("If it is still missing. Leave it empty to leave the leader in peace."),
        required=False,
    )
    end_first_reminder_at = _time(
        gettext_lazy("At the end of the day the teachers are reminded at"),
        gettext_lazy("If that register is missing. Leave it empty to remind nobody."),
        required=False,
    )
    end_second_reminder_at = _time(
        gettext_lazy("and the leader is told at"),
        gettext_lazy("If it is still missing. Leave it empty to leave the leader in peace."),
        required=False,
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            for name, problem in arrangements.problems(self.settings(data)).items():
                self.add_error(name, WORDS[problem])
        return data

    @staticmethod
    def settings(data: dict[str, Any]) -> arrangements.Settings:
        return arrangements.Settings(**{name: data[name] for name in arrangements.CHOSEN})


class ReasonForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Short"),
        max_length=20,
        help_text=gettext_lazy("A few letters for lists, such as LÆGE."),
        widget=forms.TextInput(attrs={"class": "input-width-s"}),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    reason = forms.TypedChoiceField(
        label=gettext_lazy("Counts as"), choices=CHOICES, coerce=lambda value: Reason(int(value))
    )
    valid_from = forms.DateField(
        label=gettext_lazy("From"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input-width-m"}),
    )


@requires(Action.ARRANGEMENT_READ)
@require_GET
def mine(request: Request) -> HttpResponse:
    """On to the arrangement of the school chosen, or of the first of one's schools."""
    school = School.objects.visible_to(request.scope).named(request.GET.get("school", ""))
    if school is None:
        raise Http404
    return redirect("absence:arrangement", school.pk)


@requires(Action.ARRANGEMENT_READ)
@require_GET
def arrangement(request: Request, school_id: int) -> HttpResponse:
    """What the school has chosen, and its words for the three reasons."""
    return _page(request, _school(request, school_id))


@requires(Action.ARRANGEMENT_CHANGE)
@require_POST
def change(request: Request, school_id: int) -> HttpResponse:
    """Choose anew. Whatever is wrong is said at its field, and what was typed stays."""
    school = _school(request, school_id)
    form = ArrangementForm(request.POST)
    if not form.is_valid():
        return _page(request, school, form=form, status=422)
    assert request.scope.actor_id is not None
    try:
        arrangements.change(
            school.pk,
            form.settings(form.cleaned_data),
            seen_at=_seen(form.cleaned_data["seen"]),
            user_id=request.scope.actor_id,
            role=request.scope.role,
            now=request.now,
        )
    except arrangements.ChangedMeanwhile:
        stands = arrangements.of(school.pk)
        typed = request.POST.copy()
        typed["seen"] = _written(stands.changed_at)
        form = ArrangementForm(typed)
        form.add_error(
            None,
            _(
                "%(name)s has changed the settings meanwhile. Your choices stand below; save again to choose them."
            )
            % {"name": stands.changed_by},
        )
        return _page(request, school, form=form, status=409)
    messages.success(request, _("The settings are saved."))
    return redirect("absence:arrangement", school.pk)


@requires(Action.ARRANGEMENT_CHANGE)
@require_POST
def add_reason(request: Request, school_id: int) -> HttpResponse:
    """Let the school use a word of its own for one of the three reasons."""
    school = _school(request, school_id)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            arrangements.add_reason(
                school.pk, **form.cleaned_data, user_id=request.scope.actor_id, role=request.scope.role
            )
        except arrangements.Refused as refusal:
            for name, problem in refusal.problems.items():
                form.add_error(name, WORDS[problem])
    if form.errors:
        return _page(request, school, reason_form=form, status=422)
    messages.success(request, _("The word “%(name)s” is in use.") % {"name": form.cleaned_data["name"]})
    return redirect("absence:arrangement", school.pk)


@requires(Action.ARRANGEMENT_CHANGE)
@require_POST
def end_reason(request: Request, school_id: int, reason_id: int) -> HttpResponse:
    """Stop using a word of the school's own from tomorrow on."""
    school = _school(request, school_id)
    assert request.scope.actor_id is not None
    ended = arrangements.end_reason(
        school.pk,
        reason_id,
        until=request.day + timedelta(days=1),
        user_id=request.scope.actor_id,
        role=request.scope.role,
    )
    if not ended:
        raise Http404
    messages.success(request, _("The word is not used from tomorrow on. What was marked with it keeps it."))
    return redirect("absence:arrangement", school.pk)


def _page(
    request: Request,
    school: School,
    *,
    form: ArrangementForm | None = None,
    reason_form: ReasonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    stands = arrangements.of(school.pk)
    if form is None:
        values = {name: getattr(stands, name) for name in arrangements.CHOSEN}
        form = ArrangementForm(initial={**values, "seen": _written(stands.changed_at)})
    may_change = request.scope.may(Action.ARRANGEMENT_CHANGE)
    words = arrangements.all_local_reasons(school.pk)
    return render(
        request,
        "absence/arrangement.html",
        {
            "school": school,
            "schools": School.objects.visible_to(request.scope).order_by("sort_name", "pk"),
            "stands": stands,
            "form": form,
            "reason_form": reason_form or ReasonForm(initial={"valid_from": request.day}),
            "words": [word for word in words if word.valid_until is None or word.valid_until > request.day],
            "gone": [
                word for word in words if word.valid_until is not None and word.valid_until <= request.day
            ],
            "tomorrow": request.day + timedelta(days=1),
            "may_change": may_change,
        },
        status=status,
    )


def _school(request: Request, school_id: int) -> School:
    return get_object_or_404(School.objects.visible_to(request.scope), pk=school_id)


def _written(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _seen(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError as error:
        raise SuspiciousOperation("the form's hidden field is not ours") from error
