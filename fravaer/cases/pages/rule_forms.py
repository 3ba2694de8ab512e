"""What does one say of a rule one proposes?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fravaer.accounts.roles import Role
from fravaer.cases import proposals
from fravaer.cases.contradictions import Contradiction, Problem
from fravaer.cases.forms import LongText
from fravaer.cases.rules import ILLNESS, LEAVE, PENDING, UNLAWFUL, Purpose, Rule, Unit, Window
from fravaer.schools.models import School

MUNICIPALITY = "municipality"
# What is asked of a rule, in the order one thinks of it; fields named nowhere come first.
PARTS: tuple[tuple[str | Promise, tuple[str, ...]], ...] = (
    (gettext_lazy("What the rule counts"), ("unit", "reasons", "window", "window_days")),
    (gettext_lazy("Where the line is"), ("lower", "lower_inclusive", "upper", "upper_inclusive", "band")),
    (
        gettext_lazy("From when the rule speaks, and until when it holds a pupil"),
        ("minimum_possible_days", "minimum_absent_days", "easing_margin", "coverage"),
    ),
    (gettext_lazy("Who acts, and by when"), ("tells", "deadline_days", "cooldown_days")),
)
# Roles that are told of crossings: those who may act on them.
TOLD = (Role.LEADER, Role.INCLUSION, Role.SOCIAL_WORKER, Role.SOCIAL_LEADER)


class FromForm(forms.Form):
    """From which day, and why. `key` recognises a form that is sent twice."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    valid_from = forms.DateField(
        label=gettext_lazy("From and including"),
        help_text=gettext_lazy("A day to come, as dd-mm-yyyy. The rule of today holds until then."),
        widget=forms.DateInput(format="%d-%m-%Y", attrs={"inputmode": "numeric"}),
        error_messages={
            "required": gettext_lazy("Write the day it is to hold from."),
            "invalid": gettext_lazy("Write the day as dd-mm-yyyy."),
        },
    )
    text = LongText(
        label=gettext_lazy("Why"),
        required=False,
        max_length=proposals.LONGEST_TEXT,
        help_text=gettext_lazy("Is read by the person who decides. No names of children."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "max_length": gettext_lazy(
                "The text is too long: %(show_value)d characters, and %(limit_value)d is the most. Nothing of it is lost."
            )
        },
    )

    def refuse(self, problems: Iterable[Problem]) -> None:
        """Say what is contradicted, at the field it is about."""
        for problem in problems:
            field = problem.field if problem.field in self.fields else None
            self.add_error(field, str(WORDS[problem.contradiction]))

    @property
    def parts(self) -> list[tuple[str | Promise, list[forms.BoundField]]]:
        """The fields as the page shows them, in parts of which the first may have no heading."""
        return [("", list(self))]

    @property
    def is_tampered(self) -> bool:
        return any(name in self.errors for name, field in self.fields.items() if field.widget.is_hidden)


class SetForm(FromForm):
    """A shipped set is switched on as it is."""


class EndForm(FromForm):
    """A rule ends."""

    valid_from = forms.DateField(
        label=gettext_lazy("Ends from and including"),
        help_text=gettext_lazy("A day to come, as dd-mm-yyyy. It holds until then."),
        widget=forms.DateInput(format="%d-%m-%Y", attrs={"inputmode": "numeric"}),
        error_messages={
            "required": gettext_lazy("Write the day it is to end."),
            "invalid": gettext_lazy("Write the day as dd-mm-yyyy."),
        },
    )


class RuleForm(FromForm):
    """A new rule, or a new version of one. What a family shares cannot be changed for one of its lines alone."""

    unit_of = forms.ChoiceField(label=gettext_lazy("Whose pupils"), widget=forms.RadioSelect)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100, required=False)
    unit = forms.ChoiceField(
        label=gettext_lazy("What is counted"),
        choices=[
            (Unit.PERCENT.value, gettext_lazy("Percent of the days held")),
            (Unit.DAYS.value, gettext_lazy("Days")),
            (Unit.RUN.value, gettext_lazy("Days in a row")),
            (Unit.SPELLS.value, gettext_lazy("Spells of absence")),
        ],
    )
    lower = forms.IntegerField(label=gettext_lazy("The line"), min_value=1, max_value=400)
    lower_inclusive = forms.TypedChoiceField(
        label=gettext_lazy("The line is reached by"),
        widget=forms.RadioSelect,
        choices=[("1", gettext_lazy("at least that many")), ("0", gettext_lazy("more than that"))],
        coerce=lambda value: value == "1",
    )
    upper = forms.IntegerField(
        label=gettext_lazy("Up to"),
        required=False,
        min_value=1,
        max_value=400,
        help_text=gettext_lazy("Empty where there is no upper line."),
    )
    upper_inclusive = forms.BooleanField(
        label=gettext_lazy("The upper line itself belongs to it"), required=False
    )
    reasons = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Which absence counts"),
        widget=forms.CheckboxSelectMultiple,
        coerce=int,
        choices=[
            (ILLNESS, gettext_lazy("Illness")),
            (LEAVE, gettext_lazy("Permitted leave")),
            (UNLAWFUL, gettext_lazy("Unlawful")),
            (PENDING, gettext_lazy("Not explained yet")),
        ],
        error_messages={"required": gettext_lazy("Choose which absence counts.")},
    )
    window = forms.ChoiceField(
        label=gettext_lazy("Over which days"),
        choices=[
            (Window.SCHOOL_YEAR.value, gettext_lazy("The school year so far")),
            (Window.QUARTER.value, gettext_lazy("The calendar quarter so far")),
            (Window.LAST_DAYS.value, gettext_lazy("The last school days")),
        ],
    )
    window_days = forms.IntegerField(
        label=gettext_lazy("How many of the last school days"), required=False, min_value=1, max_value=200
    )
    band = forms.IntegerField(
        label=gettext_lazy("Step"),
        min_value=1,
        max_value=9,
        help_text=gettext_lazy("1 is the lowest. The worklist shows the highest step first."),
    )
    minimum_possible_days = forms.IntegerField(
        label=gettext_lazy("Not before so many school days were held"), min_value=0, max_value=200
    )
    minimum_absent_days = forms.IntegerField(
        label=gettext_lazy("Not before so many days away"), min_value=0, max_value=200
    )
    easing_margin = forms.IntegerField(
        label=gettext_lazy("Off the list when so far below the line"),
        min_value=1,
        max_value=400,
        help_text=gettext_lazy("In percentage points, days or spells. Keeps a pupil from going on and off."),
    )
    coverage = forms.IntegerField(
        label=gettext_lazy("Off the list only when so many percent of the registers are taken"),
        min_value=0,
        max_value=100,
    )
    deadline_days = forms.IntegerField(
        label=gettext_lazy("Somebody acts within so many school days"), min_value=0, max_value=200
    )
    cooldown_days = forms.IntegerField(
        label=gettext_lazy("Nobody is told again within so many school days"), min_value=0, max_value=200
    )
    tells = forms.MultipleChoiceField(
        label=gettext_lazy("Who is told"),
        widget=forms.CheckboxSelectMultiple,
        choices=[(role.value, role.label) for role in TOLD],
        required=False,
    )

    def __init__(
        self, *args: Any, schools: Sequence[School], with_municipality: bool, is_new: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if is_new:
            choices: list[tuple[str, Any]] = (
                [(MUNICIPALITY, _("The whole municipality"))] if with_municipality else []
            )
            choices += [(str(school.pk), school.name) for school in schools]
            field: Any = self.fields["unit_of"]
            field.choices = choices
            if len(choices) == 1:
                self.initial.setdefault("unit_of", choices[0][0])
        else:
            del self.fields["unit_of"]
            del self.fields["band"]

    @property
    def parts(self) -> list[tuple[str | Promise, list[forms.BoundField]]]:
        placed = {name for _heading, names in PARTS for name in names}
        found: list[tuple[str | Promise, list[forms.BoundField]]] = [
            ("", [field for field in self if field.name not in placed])
        ]
        for heading, names in PARTS:
            found.append((heading, [self[name] for name in names if name in self.fields]))
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("window") != Window.LAST_DAYS:
            data["window_days"] = None
        elif not data.get("window_days") and "window_days" not in self.errors:
            self.add_error("window_days", _("Write how many of the last school days."))
        return data

    def rule(self, like: Rule) -> Rule:
        """What was typed, as a rule; the rest as in `like`."""
        data = self.cleaned_data
        changed = {
            name: data[name]
            for name in (
                "name", "lower", "lower_inclusive", "upper", "window_days", "minimum_possible_days",
                "minimum_absent_days", "easing_margin", "coverage", "deadline_days", "cooldown_days", "band",
            )
            if name in data
        }  # fmt: skip
        return replace(
            like,
            **changed,
            unit=Unit(data["unit"]),
            window=Window(data["window"]),
            upper_inclusive=bool(data["upper_inclusive"] and data["upper"] is not None),
            reasons=tuple(sorted(data["reasons"])),
            tells=tuple(data["tells"]),
        )

    @property
    def school_id(self) -> int | None:
        wanted = self.cleaned_data["unit_of"]
        return None if wanted == MUNICIPALITY else int(wanted)


def initial(rule: Rule, valid_from: date | None = None) -> dict[str, Any]:
    """The form's fields as the rule has them."""
    names = [name for name in RuleForm.base_fields if hasattr(rule, name)]
    return {
        **{name: getattr(rule, name) for name in names},
        "unit": rule.unit.value,
        "window": rule.window.value,
        "lower_inclusive": "1" if rule.lower_inclusive else "0",
        "reasons": list(rule.reasons),
        "tells": list(rule.tells),
        "valid_from": valid_from,
    }


# A line of one's own begins from this.
NEW = Rule(
    "own", "own", 1, 1, 10, True, purpose=Purpose.TRIAGE, tells=(Role.LEADER.value, Role.SOCIAL_WORKER.value)
)

WORDS = {
    Contradiction.PAST: gettext_lazy("The day has to be after today: what was found by a rule stays found."),
    Contradiction.NO_REASON: gettext_lazy("Choose which absence counts."),
    Contradiction.UPSIDE_DOWN: gettext_lazy(
        "The upper line lies below the lower one, so nobody could be between them."
    ),
    Contradiction.NEVER: gettext_lazy("Nobody can be absent more than 100%."),
    Contradiction.WINDOW_TOO_SHORT: gettext_lazy("There are not so many days in the days that are counted."),
    Contradiction.EVIDENCE_TOO_MUCH: gettext_lazy(
        "The rule would never speak: it asks for more days held than it counts."
    ),
    Contradiction.MARGIN: gettext_lazy("The margin has to be at least 1 and at most as large as the line."),
    Contradiction.FAMILY: gettext_lazy(
        "The other steps of this rule count something else or over other days. Change none of it, or make a rule of its own."
    ),
    Contradiction.BAND_TAKEN: gettext_lazy("The rule has a line at this step already."),
    Contradiction.ORDER: gettext_lazy(
        "A higher step has to have a higher line than the step below it, and a lower one than the step above it."
    ),
    Contradiction.PLANNED: gettext_lazy(
        "A change of this rule is planned already, or it has ended. Withdraw the planned change first."
    ),
    Contradiction.NOTHING_NEW: gettext_lazy("This is what holds already."),
}
