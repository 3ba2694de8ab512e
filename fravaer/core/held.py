"""What does a table hold about a child, told to whoever has a right to know it?

Each app names its tables in its own `held`: which columns are told, whose side they belong to, and where others than the child
may be described. Nothing is decided here about what is handed out; the rows carry what the decision needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fravaer.core.templatetags.danish import clock, shortdate

SCHOOL, SOCIAL, PPR = "school", "social", "ppr"


# What columns are called for people, whichever table they are in.
LABELS: dict[str, str | Promise] = {
    **dict.fromkeys(
        ("day", "since", "starts_on", "held_on", "said_on", "given_on", "quarter_on"), gettext_lazy("Day")
    ),
    **dict.fromkeys(("until", "ended_on"), gettext_lazy("Until, and without")),
    **dict.fromkeys(
        (
            "at",
            "entered_at",
            "opened_at",
            "created_at",
            "received_at",
            "sent_at",
            "starts_at",
            "said_at",
            "asked_at",
            "noted_at",
            "rung_at",
            "crossed_on",
            "drafted_at",
            "made_at",
            "placed_at",
        ),
        gettext_lazy("Time"),
    ),
    **dict.fromkeys(("text", "body", "note", "minutes", "description"), gettext_lazy("Text")),
    **dict.fromkeys(("kind", "what", "deed", "function", "level", "voice"), gettext_lazy("Kind")),
    **dict.fromkeys(
        ("state", "stage", "status", "holds", "reached", "decision", "outcome"), gettext_lazy("State")
    ),
    **dict.fromkeys(("reason", "because", "basis"), gettext_lazy("Reason")),
    **dict.fromkeys(("answer", "reply", "remark", "decision_text"), gettext_lazy("Answer")),
    **dict.fromkeys(("subject", "name", "conclusion"), gettext_lazy("Subject")),
    "school": gettext_lazy("School"),
    "school_class": gettext_lazy("Class"),
    "checkpoint": gettext_lazy("Part of the day"),
    "halves": gettext_lazy("Half-days"),
    "arrived_at": gettext_lazy("Came at"),
    "given_name": gettext_lazy("Given name"),
    "family_name": gettext_lazy("Family name"),
    "birth_on": gettext_lazy("Birth date"),
    "protected": gettext_lazy("Protected name and address"),
    "guardian": gettext_lazy("Guardian"),
    "relation": gettext_lazy("Relation"),
    "custody": gettext_lazy("Custody"),
    "sms_allowed": gettext_lazy("May be sent SMS"),
    **dict.fromkeys(("e164", "to_mask"), gettext_lazy("Number")),
    "source": gettext_lazy("Source"),
    "due_on": gettext_lazy("Deadline"),
    "place": gettext_lazy("Place"),
    "participants": gettext_lazy("Participants"),
    "agenda": gettext_lazy("Agenda"),
    "to_whom": gettext_lazy("To whom"),
    "domain": gettext_lazy("Whose it is"),
    **dict.fromkeys(("absent", "unlawful", "possible"), gettext_lazy("Half-days")),
    "tenths": gettext_lazy("Tenths of a percent"),
    "family": gettext_lazy("Rule"),
    "friends": gettext_lazy("Friends"),
    "lessons": gettext_lazy("Lessons"),
    "adult": gettext_lazy("A grown-up"),
    "contact": gettext_lazy("Contact"),
    "wish": gettext_lazy("Wish"),
    "days": gettext_lazy("Days"),
    "held_out": gettext_lazy("Held out by lot"),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """One table: by which path its rows lead to a pupil, what is told of them, and what has to be looked at before.

    `side` is whose rows they are, or the column that says it. `looked_at`: people wrote them, and others than the child may be in
    them. `guardian` is the column with the guardian a row is about. `sealed_column` says of a row that it is opened by itself.
    """

    model: type[Model]
    title: str | Promise
    path: str
    columns: tuple[str, ...]
    side: str = SCHOOL
    side_column: str = ""
    looked_at: bool = False
    guardian: str = ""
    sealed_column: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it is told: a key of its own, words by column, and what a decision about it has to know."""

    key: str
    title: str
    side: str
    fields: tuple[tuple[str, str], ...]
    looked_at: bool
    guardian_id: int | None
    sealed: bool = False


def rows(kept: Iterable[Kept], pupil_id: int) -> Iterator[Row]:
    """Everything in the tables about the pupil, table by table, the oldest first."""
    for one in kept:
        for row in one.model._base_manager.filter(**{one.path: pupil_id}).order_by("pk"):
            yield Row(
                key=f"{one.model._meta.label}:{row.pk}",
                title=str(one.title),
                side=getattr(row, one.side_column) if one.side_column else one.side,
                fields=tuple((str(LABELS[name]), said) for name in one.columns if (said := _said(row, name))),
                looked_at=one.looked_at,
                guardian_id=getattr(row, one.guardian) if one.guardian else None,
                sealed=bool(one.sealed_column) and getattr(row, one.sealed_column),
            )


def _said(row: Model, name: str) -> str:
    display = getattr(row, f"get_{name}_display", None)
    value: Any = display() if display else getattr(row, name)
    match value:
        case None | "" | []:
            return ""
        case bool():
            return _("yes") if value else _("no")
        case datetime():
            return f"{shortdate(value)} {clock(value)}"
        case date():
            return shortdate(value)
        case time():
            return clock(value)
        case list() | tuple():
            return ", ".join(map(str, value))
        case _:
            return str(value)
