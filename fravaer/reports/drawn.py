"""What does a period count, drawn anew only when something in it has changed?

Counting a quarter of a large municipality takes a second, and most pages ask for quarters in which nothing has happened since
the last one asked. So the sums of a period are kept as rows with the state of what they were drawn from: class-months,
enrolments, calendars and measures. When any of them has moved, the period is drawn anew, as soon as the last draw is old
enough. A quarter frozen for good is drawn once more into rows that never change. The only writer of draws and their rows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, F, JSONField, QuerySet, When

from fravaer.absence import changes as absence_changes
from fravaer.absence import spread
from fravaer.cases import measures
from fravaer.core.asking import question
from fravaer.core.periods import Period
from fravaer.core.remembering import Memory
from fravaer.core.walls import DatabaseRole, acting_as
from fravaer.reports import bands, besides
from fravaer.reports.models import Draw
from fravaer.schools import changes as roster_changes

KEPT = timedelta(days=30)
AT_ONCE = timedelta(0)
Key = tuple[int, datetime, str]
# Part of every state: what was drawn in another form is drawn anew.
FORM = "cells4"
INSERT = "INSERT INTO {table} (draw_id, {columns}) SELECT %s, counted.* FROM ({select}) counted"
DELETE = "DELETE FROM {table} WHERE draw_id = %s"
INSERTS = (
    ("reports_cell", spread.CELL_COLUMNS, spread.cells(bands.EDGES)),
    ("reports_spread", spread.SPREAD_COLUMNS, spread.SPREADS),
    ("reports_mover", spread.MOVER_COLUMNS, spread.MOVERS),
)


# When this process last saw that a draw holds.
_held = Memory[Key, datetime](most=1_000_000, size=lambda _key, _at: 1_000)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A draw to read from: its number, and when it was drawn."""

    id: int
    period: Period
    at: datetime
    # What it was drawn from; of a frozen one, which never changes, nothing.
    state: str = ""
    # What was drawn beside the cells (`besides`), where it was asked for.
    sums: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)

    @property
    def key(self) -> Key:
        """What its rows are known by: drawn at another time or from another state, they may be others."""
        return self.id, self.at, self.state


def current(
    periods: Sequence[Period], now: datetime, after: timedelta = AT_ONCE, *, whole: Period | None = None
) -> list[Drawn]:
    """A draw of each period, made where there is none, and anew where one older than `after` no longer holds.

    That of the period `whole` comes with what was drawn beside its cells.

    Two queries while nothing has changed, and one while every draw is younger than `after`, or this process has seen within
    `after` that it holds.
    """
    kept = _kept(periods, whole)
    asked = [
        one
        for one in dict.fromkeys(periods)
        if after <= AT_ONCE or one not in kept or now - _true_at(kept[one]) >= after
    ]
    if asked:
        kept |= _looked_at(asked, kept, now, after)
    return [kept[period] for period in periods]


@acting_as(DatabaseRole.JOB)
def _looked_at(
    asked: Sequence[Period], kept: Mapping[Period, Drawn], now: datetime, after: timedelta
) -> dict[Period, Drawn]:
    """Those of the periods that have to be drawn, drawn; in another role only where there is something to ask."""
    made = {}
    for period, state in zip(asked, states(asked), strict=True):
        drawn = kept.get(period)
        if drawn is None or (drawn.state != state and now - drawn.at >= after):
            made[period] = draw(period, state, now)
        elif drawn.state == state:
            _held.keep(drawn.key, now)
    return made


def _true_at(drawn: Drawn) -> datetime:
    """When it was last known to hold: when it was drawn, or this process saw that nothing had changed."""
    return _held.of([drawn.key]).get(drawn.key, drawn.at)


def holding(states: Mapping[Period, str]) -> dict[Period, Drawn]:
    """The draws that are still what the periods' states say. One query."""
    return {period: one for period, one in _kept(states).items() if one.state == states[period]}


@acting_as(DatabaseRole.REPORT)
def states(periods: Sequence[Period]) -> list[str]:
    """What each period's draw would be drawn from now. One query."""
    found = absence_changes.states(periods, [roster_changes.STATE, measures.STATE])
    return [f"{registers} {FORM} {roster} {measured}" for registers, roster, measured in found]


@acting_as(DatabaseRole.JOB)
@transaction.atomic(savepoint=False)
def draw(period: Period, state: str, now: datetime, *, frozen: bool = False) -> Drawn:
    """Count the period into rows. The state was read before, so that what changes meanwhile is counted again the next time.

    A frozen draw is a new one, whose rows never change. The draw and its rows come at once, for a job as for a page: without
    its rows it would be taken for one of nobody, and what is laid out is gone with its transaction.
    """
    written = besides.draw(period)
    if frozen:
        made = Draw.objects.create(
            since=period.since, until=period.until, state=state, drawn_at=now, sums=written, frozen=True
        )
    else:
        # Every day of a running quarter is a period of its own.
        Draw.objects.filter(frozen=False, drawn_at__lt=now - KEPT).exclude(
            since=period.since, until=period.until
        ).delete()
        # The row's lock lets one at a time draw the period.
        made, _is_new = Draw.objects.update_or_create(
            since=period.since,
            until=period.until,
            frozen=False,
            defaults={"state": state, "drawn_at": now, "sums": written},
        )
    spread.lay_out(period, measures.with_measure_in(period))
    with connection.cursor() as cursor:
        for table, columns, select in INSERTS:
            if not frozen:
                cursor.execute(DELETE.format(table=table), [made.pk])
            cursor.execute(INSERT.format(table=table, columns=columns, select=select), [made.pk])
    spread.put_away()
    return Drawn(made.pk, period, now, "" if frozen else state, written)


def _kept(periods: Collection[Period], whole: Period | None = None) -> dict[Period, Drawn]:
    wanted = set(periods)
    dates = whole or Period(date.min, date.min)
    begins, ends = ({period.since for period in wanted}, {period.until for period in wanted})
    rows = _standing(tuple(begins), tuple(ends), dates.since, dates.until)
    found = {
        Period(since, until): Drawn(pk, Period(since, until), at, state, sums)
        for pk, since, until, state, at, sums in rows
    }
    return {period: one for period, one in found.items() if period in wanted}


@question
def _standing(
    begins: tuple[date, ...], ends: tuple[date, ...], since: date, until: date
) -> QuerySet[Draw, tuple[Any, ...]]:
    """Draws of periods that begin and end on these days; that of the given one with what was drawn beside its cells."""
    # One in another form has other rows, however young it is.
    rows = Draw.objects.filter(since__in=begins, until__in=ends, frozen=False, state__contains=f" {FORM} ")
    beside = Case(When(since=since, until=until, then=F("sums")), output_field=JSONField())
    return rows.annotate(beside=beside).values_list("pk", "since", "until", "state", "drawn_at", "beside")
