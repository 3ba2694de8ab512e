"""What one writes when one acts on a pupil: an agreed action, a snooze, a contact, who is to act, a concern."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fravaer.cases import agreed, concerns, contacts, snoozes
from fravaer.cases.contacts import HOME
from fravaer.cases.domains import Domain
from fravaer.cases.forms import LongText
from fravaer.cases.models import ConcernAnswer, ContactKind, Deed, Kept, SnoozeReason
from fravaer.schools.models import Pupil

TOO_LONG = _(
    "The text is too long: %(show_value)d characters, and %(limit_value)d is the most. Nothing of it is lost."
)
YEAR = timedelta(days=366)


def _day(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("Write the day."),
            "invalid": _("Write the day as 10-03-2026."),
        },
        **more,
    )


def _text(label: Any, longest: int, *, required: bool = False, help_text: Any = "") -> LongText:
    return LongText(
        label=label,
        help_text=help_text,
        required=required,
        max_length=longest,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write a few words."), "max_length": TOO_LONG},
    )


class KeyedForm(forms.Form):
    """A form that is saved once: its key comes with it. A wrong key is a tampered form."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, day: date, **kwargs: Any) -> None:
        self.day = day
        super().__init__(*args, **kwargs)

    @property
    def is_tampered(self) -> bool:
        return "key" in self.errors

    def offer(self, name: str, choices: Mapping[int, str], chosen: int | None, nobody: Any = None) -> None:
        """Put the people one may choose into a field."""
        field: Any = self.fields[name]
        field.choices = ([("", nobody)] if nobody else []) + [
            (str(pk), label) for pk, label in choices.items()
        ]
        field.initial = str(chosen) if chosen in choices else ""

    def choose_domain(self, own: tuple[Domain, ...]) -> None:
        """Let who writes in several domains say which; others write where they can."""
        if len(own) < 2 or "domain" not in self.fields:
            self.fields.pop("domain", None)
            return
        field: Any = self.fields["domain"]
        field.choices = [(domain.value, domain.label) for domain in own]
        field.required, field.initial = True, Domain.SCHOOL.value

    @property
    def wanted_domain(self) -> Domain | None:
        chosen = self.cleaned_data.get("domain")
        return Domain(chosen) if chosen else None


class ActionForm(KeyedForm):
    deed = forms.ChoiceField(label=_("What"), choices=Deed.choices)
    text = _text(_("In few words"), agreed.LONGEST)
    responsible = forms.ChoiceField(label=_("Responsible"))
    due_on = _day(_("Deadline"))
    domain = forms.ChoiceField(label=_("Who may read it"), required=False)

    def clean_due_on(self) -> date:
        due_on: date = self.cleaned_data["due_on"]
        if not self.day <= due_on <= self.day + YEAR:
            raise forms.ValidationError(_("The deadline lies between today and a year from now."))
        return due_on


class SnoozeForm(KeyedForm):
    reason = forms.ChoiceField(
        label=_("Why"),
        choices=[("", _("Choose")), *SnoozeReason.choices],
        error_messages={"required": _("Choose why. Without a reason nobody is snoozed.")},
    )
    text = _text(
        _("In few words"), snoozes.LONGEST, help_text=_("Both the school and social services read it.")
    )
    until = _day(_("Back on the list on"))

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        if not self.day < until <= self.day + timedelta(days=snoozes.LONGEST_DAYS):
            raise forms.ValidationError(_("Choose a day after today, at most 90 days from now."))
        return until

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or self.cleaned_data
        if found.get("reason") == SnoozeReason.OTHER and not found.get("text"):
            self.add_error("text", _("Write what it is."))
        return found


class ContactForm(KeyedForm):
    kind = forms.ChoiceField(label=_("How"), choices=[(kind.value, kind.label) for kind in HOME])
    held_on = _day(_("When"))
    text = _text(_("In few words"), contacts.LONGEST)
    domain = forms.ChoiceField(label=_("Who may read it"), required=False)

    def clean_held_on(self) -> date:
        held_on: date = self.cleaned_data["held_on"]
        if not self.day - YEAR <= held_on <= self.day:
            raise forms.ValidationError(_("The day is not in the future, and at most a year ago."))
        return held_on


class TeamForm(ContactForm):
    """The same talk about several pupils."""

    kind = forms.ChoiceField(
        widget=forms.HiddenInput,
        choices=[(ContactKind.TEAM.value, ContactKind.TEAM.label)],
        initial=ContactKind.TEAM.value,
        required=False,
    )
    held_on = _day(_("Day of the meeting"))
    text = _text(_("What was said, the same for each"), contacts.LONGEST)


class AssignForm(KeyedForm):
    user = forms.ChoiceField(label=_("Who is to act"), required=False)


class SettleForm(forms.Form):
    kept = forms.ChoiceField(
        label=_("How did it go"),
        choices=[("", _("Choose")), *Kept.choices],
        error_messages={"required": _("Choose how it went.")},
    )
    remark = _text(_("In few words"), agreed.LONGEST)


class AssignManyForm(KeyedForm):
    user = forms.ChoiceField(label=_("Who is to act"), error_messages={"required": _("Choose somebody.")})


class ConcernForm(KeyedForm):
    # Whom the teacher may choose.
    pupils: Sequence[Pupil] = ()
    pupil = forms.ChoiceField(label=_("Pupil"), error_messages={"required": _("Choose the pupil.")})
    text = _text(_("What worries you"), concerns.LONGEST, required=True)


class AnswerForm(forms.Form):
    answer = forms.ChoiceField(choices=ConcernAnswer.choices)
