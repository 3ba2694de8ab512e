"""What does one write about absence that is known beforehand?

Dates are Danish, as short as one likes (`12-3`), or ISO; the last day is included, as people say it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fravaer.absence import foretold
from fravaer.absence.arrangements import Word
from fravaer.absence.reasons import Reason, Source
from fravaer.core.periods import Period, school_year_of
from fravaer.schools.importing import values
from fravaer.schools.importing.problems import Unreadable
from fravaer.schools.models import SchoolClass

ILLNESS, LEAVE = "illness", "leave"
KINDS = [(ILLNESS, gettext_lazy("Ill")), (LEAVE, gettext_lazy("Asks for leave"))]
SOURCES = [
    (Source.GUARDIAN_PHONE.value, gettext_lazy("By phone")),
    (Source.GUARDIAN_AULA.value, gettext_lazy("In Aula")),
    (Source.GUARDIAN_SMS.value, gettext_lazy("By SMS")),
    (Source.OFFICE.value, gettext_lazy("Otherwise")),
]
SHORT = re.compile(r"(\d{1,2})[-./ ](\d{1,2})[-./]?")
LONGEST_SEARCH = 100


class DayField(forms.CharField):
    """A day: dd-mm-yyyy, ISO, or day and month of the school year in view (`around`)."""

    around: date | None = None

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(
            attrs={"class": "input-width-s", "autocomplete": "off", "inputmode": "numeric"}
        )
        super().__init__(**{"max_length": 20, "widget": widget, **options})

    def clean(self, value: Any) -> date | None:
        text = str(super().clean(value) or "")
        if not text:
            return None
        try:
            if (match := SHORT.fullmatch(text)) and self.around:
                return self._near(int(match[1]), int(match[2]), self.around)
            return values.day(text)
        except Unreadable as unreadable:
            raise forms.ValidationError(str(unreadable)) from None

    @staticmethod
    def _near(of_month: int, month: int, around: date) -> date:
        year = school_year_of(around)
        for found in (year.since.year, year.until.year):
            try:
                day = date(found, month, of_month)
            except ValueError:
                continue
            if day in year:
                return day
        raise Unreadable(_("There is no such date. Write dd-mm-yyyy, for example 10-08-2026."))


class DaysForm(forms.Form):
    """From and to; without a last day it is one day."""

    since = DayField(label=gettext_lazy("From"))
    last = DayField(label=gettext_lazy("To and including"), required=False)

    def __init__(self, *args: Any, around: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("since", "last"):
            field: Any = self.fields[name]
            field.around = around

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        since, last = data.get("since"), data.get("last") or data.get("since")
        if since and last:
            if last < since:
                self.add_error("last", _("The last day comes before the first."))
            elif (last - since).days >= foretold.LONGEST_DAYS:
                self.add_error("last", _("That is more than a year. Correct the date."))
        return data

    @property
    def period(self) -> Period:
        """The days chosen, of a valid form."""
        since = self.cleaned_data["since"]
        return Period(since, (self.cleaned_data.get("last") or since) + timedelta(days=1))


class EntryForm(DaysForm):
    """One report or one request, in one line."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    pupil = forms.UUIDField(widget=forms.HiddenInput, required=False)
    who = forms.CharField(
        label=gettext_lazy("Pupil"),
        help_text=gettext_lazy("Such as Ida 7.B"),
        max_length=LONGEST_SEARCH,
        error_messages={"required": gettext_lazy("Write the pupil's name, and the class if you know it.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What"), choices=KINDS, initial=ILLNESS, widget=forms.RadioSelect
    )
    source = forms.TypedChoiceField(
        label=gettext_lazy("How it came"),
        choices=SOURCES,
        coerce=lambda value: Source(int(value)),
        initial=Source.GUARDIAN_PHONE.value,
    )
    local_reason = forms.TypedChoiceField(
        label=gettext_lazy("The school's own word"), required=False, coerce=int, empty_value=None
    )
    text = forms.CharField(
        label=gettext_lazy("What the family writes"),
        help_text=gettext_lazy("Only for leave; read by those who decide it."),
        max_length=foretold.LONGEST_TEXT,
        required=False,
    )
    field_order = ("who", "kind", "since", "last", "source", "local_reason", "text")

    def __init__(self, *args: Any, words: Iterable[Word], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.words = {word.id: word for word in words if word.reason in (Reason.ILLNESS, Reason.LEAVE)}
        choice: Any = self.fields["local_reason"]
        choice.choices = [("", "–"), *((one.id, one.name) for one in self.words.values())]
        if not self.words:
            del self.fields["local_reason"]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        word = self.words.get(data.get("local_reason") or 0)
        if word and word.reason != (Reason.ILLNESS if data.get("kind") == ILLNESS else Reason.LEAVE):
            self.add_error("local_reason", _("This word counts as something else. Choose another, or none."))
        return data


class EndForm(DaysForm):
    """Another last day."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["since"]
        self.fields["last"].required = True

    @property
    def until(self) -> date:
        last: date = self.cleaned_data["last"]
        return last + timedelta(days=1)


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(choices=[("grant", ""), ("refuse", "")])
    answer = forms.CharField(
        label=gettext_lazy("Why the leave is refused"),
        max_length=foretold.LONGEST_ANSWER,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ActivityForm(DaysForm):
    """A trip or another activity of one or several classes."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(label=gettext_lazy("What it is called"), max_length=foretold.LONGEST_TEXT)
    classes = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Classes"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one class.")},
    )
    field_order = ("text", "since", "last", "classes")

    def __init__(self, *args: Any, classes: Iterable[SchoolClass], several: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["classes"]
        choice.choices = [(one.pk, f"{one} {one.school}" if several else str(one)) for one in classes]


def uuid_from(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
