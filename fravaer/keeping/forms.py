"""What one writes about terms and holds."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fravaer.keeping.catalogue import DECIDED, KINDS

DAYS = ["%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%Y"]


class TermForm(forms.Form):
    months = forms.IntegerField(
        label=_("Months"),
        min_value=1,
        max_value=1200,
        required=False,
        help_text=_("Empty: it is kept for good."),
        widget=forms.NumberInput(attrs={"class": "input-width-s"}),
        error_messages={"invalid": _("Write a whole number of months.")},
    )
    valid_from = forms.DateField(
        label=_("From"),
        input_formats=DAYS,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input-width-m"}),
        error_messages={
            "required": _("Write from which day."),
            "invalid": _("Write the day as day, month, year."),
        },
    )
    source = forms.CharField(
        label=_("By which rule, or whose choice"),
        max_length=300,
        error_messages={"required": _("Write by which rule, or whose choice it is.")},
    )

    archives = forms.BooleanField(
        label=_("Put it by for the archive before it is deleted"),
        required=False,
        help_text=_(
            "A sealed package is written to the municipality's folder first, and the proof says where."
        ),
    )

    def __init__(self, *args: Any, today: date, archivable: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        if not archivable:
            del self.fields["archives"]

    def clean_valid_from(self) -> date:
        day: date = self.cleaned_data["valid_from"]
        if day < self.today:
            raise forms.ValidationError(_("Choose today or a later day."))
        return day


class HoldForm(forms.Form):
    name = forms.CharField(
        label=_("The child's full name"),
        required=False,
        max_length=200,
        help_text=_("Empty: everything of one kind is held."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    birth_on = forms.DateField(
        label=_("Birth date"),
        required=False,
        input_formats=["%d-%m-%Y", "%d.%m.%Y", "%d/%m/%Y", "%Y-%m-%d"],
        help_text=_("For example 24-03-2014."),
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "class": "input-width-m"}
        ),
        error_messages={"invalid": _("Write the birth date as day, month and year.")},
    )
    kind = forms.ChoiceField(
        label=_("What is held"),
        required=False,
        choices=[("", _("Everything of the child")), *((key, KINDS[key].label) for key in DECIDED)],
    )
    reason = forms.CharField(
        label=_("Why"),
        max_length=300,
        help_text=_("For example a complaint or an inspection. Leave out the child's name."),
        error_messages={"required": _("Write why.")},
    )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("name") and not data.get("birth_on") and "birth_on" not in self.errors:
            self.add_error("birth_on", _("Write the child's birth date."))
        if not data.get("name") and not data.get("kind"):
            self.add_error("name", _("Write the child's name, or choose what is held of everybody."))
        return data
