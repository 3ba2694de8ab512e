"""How many registers were due, how many were taken, and how many of the mornings' in time?

Counted of every school at once, beside the absences nobody has explained: what is needed to know how far a period's figures can
be trusted. A register is due as in `completion`; a morning's is in time when it was saved by the time the school has set.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection

from fravaer.absence.checkpoints import RULES, Checkpoint
from fravaer.absence.completion import DUE
from fravaer.core.periods import Period
from fravaer.core.walls import DatabaseRole, acting_as


@dataclass(frozen=True, slots=True)
class Registers:
    """Numbers of registers; `mornings` and `timely` of the start of the day alone. `pending` absences are half-days' rows."""

    due: int = 0
    taken: int = 0
    mornings: int = 0
    timely: int = 0
    pending: int = 0


COUNTS = """
WITH due AS ({due}), counted AS (
  SELECT due.school_id, count(*) AS due, count(due.taken) AS taken,
    count(*) FILTER (WHERE due.checkpoint = %(start)s) AS mornings,
    count(*) FILTER (
      WHERE due.checkpoint = %(start)s AND r.taken_at <= (r.day + s.due_at) AT TIME ZONE %(zone)s
    ) AS timely
  FROM due JOIN schools_school s ON s.id = due.school_id
  LEFT JOIN absence_register r ON (r.school_class_id, r.day, r.checkpoint) = (due.school_class_id, due.day, due.checkpoint)
  GROUP BY due.school_id
), pending AS (
  SELECT school_id, count(*) AS pending FROM absence_absence
  WHERE reason = 0 AND halves > 0 AND day >= %(since)s AND day < %(until)s GROUP BY school_id
)
SELECT s.id, coalesce(c.due, 0), coalesce(c.taken, 0), coalesce(c.mornings, 0), coalesce(c.timely, 0), coalesce(p.pending, 0)
FROM schools_school s LEFT JOIN counted c ON c.school_id = s.id LEFT JOIN pending p ON p.school_id = s.id
"""


@acting_as(DatabaseRole.REPORT)
def of_schools(school_ids: list[int], period: Period, zone: str) -> dict[int, Registers]:
    """Each school's registers of the period, which ends with the day of counting; `zone` is the schools' own. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            COUNTS.format(due=DUE.format(rules=RULES)),
            {
                "since": period.since,
                "until": period.until,
                "today": date.max,
                "schools": school_ids,
                "start": Checkpoint.START.value,
                "end": Checkpoint.END.value,
                "zone": zone,
            },
        )
        wanted = set(school_ids)
        return {row[0]: Registers(*row[1:]) for row in cursor.fetchall() if row[0] in wanted}
