"""What does counting everybody cost, against the barest statement over the same rows?"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import connection

from bench.figures import Figure
from bench.timing import medians
from fravaer.absence import percentage
from fravaer.cases import triage
from fravaer.core.periods import Period, Quarter, school_year_of
from fravaer.reports import drawn

BARE = """
SELECT count(*) FROM (
  SELECT pupil_id, sum(halves) FILTER (WHERE reason = 1), sum(halves) FILTER (WHERE reason = 2),
    sum(halves) FILTER (WHERE reason = 3)
  FROM absence_absence WHERE day >= %(since)s AND day < %(until)s GROUP BY pupil_id
) counted
"""
PLAIN_MONTHS = """
SELECT sum(possible), sum(illness), sum(leave), sum(unlawful), sum(pending)
FROM absence_classmonth WHERE month >= %(since)s AND month < %(until)s
"""


def measured(day: date, now: datetime) -> list[Figure]:
    """The percentage of everybody, a whole triage with what it writes, and a quarter's sums."""
    quarter = Quarter.of(day).previous().period
    year = Period(school_year_of(day).since, date.fromordinal(day.toordinal() + 1))
    everybody, parameters = percentage.relation(quarter)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    triage.run(day, now)
    times = medians(
        {
            "bare quarter": lambda: _run(BARE, _span(quarter)),
            "percentage": lambda: _run(
                f"SELECT count(*), sum(possible) FROM {everybody} AS counted", parameters
            ),
            "bare year": lambda: _run(BARE, _span(year)),
            "triage": lambda: triage.run(day, now),
            "plain months": lambda: _run(PLAIN_MONTHS, _span(quarter)),
            "kept": lambda: drawn.sums([quarter], now),
            "drawn": lambda: _drawn_anew(quarter, now),
        },
        rounds=7,
    )
    return [
        Figure("percentage of everybody, a quarter", times["percentage"], times["bare quarter"], 2.5),
        Figure("triage of everybody, against the year's bare sums", times["triage"], times["bare year"], 3.5),
        Figure(
            "quarter's sums as a page reads them, against a plain sum",
            times["kept"],
            times["plain months"],
            3,
        ),
        Figure(
            "quarter drawn anew, against its absences' bare sums", times["drawn"], times["bare quarter"], 5
        ),
    ]


def _drawn_anew(period: Period, now: datetime) -> None:
    """What the first page after a change costs: everybody and those with a measure counted and kept."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE reports_draw SET state = ''")
    drawn.sums([period], now)


def _span(period: Period) -> dict[str, Any]:
    return {"since": period.since, "until": period.until}


def _run(sql: str, parameters: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        cursor.fetchall()
