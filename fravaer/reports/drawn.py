"""What does a period count, drawn anew only when something in it has changed?

Counting a quarter of a large municipality takes a few tenths of a second, and most pages ask for quarters in which nothing
has happened since the last one asked. So the sums are kept with the state of what they were drawn from: class-months,
enrolments, calendars and measures. A page never shows a kept sum when any of them has moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from fravaer.absence import changes as absence_changes
from fravaer.absence import percentage
from fravaer.absence.percentage import By, GroupTally, Tally
from fravaer.cases import measures
from fravaer.core.periods import Period
from fravaer.reports.models import Draw
from fravaer.schools import changes as roster_changes

Groups = Mapping[By, Mapping[int, GroupTally]]
# As JSON holds it: of everybody or of some, by grouping and key, the tally's fields and the pupils.
WrittenGroups = dict[By, dict[str, list[int]]]
Written = dict[str, WrittenGroups]

EVERYBODY: tuple[By, ...] = ("all", "area", "school")
WITH_MEASURE: tuple[By, ...] = ("all", "area")
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Sums:
    """A period's groups: of everybody, and of the pupils who had a social measure on any day of it."""

    everybody: Groups
    with_measure: Groups


def sums(periods: Sequence[Period], now: datetime) -> list[Sums]:
    """The sums of each period. Four queries while nothing has changed; five more for each period drawn anew."""
    shared = f"{roster_changes.state()} {measures.state()}"
    states = [f"{state} {shared}" for state in absence_changes.states(periods)]
    kept = {
        (since, until, state): written
        for since, until, state, written in Draw.objects.filter(
            _any_of(Q(since=p.since, until=p.until) for p in periods), frozen=False
        ).values_list("since", "until", "state", "sums")
    }
    found = []
    for period, state in zip(periods, states, strict=True):
        written = kept.get((period.since, period.until, state)) or _draw(period, state, now)
        found.append(Sums(everybody=_read(written["everybody"]), with_measure=_read(written["with_measure"])))
    return found


def _draw(period: Period, state: str, now: datetime) -> Written:
    """Count the period. The state was read before, so that what changes meanwhile is counted again the next time."""
    everybody = percentage.groupings(period, EVERYBODY)
    with_measure = percentage.groupings(period, WITH_MEASURE, pupil_ids=measures.with_measure_in(period))
    # Every day of a running quarter is a period of its own.
    Draw.objects.filter(frozen=False, drawn_at__lt=now - KEPT).delete()
    written: Written = {"everybody": _written(everybody), "with_measure": _written(with_measure)}
    Draw.objects.update_or_create(
        since=period.since,
        until=period.until,
        frozen=False,
        defaults={"state": state, "drawn_at": now, "sums": written},
    )
    return written


def _written(groups: Groups) -> WrittenGroups:
    return {
        by: {str(key): [*astuple(group.tally), group.pupils] for key, group in found.items()}
        for by, found in groups.items()
    }


def _read(written: WrittenGroups) -> Groups:
    return {
        by: {int(key): GroupTally(Tally(*tally), pupils) for key, (*tally, pupils) in found.items()}
        for by, found in written.items()
    }


def _any_of(conditions: Iterable[Q]) -> Q:
    found = Q(pk__in=())
    for condition in conditions:
        found |= condition
    return found
