"""What does another school calendar do to what has been counted?

`effect` answers before anything is saved, by plain calculation and without a lock: which class-days open or close, how many
registers stop or start to count, whose percentage changes. `replan` and `decide` make the change: rules, calendars, registers
and sums together, or nothing of it. Days of a school that has completed its registration are not touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from fravaer.absence import alignment, percentage
from fravaer.absence.checkpoints import RULES
from fravaer.absence.overview import LIMIT_PERCENT
from fravaer.absence.tallies import Tally
from fravaer.accounts.models import User
from fravaer.core.periods import Period, Quarter
from fravaer.core.scope import Scope
from fravaer.schools import plan
from fravaer.schools.models import Level, PlanChange, SchoolYear
from fravaer.schools.plan import Unit, Wishes


@dataclass(frozen=True, slots=True)
class Count:
    """School days of the unit in a quarter (None: in the whole school year), before and after."""

    quarter: Quarter | None
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change would do. `classes` are those with another school day than before; `stopping` and `starting` are
    registers that decide nothing any more, or do again; `pupils` those whose percentage, cut to one decimal, becomes
    another, `rising` and `falling` those of them who come to, or below, the share of absence that calls for concern.
    `locked` are schools that have completed their registration of a day that would change."""

    counts: tuple[Count, ...]
    classes: int
    stopping: int
    starting: int
    pupils: int
    rising: int
    falling: int
    locked: tuple[str, ...]

    @property
    def counted_anew(self) -> int:
        """Registers whose half-days the change moves."""
        return self.stopping + self.starting

    @property
    def seconds(self) -> int:
        """About how long saving takes at most, in steps of five seconds: 2,000 registers a second, and three to draw the year."""
        return 5 * -(-(3 + self.counted_anew // REGISTERS_A_SECOND) // 5)


class Locked(Exception):
    """A school has completed its registration of some of the days; nothing was written."""

    def __init__(self, schools: tuple[str, ...]) -> None:
        super().__init__(f"{len(schools)} schools")
        self.schools = schools


# Measured with 20,000 pupils and two years of registers on a busy server of two cores: twice as many and more.
REGISTERS_A_SECOND = 2000
UNITS = {
    Level.MUNICIPALITY: "true",
    Level.SCHOOL: "c.school_id = %(school)s",
    Level.YEAR_GROUP: "c.school_id = %(school)s AND c.year_group = %(year_group)s",
    Level.CLASS: "c.id = %(class)s",
}
# Whether a rule x is about a class c.
ABOUT = """(x.level = 1 OR x.level = 2 AND x.school_id = c.school_id
      OR x.level = 3 AND x.school_id = c.school_id AND x.year_group = c.year_group
      OR x.level = 4 AND x.school_class_id = c.id)"""
# A class-day flips when no narrower rule holds and what is left says otherwise than its calendar does today.
FLIPS = """
WITH wish AS (
  SELECT * FROM unnest(%(days)s::date[], %(closed)s::smallint[]) w (day, closed)
), flip AS MATERIALIZED (
  SELECT school_class_id, school_id, year_group, day, will FROM (
    SELECT c.id AS school_class_id, c.school_id, c.year_group, w.day, d.is_school_day AS was,
      CASE WHEN w.closed >= 0 THEN w.closed = 0 ELSE coalesce((
          SELECT NOT x.closed FROM schools_dayrule x
          WHERE x.school_year_id = c.school_year_id AND x.day = w.day AND x.level < %(level)s AND {about}
          ORDER BY x.level DESC LIMIT 1
        ), extract(isodow FROM w.day) < 6) END AS will
    FROM schools_schoolclass c
    CROSS JOIN wish w
    JOIN schools_calendarday d ON d.calendar_id = c.calendar_id AND d.day = w.day
    WHERE c.school_year_id = %(year)s AND {unit} AND NOT EXISTS (
      SELECT 1 FROM schools_dayrule x
      WHERE x.school_year_id = c.school_year_id AND x.day = w.day AND x.level > %(level)s AND {about})
  ) day_of_class WHERE was <> will
)
"""
# What the end of the day decides, and whether the pupil was away then, stand on the morning's own row: joined to themselves,
# the planner would expect a handful of rows of each and go through thousands for every one.
COUNTS = """{flips}
, register AS MATERIALIZED (
  SELECT *, max(later) FILTER (WHERE checkpoint = %(end)s) OVER (PARTITION BY school_class_id, day) AS at_end
  FROM (
    SELECT r.school_class_id, r.day, r.checkpoint, rule.start_decides, r.halves AS now,
      CASE WHEN NOT f.will THEN 0 WHEN f.year_group >= rule.first_with_end THEN 1
           WHEN r.checkpoint = %(start)s THEN 2 ELSE 0 END AS later
    FROM absence_register r
    JOIN flip f USING (school_class_id, day)
    JOIN {rules} rule ON r.day >= rule.since AND r.day < rule.until
  ) one
), away AS MATERIALIZED (
  SELECT a.pupil_id, a.school_class_id, a.day, a.checkpoint, a.halves,
    bool_or(a.checkpoint = %(end)s) OVER (PARTITION BY a.pupil_id, a.day, a.school_class_id) AS still
  FROM absence_absence a
  WHERE a.day = ANY(%(days)s::date[]) AND a.school_class_id IN (SELECT school_class_id FROM flip)
), possible AS (
  SELECT e.pupil_id, sum(r.later - r.now) AS possible
  FROM register r
  JOIN schools_enrolment e
    ON e.school_class_id = r.school_class_id AND e.starts_on <= r.day AND e.until > r.day
  GROUP BY e.pupil_id
), absent AS (
  SELECT a.pupil_id, sum(CASE
      WHEN a.checkpoint = %(start)s AND r.at_end IS NOT NULL AND NOT a.still AND r.start_decides
        THEN r.later + r.at_end
      ELSE r.later END - a.halves) AS absent
  FROM away a
  JOIN register r USING (school_class_id, day, checkpoint)
  JOIN schools_enrolment e
    ON e.pupil_id = a.pupil_id AND e.school_class_id = a.school_class_id AND e.starts_on <= a.day AND e.until > a.day
  GROUP BY a.pupil_id
)
SELECT 0, (SELECT count(DISTINCT school_class_id) FROM flip)::int,
  (SELECT count(*) FROM register WHERE now > 0 AND later = 0)::int,
  (SELECT count(*) FROM register WHERE now = 0 AND later > 0)::int
UNION ALL
SELECT pupil_id, coalesce(possible, 0)::int, coalesce(absent, 0)::int, 0 FROM possible LEFT JOIN absent USING (pupil_id)
WHERE coalesce(possible, 0) <> 0 OR coalesce(absent, 0) <> 0
"""
LOCKED = """{flips}
SELECT DISTINCT s.name, s.sort_name FROM flip f
JOIN absence_closing k ON k.school_id = f.school_id AND k.reopened_at IS NULL AND k.since <= f.day AND k.until > f.day
JOIN schools_school s ON s.id = f.school_id ORDER BY s.sort_name
"""


def effect(school_year: SchoolYear, unit: Unit, wishes: Wishes, today: date) -> Effect:
    """What the change would do, without doing anything. Percentages are those of the school year up to `today`.

    Five queries at most, however many classes and pupils.
    """
    sql, parameters = _flips(COUNTS, school_year, unit, wishes)
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        (_zero, classes, stopping, starting), *moved = sorted(cursor.fetchall())
    year = Period(school_year.starts_on, school_year.until)
    pupils = rising = falling = 0
    if moved:
        tallies = percentage.tallies(percentage.spent(year, today), [row[0] for row in moved])
        for pupil_id, possible, absent, _nothing in moved:
            before = tallies.get(pupil_id, Tally())
            after = Tally(possible=before.possible + possible, pending=before.absent + absent)
            pupils += before.tenths != after.tenths
            rising += after.reaches(LIMIT_PERCENT) and not before.reaches(LIMIT_PERCENT)
            falling += before.reaches(LIMIT_PERCENT) and not after.reaches(LIMIT_PERCENT)
    return Effect(
        counts=_counts(school_year, unit, wishes),
        classes=classes,
        stopping=stopping,
        starting=starting,
        pupils=pupils,
        rising=rising,
        falling=falling,
        locked=_locked(school_year, unit, wishes),
    )


@transaction.atomic
def replan(
    school_year: SchoolYear, unit: Unit, wishes: Wishes, *, seen: str, scope: Scope, now: datetime
) -> PlanChange:
    """Change the plan of a school, a year group or a class and bring every register and sum in line; or propose a change of
    the municipality's. Raises Locked, plan.PlanConflict and plan.NothingChanges; then nothing is written."""
    _refuse_locked(school_year, unit, wishes)
    made = plan.change(school_year, unit, wishes, seen=seen, scope=scope, now=now)
    if made.state == PlanChange.State.MADE:
        alignment.align_days(plan.wishes_of(made))
    return made


@transaction.atomic
def decide(proposal: PlanChange, *, agreed: bool, seen: str, scope: Scope, now: datetime) -> None:
    """Make or refuse a proposed change of the municipality's plan. Raises Locked and what `plan.decide` raises."""
    if agreed:
        _refuse_locked(proposal.school_year, plan.MUNICIPALITY, plan.wishes_of(proposal))
    plan.decide(UUID(str(proposal.uuid)), agreed=agreed, seen=seen, scope=scope, now=now)
    if agreed:
        alignment.align_days(plan.wishes_of(proposal))


def people(past: Sequence[PlanChange]) -> dict[int, str]:
    """The names of those who asked for these changes or decided them, by user id. One query."""
    ids = {one.asked_by for one in past} | {one.decided_by for one in past if one.decided_by}
    return dict(User.objects.filter(pk__in=ids).values_list("pk", "name"))


def _refuse_locked(school_year: SchoolYear, unit: Unit, wishes: Wishes) -> None:
    if schools := _locked(school_year, unit, wishes):
        raise Locked(schools)


def _locked(school_year: SchoolYear, unit: Unit, wishes: Wishes) -> tuple[str, ...]:
    sql, parameters = _flips(LOCKED, school_year, unit, wishes)
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return tuple(row[0] for row in cursor.fetchall())


def _flips(sql: str, school_year: SchoolYear, unit: Unit, wishes: Wishes) -> tuple[str, dict[str, Any]]:
    return sql.format(flips=FLIPS.format(about=ABOUT, unit=UNITS[unit.level]), rules=RULES), {
        **alignment.PARAMETERS,
        "year": school_year.pk,
        "level": unit.level.value,
        "school": unit.school_id,
        "year_group": unit.year_group,
        "class": unit.school_class_id,
        "days": list(wishes),
        "closed": [-1 if rule is None else int(rule.closed) for rule in wishes.values()],
    }


def _counts(school_year: SchoolYear, unit: Unit, wishes: Wishes) -> tuple[Count, ...]:
    """The unit's school days by quarter and in the whole year, before and after."""
    before = [day.day for day in plan.days(school_year, unit) if day.is_school_day]
    after = [day.day for day in plan.days(school_year, unit, wishes) if day.is_school_day]
    counts = []
    one = Quarter.of(school_year.starts_on)
    while one.since < school_year.until:
        counts.append(
            Count(one, sum(day in one.period for day in before), sum(day in one.period for day in after))
        )
        one = one.next()
    # July lies in two quarters' school years and has no school.
    counts = [count for count in counts if count.before or count.after]
    return (*counts, Count(None, len(before), len(after)))
