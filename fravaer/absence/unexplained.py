"""Which absences has nobody explained yet?

A pupil marked absent at the start of the day, under a taken register of a school day, with the reason still pending.
Absence is unlawful unless the guardians give the reason the same day (order on pupils' absence in the Folkeskole, in force
1 January 2020, § 3): the school has to ask.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from fravaer.absence.arrangements import Settings
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Absence, Presence
from fravaer.absence.reasons import Reason
from fravaer.core.asking import question


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
  AND (%(settled)s::timestamptz IS NULL OR NOT EXISTS (
    SELECT FROM absence_registerevent e
    WHERE (e.school_class_id, e.day, e.checkpoint) = (a.school_class_id, a.day, a.checkpoint) AND e.saved_at > %(settled)s))
ORDER BY a.school_class_id, a.pupil_id
"""


def on(
    day: date, class_ids: Collection[int] | None = None, *, settled: datetime | None = None
) -> list[Unexplained]:
    """The unexplained absences of the day, of all classes or of some; with `settled` of registers not saved since then.

    One query however many there are.
    """
    classes = None if class_ids is None else sorted(class_ids)
    about: dict[str, Any] = {
        "day": day,
        "start": Checkpoint.START.value,
        "classes": classes,
        "settled": settled,
    }
    with connection.cursor() as cursor:
        cursor.execute(UNEXPLAINED, about)
        return [Unexplained(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Explained:
    """One pupil who is away on `day` and of whom the school knows why, or with whom she is away."""

    pupil_id: int
    school_class_id: int
    school_id: int
    day: date


EXPLAINED = """
SELECT a.pupil_id, a.school_class_id, a.school_id, a.day
FROM absence_absence a
JOIN absence_register r ON (r.school_class_id, r.day, r.checkpoint) = (a.school_class_id, a.day, a.checkpoint)
WHERE a.day = %(day)s AND a.reason > 0 AND a.checkpoint = %(start)s AND a.halves > 0
  AND a.school_class_id = ANY(%(classes)s)
UNION
SELECT p.pupil_id, p.school_class_id, c.school_id, p.day
FROM absence_presence p
JOIN schools_schoolclass c ON c.id = p.school_class_id
WHERE p.day = %(day)s AND p.kind = %(activity)s AND p.checkpoint = %(start)s AND p.school_class_id = ANY(%(classes)s)
ORDER BY 2, 1
"""


def explained(day: date, class_ids: Collection[int]) -> list[Explained]:
    """Those of the classes' pupils whom the day's register says to be ill, on leave, away unlawfully or out with the school.

    One query however many there are.
    """
    parameters: dict[str, Any] = {
        "day": day,
        "start": Checkpoint.START.value,
        "activity": Presence.Kind.ACTIVITY.value,
        "classes": sorted(class_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(EXPLAINED, parameters)
        return [Explained(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Share:
    """How many of a class's pupils are unexplained on the day, of how many enrolled, in a register that is taken."""

    school_class_id: int
    school_id: int
    unexplained: int
    pupils: int


SHARES = """
SELECT r.school_class_id, c.school_id,
  (SELECT count(*) FROM absence_absence a
   WHERE (a.school_class_id, a.day, a.checkpoint) = (r.school_class_id, r.day, r.checkpoint) AND a.reason = 0 AND a.halves > 0),
  (SELECT count(*) FROM schools_enrolment e
   WHERE e.school_class_id = r.school_class_id AND e.starts_on <= r.day AND e.until > r.day)
FROM absence_register r
JOIN schools_schoolclass c ON c.id = r.school_class_id
WHERE r.day = %(day)s AND r.checkpoint = %(start)s AND r.halves > 0 AND r.school_class_id = ANY(%(classes)s)
ORDER BY 2, 1
"""


def shares(day: date, class_ids: Collection[int]) -> list[Share]:
    """How large a part of each class is unexplained, of the classes whose register of the day is taken. One query."""
    parameters: dict[str, Any] = {"day": day, "start": Checkpoint.START.value, "classes": sorted(class_ids)}
    with connection.cursor() as cursor:
        cursor.execute(SHARES, parameters)
        return [Share(*row) for row in cursor.fetchall()]


@question
def pending(day: date, pupil_ids: list[int]) -> QuerySet[Absence, int]:
    """Those of the pupils whose absence of the day is unexplained."""
    return Absence.objects.filter(
        day=day,
        checkpoint=Checkpoint.START,
        reason=Reason.PENDING,
        halves__gt=0,
        pupil_id__in=pupil_ids,
    ).values_list("pupil_id", flat=True)


def still(day: date, pupil_ids: Iterable[int]) -> set[int]:
    """Those of the pupils whose absence of the day is unexplained at this moment."""
    return set(pending(day, list(pupil_ids)))


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


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pupil's day that waits for its reason. `age` are the school days since; the reason was or is due at `due_at`.

    `due_at` is None when no school day is planned for it to be due on.
    """

    pupil_id: int
    school_class_id: int
    school_id: int
    year_group: int
    day: date
    # The first save of the class's register of the day.
    taken_at: datetime
    age: int
    due_at: datetime | None
    overdue: bool

    @property
    def key(self) -> tuple[int, date]:
        return self.pupil_id, self.day


# A reason is due so many school days after the day, by the class's own calendar, as the school has chosen.
WAITING = """
SELECT a.pupil_id, a.school_class_id, a.school_id, c.year_group, a.day, min(r.taken_at),
  today.number_before - noted.number_before, min(due.day), coalesce(s.reason_due_at, %(due_at)s::time)
FROM absence_absence a
JOIN absence_register r ON (r.school_class_id, r.day, r.checkpoint) = (a.school_class_id, a.day, a.checkpoint)
JOIN schools_schoolclass c ON c.id = a.school_class_id
LEFT JOIN absence_arrangement s ON s.school_id = a.school_id
JOIN schools_calendarday noted ON noted.calendar_id = c.calendar_id AND noted.day = a.day
LEFT JOIN schools_calendarday today ON today.calendar_id = c.calendar_id AND today.day = %(day)s
LEFT JOIN schools_calendarday due ON due.calendar_id = c.calendar_id AND due.is_school_day
  AND due.number_before = noted.number_before + coalesce(s.reason_due_days, %(due_days)s)
  -- Ten school days at most, over the longest holiday there is.
  AND due.day >= a.day AND due.day < a.day + 90
WHERE a.reason = 0 AND a.halves > 0 AND a.day >= %(since)s AND a.day <= %(day)s
  AND a.school_class_id = ANY(%(classes)s)
GROUP BY a.pupil_id, a.school_class_id, a.school_id, c.year_group, a.day, today.number_before, noted.number_before,
  s.reason_due_at
ORDER BY a.day DESC, a.school_class_id, a.pupil_id
"""


def waiting(class_ids: Collection[int], since: date, day: date, now: datetime) -> list[Waiting]:
    """The days of these classes' pupils, from `since` up to and including `day`, that wait for a reason; the newest first.

    `now` tells whose deadline has passed. One query however many there are.
    """
    defaults = Settings()
    parameters: dict[str, Any] = {
        "classes": sorted(class_ids),
        "since": since,
        "day": day,
        "due_days": defaults.reason_due_days,
        "due_at": defaults.reason_due_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(WAITING, parameters)
        rows = cursor.fetchall()
    found = []
    for pupil, school_class, school, year_group, of_day, taken_at, age, due_on, due_time in rows:
        due_at = due_on and timezone.make_aware(datetime.combine(due_on, due_time))
        overdue = due_at is not None and now > due_at
        found.append(
            Waiting(pupil, school_class, school, year_group, of_day, taken_at, age or 0, due_at, overdue)
        )
    return found


LAST_DAYS = """
SELECT x.pupil_id, d.day, coalesce(taken.halves, 0), coalesce(away.halves, 0)
FROM unnest(%(pupils)s::int[], %(classes)s::int[]) AS x (pupil_id, school_class_id)
JOIN schools_schoolclass c ON c.id = x.school_class_id
CROSS JOIN LATERAL (
  SELECT day FROM schools_calendarday
  WHERE calendar_id = c.calendar_id AND is_school_day AND day < %(day)s ORDER BY day DESC LIMIT %(count)s
) d
CROSS JOIN LATERAL (
  SELECT sum(r.halves) AS halves
  FROM schools_enrolment e
  JOIN absence_register r ON r.school_class_id = e.school_class_id AND r.day = d.day
  WHERE e.pupil_id = x.pupil_id AND e.starts_on <= d.day AND e.until > d.day
) taken
CROSS JOIN LATERAL (
  SELECT sum(a.halves) AS halves FROM absence_absence a WHERE a.pupil_id = x.pupil_id AND a.day = d.day
) away
ORDER BY x.pupil_id, d.day
"""


def last_days(
    pupils: Mapping[int, int], day: date, count: int = 5
) -> dict[int, list[tuple[date, Literal["present", "absent", "half", "none"]]]]:
    """How each pupil was at school on her class's `count` school days before `day`, the oldest first. One query.

    `pupils` are the pupils' ids with their class's. "none" is a day nobody registered.
    """
    parameters: dict[str, Any] = {
        "pupils": list(pupils),
        "classes": list(pupils.values()),
        "day": day,
        "count": count,
    }
    found: dict[int, list[tuple[date, Literal["present", "absent", "half", "none"]]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(LAST_DAYS, parameters)
        for pupil, one, taken, away in cursor.fetchall():
            was: Literal["present", "absent", "half", "none"] = (
                "none" if not taken else "present" if not away else "half" if away < taken else "absent"
            )
            found.setdefault(pupil, []).append((one, was))
    return found
