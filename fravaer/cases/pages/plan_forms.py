"""What does one write in the plan of a case?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fravaer.cases import consents, interventions, offers, suspicions, voices
from fravaer.cases.interventions import Because
from fravaer.cases.models import Case, Voice
from fravaer.cases.pages.agreement_forms import (
    ActionForm,
    ActionSettleForm,
    GoalForm,
    GoalSettleForm,
    WeekPlanDecideForm,
    WeekPlanEndForm,
    WeekPlanForm,
)
from fravaer.cases.pages.entries import Domained, Entry, day_field, words
from fravaer.cases.suspicions import Function
from fravaer.core.http import Request
from fravaer.schools import protection

ONE_DAY = timedelta(days=1)
LATEST = timedelta(days=2 * 366)


class ViewForm(Domained):
    """How one voice sees it."""

    name = "view"
    title = gettext_lazy("Write what somebody says")
    button = gettext_lazy("Save")
    done = gettext_lazy("It is saved. What was said before stays beneath it.")
    anchor = "views"

    voice = forms.ChoiceField(
        label=gettext_lazy("Who says it"),
        choices=Voice.choices,
        initial=Voice.CHILD.value,
        widget=forms.RadioSelect,
    )
    text = words(
        gettext_lazy("In their own words as far as possible"),
        rows=6,
        error_messages={"required": gettext_lazy("Write what was said before you save it.")},
    )

    def write(self, case: Case, request: Request) -> None:
        data = self.cleaned_data
        voices.say(
            case,
            request.scope,
            request.now,
            key=data["key"],
            voice=Voice(data["voice"]),
            text=data["text"],
            domain=self.wanted_domain,
        )


class SuspicionForm(Entry):
    """What staying away may do for the child, or what weighs on her."""

    name = "suspicion"
    title = gettext_lazy("Add what we suppose")
    button = gettext_lazy("Save")
    done = gettext_lazy("It is saved.")
    anchor = "suspicions"

    function = forms.ChoiceField(
        label=gettext_lazy("What we suppose"),
        choices=Function.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what you suppose.")},
    )
    text = words(gettext_lazy("What makes us think so"), required=False)

    def write(self, case: Case, request: Request) -> None:
        data = self.cleaned_data
        suspicions.suppose(
            case,
            request.scope,
            request.now,
            key=data["key"],
            function=Function(data["function"]),
            text=data["text"],
        )


class SuspicionEndForm(Entry):
    """It is no longer supposed."""

    name = "suspicion-end"
    button = gettext_lazy("We no longer suppose this")
    done = gettext_lazy("It is noted that this is no longer supposed.")
    anchor = "suspicions"
    is_about_row = True

    def write(self, case: Case, request: Request) -> None:
        suspicions.end(case, request.scope, request.now, key=self.cleaned_data["row"])


class ConsentForm(Entry):
    """A guardian has agreed to something."""

    name = "consent"
    title = gettext_lazy("Note a consent")
    button = gettext_lazy("Save the consent")
    done = gettext_lazy("The consent is saved.")
    anchor = "consents"
    refusals = {consents.NotHers: ("guardian", gettext_lazy("Choose a guardian who holds custody."))}

    guardian = forms.ChoiceField(
        label=gettext_lazy("Who consents"),
        error_messages={"required": gettext_lazy("Choose who consents.")},
    )
    what = words(
        gettext_lazy("What may be shared"),
        rows=3,
        longest=2_000,
        error_messages={"required": gettext_lazy("Write what may be shared.")},
    )
    to_whom = forms.CharField(
        label=gettext_lazy("With whom"),
        max_length=200,
        error_messages={"required": gettext_lazy("Write with whom it may be shared.")},
    )
    given_on = day_field(gettext_lazy("Given on"))
    last = day_field(gettext_lazy("Until and including"))

    def prepare(self) -> None:
        giver: Any = self.fields["guardian"]
        found = consents.guardians(self.around.case)
        names = protection.numbered(found, self.around.case.pupil)
        giver.choices = [
            ("", gettext_lazy("Choose")),
            *((str(one.uuid), name) for one, name in zip(found, names, strict=True)),
        ]
        self.initial.setdefault("given_on", self.around.day)
        self.initial.setdefault("last", self.around.day + timedelta(days=365))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        given_on, last = data.get("given_on"), data.get("last")
        if given_on and given_on > self.around.day:
            self.add_error("given_on", _("A consent is noted when it has been given, not before."))
        elif given_on and last and last < given_on:
            self.add_error("last", _("The consent ends before it is given."))
        elif last and last > self.around.day + LATEST:
            self.add_error("last", _("Two years are the most. Then ask again."))
        return data

    def write(self, case: Case, request: Request) -> None:
        data = self.cleaned_data
        consents.give(
            case,
            request.scope,
            request.now,
            key=data["key"],
            what=data["what"],
            to_whom=data["to_whom"],
            guardian=UUID(data["guardian"]),
            given_on=data["given_on"],
            until=data["last"] + ONE_DAY,
        )


class ConsentWithdrawForm(Entry):
    """The guardian takes it back."""

    name = "consent-withdraw"
    button = gettext_lazy("The guardian has withdrawn it")
    done = gettext_lazy("The consent is withdrawn from today.")
    anchor = "consents"
    is_about_row = True

    def write(self, case: Case, request: Request) -> None:
        consents.withdraw(case, request.scope, uuid=self.cleaned_data["row"], day=request.day)


class InterventionForm(Domained):
    """An offer begins."""

    name = "intervention"
    title = gettext_lazy("Begin an intervention")
    button = gettext_lazy("Save the intervention")
    done = gettext_lazy("The intervention is saved.")
    anchor = "interventions"

    offer = forms.ChoiceField(
        label=gettext_lazy("Offer"), error_messages={"required": gettext_lazy("Choose an offer.")}
    )
    since = day_field(gettext_lazy("From"), error_messages={"required": gettext_lazy("Choose a day.")})
    responsible = forms.ChoiceField(label=gettext_lazy("Responsible"))
    text = words(
        gettext_lazy("Remark"),
        required=False,
        rows=3,
        longest=2_000,
        help_text=gettext_lazy(
            "Of standardised instruments write the name, the day and the result alone, never the questions."
        ),
    )

    def prepare(self) -> None:
        super().prepare()
        offer: Any = self.fields["offer"]
        offer.choices = [("", gettext_lazy("Choose"))] + [
            (one.code, one.name) for one in offers.on(self.around.day)
        ]
        who: Any = self.fields["responsible"]
        who.choices = [(str(one.pk), one.name) for one in self.around.people]
        self.initial.setdefault("responsible", str(self.around.scope.actor_id))
        self.initial.setdefault("since", self.around.day)

    def clean_since(self) -> Any:
        since = self.cleaned_data["since"]
        if abs(since - self.around.day) > LATEST:
            raise forms.ValidationError(_("The day is more than two years away. Correct the year."))
        return since

    def write(self, case: Case, request: Request) -> None:
        data = self.cleaned_data
        interventions.begin(
            case,
            request.scope,
            request.now,
            key=data["key"],
            offer=offers.named(data["offer"]),
            since=data["since"],
            responsible_id=int(data["responsible"]),
            text=data["text"],
            domain=self.wanted_domain,
        )


class InterventionStopForm(Entry):
    """An offer stops for a reason."""

    name = "intervention-stop"
    title = gettext_lazy("Stop it")
    button = gettext_lazy("Save that it stopped")
    done = gettext_lazy("It is noted that the intervention stopped.")
    anchor = "interventions"
    is_about_row = True
    refusals = {
        interventions.StopsTooEarly: ("last", gettext_lazy("The last day comes before the first.")),
    }

    last = day_field(gettext_lazy("Last day"), error_messages={"required": gettext_lazy("Choose a day.")})
    because = forms.ChoiceField(
        label=gettext_lazy("Why it stopped"),
        choices=[("", gettext_lazy("Choose")), *Because.choices],
        error_messages={"required": gettext_lazy("Choose why it stopped.")},
    )
    text = words(gettext_lazy("Remark"), required=False, rows=3, longest=2_000)

    def prepare(self) -> None:
        self.initial.setdefault("last", self.around.day)

    def write(self, case: Case, request: Request) -> None:
        data = self.cleaned_data
        interventions.stop(
            case,
            request.scope,
            uuid=data["row"],
            until=data["last"] + ONE_DAY,
            because=Because(data["because"]),
            text=data["text"],
        )


WRITES: dict[str, type[Entry]] = {
    form.name: form
    for form in (
        *(ViewForm, SuspicionForm, SuspicionEndForm, ConsentForm, ConsentWithdrawForm),
        *(GoalForm, GoalSettleForm, ActionForm, ActionSettleForm),
        *(WeekPlanForm, InterventionForm, InterventionStopForm),
    )
}
DECISIONS: dict[str, type[Entry]] = {form.name: form for form in (WeekPlanDecideForm, WeekPlanEndForm)}
