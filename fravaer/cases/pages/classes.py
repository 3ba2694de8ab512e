"""Classes with a pattern, what shows it, and the work with a class."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.cases import classwork, clusters, patterns, triage
from fravaer.cases.forms import LongText
from fravaer.cases.models import ClassEffort, Cluster, EntryKind, State
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.periods import Period
from fravaer.schools import schooldays
from fravaer.schools.models import Pupil, SchoolClass

TOO_LONG = gettext_lazy(
    "The text is too long: %(show_value)d characters, and %(limit_value)d is the most. Nothing of it is lost."
)
WITHOUT_NAMES = gettext_lazy("It is about the class. Name no pupil, not by initials either.")
# Two weeks after the observation something has been tried; four after the end it shows whether it lasted.
REVIEW_DAYS, FOLLOW_UP_DAYS = 15, 20


def _day(label: Any, help_text: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": gettext_lazy("Choose a day."), "invalid": gettext_lazy("Choose a day.")},
    )


def _text(label: Any, required: Any, rows: int = 4) -> LongText:
    return LongText(
        label=label,
        help_text=WITHOUT_NAMES,
        max_length=classwork.LONGEST,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": required, "max_length": TOO_LONG},
    )


class BeginForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput)
    question = _text(
        gettext_lazy("What do you want to find out?"), gettext_lazy("Write what you want to find out.")
    )
    observed_from = _day(gettext_lazy("First day of the observation"))
    observed_to = _day(gettext_lazy("Last day of the observation"))
    review_on = _day(gettext_lazy("When do you look at it together?"))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        since, to, review = (data.get(name) for name in ("observed_from", "observed_to", "review_on"))
        if since and to and to < since:
            self.add_error("observed_to", _("The last day is before the first."))
        elif to and review and review < to:
            self.add_error("review_on", _("Choose a day after the observation."))
        return data


class EntryForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=pgettext_lazy("an entry", "Kind"), choices=EntryKind.choices)
    day = _day(gettext_lazy("Day"))
    text = _text(gettext_lazy("Text"), gettext_lazy("Write something before you save it."))


class EndForm(forms.Form):
    outcome = _text(gettext_lazy("What came of it?"), gettext_lazy("Write what came of it."))
    follow_up_on = _day(gettext_lazy("When does somebody look at the class again?"))


@dataclass(frozen=True, slots=True)
class Row:
    """A class on the list: its pattern, whether it rests, and the work with it."""

    cluster: Cluster
    lines: list[str]
    rests_until: date | None
    effort: ClassEffort | None


@requires(Action.CLASS_EFFORT_READ)
@require_GET
def classes(request: Request) -> HttpResponse:
    """Classes with a pattern now, those with most to show first, and the efforts that are open or are to be looked at."""
    found = list(
        Cluster.objects.visible_to(request.scope)
        .filter(ended_on=None)
        .select_related("school_class", "school")
        .order_by("-found_on", "school__sort_name", "school_class__year_group", "school_class__letter")
    )
    rest = clusters.resting(request.day)
    efforts = list(
        ClassEffort.objects.visible_to(request.scope)
        .select_related("school_class__school", "responsible")
        .order_by("state", "review_on", "pk")
    )
    of_class = {effort.school_class_id: effort for effort in efforts if effort.state == State.OPEN}
    rows = [
        Row(one, patterns.lines(one), rest.get(one.pk), of_class.get(one.school_class_id)) for one in found
    ]
    # Most reasons first, then the largest share over the line; among equals the order they came in.
    rows.sort(
        key=lambda row: (
            -len(row.cluster.why),
            -row.cluster.latest["over"] / max(1, row.cluster.latest["pupils"]),
        )
    )
    return render(
        request,
        "cases/classes.html",
        {
            "rows": [row for row in rows if row.rests_until is None],
            "resting": [row for row in rows if row.rests_until is not None],
            "open": [effort for effort in efforts if effort.state == State.OPEN],
            "closed": [effort for effort in efforts if effort.state != State.OPEN],
            "run": triage.latest(),
            "may_begin": request.scope.may(Action.CLASS_EFFORT),
        },
    )


@requires(Action.CLASS_EFFORT_READ)
@require_GET
def cluster(request: Request, cluster_uuid: UUID) -> HttpResponse:
    """What shows a class's pattern: figures for all who may open it, names for those who may see the pupils."""
    one = get_object_or_404(
        Cluster.objects.visible_to(request.scope).select_related("school_class", "school"), uuid=cluster_uuid
    )
    behind = None
    if request.scope.may(Action.WORKLIST):
        # Who has left the class is in none of its figures.
        of_class = Pupil.objects.visible_to(request.scope, request.day).filter(
            enrolments__school_class=one.school_class_id,
            enrolments__starts_on__lte=one.counted_on,
            enrolments__until__gt=one.counted_on,
        )
        behind = patterns.behind(one, {pupil.pk: pupil for pupil in of_class})
        trail.saw(request.scope, "class-pattern", behind.pupil_ids, subject_id=one.uuid)
    return render(
        request,
        "cases/cluster.html",
        {
            "cluster": one,
            "lines": patterns.lines(one),
            "then": patterns.facts(one.evidence),
            "now": patterns.facts(one.latest),
            "behind": behind,
            "effort": ClassEffort.objects.visible_to(request.scope)
            .filter(school_class=one.school_class_id, state=State.OPEN)
            .first(),
            "may_begin": request.scope.may(Action.CLASS_EFFORT) and one.ended_on is None,
            "limits": clusters,
        },
    )


@requires(Action.CLASS_EFFORT)
@require_http_methods(["GET", "POST"])
def begin(request: Request, class_id: int) -> HttpResponse:
    """Begin to work with a class."""
    school_class = get_object_or_404(
        SchoolClass.objects.visible_to(request.scope).select_related("school"), pk=class_id
    )
    form = BeginForm(request.POST or None, initial=_suggested(request.day))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        observed = Period(data["observed_from"], data["observed_to"] + timedelta(days=1))
        begun = classwork.Begun(data["question"], observed, data["review_on"])
        try:
            effort = classwork.begin(school_class, request.scope, request.now, begun, key=data["key"])
        except classwork.KeyReused as error:
            raise SuspiciousOperation("the form's key belongs to another") from error
        except classwork.AnotherOpen as refusal:
            return _begin_page(request, school_class, form, 409, refusal.effort)
        messages.success(request, _("The work with the class is open, and you are responsible for it."))
        return redirect("cases:effort", effort.uuid)
    _refuse_tampered(form)
    return _begin_page(request, school_class, form, 422 if form.is_bound else 200)


@requires(Action.CLASS_EFFORT_READ)
@require_GET
def effort(request: Request, effort_uuid: UUID) -> HttpResponse:
    """The work with one class."""
    return _effort_page(request, _effort(request, effort_uuid))


@requires(Action.CLASS_EFFORT)
@require_POST
def entry(request: Request, effort_uuid: UUID) -> HttpResponse:
    """Write down what was seen, thought, tried or found."""
    one = _effort(request, effort_uuid)
    form = EntryForm(request.POST, auto_id="entry_%s")
    if not form.is_valid():
        _refuse_tampered(form)
        return _effort_page(request, one, entry_form=form, status=422)
    data = form.cleaned_data
    try:
        classwork.add(
            one,
            request.scope,
            request.now,
            kind=EntryKind(data["kind"]),
            day=data["day"],
            text=data["text"],
            key=data["key"],
        )
    except classwork.KeyReused as error:
        raise SuspiciousOperation("the form's key belongs to another") from error
    except classwork.NotOpen:
        return _effort_page(request, _effort(request, effort_uuid), typed=data["text"], status=409)
    messages.success(request, _("It is saved."))
    return redirect("cases:effort", one.uuid)


@requires(Action.CLASS_EFFORT)
@require_POST
def end(request: Request, effort_uuid: UUID) -> HttpResponse:
    """End the work with a class."""
    one = _effort(request, effort_uuid)
    form = EndForm(request.POST, auto_id="end_%s")
    if not form.is_valid():
        return _effort_page(request, one, end_form=form, status=422)
    data = form.cleaned_data
    try:
        classwork.close(
            one, request.scope, request.now, outcome=data["outcome"], follow_up_on=data["follow_up_on"]
        )
    except classwork.NotOpen:
        return _effort_page(request, _effort(request, effort_uuid), typed=data["outcome"], status=409)
    messages.success(request, _("The work with the class is closed."))
    return redirect("cases:effort", one.uuid)


def _effort(request: Request, effort_uuid: UUID) -> ClassEffort:
    return get_object_or_404(
        ClassEffort.objects.visible_to(request.scope).select_related(
            "school_class__school", "school_class__school_year", "responsible", "closed_by", "cluster"
        ),
        uuid=effort_uuid,
    )


def _effort_page(
    request: Request,
    one: ClassEffort,
    *,
    entry_form: EntryForm | None = None,
    end_form: EndForm | None = None,
    typed: str = "",
    status: int = 200,
) -> HttpResponse:
    closed_on = timezone.localdate(one.closed_at) if one.closed_at else None
    may_write = one.state == State.OPEN and request.scope.may(Action.CLASS_EFFORT)
    curve = classwork.curve(one.school_class, classwork.first_week(one), request.day)
    context = {
        "effort": one,
        "is_open": one.state == State.OPEN,
        "last_observed": one.observed_until and one.observed_until - timedelta(days=1),
        "entries": one.entries.select_related("by").order_by("-day", "-pk"),
        "windows": patterns.windows(classwork.windows(one, request.day, closed_on)),
        "curve": [None if tenths is None else tenths / 10 for _week, tenths in curve],
        "curve_label": patterns.curve_label(curve),
        "weeks": curve,
        "typed": typed,
        "refused": entry_form or end_form,
        "entry_form": None,
        "end_form": None,
    }
    if may_write:
        context["entry_form"] = entry_form or EntryForm(
            initial={"key": uuid4(), "day": request.day}, auto_id="entry_%s"
        )
        context["end_form"] = end_form or EndForm(
            initial={"follow_up_on": schooldays.after(FOLLOW_UP_DAYS, request.day, one.school_class)},
            auto_id="end_%s",
        )
    return render(request, "cases/effort.html", context, status=status)


def _begin_page(
    request: Request,
    school_class: SchoolClass,
    form: BeginForm,
    status: int,
    another: ClassEffort | None = None,
) -> HttpResponse:
    context = {"school_class": school_class, "form": form, "another": another}
    return render(request, "cases/effort_begin.html", context, status=status)


def _suggested(day: date) -> dict[str, Any]:
    """An observation over the next school week, and a review two weeks after it."""
    first = schooldays.after(1, day)
    return {
        "key": uuid4(),
        "observed_from": first,
        "observed_to": schooldays.after(4, first),
        "review_on": schooldays.after(REVIEW_DAYS, first),
    }


def _refuse_tampered(form: forms.Form) -> None:
    if "key" in form.errors:
        raise SuspiciousOperation("the form's hidden fields are not ours")
