"""Which absences has nobody explained yet?

A pupil marked absent at the start of the day, under a taken register of a school day, with the reason still pending.
Absence is unlawful unless the guardians give the reason the same day (order on pupils' absence in the Folkeskole, in force
1 January 2020, § 3): the school has to ask.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Absence
from fravaer.absence.reasons import Reason


@dataclass(frozen=True, slots=True)
class Unexplained:
    """One pupil whose absence of `day` nobody has explained; `taken_at` is the first save of the class's register."""

    pupil_id: int
    school_class_id: int
    school_id: int
    day: date
    taken_at: datetime


UNEXPLAINED = """
SELECT a.pupil_id, a.school_class_id, a.school_id, a.day, r.taken_at
FROM absence_absence a
JOIN absence_register r ON (r.school_class_id, r.day, r.checkpoint) = (a.school_class_id, a.day, a.checkpoint)
WHERE a.day = %(day)s AND a.reason = 0 AND a.checkpoint = %(start)s AND a.halves > 0
  AND (%(classes)s IS NULL OR a.school_class_id = ANY(%(classes)s))
ORDER BY a.school_class_id, a.pupil_id
"""


def on(day: date, class_ids: Collection[int] | None = None) -> list[Unexplained]:
    """The unexplained absences of the day, of all classes or of some. One query however many there are."""
    classes = None if class_ids is None else sorted(class_ids)
    with connection.cursor() as cursor:
        cursor.execute(UNEXPLAINED, {"day": day, "start": Checkpoint.START.value, "classes": classes})
        return [Unexplained(*row) for row in cursor.fetchall()]


def still(day: date, pupil_ids: Iterable[int]) -> set[int]:
    """Those of the pupils whose absence of the day is unexplained at this moment."""
    return set(
        Absence.objects.filter(
            day=day,
            checkpoint=Checkpoint.START,
            reason=Reason.PENDING,
            halves__gt=0,
            pupil_id__in=list(pupil_ids),
        ).values_list("pupil_id", flat=True)
    )


TURNED_UP = """
SELECT e.pupil_id
FROM schools_enrolment e
JOIN absence_register r
  ON r.school_class_id = e.school_class_id AND r.day = %(day)s AND r.checkpoint = %(start)s AND r.halves > 0
LEFT JOIN absence_absence a ON (a.pupil_id, a.day, a.checkpoint) = (e.pupil_id, r.day, r.checkpoint)
WHERE e.pupil_id = ANY(%(pupils)s) AND e.starts_on <= %(day)s AND e.until > %(day)s AND a.pupil_id IS NULL
"""


def turned_up(day: date, pupil_ids: Iterable[int]) -> set[int]:
    """Those of the pupils whom a taken register of the day says to be here: she came after all, or the mark was wrong."""
    with connection.cursor() as cursor:
        cursor.execute(TURNED_UP, {"day": day, "start": Checkpoint.START.value, "pupils": list(pupil_ids)})
        return {row[0] for row in cursor.fetchall()}
