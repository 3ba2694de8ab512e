"""What does one write in the evaluation of a case?"""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy, pgettext_lazy

from fravaer.cases import belonging, followups
from fravaer.cases.belonging import QUESTIONS
from fravaer.cases.models import Case, Level, Voice
from fravaer.cases.pages.entries import Entry, day_field, words
from fravaer.core.http import Request

ANSWERS = [
    ("", gettext_lazy("Not asked")),
    ("1", gettext_lazy("1 – not at all")),
    ("2", "2"),
    ("3", gettext_lazy("3 – partly")),
    ("4", "4"),
    ("5", gettext_lazy("5 – fully")),
]
ANSWERERS = [
    (Voice.CHILD.value, Voice.CHILD.label),
    (Voice.PARENTS.value, gettext_lazy("A parent")),
    (Voice.SCHOOL.value, gettext_lazy("A teacher")),
]
NOT_AHEAD = gettext_lazy("The day lies ahead.")


class Dated(Entry):
    """What somebody said on a day that is not ahead."""

    said_on = day_field(gettext_lazy("Day"), error_messages={"required": gettext_lazy("Choose a day.")})

    def prepare(self) -> None:
        self.initial.setdefault("said_on", self.around.day)

    def clean_said_on(self) -> date:
        said_on: date = self.cleaned_data["said_on"]
        if said_on > self.around.day:
            raise forms.ValidationError(NOT_AHEAD)
        return said_on


class AttachmentForm(Dated):
    """How attached the child is by somebody's judgement."""

    name = "attachment"
    title = gettext_lazy("Judge the attachment")
    button = gettext_lazy("Save")
    done = gettext_lazy("The judgement is saved.")
    anchor = "attachment"

    level = forms.TypedChoiceField(
        label=gettext_lazy("How attached is the child to the class or school?"),
        choices=Level.choices,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how attached the child is.")},
    )
    voice = forms.ChoiceField(
        label=gettext_lazy("Whose judgement"), choices=Voice.choices, widget=forms.RadioSelect
    )
    text = words(gettext_lazy("What it rests on"), required=False, rows=3)

    def write(self, case: Case, request: Request) -> None:
        data = self.cleaned_data
        belonging.read(
            case,
            request.scope,
            request.now,
            key=data["key"],
            level=Level(data["level"]),
            voice=Voice(data["voice"]),
            said_on=data["said_on"],
            text=data["text"],
        )


class ScaleForm(Dated):
    """Five questions, answered by one voice."""

    name = "scale"
    title = gettext_lazy("Ask the five questions")
    button = gettext_lazy("Save the answers")
    done = gettext_lazy("The answers are saved.")
    anchor = "attachment"
    refusals = {belonging.NothingSaid: ("friends", gettext_lazy("Answer at least one of the questions."))}

    voice = forms.ChoiceField(label=gettext_lazy("Who answers"), choices=ANSWERERS, widget=forms.RadioSelect)

    def prepare(self) -> None:
        super().prepare()
        for name, question in QUESTIONS.items():
            self.fields[name] = forms.TypedChoiceField(
                label=question, choices=ANSWERS, coerce=int, empty_value=None, required=False
            )
        self.fields["text"] = words(gettext_lazy("Remark"), required=False, rows=2)

    def write(self, case: Case, request: Request) -> None:
        data = self.cleaned_data
        belonging.answer(
            case,
            request.scope,
            request.now,
            key=data["key"],
            voice=Voice(data["voice"]),
            said_on=data["said_on"],
            answers={name: data[name] for name in QUESTIONS},
            text=data["text"],
        )


class FollowUpForm(Entry):
    """Does it still hold?"""

    name = "follow-up"
    title = gettext_lazy("Say whether it holds")
    button = gettext_lazy("Save")
    done = gettext_lazy("It is noted how it stands.")
    anchor = "follow-up"
    conflicts = (followups.Settled,)

    holds = forms.ChoiceField(
        label=gettext_lazy("Does what was reached hold?"),
        choices=[
            ("yes", pgettext_lazy("what was reached", "Holds")),
            ("no", pgettext_lazy("what was reached", "Does not hold")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose whether it holds.")},
    )
    text = words(
        gettext_lazy("How it stands"),
        rows=3,
        error_messages={"required": gettext_lazy("Write how it stands.")},
    )

    def write(self, case: Case, request: Request) -> None:
        data: dict[str, Any] = self.cleaned_data
        followups.settle(case, request.scope, request.now, holds=data["holds"] == "yes", text=data["text"])


WRITES: dict[str, type[Entry]] = {form.name: form for form in (AttachmentForm, ScaleForm)}
