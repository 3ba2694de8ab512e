"""What does one say when a case takes a step, or somebody takes part in it?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fravaer.accounts.colleagues import Colleague
from fravaer.accounts.roles import Role
from fravaer.cases import handover, notes, parties, sharing
from fravaer.cases.domains import Domain
from fravaer.cases.forms import LongText, SeenForm, TurnForm
from fravaer.cases.models import Conclusion, Unit
from fravaer.cases.pages.entries import day_field

TOO_LONG = _(
    "The text is too long: %(show_value)d characters, and %(limit_value)d is the most. Nothing of it is lost."
)


def text(label: Any, *, required: bool = True, rows: int = 4, help_text: Any = "") -> LongText:
    """A text area of these forms."""
    return LongText(
        label=label,
        required=required,
        max_length=notes.LONGEST,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"max_length": TOO_LONG},
    )


def people(found: Iterable[Colleague]) -> list[tuple[str, str]]:
    """Choices of colleagues, by user and role."""
    return [(f"{one.user_id}:{one.role.value}", f"{one.name} · {one.role.label}") for one in found]


def chosen(value: str, among: Iterable[Colleague]) -> Colleague | None:
    """The colleague a choice names."""
    return next((one for one in among if f"{one.user_id}:{one.role.value}" == value), None)


class ReferForm(SeenForm):
    chief = forms.ChoiceField(label=_("Chief"))
    psychologist = forms.ChoiceField(label=_("Psychologist"))
    text = text(
        _("Why the absence team"), required=False, help_text=_("Both of them read it, and all who take part.")
    )

    def __init__(self, *args: Any, asked: Mapping[Role, Sequence[Colleague]], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "refer_%s", **kwargs})
        for name, side in (("chief", Role.CHIEF), ("psychologist", Role.PSYCHOLOGIST)):
            field: Any = self.fields[name]
            field.choices = [("", _("Choose")), *((str(one.user_id), one.name) for one in asked[side])]


class BecauseForm(SeenForm):
    text = text(_("Why"), rows=3)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "because_%s", **kwargs})


class DiscussForm(SeenForm):
    key = forms.UUIDField(widget=forms.HiddenInput)
    held_on = day_field(_("Discussed on"), error_messages={"required": _("Choose a day.")})
    conclusion = forms.ChoiceField(
        label=_("Conclusion"), choices=Conclusion.choices, widget=forms.RadioSelect
    )
    text = text(_("What was said"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "discuss_%s", **kwargs})


class OfferForm(SeenForm):
    """The offer with its checklist; the lines' fields are named `line-<key>`."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    to = forms.ChoiceField(label=_("Who takes the case over"))

    def __init__(
        self, *args: Any, colleagues: Sequence[Colleague], lines: Sequence[handover.Line], **kwargs: Any
    ) -> None:
        super().__init__(*args, **{"auto_id": "offer_%s", **kwargs})
        field: Any = self.fields["to"]
        units = [(unit.value, unit.label) for unit in handover.TO if unit not in handover.ROLES]
        field.choices = [
            ("", _("Choose")),
            (_("Colleagues"), people(colleagues)),
            (_("Units that answer by telephone or letter"), units),
        ]
        self.lines = [f"line-{line.key}" for line in lines]
        for line in lines:
            self.fields[f"line-{line.key}"] = text(line.question, required=False, rows=3)
            self.fields[f"line-{line.key}"].initial = line.prefilled
        self.fields["text"] = text(_("What you hope they can do"))


class AnswerForm(forms.Form):
    answer = forms.ChoiceField(
        widget=forms.HiddenInput, choices=[("accept", "accept"), ("decline", "decline")]
    )
    text = text(_("Remark, or why not"), required=False, rows=3)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "answer_%s", **kwargs})


class ColleagueForm(forms.Form):
    colleague = forms.ChoiceField(label=_("Colleague"))

    def __init__(self, *args: Any, colleagues: Sequence[Colleague], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "colleague_%s", **kwargs})
        field: Any = self.fields["colleague"]
        field.choices = [("", _("Choose")), *people(colleagues)]


class NamedForm(forms.Form):
    unit = forms.ChoiceField(label=_("Unit"), choices=[(unit.value, unit.label) for unit in parties.BY_NAME])
    name = forms.CharField(
        label=_("Name and place of work"), max_length=150, help_text=_("No telephone number, and no address.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "named_%s", **kwargs})


class ResponsibleForm(SeenForm):
    user = forms.ChoiceField(label=_("Responsible"))

    def __init__(self, *args: Any, users: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "responsible_%s", **kwargs})
        field: Any = self.fields["user"]
        field.choices = users


class ShareForm(TurnForm):
    domain = forms.ChoiceField(label=_("Who is to read it"), widget=forms.RadioSelect)
    basis = forms.ChoiceField(label=_("On what basis"), widget=forms.RadioSelect)
    text = text(_("Remark"), required=False, rows=3)

    def __init__(self, *args: Any, domains: Iterable[Domain], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "share_%s", **kwargs})
        fields: Any = self.fields
        fields["domain"].choices = [(domain.value, domain.label) for domain in domains]
        fields["basis"].choices = list(sharing.BASES.items())


def wanted(value: str, colleagues: Sequence[Colleague]) -> tuple[Unit, Colleague | None]:
    """The unit, and the colleague in it, that an offer's choice names."""
    found = chosen(value, colleagues)
    if found is None:
        return Unit(value), None
    unit = next(unit for unit, roles in handover.ROLES.items() if found.role in roles)
    return unit, found
