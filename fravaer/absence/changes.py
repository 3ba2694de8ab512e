"""Has anything that counts in these days changed since somebody counted it?

Every save, import and alignment moves the version of the class-month it touches. Their sum therefore changes with each
transaction that becomes visible, whichever of two at once commits first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from fravaer.core.periods import Period

# Each class-month is read once, however many of the periods it lies in.
STATES = """
WITH months AS MATERIALIZED (
  SELECT month, count(*) AS classes, sum(version) AS versions FROM absence_classmonth
  WHERE month >= %(first)s AND month < %(last)s GROUP BY month
)
SELECT (SELECT coalesce(sum(classes), 0) || '.' || coalesce(sum(versions), 0) FROM months
  WHERE month >= date_trunc('month', asked.since) AND month < asked.until), {beside}
FROM unnest(%(since)s::date[], %(until)s::date[]) WITH ORDINALITY AS asked (since, until, place) ORDER BY place
"""


def states(periods: Sequence[Period], beside: Sequence[str] = ()) -> list[tuple[str, ...]]:
    """For each period a short text that is the same as long as its registers and absences are. One query.

    `beside` are other rooms' states of everything, as SQL, asked in the same statement: they follow it.
    """
    if not periods:
        return []
    parameters: dict[str, Any] = {
        "since": [period.since for period in periods],
        "until": [period.until for period in periods],
        "first": min(period.since for period in periods).replace(day=1),
        "last": max(period.until for period in periods),
    }
    with connection.cursor() as cursor:
        cursor.execute(
            STATES.format(beside=", ".join(f"({one})" for one in (*beside, "SELECT ''"))), parameters
        )
        return [tuple(map(str, row[:-1])) for row in cursor.fetchall()]
