"""What does one write beside a pupil's day?

The forms of certificates and objections.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fravaer.absence.objections import LONGEST
from fravaer.absence.reasons import Source

TOO_LONG = _(
    "The text is too long: %(show_value)d characters, and %(limit_value)d is the most. Nothing of it is lost."
)
# Through which guardians speak; the other sources are the school's own.
SPOKEN = (Source.GUARDIAN_PHONE, Source.GUARDIAN_AULA, Source.GUARDIAN_SMS)


class Words(forms.CharField):
    """A text area whose length counts a line break as one character, as the browser does."""

    widget = forms.Textarea(attrs={"rows": 4})

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text.replace("\r\n", "\n")


class CertificateForm(forms.Form):
    due_on = forms.DateField(
        label=_("To be received by"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Write the day as dd-mm-yyyy.")},
    )

    def __init__(self, *args: Any, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "certificate_%s", **kwargs})
        self.day = day

    def clean_due_on(self) -> date | None:
        due_on: date | None = self.cleaned_data["due_on"]
        if due_on and due_on < self.day:
            raise forms.ValidationError(_("The day has passed already. Choose a later day."))
        return due_on


class ObjectionForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput)
    source = forms.TypedChoiceField(
        label=_("How did they say so?"),
        choices=[(source.value, source.label) for source in SPOKEN],
        coerce=lambda value: Source(int(value)),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how the guardians said so.")},
    )
    text = Words(
        label=_("What do the guardians object to?"),
        max_length=LONGEST,
        error_messages={"required": _("Write what the guardians object to."), "max_length": TOO_LONG},
    )


class AnswerForm(forms.Form):
    text = Words(
        label=_("The school's answer"),
        max_length=LONGEST,
        error_messages={"required": _("Write the answer before you save it."), "max_length": TOO_LONG},
    )
