"""The notes to a quarter's figures: all of them, a new one, and one taken away."""

from __future__ import annotations

from datetime import timedelta
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
from fravaer.core.periods import Period, Quarter
from fravaer.reports import footnotes, units
from fravaer.reports.models import Annotation
from fravaer.reports.units import Place


class NoteForm(forms.Form):
    unit = forms.ChoiceField(label=pgettext_lazy("a footnote", "About"))
    since = forms.DateField(
        label=gettext_lazy("First day"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input-width-m"}),
    )
    last_day = forms.DateField(
        label=gettext_lazy("Last day"),
        help_text=gettext_lazy("The note stands under every quarter that its days touch."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input-width-m"}),
    )
    text = forms.CharField(
        label=pgettext_lazy("a footnote", "Note"),
        help_text=gettext_lazy(
            "At most 300 characters, for instance: Influenza in weeks 6 to 8. Never a child's name, and nothing by which a child "
            "can be recognised: managers and other schools read it."
        ),
        max_length=footnotes.LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, places: list[Place], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = places
        choice: Any = self.fields["unit"]
        choice.choices = [(place.code, place.name) for place in places]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("since") and data.get("last_day") and data["last_day"] < data["since"]:
            self.add_error("last_day", _("The last day cannot lie before the first."))
        return data

    @property
    def days(self) -> Period:
        return Period(self.cleaned_data["since"], self.cleaned_data["last_day"] + timedelta(days=1))


@requires(Action.ANNOTATE)
@require_GET
def notes(request: Request, quarter: Quarter) -> HttpResponse:
    """Every note that touches the quarter, of the units one sees."""
    return _page(request, quarter)


@requires(Action.ANNOTATE)
@require_POST
def add(request: Request, quarter: Quarter) -> HttpResponse:
    """Write a note on a unit of one's own."""
    if request.POST.get("unit", "") not in {place.code for place in units.seen(request.scope)}:
        raise Http404
    places = units.answered_for(request.scope)
    form = NoteForm(request.POST, places=places)
    if "key" in form.errors:
        raise SuspiciousOperation("the form's key is not ours")
    if not form.is_valid():
        if "unit" in form.errors:
            raise PermissionDenied
        return _page(request, quarter, form=form, status=422)
    data = form.cleaned_data
    place = units.named(places, data["unit"])
    assert place is not None
    try:
        footnotes.add(
            place.key, form.days, data["text"], key=data["key"], scope=request.scope, now=request.now
        )
    except footnotes.KeyReused as error:
        raise SuspiciousOperation("the note's key belongs to another") from error
    messages.success(request, _("The note is saved."))
    return _see(quarter)


@requires(Action.ANNOTATE)
@require_POST
def remove(request: Request, quarter: Quarter, uuid: UUID) -> HttpResponse:
    """Take a note away."""
    note = get_object_or_404(Annotation.objects.visible_to(request.scope), uuid=uuid)
    if not footnotes.may_write(request.scope, units.of_row(note.area_id, note.school_id)):
        raise PermissionDenied
    footnotes.remove(note, scope=request.scope, now=request.now)
    messages.success(request, _("The note is taken away."))
    return _see(quarter)


def _page(
    request: Request, quarter: Quarter, *, form: NoteForm | None = None, status: int = 200
) -> HttpResponse:
    seen = units.seen(request.scope)
    own = [place for place in seen if footnotes.may_write(request.scope, place.key)]
    period = quarter.period
    if form is None:
        initial = {"since": period.since, "last_day": period.until - timedelta(days=1), "key": uuid4()}
        form = NoteForm(initial=initial, places=own)
    mine = {place.key for place in own}
    below = footnotes.under([place.key for place in seen], period)
    return render(
        request,
        "reports/notes.html",
        {"quarter": quarter, "lines": [(note, note.key in mine) for note in below], "form": form},
        status=status,
    )


def _see(quarter: Quarter) -> HttpResponse:
    response = redirect("reports:notes", quarter)
    response.status_code = 303
    return response
