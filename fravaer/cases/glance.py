"""What does one see of a child at a glance: how she has been, who spoke last, what is agreed?

For the rows of a page at once, so that three pupils cost as many queries as three hundred. Figures come only for readers who
may know by how much a pupil is away; contacts and actions only of the domains they read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fravaer.absence import weekly
from fravaer.absence.tallies import Tally, cut_tenths
from fravaer.accounts.fields import Field, visible_fields
from fravaer.accounts.roles import Action
from fravaer.cases import agreed, assignment, contacts, forecasts, letters
from fravaer.cases.domains import domains
from fravaer.cases.forecasts import Forecast
from fravaer.cases.models import (
    AgreedAction,
    Assignment,
    Case,
    Contact,
    Crossing,
    Letter,
    LetterState,
    Snooze,
    State,
)
from fravaer.cases.worklist import standing_snoozes
from fravaer.core.scope import Scope
from fravaer.core.templatetags.danish import NOTHING, half_days, percent, shortdate

WEEKS = 12


@dataclass(frozen=True, slots=True)
class Glance:
    """What a row shows beside its pupil. `weeks` and `forecast` are None for readers without figures."""

    crossings: list[Crossing] = field(default_factory=list)
    weeks: list[int | None] | None = None
    forecast: Forecast | None = None
    contact: Contact | None = None
    letter: Letter | None = None
    actions: list[AgreedAction] = field(default_factory=list)
    assigned: Assignment | None = None
    case: Case | None = None
    # Who takes no part in a case may learn that somebody works with the pupil, and not who.
    knows_who: bool = False
    snooze: Snooze | None = None

    @property
    def next_action(self) -> AgreedAction | None:
        return self.actions[0] if self.actions else None

    @property
    def responsible(self) -> str:
        """Who is to act: of the next action, of the case, or whoever was asked."""
        if self.actions:
            return self.actions[0].responsible.name
        if self.assigned:
            return self.assigned.user.name
        return self.case.responsible.name if self.case and self.knows_who else ""

    @property
    def quarter(self) -> Tally | None:
        return self.forecast.quarter if self.forecast else None

    @property
    def unlawful_tenths(self) -> int | None:
        return cut_tenths(self.quarter.unlawful, self.quarter.possible) if self.quarter else None


def of(pupil_ids: Collection[int], scope: Scope, day: date) -> dict[int, Glance]:
    """A glance at each of the pupils, all visible to the actor. Twelve queries however many there are."""
    own = domains(scope)
    figured = [pupil for pupil in pupil_ids if shows_figures(scope, pupil)]
    weeks = weekly.tallies(figured, weekly.last(WEEKS, day))
    ahead = forecasts.of(figured, day)
    crossings: dict[int, list[Crossing]] = defaultdict(list)
    standing = Crossing.objects.filter(pupil_id__in=pupil_ids, ended_on=None).select_related(
        "rule", "reading"
    )
    for crossing in standing.order_by("-rule__purpose", "-band", "pk"):
        crossings[crossing.pupil_id].append(crossing)
    spoken = contacts.latest(pupil_ids, own)
    written = letters.latest(pupil_ids, scope, day)
    actions = agreed.open_of(pupil_ids, own)
    assigned = assignment.of_pupils(pupil_ids)
    open_cases = Case.objects.filter(pupil_id__in=pupil_ids, state=State.OPEN).select_related("responsible")
    cases = {case.pupil_id: case for case in open_cases}
    resting = {
        one.pupil_id: one for one in standing_snoozes(day).filter(pupil_id__in=pupil_ids).select_related("by")
    }
    return {
        pupil: Glance(
            crossings=crossings[pupil],
            weeks=[tally.tenths for tally in weeks[pupil].values()] if pupil in weeks else None,
            forecast=ahead.get(pupil),
            contact=spoken.get(pupil),
            letter=written.get(pupil),
            actions=actions.get(pupil, []),
            assigned=assigned.get(pupil),
            case=cases.get(pupil),
            knows_who=scope.may(Action.CASE_READ_UNIT) or pupil in scope.pupils,
            snooze=resting.get(pupil),
        )
        for pupil in pupil_ids
    }


def shows_figures(scope: Scope, pupil_id: int) -> bool:
    """Whether the actor may know by how much a pupil visible to her is away: by her role, or by the pupil's case."""
    return Field.FIGURES in visible_fields(scope, pupil_id)


def development(weeks: list[int | None]) -> str:
    """`12 uger: fra 8,0 % til 35,0 %`: the words that stand for the little line."""
    known = [week for week in weeks if week is not None]
    if not known:
        return _("12 weeks: no registers")
    return _("12 weeks: from %(first)s to %(last)s") % {
        "first": percent(known[0]),
        "last": percent(known[-1]),
    }


def ahead(line: tuple[int, int] | None) -> str:
    """`3 dage til 10 %`, from a line not reached yet and the school days away until it; nothing past them all."""
    if line is None:
        return ""
    limit, days = line
    return ngettext("%(days)d day left until %(limit)d%%", "%(days)d days left until %(limit)d%%", days) % {
        "days": days,
        "limit": limit,
    }


def unlawful_ahead(line: tuple[int, int] | None) -> str:
    """The same of the law's clock, whose steps are half-days: `2½ dag til 10 %`."""
    if line is None:
        return ""
    limit, halves = line
    return _("%(days)s left until %(limit)d%%") % {"days": half_days(halves), "limit": limit}


def last_letter(letter: Letter) -> str:
    """`Varsel ved 10 % ulovligt: sendt 3. marts`, from what was last done to a letter."""
    state = LetterState(letter.state)
    at = letter.sent_at or letter.signed_at or letter.drafted_at
    return f"{letter.get_kind_display()}: {str(state.label).lower()} {shortdate(at)}"


def deadline(due_on: date, day: date) -> str:
    """`om 2 dage`, `i dag` or `3 dage over fristen`."""
    days = (due_on - day).days
    if days == 0:
        return _("today")
    if days < 0:
        return ngettext("%(days)d day overdue", "%(days)d days overdue", -days) % {"days": -days}
    return ngettext("in %(days)d day", "in %(days)d days", days) % {"days": days}


def since(day: date | None, today: date) -> str:
    """`12 dage siden`, from the day of a contact."""
    if day is None:
        return NOTHING
    days = max(0, (today - day).days)
    if not days:
        return _("today")
    return ngettext("%(days)d day ago", "%(days)d days ago", days) % {"days": days}
