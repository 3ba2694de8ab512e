"""Which kinds of data are there, what makes their time run, and how long is each kept at first?

Where the law says nothing the municipality chooses: no term for deletion of absence was found in Danish law, while the time must
be limited to what is needed (data protection regulation articles 5(1)(e) and 17; the Archives Act where data are to be archived
first). What a job lets go every night stands beside what two persons decide.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from fravaer.absence import disposal as registers
from fravaer.accounts import disposal as accounts
from fravaer.cases import disposal as cases
from fravaer.core.disposal import Item, Why
from fravaer.reports import disposal as reports
from fravaer.schools import disposal as schools
from fravaer.sms import disposal as messages

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class What(StrEnum):
    """What happens when the time has come."""

    DELETE = "delete"
    ANONYMISE = "anonymise"
    # Nothing is done by the product.
    KEEP = "keep"


CHOICE = _("The municipality's choice: no term was found in law.")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of data: what its term is counted from, how long it is before anybody has decided, and what happens then.

    `items` finds what ended before a day, `dispose` lets those keys go and says how many rows of what. A kind without them is
    let go by a job of its own every night, or kept.
    """

    key: str
    label: _StrPromise
    trigger: _StrPromise
    months: int | None
    what: What = What.DELETE
    source: _StrPromise = CHOICE
    items: Callable[[date], Iterable[Item]] | None = None
    dispose: Callable[[Collection[str]], Mapping[str, int]] | None = None
    # Whether it can be put by for an archive before it goes.
    archivable: bool = False
    # How long, where it is no number of months.
    lasts: _StrPromise | None = None


def _classes(day: date) -> list[Item]:
    """Classes' registers, with why some are needed still."""
    found = registers.ended_before(day)
    needed = reports.keeps(int(item.key) for item in found)
    return [replace(item, why=needed.get(int(item.key))) for item in found]


def _pupils(day: date) -> list[Item]:
    """Pupils who left; one of whom something else is kept stays with it."""
    found = schools.left_before(day)
    ids = {pupil for item in found for pupil in item.pupils}
    kept = registers.pupils_with_registers(ids) | cases.pupils_with_cases(ids)
    return [replace(item, why=Why.STILL_KEPT) if item.pupils & kept else item for item in found]


KINDS: dict[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind(
            "absence.registers",
            _("Registers and absences of a class, with their reasons and what was said of them"),
            _("The end of the school year"),
            60,
            items=_classes,
            dispose=registers.dispose,
            archivable=True,
        ),
        Kind(
            "cases.case",
            _("Cases with notes, meetings, letters, plans and files"),
            _("The case was closed"),
            60,
            items=cases.closed_before,
            dispose=cases.dispose,
            archivable=True,
        ),
        Kind(
            "cases.measure",
            _("The mark that a child has a social measure"),
            _("The measure ended"),
            24,
            items=cases.measures_ended_before,
            dispose=cases.dispose_measures,
            archivable=True,
        ),
        Kind(
            "sms.message",
            _("Messages to guardians: that one was sent, when and to whom"),
            _("The day the message was about"),
            36,
            items=messages.sent_before,
            dispose=messages.dispose,
            archivable=True,
        ),
        Kind(
            "schools.pupil",
            _("Pupils who have left, with the guardians nobody else is left of"),
            _("The last enrolment ended"),
            60,
            items=_pupils,
            dispose=schools.dispose,
            archivable=True,
        ),
        Kind(
            "accounts.user",
            _("Accounts of staff who have left"),
            _("The last access ended"),
            60,
            What.ANONYMISE,
            items=accounts.left_before,
            dispose=accounts.forget_names,
        ),
        Kind(
            "accounts.emergency",
            _("Uses of emergency access that have been answered for"),
            _("The access was opened"),
            60,
            items=accounts.emergencies_before,
            dispose=accounts.dispose_emergencies,
        ),
        Kind(
            "reports.data_set",
            _("Receipts of data sets prepared for the ministry"),
            _("It was last fetched or delivered"),
            60,
            items=reports.data_sets_before,
            dispose=reports.dispose_data_sets,
        ),
        Kind(
            "sms.words",
            _("The words of messages to guardians"),
            _("The message was sent"),
            None,
            lasts=_("As many days as the chief has chosen on SMS of all schools; by itself every night"),
        ),
        Kind(
            "sms.replies",
            _("The words and numbers of guardians' replies"),
            _("The reply came"),
            None,
            lasts=_("As many days as the chief has chosen on SMS of all schools; by itself every night"),
        ),
        Kind(
            "sms.events",
            _("What the provider told of a message"),
            _("The provider told it"),
            None,
            lasts=_("A year; by itself every night"),
        ),
        Kind(
            "reports.export",
            _("Files somebody asked for"),
            _("The file was made"),
            None,
            lasts=_("A day; by itself every ten minutes"),
        ),
        Kind(
            "accounts.search",
            _("Searches in emergency access"),
            _("The search"),
            None,
            lasts=_("90 days; by itself every night"),
        ),
        Kind(
            "reports.frozen",
            _("Frozen quarters and school years: sums without persons"),
            _("The quarter was frozen"),
            None,
            What.KEEP,
            lasts=_("For good: they are sums, and no child can be told from them"),
        ),
        Kind(
            "audit.trail",
            _("The trail: who saw and changed what"),
            _("The event"),
            None,
            What.KEEP,
            lasts=_("For good: it is the evidence of the rest, and holds ids alone"),
        ),
    )
}
# Those two persons decide about.
DECIDED = tuple(key for key, kind in KINDS.items() if kind.items is not None)
