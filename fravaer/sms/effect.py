"""Do pupils whose guardians got the monthly message miss fewer days than those who were held out by lot?

Counted from the month of a pupil's first message, or of the message she would have had: both groups were away as much before,
and only the lot tells them apart. Whether a message arrived does not count: the offer is what is measured. Sums alone leave
this room.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Min, Q
from django.utils import timezone

from fravaer.absence import percentage
from fravaer.absence.tallies import GroupTally, Tally
from fravaer.core.periods import Period, next_month
from fravaer.core.scope import Scope
from fravaer.core.walls import DatabaseRole, acting_as
from fravaer.schools.models import SchoolYear
from fravaer.sms.models import Drawn

# Groups with fewer pupils are not shown.
LEAST_PUPILS = 10


@dataclass(frozen=True, slots=True)
class Compared:
    """Both groups over one month, or with None over all of them; None where either has too few pupils to be shown."""

    month: date | None
    told: GroupTally | None
    held_out: GroupTally | None

    @property
    def hundredths(self) -> int | None:
        """Days missed a pupil, told less held out, in hundredths: below nothing is fewer days."""
        told = self.told.days_hundredths if self.told else None
        held_out = self.held_out.days_hundredths if self.held_out else None
        return None if told is None or held_out is None else told - held_out


@acting_as(DatabaseRole.REPORT)
def of(scope: Scope, today: date) -> list[Compared]:
    """Month by month of the school year, those that are over, and all of them together at the end; empty before the first.

    One query a month and two. Pupils of the areas the scope holds, or of the whole municipality.
    """
    year = SchoolYear.objects.filter(starts_on__lte=today, until__gt=today).first()
    if year is None:
        return []
    drawn = Drawn.objects.filter(school_year=year)
    if not scope.municipality:
        held = Q(pupil__enrolments__school_class__school__area_id__in=scope.areas)
        drawn = drawn.filter(held, pupil__enrolments__school_class__school_year=year)
    since: dict[int, date] = {}
    held_out: dict[int, bool] = {}
    for pupil, lot, drawn_at in drawn.values_list("pupil_id", "held_out").annotate(Min("drawn_at")):
        since[pupil] = timezone.localdate(drawn_at).replace(day=1)
        held_out[pupil] = lot
    compared: list[Compared] = []
    groups: dict[bool, list[tuple[int, Tally]]] = {True: [], False: []}
    month = min(since.values(), default=today)
    while next_month(month) <= today:
        among = [pupil for pupil, first in since.items() if first <= month]
        tallies = percentage.tallies(Period(month, next_month(month)), among)
        counted = {pupil: tally for pupil, tally in tallies.items() if tally.possible}
        of_month: dict[bool, list[tuple[int, Tally]]] = {True: [], False: []}
        for pupil, tally in counted.items():
            of_month[held_out[pupil]].append((pupil, tally))
            groups[held_out[pupil]].append((pupil, tally))
        compared.append(_compared(month, of_month))
        month = next_month(month)
    return [*compared, _compared(None, groups)] if compared else []


def _compared(month: date | None, groups: dict[bool, list[tuple[int, Tally]]]) -> Compared:
    told, held_out = (_group(groups[lot]) for lot in (False, True))
    if min(told.pupils, held_out.pupils) < LEAST_PUPILS:
        return Compared(month, None, None)
    return Compared(month, told, held_out)


def _group(counted: Iterable[tuple[int, Tally]]) -> GroupTally:
    rows = list(counted)
    return GroupTally(sum((tally for _pupil, tally in rows), Tally()), len({pupil for pupil, _tally in rows}))
