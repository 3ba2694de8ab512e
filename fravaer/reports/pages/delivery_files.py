"""The forms by which somebody takes children's rows along, and the files they leave as."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from fravaer.absence.monthly import Month
from fravaer.core.http import Request
from fravaer.core.templatetags.danish import count
from fravaer.reports import csvs, datasets, sheets, stil, workbook
from fravaer.reports.csvs import Variant
from fravaer.reports.sheets import Fact, Sheet
from fravaer.reports.stil import Cut, Half

# The most rows of children a file may hold for who may not take the whole school along.
MOST_ROWS = 200
XLSX = "xlsx"
FORMS = (
    (XLSX, gettext_lazy("Workbook (XLSX)")),
    (Variant.EXCEL.value, gettext_lazy("CSV for Danish Excel")),
    (Variant.MACHINE.value, gettext_lazy("CSV for machines")),
)
PURPOSES = (
    (datasets.Purpose.DELIVERY.value, gettext_lazy("Delivery to the ministry")),
    (datasets.Purpose.CHECK.value, gettext_lazy("Checking the registration")),
    (datasets.Purpose.MEETING.value, gettext_lazy("A meeting at the school")),
)
HALVES = (
    (Half.YEAR.value, gettext_lazy("The whole school year")),
    (Half.AUTUMN.value, gettext_lazy("August to December")),
    (Half.SPRING.value, gettext_lazy("January to July")),
)


class FetchForm(forms.Form):
    form = forms.ChoiceField(label=pgettext_lazy("a file", "Kind of file"), choices=FORMS)
    purpose = forms.ChoiceField(
        label=gettext_lazy("What is it for?"),
        choices=PURPOSES,
        help_text=gettext_lazy("It is kept with your name, the time and which pupils the file is about."),
    )


class ExcerptForm(FetchForm):
    part = forms.ChoiceField(label=gettext_lazy("Part of the year"), choices=HALVES)
    field_order = ("part", "form", "purpose")


class DeliveredForm(forms.Form):
    receipt = forms.CharField(
        label=gettext_lazy("The receipt's number"), required=False, max_length=datasets.LONGEST_RECEIPT
    )


def as_file(request: Request, cut: Cut, months: list[Month], form: str, sha256: str) -> HttpResponse:
    """A school's rows as the kind of file asked for."""
    years = f"{cut.year.since.year}-{cut.year.until.year % 100:02d}"
    return answer(
        form,
        ("stil", years, cut.school.institution_number),
        _("Prepared for STIL"),
        stil.about(cut, rows=len(months), sha256=sha256, made_at=request.now),
        [stil.sheet(cut, months)],
        request,
    )


def answer(
    form: str,
    name: Sequence[str],
    title: str,
    facts: Sequence[Fact],
    tables: Sequence[Sheet],
    request: Request,
) -> HttpResponse:
    """The tables as the kind of file asked for, under a name that says nothing of anybody. CSV holds the first alone."""
    ending = "xlsx" if form == XLSX else "csv"
    # The machine's file is the one a receipt's hash is of: it is told apart by its name.
    kind = "maskinfil" if form == Variant.MACHINE.value else ""
    called = sheets.filename(*name, kind, day=request.now, ending=ending)
    if form != XLSX:
        return csvs.response(called, tables[0], Variant(form))
    return workbook.response(called, title, facts, tables, made_at=request.now)


def too_many(rows: int) -> str:
    return ngettext(
        "The file would hold %(rows)s row, and you can fetch %(most)d at most. Choose a part of the "
        "year, or ask the leader.",
        "The file would hold %(rows)s rows, and you can fetch %(most)d at most. Choose a part of the "
        "year, or ask the leader.",
        rows,
    ) % {"rows": count(rows), "most": MOST_ROWS}
