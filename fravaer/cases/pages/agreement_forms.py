"""What does one write about goals, actions and the week plan of a case?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fravaer.accounts.roles import Action
from fravaer.cases import agreed, entrusting, goals, weekplans
from fravaer.cases.models import Case, Deed, Kept
from fravaer.cases.pages.entries import Domained, Entry, day_field, words
from fravaer.cases.weekplans import Part
from fravaer.core.http import Request

ONE_DAY = timedelta(days=1)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


class GoalForm(Entry):
    """What is to be reached by when."""

    name = "goal"
    title = gettext_lazy("Set a goal")
    button = gettext_lazy("Save the goal")
    done = gettext_lazy("The goal is saved. Agree now on who does what.")
    anchor = "goals"

    text = words(
        gettext_lazy("The goal"),
        rows=3,
        longest=2_000,
        help_text=gettext_lazy(
            "So that one can see whether it was reached: comes two hours on three days a week."
        ),
        error_messages={"required": gettext_lazy("Write the goal.")},
    )
    due_on = day_field(
        gettext_lazy("To be reached by"), error_messages={"required": gettext_lazy("Choose a day.")}
    )

    def prepare(self) -> None:
        self.initial.setdefault("due_on", self.around.day + timedelta(weeks=4))

    def write(self, case: Case, request: Request) -> None:
        data = self.cleaned_data
        goals.aim(case, request.scope, request.now, key=data["key"], text=data["text"], due_on=data["due_on"])


class GoalSettleForm(Entry):
    """Was the goal reached?"""

    name = "goal-settle"
    title = gettext_lazy("Say whether it was reached")
    button = gettext_lazy("Save")
    done = gettext_lazy("The goal is settled.")
    anchor = "goals"
    is_about_row = True

    reached = forms.ChoiceField(
        label=gettext_lazy("Was it reached?"),
        choices=[("yes", gettext_lazy("Reached")), ("no", gettext_lazy("Not reached"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose whether it was reached.")},
    )
    remark = words(gettext_lazy("Remark"), required=False, rows=3)

    def write(self, case: Case, request: Request) -> None:
        data = self.cleaned_data
        goals.settle(
            case,
            request.scope,
            request.now,
            uuid=data["row"],
            reached=data["reached"] == "yes",
            remark=data["remark"],
        )


class ActionForm(Domained):
    """Somebody is to do something by a day, under a goal or by itself."""

    name = "action"
    title = gettext_lazy("Agree on an action")
    button = gettext_lazy("Save the agreement")
    done = gettext_lazy("It is agreed.")
    anchor = "goals"

    deed = forms.ChoiceField(label=gettext_lazy("What"), choices=Deed.choices)
    text = words(gettext_lazy("More precisely"), required=False, rows=3, longest=agreed.LONGEST)
    responsible = forms.ChoiceField(label=gettext_lazy("Responsible"))
    due_on = day_field(
        gettext_lazy("Deadline"),
        help_text=gettext_lazy("Five school days from now if you choose no other."),
        error_messages={"required": gettext_lazy("Choose a day.")},
    )
    goal = forms.ChoiceField(label=gettext_lazy("Under the goal"), required=False)

    def prepare(self) -> None:
        super().prepare()
        who: Any = self.fields["responsible"]
        who.choices = [(str(one.pk), one.name) for one in self.around.people]
        self.initial.setdefault("responsible", str(self.around.scope.actor_id))
        goal: Any = self.fields["goal"]
        open_goals = [one for one in goals.of(self.around.case) if one.settled_at is None]
        goal.choices = [("", _("None"))] + [(str(one.uuid), _cut(one.text)) for one in open_goals]
        self.initial.setdefault("due_on", entrusting.deadline(self.around.case, self.around.day))

    def clean_due_on(self) -> Any:
        due_on = self.cleaned_data["due_on"]
        if due_on < self.around.day:
            raise forms.ValidationError(_("The deadline is over already."))
        return due_on

    def write(self, case: Case, request: Request) -> None:
        data = self.cleaned_data
        goal = goals.one(case, UUID(data["goal"])) if data["goal"] else None
        agreed.agree(
            request.scope,
            request.now,
            pupil_id=case.pupil_id,
            deed=Deed(data["deed"]),
            responsible_id=int(data["responsible"]),
            due_on=data["due_on"],
            key=data["key"],
            text=data["text"],
            domain=self.wanted_domain,
            case=case,
            goal=goal,
        )


class ActionSettleForm(Entry):
    """How did the action go?"""

    name = "action-settle"
    title = gettext_lazy("Say how it went")
    button = gettext_lazy("Save")
    done = gettext_lazy("The action is settled.")
    anchor = "goals"
    is_about_row = True
    conflicts = (agreed.AlreadySettled,)

    kept = forms.ChoiceField(
        label=gettext_lazy("How did it go?"),
        choices=Kept.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how it went.")},
    )
    remark = words(gettext_lazy("Remark"), required=False, rows=3)

    def write(self, case: Case, request: Request) -> None:
        data = self.cleaned_data
        action = agreed.one(case, request.scope, data["row"])
        agreed.settle(action, request.scope, request.now, kept=Kept(data["kept"]), remark=data["remark"])


class WeekPlanForm(Entry):
    """When the child is expected, weekday by weekday."""

    name = "week-plan"
    title = gettext_lazy("Propose a week plan")
    button = gettext_lazy("Send to the school leader")
    done = gettext_lazy("The plan is proposed. It counts when the school leader has granted it.")
    anchor = "week-plan"
    refusals = {weekplans.TooLong: ("last", gettext_lazy("A week plan lasts half a year at most."))}

    since = day_field(gettext_lazy("From"))
    last = day_field(gettext_lazy("Until and including"))
    monday = forms.ChoiceField(choices=Part.choices)
    tuesday = forms.ChoiceField(choices=Part.choices)
    wednesday = forms.ChoiceField(choices=Part.choices)
    thursday = forms.ChoiceField(choices=Part.choices)
    friday = forms.ChoiceField(choices=Part.choices)
    text = words(gettext_lazy("Why so, and what comes after"), required=False, rows=3)

    def prepare(self) -> None:
        for number, name in enumerate(DAYS):
            self.fields[name].label = str(WEEKDAYS[number]).capitalize()
        self.initial.setdefault("since", self.around.day + ONE_DAY)
        self.initial.setdefault("last", self.around.day + timedelta(weeks=4))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        since, last = data.get("since"), data.get("last")
        if since and since < self.around.day:
            self.add_error(
                "since", _("A plan begins today at the earliest: days that are over stay as they were.")
            )
        elif since and last and last < since:
            self.add_error("last", _("The last day comes before the first."))
        return data

    def write(self, case: Case, request: Request) -> None:
        data = self.cleaned_data
        weekplans.propose(
            case,
            request.scope,
            request.now,
            key=data["key"],
            since=data["since"],
            until=data["last"] + ONE_DAY,
            days=[Part(data[name]) for name in DAYS],
            text=data["text"],
        )


class WeekPlanDecideForm(Entry):
    """The leader grants or refuses."""

    name = "week-plan-decide"
    title = gettext_lazy("Decide on the plan")
    button = gettext_lazy("Save the decision")
    done = gettext_lazy("The decision is saved.")
    anchor = "week-plan"
    is_about_row = True
    action = Action.WEEK_PLAN_DECIDE
    refusals = {
        weekplans.AnswerRequired: ("answer", gettext_lazy("Write why it is not granted.")),
        weekplans.TooLate: ("decision", gettext_lazy("The plan's last day is over. Ask for a new plan.")),
    }

    decision = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=[("grant", gettext_lazy("Grant")), ("refuse", gettext_lazy("Do not grant"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose whether the plan is granted.")},
    )
    answer = words(gettext_lazy("Answer"), required=False, rows=3, longest=2_000)

    def write(self, case: Case, request: Request) -> None:
        data = self.cleaned_data
        weekplans.decide(
            case,
            request.scope,
            request.now,
            uuid=data["row"],
            grant=data["decision"] == "grant",
            day=request.day,
            answer=data["answer"],
            called=_("Agreed timetable"),
        )


class WeekPlanEndForm(Entry):
    """The leader ends a granted plan."""

    name = "week-plan-end"
    button = gettext_lazy("End the plan from today")
    done = gettext_lazy("The plan is over. From today the child is expected all day.")
    anchor = "week-plan"
    is_about_row = True
    action = Action.WEEK_PLAN_DECIDE

    def write(self, case: Case, request: Request) -> None:
        weekplans.end(case, request.scope, uuid=self.cleaned_data["row"], day=request.day)


def _cut(text: str, longest: int = 60) -> str:
    """The beginning of a text, for a list to choose from."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
