"""What do a school year's messages come to, month by month and school by school?

Counted as the Copenhagen status of 2016 counts them: classes that use SMS (934), messages sent (99,893), and how many a class
and school day; beside it what was delivered, what was not and why, how long it took, and what it cost. A message is sent when
the provider has had it. Readers who may know no pupil see no figure that rests on very few of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeVar

from django.db import connection

from fravaer.core.periods import Period
from fravaer.core.walls import DatabaseRole, acting_as
from fravaer.sms.states import State

Key = TypeVar("Key", int, date)

# Fewer pupils than this, and a reader who may know none of them sees no figure.
FEW = 5


@dataclass(frozen=True, slots=True)
class Count:
    """Messages of one unit and time. `segments` are what is paid for, of messages sent; `pupils` were written about."""

    classes: int = 0
    pupils: int = 0
    sent: int = 0
    delivered: int = 0
    failed: int = 0
    # The provider has not said what became of them, or nobody knows whether it has them.
    unsettled: int = 0
    # Did not get out in time; nobody was written to.
    expired: int = 0
    segments: int = 0

    def cost(self, price: Decimal | None) -> Decimal | None:
        """Kroner, rounded half up to whole øre; None without a price."""
        return None if price is None else (self.segments * price).quantize(Decimal("0.01"), ROUND_HALF_UP)

    def a_class_and_day(self, school_days: int) -> Decimal | None:
        """Messages sent a class that uses SMS and school day, cut to two decimals; None where there is no such day."""
        days = self.classes * school_days
        return Decimal(self.sent * 100 // days) / 100 if days else None


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts by school and month (its first day), of each month and school as a whole, and of everything."""

    cells: Mapping[tuple[int, date], Count]
    months: Mapping[date, Count]
    schools: Mapping[int, Count]
    whole: Count


# A row for each school and month, each month, each school, and the whole: classes and pupils cannot be added up.
COUNTS = """
SELECT school_id, month, count(DISTINCT school_class_id) FILTER (WHERE sent), count(DISTINCT pupil_id),
  count(*) FILTER (WHERE sent), count(*) FILTER (WHERE state = 'delivered'), count(*) FILTER (WHERE state = ANY(%(failed)s)),
  count(*) FILTER (WHERE state = ANY(%(unsettled)s)), count(*) FILTER (WHERE state = 'expired'),
  coalesce(sum(segments) FILTER (WHERE sent), 0)
FROM (
  SELECT school_id, date_trunc('month', day)::date AS month, school_class_id, pupil_id, state, segments,
    state = ANY(%(sent)s) AS sent
  FROM sms_message
  WHERE day >= %(since)s AND day < %(until)s AND school_id = ANY(%(schools)s) AND state <> 'cancelled'
) message
GROUP BY GROUPING SETS ((school_id, month), (school_id), (month), ())
"""
SENT = (State.ACCEPTED, State.SENT, State.DELIVERED, State.UNDELIVERED, State.FAILED)
FAILED = (State.UNDELIVERED, State.FAILED, State.REJECTED)
UNSETTLED = (State.ACCEPTED, State.SENT, State.UNCERTAIN, State.UNKNOWN, State.SENDING)


@acting_as(DatabaseRole.REPORT)
def of(school_ids: Collection[int], period: Period) -> Figures:
    """The figures of these schools in the period. One query."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, _parameters(school_ids, period))
        rows = cursor.fetchall()
    cells: dict[tuple[int, date], Count] = {}
    months: dict[date, Count] = {}
    schools: dict[int, Count] = {}
    whole = Count()
    for school, month, *numbers in rows:
        count = Count(*numbers)
        if school is not None and month is not None:
            cells[school, month] = count
        elif school is not None:
            schools[school] = count
        elif month is not None:
            months[month] = count
        else:
            whole = count
    return Figures(cells, months, schools, whole)


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds in which half of the messages, and 95 of 100, got so far; None where none did."""

    half: Decimal | None
    most: Decimal | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """How long messages about absence took from being written down (a quarter of a minute after the register at most) and from
    the moment they might leave; and why those that failed did, by the provider's code, None for one that gave none."""

    accepted: Pace
    after_hours: Pace
    delivered: Pace
    errors: list[tuple[int | None, int]]


# The moment a message might leave is moved by every new attempt, so it is asked of those that needed one.
PACES = """
SELECT
  percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM accepted_at - created_at)),
  percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM accepted_at - not_before))
    FILTER (WHERE attempts = 1 AND throttled = 0),
  percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM final_at - accepted_at))
    FILTER (WHERE state = 'delivered')
FROM sms_message
WHERE day >= %(since)s AND day < %(until)s AND school_id = ANY(%(schools)s) AND kind = 'absence' AND accepted_at IS NOT NULL
"""
ERRORS = """
SELECT error_code, count(*) FROM sms_message
WHERE day >= %(since)s AND day < %(until)s AND school_id = ANY(%(schools)s) AND state = ANY(%(failed)s)
GROUP BY error_code ORDER BY count(*) DESC, error_code
"""


@acting_as(DatabaseRole.REPORT)
def delivery(school_ids: Collection[int], period: Period) -> Delivery:
    """How long it took, and why it failed. Two queries."""
    parameters = _parameters(school_ids, period)
    with connection.cursor() as cursor:
        cursor.execute(PACES, parameters)
        accepted, after_hours, delivered = cursor.fetchone()
        cursor.execute(ERRORS, parameters)
        errors = cursor.fetchall()
    return Delivery(_pace(accepted), _pace(after_hours), _pace(delivered), errors)


def few(counts: Mapping[Key, Count]) -> set[Key]:
    """The rows of one list that a reader who may know no pupil does not see, because they rest on very few of them.

    They come two at a time at least, so that none is what is left when the others are taken from the sum.
    """
    hidden = {key for key, count in counts.items() if 0 < count.pupils < FEW}
    if len(hidden) == 1:
        others = [(count.pupils, key) for key, count in counts.items() if key not in hidden and count.pupils]
        hidden |= {key for _pupils, key in sorted(others, key=lambda one: one[0])[:1]}
    return hidden


def veiled(found: Figures) -> set[int]:
    """The schools whose single months such a reader does not see: one of them rests on very few pupils."""
    smallest = {
        school: min((count for (one, _month), count in found.cells.items() if one == school), key=_pupils)
        for school in found.schools
    }
    return few(smallest)


def _pupils(count: Count) -> int:
    return count.pupils


def _parameters(school_ids: Collection[int], period: Period) -> dict[str, Any]:
    return {
        "schools": sorted(school_ids),
        "since": period.since,
        "until": period.until,
        "sent": [state.value for state in SENT],
        "failed": [state.value for state in FAILED],
        "unsettled": [state.value for state in UNSETTLED],
    }


def _pace(found: Iterable[float] | None) -> Pace:
    if found is None:
        return Pace(None, None)
    half, most = (None if one is None else Decimal(int(max(one, 0) * 10)) / 10 for one in found)
    return Pace(half, most)
