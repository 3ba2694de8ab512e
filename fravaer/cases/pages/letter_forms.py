"""What does one write and choose about a letter?"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fravaer.cases import letters, lettertexts
from fravaer.cases.forms import LongText
from fravaer.cases.models import Letter, LetterKind
from fravaer.cases.pages import letter_words

LONGEST_REASON = 1_000
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class DraftForm(forms.Form):
    """A letter to begin: about whom, of which kind, and for a meeting when. A wrong hidden value is a tampered form."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    pupil = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(choices=LetterKind.choices)
    quarter = forms.CharField(required=False, max_length=6)
    language = forms.ChoiceField(
        required=False, choices=[("", ""), *((code, code) for code in lettertexts.LANGUAGES)]
    )
    day = forms.DateField(required=False)
    time = forms.TimeField(required=False)
    meeting = forms.UUIDField(required=False)


class SeenForm(forms.Form):
    """Which version of the letter the page showed; a wrong value is a tampered form."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class Ticks(forms.MultipleChoiceField):
    """Things to tick off one by one: not optional, and saved with as many of them as are done by now."""

    def validate(self, value: Any) -> None:
        if value:
            super().validate(value)


class EditForm(SeenForm):
    subject = forms.CharField(
        label=_("Heading"),
        max_length=lettertexts.LONGEST_SUBJECT,
        error_messages={"required": _("Write both a heading and a text.")},
    )
    body = LongText(
        label=_("Text of the letter"),
        max_length=lettertexts.LONGEST,
        widget=forms.Textarea(attrs={"rows": 18}),
        error_messages={
            "required": _("Write both a heading and a text."),
            "max_length": _(
                "The text is too long: %(show_value)d characters, and %(limit_value)d is the most. Nothing of it is lost."
            ),
        },
    )
    checked = Ticks(
        label=_("Seen to"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("All of it, before the leader signs."),
    )

    def __init__(self, *args: Any, kind: LetterKind, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "letter_%s", **kwargs})
        choices: Any = self.fields["checked"]
        choices.choices = [(name, letter_words.CHECKS[name]) for name in letters.CHECKS[kind]]
        must, may = lettertexts.DEMANDS[kind]
        names = [str(letter_words.FIELDS[name]) for name in lettertexts.FIELDS if name in must | may]
        self.fields["body"].help_text = _(
            "Filled in from the registers: %(fields)s. Plain and friendly: the days, what happens next, no threats."
        ) % {"fields": ", ".join(f"{{{name}}}" for name in names)}

    @classmethod
    def of(cls, letter: Letter) -> EditForm:
        return cls(
            kind=LetterKind(letter.kind),
            initial={
                "seen": letter.version,
                "subject": letter_words.shown(letter.subject),
                "body": letter_words.shown(letter.body),
                "checked": [name for name, done in letter.checks.items() if done],
            },
        )


class SendForm(SeenForm):
    how = forms.ChoiceField(
        label=_("How it was sent"),
        widget=forms.RadioSelect,
        choices=[(way, letter_words.WAYS[way]) for way in letters.WAYS],
        error_messages={"required": _("Choose how the letter was sent.")},
    )
    sent_on = forms.DateField(
        label=_("Sent on"), widget=DAY, error_messages={"required": _("Write the day it was sent.")}
    )

    def __init__(self, *args: Any, today: date, signed_at: datetime | None, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "send_%s", **kwargs})
        self.today, self.signed_at = today, signed_at

    def clean_sent_on(self) -> date:
        sent_on: date = self.cleaned_data["sent_on"]
        if sent_on > self.today:
            raise forms.ValidationError(_("The day lies in the future."))
        if self.signed_at and sent_on < self.signed_at.date():
            raise forms.ValidationError(_("The letter had not been signed on that day."))
        return sent_on


class ReasonForm(SeenForm):
    because = LongText(
        label=pgettext_lazy("why something is done", "Reason"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write the reason.")},
    )
