"""Has anything that counts in these days changed since somebody counted it?

Every save, import and alignment moves the version of the class-month it touches. Their sum therefore changes with each
transaction that becomes visible, whichever of two at once commits first.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from fravaer.core.periods import Period

STATES = """
SELECT (SELECT count(*) || '.' || coalesce(sum(version), 0) FROM absence_classmonth
  WHERE month >= date_trunc('month', asked.since) AND month < asked.until), {beside}
FROM unnest(%(since)s::date[], %(until)s::date[]) WITH ORDINALITY AS asked (since, until, place) ORDER BY place
"""


def states(periods: Sequence[Period], beside: Sequence[str] = ()) -> list[tuple[str, ...]]:
    """For each period a short text that is the same as long as its registers and absences are. One query.

    `beside` are other rooms' states of everything, as SQL, asked in the same statement: they follow it.
    """
    parameters = {
        "since": [period.since for period in periods],
        "until": [period.until for period in periods],
    }
    with connection.cursor() as cursor:
        cursor.execute(
            STATES.format(beside=", ".join(f"({one})" for one in (*beside, "SELECT ''"))), parameters
        )
        return [tuple(map(str, row[:-1])) for row in cursor.fetchall()]
