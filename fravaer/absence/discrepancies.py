"""Which two things about a pupil's day cannot both be true?

She is here though she is reported absent; she is absent on a day without school; two classes have her in their registers; a
reason is given for an absence that is not there. Who is there is there: what is found here changes no mark, it waits for
somebody at the office. Found at every save and once a night; what is no longer so is settled by itself, and what somebody
has looked at and kept is not brought up again. The only writer of contradictions.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from fravaer.absence.models import Discrepancy, Known
from fravaer.absence.reasons import Mark
from fravaer.core.periods import Period

Kind = Discrepancy.Kind
KEPT = "kept"

# Each answers pupil, day, checkpoint and school of what cannot be; `pupils` NULL asks about everybody.
FOUND = {
    Kind.HERE_DESPITE_REPORT: """
SELECT DISTINCT k.pupil_id, r.day, r.checkpoint, r.school_id
FROM absence_known k
JOIN schools_enrolment e ON e.pupil_id = k.pupil_id AND e.starts_on < k.until AND e.until > k.since
JOIN absence_register r ON r.school_class_id = e.school_class_id AND r.halves > 0
 AND r.day >= greatest(k.since, e.starts_on, %(since)s) AND r.day < least(k.until, e.until, %(until)s)
LEFT JOIN absence_absence a ON (a.pupil_id, a.day, a.checkpoint) = (k.pupil_id, r.day, r.checkpoint)
WHERE k.state = 'stands' AND k.kind IN (%(illness)s, %(leave)s) AND a.pupil_id IS NULL
  AND k.since < %(until)s AND k.until > %(since)s AND (%(pupils)s::int[] IS NULL OR k.pupil_id = ANY(%(pupils)s))
""",
    Kind.CLOSED_DAY: """
SELECT a.pupil_id, a.day, a.checkpoint, a.school_id
FROM absence_absence a
JOIN schools_schoolclass c ON c.id = a.school_class_id
LEFT JOIN schools_calendarday d ON d.calendar_id = c.calendar_id AND d.day = a.day
WHERE a.day >= %(since)s AND a.day < %(until)s AND NOT coalesce(d.is_school_day, false)
  AND (%(pupils)s::int[] IS NULL OR a.pupil_id = ANY(%(pupils)s))
""",
    # A pupil has one mark at a checkpoint: it lies with one class, and the class she was in that day has its own register.
    Kind.TWO_REGISTERS: """
SELECT a.pupil_id, a.day, a.checkpoint, a.school_id
FROM absence_absence a
JOIN schools_enrolment e ON e.pupil_id = a.pupil_id AND e.starts_on <= a.day AND e.until > a.day
 AND e.school_class_id <> a.school_class_id
JOIN absence_register r ON (r.school_class_id, r.day, r.checkpoint) = (e.school_class_id, a.day, a.checkpoint)
WHERE a.day >= %(since)s AND a.day < %(until)s AND (%(pupils)s::int[] IS NULL OR a.pupil_id = ANY(%(pupils)s))
""",
    Kind.WITHOUT_ABSENCE: """
SELECT x.pupil_id, x.day, x.checkpoint, c.school_id
FROM (
  SELECT DISTINCT ON (pupil_id, day, checkpoint) pupil_id, day, checkpoint, mark
  FROM absence_explanation
  WHERE day >= %(since)s AND day < %(until)s AND (%(pupils)s::int[] IS NULL OR pupil_id = ANY(%(pupils)s))
  ORDER BY pupil_id, day, checkpoint, id DESC
) x
JOIN schools_enrolment e ON e.pupil_id = x.pupil_id AND e.starts_on <= x.day AND e.until > x.day
JOIN schools_schoolclass c ON c.id = e.school_class_id
LEFT JOIN absence_absence a ON (a.pupil_id, a.day, a.checkpoint) = (x.pupil_id, x.day, x.checkpoint)
WHERE x.mark > %(pending)s AND a.pupil_id IS NULL
""",
}
SWEEP = """
WITH found AS ({found}
), gone AS (
  UPDATE absence_discrepancy d SET settled_at = %(now)s, settling = 'gone'
  WHERE d.settled_at IS NULL AND d.kind = %(kind)s AND d.day >= %(since)s AND d.day < %(until)s
    AND (%(pupils)s::int[] IS NULL OR d.pupil_id = ANY(%(pupils)s))
    AND NOT EXISTS (SELECT FROM found f
      WHERE (f.pupil_id, f.day, f.checkpoint) = (d.pupil_id, d.day, d.checkpoint))
)
INSERT INTO absence_discrepancy (uuid, pupil_id, day, checkpoint, kind, school_id, found_at, settling)
SELECT gen_random_uuid(), f.pupil_id, f.day, f.checkpoint, %(kind)s, f.school_id, %(now)s, ''
FROM found f
WHERE NOT EXISTS (SELECT FROM absence_discrepancy k
  WHERE (k.pupil_id, k.day, k.checkpoint, k.kind) = (f.pupil_id, f.day, f.checkpoint, %(kind)s)
    AND (k.settled_at IS NULL OR k.settling = 'kept'))
ON CONFLICT (pupil_id, day, checkpoint, kind) WHERE settled_at IS NULL DO NOTHING
"""


def found_at_save(*, pupil_ids: Collection[int], day: date, now: datetime) -> int:
    """Look for pupils of a register just saved who are here though they are reported absent that day.

    To be called in the transaction of the save, after its marks are written. One query; returns how many are new.
    """
    return _sweep(Kind.HERE_DESPITE_REPORT, Period(day, day + timedelta(days=1)), now, pupil_ids)


def found_of(pupil_ids: Collection[int], period: Period, now: datetime) -> int:
    """Look again at these pupils' days after something was entered or taken back about them. Returns how many are new."""
    return _sweep(Kind.HERE_DESPITE_REPORT, period, now, pupil_ids)


@transaction.atomic
def found_in(period: Period, now: datetime) -> int:
    """Look through every register, absence and reason of the period. Four statements; returns how many are new."""
    return sum(_sweep(kind, period, now, None) for kind in FOUND)


@transaction.atomic
def settle(uuid: UUID, how: str, *, user_id: int | None, now: datetime) -> bool:
    """Note what was done about a contradiction, and by whom. False when it was settled already; nothing is then written."""
    return bool(
        Discrepancy.objects.filter(uuid=uuid, settled_at=None).update(
            settled_at=now, settled_by_id=user_id, settling=how
        )
    )


def reopen(uuid: UUID) -> bool:
    """Take back that somebody kept it as it is. False when it was settled otherwise, or stands open anew."""
    kept = Discrepancy.objects.filter(uuid=uuid, settling=KEPT).first()
    if (
        kept is None
        or Discrepancy.objects.filter(
            pupil_id=kept.pupil_id, day=kept.day, checkpoint=kept.checkpoint, kind=kept.kind, settled_at=None
        ).exists()
    ):
        return False
    return bool(
        Discrepancy.objects.filter(uuid=uuid, settling=KEPT).update(
            settled_at=None, settled_by=None, settling=""
        )
    )


def _sweep(kind: Kind, period: Period, now: datetime, pupil_ids: Collection[int] | None) -> int:
    parameters: dict[str, Any] = {
        "since": period.since,
        "until": period.until,
        "pupils": None if pupil_ids is None else list(pupil_ids),
        "kind": kind.value,
        "now": now,
        "illness": Known.Kind.ILLNESS.value,
        "leave": Known.Kind.LEAVE.value,
        "pending": Mark.ABSENT.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(SWEEP.format(found=FOUND[kind]), parameters)
        return int(cursor.rowcount)
