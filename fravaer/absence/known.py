"""Which absence did the school already know of?

Sick reports, leave granted and activities of the school's own, ranked when several hold. Nothing here marks anybody absent:
what is known is suggested to the one who takes the register, and who is there is there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Known
from fravaer.absence.reasons import Mark, Source
from fravaer.core.periods import Period
from fravaer.core.sealing import opened

Kind = Known.Kind
MARKS = {Kind.LEAVE: Mark.LEAVE, Kind.ILLNESS: Mark.ILL, Kind.ACTIVITY: Mark.ACTIVITY}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What is known of a pupil's day: the mark it suggests, who said so, and from when until (without) when it holds.

    `uuid` is None when nothing but the same day's earlier register says so; `text` is the name of an activity.
    """

    mark: Mark
    source: Source
    since: date
    until: date
    uuid: UUID | None
    entered_at: datetime | None = None
    local_reason_id: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Spell:
    """Known absence of one pupil that stands, also by way of her class; on these ISO weekdays alone where there are any."""

    uuid: UUID
    pupil_id: int
    kind: Kind
    period: Period
    source: Source
    text: str
    weekdays: tuple[int, ...] = ()

    def holds_on(self, day: date) -> bool:
        """Whether the day is one of its days."""
        return day in self.period and (not self.weekdays or day.isoweekday() in self.weekdays)


ON = """
SELECT DISTINCT ON (pupil_id) pupil_id, kind, source, since, until, uuid, entered_at, local_reason_id, text, reason
FROM (
  SELECT e.pupil_id, k.kind, k.source, k.since, k.until, k.uuid, k.entered_at, k.local_reason_id,
    CASE WHEN k.kind = %(activity)s THEN k.text ELSE '' END AS text, NULL::smallint AS reason,
    CASE k.kind WHEN %(leave)s THEN 1 WHEN %(illness)s THEN 2 ELSE 3 END AS rank, k.id
  FROM schools_enrolment e
  JOIN absence_known k ON (k.pupil_id = e.pupil_id OR k.school_class_id = e.school_class_id)
   AND k.since <= %(day)s AND k.until > %(day)s AND k.state = 'stands'
   AND (cardinality(k.weekdays) = 0 OR extract(isodow FROM %(day)s::date)::int = ANY(k.weekdays))
   AND (k.checkpoint IS NULL OR k.checkpoint = %(checkpoint)s)
  WHERE e.school_class_id = %(class)s AND e.starts_on <= %(day)s AND e.until > %(day)s
  UNION ALL
  SELECT a.pupil_id, NULL, %(teacher)s, a.day, a.day + 1, NULL, NULL, NULL, '', a.reason, 4, 0
  FROM absence_absence a
  WHERE %(later)s AND a.school_class_id = %(class)s AND a.day = %(day)s AND a.checkpoint = %(start)s
  UNION ALL
  SELECT p.pupil_id, %(activity)s, %(teacher)s, p.day, p.day + 1, NULL, NULL, NULL, '', NULL, 4, 0
  FROM absence_presence p
  WHERE %(later)s AND p.school_class_id = %(class)s AND p.day = %(day)s AND p.checkpoint = %(start)s AND p.kind = 2
    -- Who was agreed to stay at home in the morning alone is awaited now.
    AND NOT EXISTS (SELECT FROM absence_known k
      WHERE k.pupil_id = p.pupil_id AND k.since <= %(day)s AND k.until > %(day)s AND k.state = 'stands'
        AND k.checkpoint = %(start)s AND extract(isodow FROM %(day)s::date)::int = ANY(k.weekdays))
) known
ORDER BY pupil_id, rank, entered_at DESC, id DESC
"""
BETWEEN = """
SELECT k.uuid, k.pupil_id, k.kind, k.since, k.until, k.source,
  CASE WHEN k.kind = %(activity)s THEN k.text ELSE '' END, k.weekdays
FROM absence_known k
WHERE k.pupil_id = ANY(%(pupils)s) AND k.state = 'stands' AND k.since < %(until)s AND k.until > %(since)s
UNION ALL
SELECT k.uuid, e.pupil_id, k.kind, greatest(k.since, e.starts_on), least(k.until, e.until), k.source, k.text,
  k.weekdays
FROM schools_enrolment e
JOIN absence_known k ON k.school_class_id = e.school_class_id AND k.since < e.until AND k.until > e.starts_on
WHERE e.pupil_id = ANY(%(pupils)s) AND k.state = 'stands' AND k.since < %(until)s AND k.until > %(since)s
ORDER BY 2, 4, 3
"""


def on(class_id: int, day: date, checkpoint: Checkpoint = Checkpoint.START) -> dict[int, Suggestion]:
    """What is known of the class's pupils that day, one suggestion each: leave granted, then a sick report, then an activity.

    At the end of the day what the morning's register says comes last of all; having come late is not carried over, and an
    absence found unlawful is suggested as one without a reason. One query.
    """
    with connection.cursor() as cursor:
        cursor.execute(ON, asked(class_id, day, checkpoint))
        return {row[0]: suggestion(row[1:]) for row in cursor.fetchall()}


def asked(class_id: int, day: date, checkpoint: Checkpoint) -> dict[str, Any]:
    """The parameters of `ON`, for rooms that ask it within a statement of their own."""
    return {
        "class": class_id,
        "day": day,
        "checkpoint": checkpoint.value,
        "later": checkpoint == Checkpoint.END,
        "start": Checkpoint.START.value,
        "teacher": Source.TEACHER.value,
        "illness": Kind.ILLNESS.value,
        "leave": Kind.LEAVE.value,
        "activity": Kind.ACTIVITY.value,
    }


def suggestion(values: Sequence[Any]) -> Suggestion:
    """The suggestion that a row of `ON` makes, read from what follows the pupil's id."""
    kind, source, since, until, uuid, entered_at, local, name, reason = values
    mark = MARKS[Kind(kind)] if kind is not None else Mark(reason)
    if mark == Mark.UNLAWFUL:
        mark = Mark.ABSENT
    return Suggestion(mark, Source(source), since, until, uuid, entered_at, local, _opened(uuid, name))


def between(pupil_ids: Collection[int], period: Period) -> list[Spell]:
    """The known absence of these pupils that stands and touches the period, by pupil and date. One query."""
    parameters: dict[str, Any] = {
        "pupils": list(pupil_ids),
        "since": period.since,
        "until": period.until,
        "activity": Kind.ACTIVITY.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(BETWEEN, parameters)
        return [
            Spell(
                uuid,
                pupil,
                Kind(kind),
                Period(since, until),
                Source(source),
                _opened(uuid, name),
                tuple(weekdays),
            )
            for uuid, pupil, kind, since, until, source, name, weekdays in cursor.fetchall()
        ]


def _opened(uuid: UUID | None, name: Any) -> str:
    """The name of an activity as it was read out of the table."""
    return str(opened(Known(uuid=uuid), "text", name)) if name and uuid else ""
