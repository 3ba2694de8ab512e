"""The year wheel: a school year's deliveries and meetings, made, added, changed, done and taken off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts.roles import Action, Role
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.periods import Period, SchoolYear, school_year_of, school_year_start
from fravaer.core.templatetags.danish import shortdate
from fravaer.reports import datasets, wheel
from fravaer.reports.models import WheelItem
from fravaer.schools.models import Area, School

EARLIEST = 2000


class TaskForm(forms.Form):
    title = forms.CharField(label=pgettext_lazy("a task", "Task"), max_length=wheel.LONGEST_TITLE)
    due_on = forms.DateField(
        label=pgettext_lazy("a task", "Due"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input-width-m"}),
    )
    area = forms.TypedChoiceField(label=gettext_lazy("Area"), coerce=int, empty_value=None, choices=())
    owner = forms.TypedChoiceField(
        label=pgettext_lazy("an initiative", "Responsible"),
        help_text=gettext_lazy("She is reminded by e-mail a week before."),
        required=False,
        coerce=int,
        empty_value=None,
        choices=(),
    )
    text = forms.CharField(
        label=gettext_lazy("Remark"),
        required=False,
        max_length=wheel.LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, request: Request, year: Period, own: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.year = year
        fields: dict[str, Any] = self.fields
        areas = list(Area.objects.visible_to(request.scope).order_by("name", "pk").values_list("pk", "name"))
        if request.scope.municipality:
            areas.insert(0, ("", _("The whole municipality")))  # type: ignore[arg-type]
            fields["area"].required = False
        fields["area"].choices = areas
        fields["owner"].choices = [
            ("", _("Nobody yet")),
            *((one.user_id, f"{one.name}, {Role(one.role).label}") for one in wheel.owners(request.now)),
        ]
        if not own:
            # The product's own tasks keep their words and their area.
            del fields["title"], fields["area"]

    def clean_due_on(self) -> date:
        due: date = self.cleaned_data["due_on"]
        if due not in self.year:
            raise forms.ValidationError(_("The day lies outside the school year."))
        return due

    @property
    def wanted(self) -> wheel.Wanted:
        data = self.cleaned_data
        return wheel.Wanted(
            data.get("title", ""), data["text"], data["due_on"], data.get("area"), data["owner"]
        )


@dataclass(frozen=True, slots=True)
class Lead:
    """The page on which a task of the product's own is done, and how far it is."""

    url: str
    state: str


@requires(Action.WHEEL_READ)
@require_GET
def this_year(request: Request) -> HttpResponse:
    """The school year the day in view lies in."""
    return _page(request, school_year_of(request.day))


@requires(Action.WHEEL_READ)
@require_GET
def of_year(request: Request, year: int) -> HttpResponse:
    """One school year's deliveries and meetings."""
    return _page(request, _year(request, year))


@requires(Action.WHEEL_CHANGE)
@require_POST
def make(request: Request, year: int) -> HttpResponse:
    """Make the product's own tasks of the year, as far as they are missing."""
    found = _year(request, year)
    if not request.scope.municipality:
        raise PermissionDenied
    made = wheel.make(found.since.year, scope=request.scope, now=request.now)
    messages.success(request, _("Tasks made: %(count)d.") % {"count": made})
    return _see(found)


@requires(Action.WHEEL_CHANGE)
@require_POST
def add(request: Request, year: int) -> HttpResponse:
    """Set a task of one's own on the wheel."""
    found = _year(request, year)
    form = TaskForm(request.POST, request=request, year=found)
    if "key" in form.errors or not request.POST.get("key"):
        raise SuspiciousOperation("the form's key is not ours")
    if not form.is_valid():
        return _page(request, found, form=form, status=422)
    try:
        wheel.add(
            found.since.year,
            form.wanted,
            key=form.cleaned_data["key"],
            scope=request.scope,
            now=request.now,
        )
    except wheel.KeyReused as error:
        raise SuspiciousOperation("the task's key belongs to another") from error
    messages.success(request, _("The task is on the wheel."))
    return _see(found)


@requires(Action.WHEEL_CHANGE)
@require_GET
def task(request: Request, uuid: UUID) -> HttpResponse:
    """One task, to be changed."""
    return _task_page(request, _task(request, uuid))


@requires(Action.WHEEL_CHANGE)
@require_POST
def change(request: Request, uuid: UUID) -> HttpResponse:
    """Let the task say something else."""
    row = _task(request, uuid)
    year = school_year_of(date(row.school_year, 8, 1))
    form = TaskForm(request.POST, request=request, year=year, own=not row.kind)
    if "seen" in form.errors:
        raise SuspiciousOperation("the form's hidden fields are not ours")
    if not form.is_valid():
        return _task_page(request, row, form=form, status=422)
    try:
        wheel.change(row, form.wanted, seen=form.cleaned_data["seen"], scope=request.scope, now=request.now)
    except wheel.ChangedMeanwhile:
        row.refresh_from_db()
        typed: Any = request.POST.copy()
        typed["seen"] = row.sequence
        form = TaskForm(typed, request=request, year=year, own=not row.kind)
        form.add_error(
            None, _("Somebody has changed the task meanwhile. Yours stands below; save again to choose it.")
        )
        return _task_page(request, row, form=form, status=409)
    messages.success(request, _("The task is saved."))
    return _see(year)


@requires(Action.WHEEL_CHANGE)
@require_POST
def settle(request: Request, uuid: UUID) -> HttpResponse:
    """Say that the task is done, or with `undone` that it is not after all."""
    row = get_object_or_404(_visible(request), uuid=uuid)
    if not wheel.may_do(request.scope, row):
        raise PermissionDenied
    wheel.settle(row, done="undone" not in request.POST, scope=request.scope, now=request.now)
    return _see(school_year_of(date(row.school_year, 8, 1)))


@requires(Action.WHEEL_CHANGE)
@require_POST
def cancel(request: Request, uuid: UUID) -> HttpResponse:
    """Take the task off the wheel."""
    row = _task(request, uuid)
    wheel.cancel(row, scope=request.scope, now=request.now)
    messages.success(request, _("The task is taken off the wheel."))
    return _see(school_year_of(date(row.school_year, 8, 1)))


def _visible(request: Request) -> Any:
    return (
        WheelItem.objects.visible_to(request.scope).filter(cancelled_at=None).select_related("area", "owner")
    )


def _task(request: Request, uuid: UUID) -> WheelItem:
    """A task the actor may change. 404 for one she does not see."""
    row: WheelItem = get_object_or_404(_visible(request), uuid=uuid)
    if not wheel.may_change(request.scope, row):
        raise PermissionDenied
    return row


def _year(request: Request, year: int) -> Period:
    if not EARLIEST <= year <= request.day.year + 1:
        raise Http404
    return school_year_of(date(year, 8, 1))


def _page(request: Request, year: Period, *, form: TaskForm | None = None, status: int = 200) -> HttpResponse:
    scope = request.scope
    if form is None and scope.may(Action.WHEEL_CHANGE):
        form = TaskForm(initial={"key": uuid4(), "seen": 0}, request=request, year=year)
    leads = _leads(request, year)
    return render(
        request,
        "reports/wheel.html",
        {
            "year": year,
            "previous": year.since.year - 1,
            "next": year.since.year + 1 if year.since <= school_year_start(request.day) else None,
            "lines": [
                (line, leads.get(line.row.kind))
                for line in wheel.of_year(year.since.year, scope, request.day)
            ],
            "form": form,
            "may_make": scope.may(Action.WHEEL_CHANGE) and scope.municipality,
        },
        status=status,
    )


def _leads(request: Request, year: Period) -> dict[str, Lead]:
    """Where the deliveries of the year are made, for who may see them. The package of 1 September is of the year before."""
    found: dict[str, Lead] = {}
    of = SchoolYear.of(year.since)
    if request.scope.may(Action.STATUTORY_READ):
        taught = School.objects.visible_to(request.scope).filter(classes__school_year__starts_on=year.since)
        ids = set(taught.values_list("pk", flat=True))
        state = _("%(count)d of %(total)d schools have delivered") % {
            "count": datasets.delivered_by(ids, of),
            "total": len(ids),
        }
        found["stil"] = Lead(reverse("reports:deliveries-year", args=[of.year]), state)
    if request.scope.may(Action.PACKAGE_READ):
        before = SchoolYear(of.year - 1)
        made = datasets.packages(before)
        state = _("made %(day)s") % {"day": shortdate(made[0].made_at)} if made else _("not made yet")
        found["package"] = Lead(reverse("reports:package-year", args=[before.year]), state)
    return found


def _task_page(
    request: Request, row: WheelItem, *, form: TaskForm | None = None, status: int = 200
) -> HttpResponse:
    year = school_year_of(date(row.school_year, 8, 1))
    if form is None:
        initial = {
            "title": row.title,
            "text": row.text,
            "due_on": row.due_on,
            "area": row.area_id,
            "owner": row.owner_id,
            "seen": row.sequence,
        }
        form = TaskForm(initial=initial, request=request, year=year, own=not row.kind)
    return render(
        request,
        "reports/wheel_task.html",
        {"row": row, "title": wheel.title(row), "year": year, "form": form},
        status=status,
    )


def _see(year: Period) -> HttpResponse:
    response = redirect("reports:wheel-year", year.since.year)
    response.status_code = 303
    return response
