"""How does a form of a case become a row, and what comes back when it cannot?

Every form that writes in a case is alike: it says its name, where it stands on its page, and which room it calls. What is wrong
comes back with everything typed (422), and so does what somebody else has done meanwhile (409); a form that is not ours is
refused (400).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, SuspiciousOperation
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fravaer.accounts.models import User
from fravaer.accounts.roles import Action
from fravaer.cases import entrusting, lifecycle, writing
from fravaer.cases.domains import Domain, domains, may
from fravaer.cases.forms import LongText, TurnForm
from fravaer.cases.models import Case, State
from fravaer.cases.pages import refusals
from fravaer.core.http import Request
from fravaer.core.scope import Scope

TOO_LONG = gettext_lazy(
    "The text is too long: %(show_value)d characters, and %(limit_value)d is the most. Nothing of it is lost."
)
NO_DAY = gettext_lazy("Write the day as dd-mm-yyyy.")
# What somebody did while the form was being filled in.
MEANWHILE: tuple[type[Exception], ...] = (writing.SavedAlready, lifecycle.NotOpen, lifecycle.HandedOver)


@dataclass(frozen=True, slots=True)
class Around:
    """What a form of a case is made in: the case, who writes, on which day, and who can be made responsible."""

    case: Case
    scope: Scope
    day: date
    people: tuple[User, ...]
    turn: int | None = None

    @classmethod
    def of(cls, request: Request, case: Case) -> Around:
        """What the forms of a page are made in."""
        people = entrusting.people(case, request.scope, request.now)
        return cls(case, request.scope, request.day, tuple(people), lifecycle.turn(case))

    def may_write(self, action: Action = Action.CASE_NOTE) -> bool:
        """Whether the actor writes in the case as it stands."""
        return self.case.state == State.OPEN and may(self.scope, action, self.case.pupil_id)


class Entry(TurnForm):
    """A form of a case. `key` comes with it, so that a retry is recognised; `row` names what it is about, where it is about one.

    `refusals` says under which field, and in which words, an exception of its room comes back.
    """

    name: ClassVar[str]
    title: ClassVar[str | Promise]
    button: ClassVar[str | Promise]
    done: ClassVar[str | Promise]
    # The part of the page the form stands in.
    anchor: ClassVar[str]
    refusals: ClassVar[Mapping[type[Exception], tuple[str | None, str | Promise]]] = {}
    # What somebody may have done meanwhile, beside closing the case.
    conflicts: ClassVar[tuple[type[Exception], ...]] = ()
    # Whether it is about a row that is there.
    is_about_row: ClassVar[bool] = False
    action: ClassVar[Action] = Action.CASE_NOTE

    key = forms.UUIDField(widget=forms.HiddenInput)
    row = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *, around: Around, row: UUID | None = None) -> None:
        of_row = row or (data.get("row") if data else None) or ""
        auto_id = f"{self.name}_{of_row}_%s" if self.is_about_row else f"{self.name}_%s"
        super().__init__(data, initial={"key": uuid4(), "row": row, "turn": around.turn}, auto_id=auto_id)
        if not self.is_about_row:
            del self.fields["row"]
        self.around = around
        self.prepare()

    def prepare(self) -> None:
        """Fill in what the form's choices depend on."""

    def write(self, case: Case, request: Request) -> None:
        """Call the form's room with what was typed."""
        raise NotImplementedError

    @property
    def is_tampered(self) -> bool:
        hidden = (name for name, field in self.fields.items() if field.widget.is_hidden)
        return any(name in self.errors for name in hidden)

    @property
    def about(self) -> str:
        """The row the form is about, as its address names it; nothing for a form that makes one."""
        return str(self["row"].value() or "") if self.is_about_row else ""

    def with_new_key(self) -> None:
        """Let what was typed be saved as something new."""
        posted: Any = self.data
        self.data = posted.copy()
        self.data["key"] = str(uuid4())  # type: ignore[index]
        self.data["turn"] = str(lifecycle.turn(self.around.case))  # type: ignore[index]

    def typed(self) -> list[tuple[str, str]]:
        """What was typed, by label, for a page that no longer has the form."""
        found = []
        for field in self.visible_fields():
            value = field.value()
            if value and field.widget_type in ("textarea", "text"):
                found.append((str(field.label), str(value)))
        return found


class Domained(Entry):
    """A form whose row belongs to a domain; who writes in one alone is not asked."""

    domain = forms.ChoiceField(
        label=gettext_lazy("Who may read it"), widget=forms.RadioSelect, required=False
    )

    def prepare(self) -> None:
        super().prepare()
        own = domains(self.around.scope)
        if len(own) > 1:
            choice: Any = self.fields["domain"]
            choice.choices = [(domain.value, domain.label) for domain in own]
            choice.required = True
            choice.initial = Domain.SCHOOL.value
        else:
            del self.fields["domain"]

    @property
    def wanted_domain(self) -> Domain | None:
        return Domain(self.cleaned_data["domain"]) if self.cleaned_data.get("domain") else None


class Forms:
    """The page's forms: empty ones, but the refused one as it was typed; none where the actor may not write."""

    def __init__(self, around: Around, refused: Entry | None) -> None:
        self.around = around
        self.refused = refused

    def new(self, form_class: type[Entry]) -> Entry | None:
        """A form that makes something new."""
        if not self.around.may_write(form_class.action):
            return None
        if self.refused is not None and self.refused.name == form_class.name:
            return self.refused
        return form_class(around=self.around)

    def about(self, form_class: type[Entry], row: UUID, *, also_closed: bool = False) -> Entry | None:
        """A form about a row that is there, also in a closed case where that is said."""
        if not (self.around.may_write(form_class.action) or (also_closed and self.may(form_class.action))):
            return None
        refused = self.refused
        if refused is not None and (refused.name, refused.about) == (form_class.name, str(row)):
            return refused
        return form_class(around=self.around, row=row)

    def may(self, action: Action) -> bool:
        """Whether the actor may do this in the case, open or closed."""
        return may(self.around.scope, action, self.around.case.pupil_id)


def words(
    label: Any, *, required: bool = True, rows: int = 4, longest: int = writing.LONGEST, **more: Any
) -> LongText:
    """A field for what somebody writes in her own words."""
    return LongText(
        label=label,
        required=required,
        max_length=longest,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"max_length": TOO_LONG, **more.pop("error_messages", {})},
        **more,
    )


def day_field(label: Any, **more: Any) -> forms.DateField:
    """A field for a day."""
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date", "class": "input-width-s"}, format="%Y-%m-%d"),
        error_messages={"invalid": NO_DAY, **more.pop("error_messages", {})},
        **more,
    )


def written(
    request: Request,
    case: Case,
    form_class: type[Entry],
    page: Callable[..., HttpResponse],
    home: str,
) -> HttpResponse:
    """Save the form, and go back to where it stands; or show `page` with the form as it was typed (`refused`)."""
    form = form_class(request.POST, around=Around.of(request, case))
    if form.is_tampered:
        raise SuspiciousOperation("the form's hidden fields are not ours")
    if not form.is_valid():
        return page(request, case, refused=form, status=422)
    try:
        with lifecycle.holding(case, form.cleaned_data["turn"]):
            form.write(case, request)
    except writing.KeyReused as error:
        raise SuspiciousOperation("the form's key belongs to another") from error
    except ObjectDoesNotExist as error:
        raise Http404 from error
    except tuple(form.refusals) as refusal:
        field, said = form.refusals[type(refusal)]
        form.add_error(field, str(said))
        return page(request, case, refused=form, status=422)
    except (*MEANWHILE, *form.conflicts) as refusal:
        case.refresh_from_db(fields=["state", "stage", "unit", "responsible"])
        form.with_new_key()
        return page(request, case, refused=form, meanwhile=said_of(refusal), status=409)
    messages.success(request, str(form.done))
    response = redirect(home)
    response["Location"] += f"#{form.anchor}"
    response.status_code = 303
    return response


def said_of(refusal: Exception) -> str:
    """What happened meanwhile, in words."""
    if isinstance(refusal, lifecycle.NotOpen | lifecycle.HandedOver):
        return refusals.said(refusal)
    return _(
        "This was saved already with something else in it, perhaps by somebody else. Nothing of yours is saved yet: look at what "
        "stands, and save again if it is still needed."
    )
