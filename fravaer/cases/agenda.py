"""What is a meeting about the child to look at?

Drawn from the case at the moment it is asked for: how absence has gone, what was agreed at the last meeting and whether it
was kept, what is open, the goals, and consents that run out. Only what the meeting's domain may know is drawn, whoever asks, so
that a school's meeting never shows what social services keep to themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from fravaer.absence import percentage
from fravaer.absence.tallies import Tally
from fravaer.cases import consents
from fravaer.cases.consents import Given, Holds
from fravaer.cases.domains import Domain
from fravaer.cases.models import AgreedAction, Case, Goal, Meeting, Voice
from fravaer.cases.models import View as Seen
from fravaer.core.periods import Quarter, school_year_of
from fravaer.schools import schooldays

# School days of the figure beside the school year's.
LATEST = 20


@dataclass(frozen=True, slots=True)
class Agenda:
    """What the case offers a meeting. Tallies are of the latest school days, the quarter and the school year; `last` is the
    meeting before, with the actions agreed at it; `open` are the others that stand. `child` is what the child said last."""

    latest: Tally
    quarter: Tally
    year: Tally
    child: str
    last: Meeting | None
    agreed: Sequence[AgreedAction]
    open: Sequence[AgreedAction]
    goals: Sequence[Goal]
    consents: Sequence[Given]

    @property
    def figures(self) -> list[tuple[str, Tally]]:
        """The tallies with their spans in words."""
        return [
            (_("The last %(days)d school days") % {"days": LATEST}, self.latest),
            (_("This quarter"), self.quarter),
            (_("This school year"), self.year),
        ]


def of(case: Case, meeting: Meeting, day: date) -> Agenda:
    """What the meeting's domain may draw from the case on `day`."""
    within = readers(Domain(meeting.domain))
    actions = (
        AgreedAction.objects.filter(domain__in=within).select_related("responsible").order_by("due_on", "pk")
    )
    last = (
        Meeting.objects.filter(
            case=case, domain__in=within, held_at__isnull=False, starts_at__lt=meeting.starts_at
        )
        .order_by("-starts_at", "-pk")
        .first()
    )
    agreed = list(actions.filter(meeting=last)) if last else []
    of_case = Q(case=case) | Q(case=None, pupil_id=case.pupil_id)
    open_ones = actions.filter(of_case, settled_at=None).exclude(meeting=meeting)
    child = (
        Seen.objects.filter(case=case, voice=Voice.CHILD, domain__in=within).order_by("-at", "-pk").first()
    )
    year = school_year_of(day)
    last_days = schooldays.latest(LATEST, day, within=year)
    return Agenda(
        latest=percentage.tally(percentage.spent(last_days, day), case.pupil_id) if last_days else Tally(),
        quarter=percentage.tally(percentage.spent(Quarter.of(day).period, day), case.pupil_id),
        year=percentage.tally(percentage.spent(year, day), case.pupil_id),
        child=child.text if child else "",
        last=last,
        agreed=agreed,
        open=[one for one in open_ones if one not in agreed],
        goals=list(Goal.objects.filter(case=case, settled_at=None).order_by("due_on", "pk")),
        consents=[one for one in consents.of(case, day) if one.holds == Holds.SOON],
    )


def readers(domain: Domain) -> tuple[Domain, ...]:
    """The domains that those at a meeting of this domain may all read."""
    return (domain,) if domain == Domain.SCHOOL else (domain, Domain.SCHOOL)
