"""What a school has chosen about its SMS: the leader chooses and sees the effect before it counts, the office reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts.roles import Action
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.templatetags.danish import clock
from fravaer.schools.models import School, SchoolClass
from fravaer.sms import choices, halts, options, recipients
from fravaer.sms.choices import Stands
from fravaer.sms.options import CHOSEN, RANGES, Problem, Settings
from fravaer.sms.states import HARMLESS

WORDS = {
    Problem.OUT_OF_RANGE: gettext_lazy("The number is outside what a school may choose."),
    Problem.CLOSES_FIRST: gettext_lazy("The hours end before they begin."),
    Problem.DEADLINE_FIRST: gettext_lazy("The deadline comes before the hours begin."),
    Problem.OUTSIDE_HOURS: gettext_lazy("Choose a time within the hours and before the deadline."),
    Problem.REFUSED: gettext_lazy("These words may not stand in an SMS: they say too much, or are a link."),
}
FOLLOWS, IN, OUT = "", "in", "out"


def _time(label: Any, hint: Any, *, required: bool = True) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        help_text=hint,
        required=required,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "input-width-s"}),
    )


def _number(name: str, label: Any, hint: Any, *, required: bool = True) -> forms.IntegerField:
    least, most = RANGES[name]
    return forms.IntegerField(
        label=label,
        help_text=hint,
        required=required,
        min_value=least,
        max_value=most,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "input-width-xs"}),
    )


class ChoiceForm(forms.Form):
    enabled = forms.BooleanField(
        label=gettext_lazy("The school uses SMS"),
        help_text=gettext_lazy(
            "The guardians of pupils who are unexplained absent get an SMS the same morning."
        ),
        required=False,
    )
    dry_run = forms.BooleanField(
        label=gettext_lazy("Dry run"),
        help_text=gettext_lazy(
            "Everything but the sending: you see who would have got what, and nothing leaves."
        ),
        required=False,
    )
    send_at = _time(
        gettext_lazy("Sent at"),
        gettext_lazy("The same time every day. Left empty: as soon as the time to undo is over."),
        required=False,
    )
    grace_seconds = _number(
        "grace_seconds",
        gettext_lazy("Time to undo"),
        gettext_lazy("Seconds after the mark in which a correction costs nothing."),
    )
    opens_at = _time(gettext_lazy("Never before"), gettext_lazy("Nothing is sent earlier in the morning."))
    closes_at = _time(
        gettext_lazy("Never after"),
        gettext_lazy("Nothing is sent later, not even the news that the pupil has come. 00.00 is midnight."),
    )
    deadline_at = _time(
        gettext_lazy("A person rings after"),
        gettext_lazy("What is not out by then is not sent: it goes to the list of those to be rung."),
    )
    names_pupil = forms.BooleanField(
        label=gettext_lazy("The pupil's given name stands in the SMS"),
        help_text=gettext_lazy("Otherwise it says “your child”. Never for pupils with name protection."),
        required=False,
    )
    signature = forms.CharField(
        label=gettext_lazy("Signed"),
        help_text=gettext_lazy(
            "Left empty: the school's name. Choose a neutral one if the name says too much."
        ),
        required=False,
        max_length=60,
    )
    most_percent = _number(
        "most_percent",
        gettext_lazy("The leader is asked above"),
        gettext_lazy(
            "Per cent of a class or the school unexplained. Nothing leaves until the leader has answered."
        ),
    )
    most_a_child = _number(
        "most_a_child",
        gettext_lazy("Most SMS about one pupil a day"),
        gettext_lazy("To all her guardians together. The others are rung."),
    )
    most_a_day = _number(
        "most_a_day",
        gettext_lazy("Most SMS from the school a day"),
        gettext_lazy("Left empty: as many as it takes. Those above it are rung, and the page says so."),
        required=False,
    )
    monthly = forms.BooleanField(
        label=gettext_lazy("A monthly message on days missed"),
        help_text=gettext_lazy(
            "A friendly SMS a month to those who have missed many days. Off until you choose it."
        ),
        required=False,
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    confirmed = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            for name, problem in options.problems(self.settings()).items():
                self.add_error(name, WORDS[problem])
        return data

    def settings(self) -> Settings:
        return Settings(**{name: self.cleaned_data[name] for name in CHOSEN})


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class with what it has chosen for itself: nothing, in or out."""

    school_class: SchoolClass
    choice: str

    @property
    def name(self) -> str:
        return f"class-{self.school_class.pk}"


@dataclass(frozen=True, slots=True)
class Effect:
    """What the choices would have meant today: guardians written to, about how many pupils, who is to be rung, and classes
    (or the school) about which the leader would be asked first.
    """

    guardians: int
    pupils: int
    to_ring: int
    asked: int
    dry: bool


@requires(Action.SMS_CHOOSE_READ)
@require_GET
def mine(request: Request) -> HttpResponse:
    """On to the choices of the school chosen, or of the first of one's schools."""
    school = School.objects.visible_to(request.scope).named(request.GET.get("school", ""))
    if school is None:
        raise Http404
    return redirect("sms:choices-of", school.pk)


@requires(Action.SMS_CHOOSE_READ)
@require_GET
def of(request: Request, school_id: int) -> HttpResponse:
    """What the school and each of its classes have chosen."""
    return _page(request, _school(request, school_id))


@requires(Action.SMS_CHOOSE)
@require_POST
def change(request: Request, school_id: int) -> HttpResponse:
    """Choose anew. The first press shows what the choices would have meant today; the second, on that page, saves them."""
    school = _school(request, school_id)
    form, classes = ChoiceForm(request.POST), _classes_from(request, school)
    if not form.is_valid():
        return _page(request, school, form=form, classes=classes, status=422)
    wanted = form.settings()
    if form.cleaned_data["confirmed"] != options.digest(wanted, classes):
        shown = _typed(request, confirmed=options.digest(wanted, classes))
        effect = _effect(request, school, wanted, classes)
        return _page(request, school, form=shown, classes=classes, effect=effect, status=422)
    assert request.scope.actor_id is not None
    try:
        choices.change(
            school.pk,
            wanted,
            classes,
            seen=form.cleaned_data["seen"],
            day=request.day,
            actor_id=request.scope.actor_id,
            role=request.scope.role,
        )
    except choices.ChangedMeanwhile:
        stands = choices.stands(school.pk, request.day)
        form = _typed(request, seen=stands.digest, confirmed="")
        form.add_error(
            None,
            _(
                "Somebody has changed the settings meanwhile. Your choices stand below; save again to choose them."
            ),
        )
        return _page(request, school, form=form, classes=classes, status=409)
    messages.success(request, _("The settings are saved."))
    return _see(school)


@requires(Action.SMS_PAUSE)
@require_POST
def pause(request: Request, school_id: int) -> HttpResponse:
    """Let nothing leave for the school: stopping is always safe."""
    school = _school(request, school_id)
    choices.pause(school.pk, True, actor_id=request.scope.actor_id, role=request.scope.role)
    messages.success(
        request, _("The school's SMS are paused: nothing leaves until the leader lets them go on.")
    )
    return _see(school)


@requires(Action.SMS_CHOOSE)
@require_POST
def resume(request: Request, school_id: int) -> HttpResponse:
    """Let the school's SMS go on."""
    school = _school(request, school_id)
    choices.pause(school.pk, False, actor_id=request.scope.actor_id, role=request.scope.role)
    messages.success(request, _("The school's SMS go on."))
    return _see(school)


def _page(
    request: Request,
    school: School,
    *,
    form: ChoiceForm | None = None,
    classes: dict[int, bool] | None = None,
    effect: Effect | None = None,
    status: int = 200,
) -> HttpResponse:
    stands = choices.stands(school.pk, request.day)
    if form is None:
        values = {name: getattr(stands.settings, name) for name in CHOSEN}
        form = ChoiceForm(initial={**values, "seen": stands.digest})
    rows = _rows(request, school, stands.classes if classes is None else classes)
    return render(
        request,
        "sms/choices.html",
        {
            "school": school,
            "schools": School.objects.visible_to(request.scope).order_by("sort_name", "pk"),
            "stands": stands,
            "form": form,
            "facts": _facts(stands),
            "rows": rows,
            "any_apart": any(row.choice for row in rows),
            "effect": effect,
            "may_change": request.scope.may(Action.SMS_CHOOSE),
        },
        status=status,
    )


def _rows(request: Request, school: School, classes: Any) -> list[ClassRow]:
    found = SchoolClass.objects.visible_to(request.scope).in_year_of(request.day).filter(school=school)
    words = {None: FOLLOWS, True: IN, False: OUT}
    return [ClassRow(one, words[classes.get(one.pk)]) for one in found.order_by("year_group", "letter", "pk")]


def _facts(stands: Stands) -> list[tuple[str, str]]:
    """The choices in words, for those who may not change them."""
    found = []
    for name, field in ChoiceForm.base_fields.items():
        if name not in CHOSEN:
            continue
        value = getattr(stands.settings, name)
        words = str(value)
        if isinstance(value, bool):
            words = _("Yes") if value else _("No")
        elif isinstance(value, time):
            words = clock(value)
        elif value in (None, ""):
            words = "–"
        elif name == "grace_seconds":
            words = _("%(count)s seconds") % {"count": value}
        elif name == "most_percent":
            words = f"{value} %"
        found.append((str(field.label), words))
    return found


def _classes_from(request: Request, school: School) -> dict[int, bool]:
    """What was chosen for each class that does not follow the school. Raises SuspiciousOperation for other words than ours."""
    found = {}
    for row in _rows(request, school, {}):
        match request.POST.get(row.name, FOLLOWS):
            case "in":
                found[row.school_class.pk] = True
            case "out":
                found[row.school_class.pk] = False
            case "":
                continue
            case _:
                raise SuspiciousOperation("a choice that the form cannot hold")
    return found


def _effect(request: Request, school: School, wanted: Settings, classes: dict[int, bool]) -> Effect:
    """What these choices would have meant today, asked of the morning's own room as if it were early and nothing written."""
    chosen = choices.imagined(school.pk, wanted, classes, request.day)
    due = recipients.due_on(request.day, chosen)
    early = timezone.localtime(request.now).replace(hour=0, minute=0, second=0, microsecond=0)
    intended = recipients.of(request.day, due, chosen, halts.NOTHING, early, afresh=True)
    return Effect(
        guardians=len({draft.guardian_id for draft in intended.drafts}),
        pupils=len({draft.pupil_id for draft in intended.drafts}),
        to_ring=len(
            {
                (one.absence.pupil_id, one.guardian_id)
                for one in intended.withheld
                if one.reason not in HARMLESS
            }
        ),
        asked=len(halts.over(request.day, chosen)),
        dry=wanted.dry_run or any(one.dry_run for one in chosen.values()),
    )


def _typed(request: Request, **changed: str) -> ChoiceForm:
    """The form as it was posted, with hidden fields of ours changed."""
    typed = request.POST.copy()
    for name, value in changed.items():
        typed[name] = value
    return ChoiceForm(typed)


def _school(request: Request, school_id: int) -> School:
    return get_object_or_404(School.objects.visible_to(request.scope), pk=school_id)


def _see(school: School) -> HttpResponse:
    response = redirect("sms:choices-of", school.pk)
    response.status_code = 303
    return response
