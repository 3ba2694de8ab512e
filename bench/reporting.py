"""What do a quarter's sums and its page cost: read, drawn, frozen, and over five years?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from bench import opening
from bench.figures import Figure
from bench.timing import medians
from fravaer.accounts.roles import Role, actions
from fravaer.core import remembering
from fravaer.core.periods import Quarter, a_year_before
from fravaer.core.scope import Scope
from fravaer.reports import asked, cells, drawn, freezing, modes
from fravaer.reports.dashboard import dashboard
from fravaer.reports.drawn import Drawn
from fravaer.schools.models import School

ROUNDS = 7
TWENTY = 20
# The same rows as a page reads: the cells of the lines, the movers of the two that are compared, and the shares of the one whose
# middle pupil is asked for.
PLAIN_CELLS = """
SELECT school_id, sum(possible), sum(illness), sum(leave), sum(unlawful), sum(pending), sum(pupils)
FROM reports_cell WHERE draw_id = ANY(%(draws)s) GROUP BY school_id
"""
PLAIN_MOVERS = "SELECT share, sum(pupils) FROM reports_mover WHERE draw_id = ANY(%(compared)s) GROUP BY share"
PLAIN_SPREADS = """
SELECT share, sum(pupils) FROM reports_spread WHERE draw_id = ANY(%(middles)s) AND NOT with_measure GROUP BY share
"""
BARE_ABSENCES = """
SELECT count(*) FROM (
  SELECT pupil_id, sum(halves) FROM absence_absence WHERE day >= %(since)s AND day < %(until)s GROUP BY pupil_id
) counted
"""


def measured(day: date, now: datetime) -> list[Figure]:
    """A dashboard's sums against plain sums over the same rows, twenty quarters against one, drawing and freezing a quarter."""
    last = Quarter.of(day).previous()
    quarters = [last]
    while len(quarters) < TWENTY:
        quarters.append(quarters[-1].previous())
    draws = drawn.current([quarter.period for quarter in quarters], now)
    compared = [draws[0].id, drawn.current([a_year_before(last.period)], now)[0].id]
    eight = [draw.id for draw in draws[:8]]
    schools = list(School.objects.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE reports_cell, reports_spread, reports_mover")
    scope = Scope(role=Role.CHIEF, actions=actions(Role.CHIEF), municipality=True)
    wanted = asked.parse(last, {}, scope, today=day)
    mode = modes.internal(settings.SMALL_CELL_N, settings.SMALL_DENOM)
    parameters = {"draws": sorted({*eight, *compared}), "compared": compared, "middles": compared[:1]}
    span = {"since": last.period.since, "until": last.period.until}
    [state] = drawn.states([last.period])

    def anew() -> None:
        remembering.forget()
        dashboard(wanted, scope, today=day, now=now, mode=mode)

    times = medians(
        {
            "sums": lambda: cells.counted(eight, compared, schools, middles=compared[:1]),
            "plain": lambda: _plain(parameters),
            "one": lambda: cells.counted([draws[0].id], [], schools),
            "twenty": lambda: cells.counted([draw.id for draw in draws], [], schools),
            "dashboard": anew,
            "bare quarter": lambda: _run(BARE_ABSENCES, span),
            "drawn": lambda: drawn.draw(last.period, state, now),
            "frozen": _undone(lambda: _frozen(last, day, now)),
        },
        rounds=ROUNDS,
    )
    return [
        Figure("dashboard's sums, against plain sums of the same rows", times["sums"], times["plain"], 3),
        Figure("twenty quarters' sums, against one quarter's", times["twenty"], times["one"], 25),
        Figure("whole dashboard, to plain sums of the same rows", times["dashboard"], times["plain"], 8),
        Figure(
            "quarter drawn anew, against its absences' bare sums", times["drawn"], times["bare quarter"], 45
        ),
        Figure("quarter frozen, against drawing it", times["frozen"], times["drawn"], 6),
        *opening.measured(),
    ]


def _frozen(name: Quarter, day: date, now: datetime) -> Drawn | None:
    freezing.freeze(
        name,
        modes=[modes.internal(settings.SMALL_CELL_N, settings.SMALL_DENOM), modes.publication()],
        scope=None,
        today=day,
        now=now,
    )
    return None


def _undone(work: Callable[[], Any]) -> Callable[[], None]:
    """The work, and everything it wrote taken back: what is frozen could not be deleted."""

    def undone() -> None:
        with transaction.atomic():
            work()
            transaction.set_rollback(True)

    return undone


def _plain(parameters: dict[str, Any]) -> None:
    _run(PLAIN_CELLS, parameters)
    _run(PLAIN_SPREADS, parameters)
    _run(PLAIN_MOVERS, parameters)


def _run(sql: str, parameters: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        cursor.fetchall()
