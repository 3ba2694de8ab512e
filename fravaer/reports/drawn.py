"""What does a period count, drawn anew only when something in it has changed?

Counting a quarter of a large municipality takes a second, and most pages ask for quarters in which nothing has happened since
the last one asked. So the sums of a period are kept as rows with the state of what they were drawn from: class-months,
enrolments, calendars and measures. When any of them has moved, the period is drawn anew, as soon as the last draw is old
enough. A quarter frozen for good is drawn once more into rows that never change. The only writer of draws and their rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Case, F, JSONField, Q, When

from fravaer.absence import changes as absence_changes
from fravaer.absence import spread
from fravaer.cases import measures
from fravaer.core.periods import Period
from fravaer.core.walls import DatabaseRole, acting_as
from fravaer.reports import besides
from fravaer.reports.models import Draw
from fravaer.schools import changes as roster_changes

KEPT = timedelta(days=30)
AT_ONCE = timedelta(0)
# Part of every state: what was drawn in another form is drawn anew.
FORM = "cells2"
INSERT = "INSERT INTO {table} (draw_id, {columns}) SELECT %s, counted.* FROM ({select}) counted"
DELETE = "DELETE FROM {table} WHERE draw_id = %s"
INSERTS = (
    ("reports_cell", spread.CELL_COLUMNS, spread.CELLS),
    ("reports_spread", spread.SPREAD_COLUMNS, spread.SPREADS),
    ("reports_mover", spread.MOVER_COLUMNS, spread.MOVERS),
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A draw to read from: its key, and when it was drawn."""

    id: int
    period: Period
    at: datetime
    # What was drawn beside the cells (`besides`), where it was asked for.
    sums: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)


def current(
    periods: Sequence[Period], now: datetime, after: timedelta = AT_ONCE, *, whole: Period | None = None
) -> list[Drawn]:
    """A draw of each period, made where there is none, and anew where one older than `after` no longer holds.

    That of the period `whole` comes with what was drawn beside its cells.

    Two queries while nothing has changed, and one while every draw is younger than `after`.
    """
    kept = _kept(periods, whole)
    if after > AT_ONCE and all(p in kept and now - kept[p][1].at < after for p in periods):
        return [kept[period][1] for period in periods]
    found = []
    for period, state in zip(periods, states(periods), strict=True):
        known, drawn = kept.get(period, ("", None))
        if drawn is None or (known != state and now - drawn.at >= after):
            drawn = draw(period, state, now)
            kept[period] = (state, drawn)
        found.append(drawn)
    return found


def holding(states: Mapping[Period, str]) -> dict[Period, Drawn]:
    """The draws that are still what the periods' states say. One query."""
    return {period: one for period, (known, one) in _kept(states).items() if known == states[period]}


@acting_as(DatabaseRole.REPORT)
def states(periods: Sequence[Period]) -> list[str]:
    """What each period's draw would be drawn from now. One query."""
    found = absence_changes.states(periods, [roster_changes.STATE, measures.STATE])
    return [f"{registers} {FORM} {roster} {measured}" for registers, roster, measured in found]


@acting_as(DatabaseRole.JOB)
def draw(period: Period, state: str, now: datetime, *, frozen: bool = False) -> Drawn:
    """Count the period into rows. The state was read before, so that what changes meanwhile is counted again the next time.

    A frozen draw is a new one, whose rows never change.
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
    return Drawn(made.pk, period, now, written)


def _kept(periods: Collection[Period], whole: Period | None = None) -> dict[Period, tuple[str, Drawn]]:
    # One in another form has other rows, however young it is.
    rows = Draw.objects.filter(
        _any_of(Q(since=p.since, until=p.until) for p in periods),
        frozen=False,
        state__contains=f" {FORM} ",
    )
    is_whole = Q(since=whole.since, until=whole.until) if whole else Q(pk__in=())
    found = rows.annotate(beside=Case(When(is_whole, then=F("sums")), output_field=JSONField()))
    return {
        Period(since, until): (state, Drawn(pk, Period(since, until), at, sums))
        for pk, since, until, state, at, sums in found.values_list(
            "pk", "since", "until", "state", "drawn_at", "beside"
        )
    }


def _any_of(conditions: Iterable[Q]) -> Q:
    found = Q(pk__in=())
    for condition in conditions:
        found |= condition
    return found
