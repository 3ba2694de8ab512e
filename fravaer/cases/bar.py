"""Whose case is it, how far has it come, and what comes next by when?

What stands above every page of a case. Whoever does not read what is inside sees no next step.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from fravaer.accounts.fields import Field, visible_fields
from fravaer.cases import words
from fravaer.cases.domains import domains, reads
from fravaer.cases.models import AgreedAction, Case, HandOver, Stage, State, Unit
from fravaer.core.scope import Scope
from fravaer.core.templatetags.danish import shortdate

Facts = list[tuple[str, str]]
# The KLE number of absence from teaching, under which municipalities file.
KLE = "17.20.03"


@dataclass(frozen=True, slots=True)
class Next:
    """What is to be done next, by whom and until when; without a day where none was agreed."""

    text: str
    due_on: date | None = None
    who: str = ""
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """What the head of the page shows: facts in their order, the stage in words, and the next step if she may know it."""

    facts: Facts
    stage: str
    next: Next | None


def of(case: Case, scope: Scope, day: date) -> Bar:
    """The head of a case that is visible to the actor."""
    place = " · ".join(
        part
        for part in (words.class_name(case.year_group_now, case.letter_now), case.school_now or "")  # type: ignore[attr-defined]
        if part
    )
    facts = [(_("Class and school"), place)]
    if case.pupil.birth_on and Field.BIRTH in visible_fields(scope, case):
        facts.append((_("Age"), _("%(years)d years") % {"years": _age(case.pupil.birth_on, day)}))
    facts += [
        (_("Responsible"), f"{case.responsible.name} · {Unit(case.unit).label}"),
        (pgettext("a case", "Opened"), shortdate(case.opened_at)),
        (_("Filed under"), f"KLE {KLE}"),
    ]
    return Bar(facts, str(Stage(case.stage).label), next_step(case, scope, day))


def next_step(case: Case, scope: Scope, day: date) -> Next | None:
    """What of the actor's own domains is due first in the open case, or that nothing is agreed; None for who may not know."""
    if case.state != State.OPEN or not reads(case, scope):
        return None
    found = []
    action = (
        AgreedAction.objects.filter(case=case, settled_at=None, domain__in=domains(scope))
        .select_related("responsible")
        .order_by("due_on", "pk")
        .first()
    )
    if action:
        text = action.get_deed_display() + (f": {action.text}" if action.text else "")
        found.append(Next(text, action.due_on, action.responsible.name, action.due_on < day))
    asked = HandOver.objects.filter(Q(case=case), answered_at=None).select_related("to_user").first()
    if asked:
        found.append(
            Next(
                _("%(unit)s answers whether they take the case over") % {"unit": Unit(asked.to_unit).label},
                asked.due_on,
                asked.to_user.name if asked.to_user else "",
                asked.due_on < day,
            )
        )
    if found:
        return min(found, key=lambda one: one.due_on or date.max)
    match case.stage:
        case Stage.REFERRED:
            return Next(_("The chief and the psychologist discuss the case"))
        case Stage.DISCUSSED:
            return Next(_("The chief and the psychologist each agree to activate the absence team"))
        case _:
            return Next(_("No next step is agreed"))


def _age(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
