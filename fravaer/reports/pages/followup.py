"""An area's follow-up of a quarter: what was agreed, what is asked for from earlier quarters, and the sheet for the meeting."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts.roles import Action
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.periods import Quarter
from fravaer.reports import initiatives
from fravaer.reports.models import Initiative, Outcome
from fravaer.schools.models import Area, School

# Registration of earlier years may be there, a follow-up of them is not.
EARLIEST = 2000


class AgreeForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("What is to be done"),
        help_text=gettext_lazy(
            "Concrete enough that one can say next quarter whether it was. No child's name."
        ),
        max_length=initiatives.LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    owner = forms.CharField(
        label=pgettext_lazy("an initiative", "Responsible"),
        help_text=gettext_lazy("The person who sees to it, by name or post."),
        max_length=150,
    )
    due_on = forms.DateField(
        label=pgettext_lazy("an initiative", "Done by"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input-width-m"}),
    )
    school = forms.TypedChoiceField(
        label=gettext_lazy("School"), required=False, coerce=int, empty_value=None, choices=()
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, request: Request, area: Area, quarter: Quarter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.quarter = quarter
        schools = School.objects.visible_to(request.scope).filter(area=area).order_by("sort_name", "pk")
        choice: Any = self.fields["school"]
        choice.choices = [("", _("The whole area")), *schools.values_list("pk", "name")]

    def clean_due_on(self) -> Any:
        due = self.cleaned_data["due_on"]
        if due < self.quarter.since:
            raise forms.ValidationError(_("The day lies before the quarter."))
        return due


class SettleForm(forms.Form):
    outcome = forms.ChoiceField(
        label=gettext_lazy("What came of it"), choices=Outcome.choices, widget=forms.RadioSelect
    )
    remark = forms.CharField(
        label=gettext_lazy("Remark"),
        help_text=gettext_lazy("What it led to, or why it was not done. No child's name."),
        max_length=initiatives.LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@requires(Action.INITIATIVE)
@require_GET
def overview(request: Request) -> HttpResponse:
    """Every initiative without an outcome, those overdue first, and the way to each area's follow-up."""
    areas = Area.objects.visible_to(request.scope).order_by("name", "pk")
    return render(
        request,
        "reports/followups.html",
        {
            "lines": initiatives.standing(request.scope, request.day),
            "areas": list(areas),
            # The one that ended last is the one met about.
            "quarter": Quarter.of(request.day).previous(),
            "running": Quarter.of(request.day),
        },
    )


@requires(Action.INITIATIVE)
@require_GET
def of_area(request: Request, quarter: Quarter, code: str) -> HttpResponse:
    """One area's follow-up of one quarter."""
    return _page(request, _area(request, quarter, code), quarter)


@requires(Action.INITIATIVE)
@require_POST
def agree(request: Request, quarter: Quarter, code: str) -> HttpResponse:
    """Agree an initiative."""
    area = _area(request, quarter, code)
    form = AgreeForm(request.POST, request=request, area=area, quarter=quarter)
    if "key" in form.errors:
        raise SuspiciousOperation("the form's key is not ours")
    if not form.is_valid():
        return _page(request, area, quarter, form=form, status=422)
    data = form.cleaned_data
    wanted = initiatives.Wanted(data["text"], data["owner"], data["due_on"], data["school"])
    try:
        initiatives.agree(area, quarter, wanted, key=data["key"], scope=request.scope, now=request.now)
    except initiatives.KeyReused as error:
        raise SuspiciousOperation("the initiative's key belongs to another") from error
    except initiatives.Unsettled:
        form.add_error(None, _("Say first what came of the initiatives of earlier quarters."))
        return _page(request, area, quarter, form=form, status=409)
    messages.success(request, _("The initiative is agreed."))
    return _see(quarter, area)


@requires(Action.INITIATIVE)
@require_POST
def settle(request: Request, quarter: Quarter, uuid: UUID) -> HttpResponse:
    """Say what came of an initiative; the page is that of the quarter it is asked for in."""
    row = get_object_or_404(
        Initiative.objects.visible_to(request.scope).select_related("area"),
        uuid=uuid,
        quarter_on__lte=quarter.since,
    )
    if not initiatives.may_follow_up(request.scope, row.area_id):
        raise PermissionDenied
    form = SettleForm(request.POST, auto_id=f"{row.uuid}_%s")
    if not form.is_valid():
        return _page(request, row.area, quarter, settling={row.uuid: form}, status=422)
    try:
        initiatives.settle(
            row,
            Outcome(form.cleaned_data["outcome"]),
            form.cleaned_data["remark"],
            scope=request.scope,
            now=request.now,
        )
    except initiatives.AlreadySettled:
        messages.warning(request, _("Somebody has said meanwhile what came of it. It stands below."))
        return _page(request, row.area, quarter, status=409)
    messages.success(request, _("The outcome is saved."))
    return _see(quarter, row.area)


def _area(request: Request, quarter: Quarter, code: str) -> Area:
    """The area the address names, of a quarter that has begun."""
    if not quarter.year >= EARLIEST or quarter.since > request.day:
        raise Http404
    return get_object_or_404(Area.objects.visible_to(request.scope), code=code)


def _page(
    request: Request,
    area: Area,
    quarter: Quarter,
    *,
    form: AgreeForm | None = None,
    settling: dict[UUID, SettleForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    found = initiatives.of_quarter(area, quarter, request.day)
    given = settling or {}

    def settle_form(line: initiatives.Line) -> SettleForm:
        return given.get(line.row.uuid) or SettleForm(auto_id=f"{line.row.uuid}_%s")

    if form is None:
        form = AgreeForm(initial={"key": uuid4()}, request=request, area=area, quarter=quarter)
    return render(
        request,
        "reports/followup.html",
        {
            "area": area,
            "quarter": quarter,
            "previous": quarter.previous(),
            "next": quarter.next() if quarter.next().since <= request.day else None,
            "found": found,
            "asked": [(line, settle_form(line)) for line in found.asked],
            "agreed": [(line, settle_form(line) if line.is_open else None) for line in found.agreed],
            "form": form if found.may_agree or form.is_bound else None,
            "refused": next(iter(given.values()), None) or form,
        },
        status=status,
    )


def _see(quarter: Quarter, area: Area) -> HttpResponse:
    response = redirect("reports:follow-up", quarter, area.code)
    response.status_code = 303
    return response
