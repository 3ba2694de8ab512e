"""What does counting everybody cost, against the barest statement over the same rows?"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import connection

from bench.figures import Figure
from bench.timing import medians
from fravaer.absence import percentage
from fravaer.cases import measuring, preview, rulebook, triage
from fravaer.cases.rules import ABSENCE_TEAM
from fravaer.core.periods import Period, Quarter, school_year_of
from fravaer.schools import schooldays

ROUNDS = 7
TRIAGE = "triage of a new day, to bare sums of the rows it reads"
# What nobody asks of an inner query is not computed: each sum is asked for.
BARE = """
SELECT count(*), sum(illness), sum(leave), sum(unlawful) FROM (
  SELECT pupil_id, sum(halves) FILTER (WHERE reason = 1) AS illness, sum(halves) FILTER (WHERE reason = 2) AS leave,
    sum(halves) FILTER (WHERE reason = 3) AS unlawful
  FROM absence_absence WHERE day >= %(since)s AND day < %(until)s GROUP BY pupil_id
) counted
"""
# What a preview looks through: a school year's absences and registers.
BARE_REGISTERS = """
SELECT count(*) FROM (
  SELECT school_class_id, sum(halves) FROM absence_register WHERE day >= %(since)s AND day < %(until)s GROUP BY school_class_id
) counted
"""
# What the municipality's own past triages found, so that as many nights can be counted anew, each on new registers.
FORGET = "TRUNCATE cases_run, cases_reading, cases_crossing CASCADE"


def measured(day: date, now: datetime) -> list[Figure]:
    """The percentage of everybody, and a whole triage with what it writes.

    Each triage counts the next school day, as it does every night: every reading is written anew, some pupils cross a line
    and some ease. Counting the latest day again would find and write nothing.
    """
    quarter = Quarter.of(day).previous().period
    everybody, parameters = percentage.relation(quarter)
    earlier, *nights = _school_days(ROUNDS + 2, day)
    read = _read_by(nights[len(nights) // 2])
    with connection.cursor() as cursor:
        cursor.execute(FORGET)
        triage.run(earlier, now)
        cursor.execute("VACUUM ANALYZE")
    coming = iter(nights)
    whole = school_year_of(day)
    times = medians(
        {
            "bare quarter": lambda: _run(BARE, _span(quarter)),
            "percentage": lambda: _run(
                f"SELECT count(*), sum(possible) FROM {everybody} AS counted", parameters
            ),
            "bare rows of a night": lambda: _bare(*read),
            "triage": lambda: triage.run(next(coming), now),
            "bare rows of a year": lambda: _bare_year(whole),
            "preview": lambda: preview.over_a_year(ABSENCE_TEAM, day),
        },
        rounds=ROUNDS,
    )
    return [
        Figure("percentage of everybody, a quarter", times["percentage"], times["bare quarter"], 2.5),
        Figure(
            TRIAGE,
            times["triage"],
            times["bare rows of a night"],
            3.5,
        ),
        Figure(
            "rule preview over a year, to bare sums of the rows it reads",
            times["preview"],
            times["bare rows of a year"],
            25,
        ),
    ]


def _read_by(night: date) -> list[Period]:
    """The windows whose absences a night's triage looks at, each once: those of the rules in force, and those of the trend."""
    rules = [members[0] for members in rulebook.in_force(night).values()]
    return list(measuring.night(rules, night).windows.values())


def _bare(*periods: Period) -> None:
    for period in periods:
        _run(BARE, _span(period))


def _bare_year(period: Period) -> None:
    for sql in (BARE, BARE_REGISTERS):
        _run(sql, _span(period))


def _school_days(number: int, day: date) -> list[date]:
    """The last school days up to `day`, the earliest first."""
    latest = [day]
    while len(latest) < number:
        latest.append(schooldays.day_in_view(date.fromordinal(latest[-1].toordinal() - 1)))
    return latest[::-1]


def _span(period: Period) -> dict[str, Any]:
    return {"since": period.since, "until": period.until}


def _run(sql: str, parameters: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        cursor.fetchall()
