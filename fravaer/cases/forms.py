"""What does one write in a case?"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any, Self

from django import forms
from django.utils.translation import gettext_lazy as _

from fravaer.cases import notes
from fravaer.cases.domains import Domain
from fravaer.cases.models import Outcome


class LongText(forms.CharField):
    """A text area whose length counts a line break as one character, as the browser does."""

    widget = forms.Textarea(attrs={"rows": 6})

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text.replace("\r\n", "\n")


class TurnForm(forms.Form):
    """A form that knows in which of the case's turns it was made: once another is responsible it comes back as it was typed,
    and so does one that does not say."""

    turn = forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False)


def turn_in(posted: Mapping[str, str]) -> int | None:
    """In which of the case's turns the form was made, for forms that are written out in their template; None says nothing."""
    said = posted.get("turn", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 6 else None


class SeenForm(forms.Form):
    """What the writer had seen of the case; a wrong value is a tampered form."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    @property
    def is_tampered(self) -> bool:
        return any(name in self.errors for name, field in self.fields.items() if field.widget.is_hidden)

    def again(self, **hidden: object) -> Self:
        """The same form with everything that was typed in it and other hidden values, for the writer to look once more."""
        again = copy(self)
        data: Any = self.data
        typed = data.copy()
        for name, value in hidden.items():
            typed[name] = str(value)
        again.data = typed
        return again


class NoteForm(SeenForm):
    key = forms.UUIDField(widget=forms.HiddenInput)
    text = LongText(
        label=_("Note"),
        max_length=notes.LONGEST,
        error_messages={
            "required": _("Write the note before you save it."),
            "max_length": _(
                "The note is too long: %(show_value)d characters, and %(limit_value)d is the most. Nothing of it is lost."
            ),
        },
    )
    domain = forms.ChoiceField(label=_("Who may read it"), widget=forms.RadioSelect, required=False)
    restricted = forms.BooleanField(
        label=_("Restricted: nobody reads it but me, and who opens it with a reason that is logged"),
        required=False,
    )

    def __init__(self, *args: Any, domains: tuple[Domain, ...], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "note_%s", **kwargs})
        if len(domains) > 1:
            choice: Any = self.fields["domain"]
            choice.choices = [(domain.value, domain.label) for domain in domains]
            choice.required = True
            choice.initial = domains[0].value
        else:
            del self.fields["domain"]

    @property
    def wanted_domain(self) -> Domain | None:
        return Domain(self.cleaned_data["domain"]) if self.cleaned_data.get("domain") else None


class CloseForm(SeenForm):
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        widget=forms.RadioSelect,
        # A case is put together with another by a step of its own.
        choices=[choice for choice in Outcome.choices if choice[0] != Outcome.MERGED],
        error_messages={"required": _("Choose how it went before you close the case.")},
    )
    text = LongText(
        label=_("Remark"),
        required=False,
        max_length=notes.LONGEST,
        help_text=_("Both the school and social services read it."),
        error_messages={
            "max_length": _(
                "The remark is too long: %(show_value)d characters, and %(limit_value)d is the most. Nothing of it is lost."
            )
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "close_%s", **kwargs})
