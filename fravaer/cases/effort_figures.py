"""What does the work against absence come to, as counts of cases?

Of some schools and a period, as it stood when the period ended: open cases by the group they are in, how soon a home was
spoken with after a child came over a line, what is overdue, and the cases that were closed, with whether the child was there
more and is more attached than before. Counts and nothing else: no case can be told from them, and what may be shown of few is
for who shows it. Whose domain a contact or an action belongs to makes no difference to a count.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from fravaer.absence import percentage
from fravaer.absence.tallies import Tally
from fravaer.cases.contacts import HOME
from fravaer.cases.evaluation import COVERAGE, FEWEST, WINDOW
from fravaer.cases.models import Stage
from fravaer.core.periods import Period
from fravaer.core.walls import DatabaseRole, acting_as
from fravaer.schools import schooldays

# The groups of the procedure, by the stages a case is in while it belongs to them.
GROUPS = {
    "early": (_("Early effort"), (Stage.EARLY,)),
    "team": (_("Absence team"), (Stage.REFERRED, Stage.DISCUSSED, Stage.ACTIVE)),
    "youth": (_("Youth effort"), (Stage.YOUTH,)),
}


@dataclass(frozen=True, slots=True)
class Efforts:
    """Counts of cases and pupils; `crossings` came over a line in the period, and with `planned` something was agreed. `overdue`
    are pupils of whom an agreed action is, each at the school of the earliest.

    `waited` holds those whose home was spoken with, by the school days from the crossing to the first contact. Of the closed
    cases `read` have two readings of attachment, and of these `attached` ended higher.
    """

    early: int = 0
    team: int = 0
    youth: int = 0
    closed: int = 0
    read: int = 0
    attached: int = 0
    crossings: int = 0
    planned: int = 0
    overdue: int = 0
    waited: tuple[tuple[int, int], ...] = ()

    def __add__(self, other: Efforts) -> Efforts:
        days = Counter(dict(self.waited))
        days.update(dict(other.waited))
        return Efforts(
            early=self.early + other.early,
            team=self.team + other.team,
            youth=self.youth + other.youth,
            closed=self.closed + other.closed,
            read=self.read + other.read,
            attached=self.attached + other.attached,
            crossings=self.crossings + other.crossings,
            planned=self.planned + other.planned,
            overdue=self.overdue + other.overdue,
            waited=tuple(sorted(days.items())),
        )

    @property
    def contacted(self) -> int:
        return sum(pupils for _days, pupils in self.waited)

    @property
    def median_days(self) -> int | None:
        """The middle one of the school days until the first contact; of an even number the lower. None without any."""
        passed, pupils = 0, self.contacted
        for days, number in sorted(self.waited):
            passed += number
            if 2 * passed >= pupils:
                return days
        return None


@dataclass(frozen=True, slots=True)
class Attendance:
    """Of closed cases of which it can be told (`told`): how many children were away less in the end than before."""

    told: int = 0
    better: int = 0


# A case is open on a day when the last of its closings and reopenings is not a closing. A case put together with another is that.
LIVES = """
SELECT c.id, c.pupil_id, c.school_id, c.stage, c.opened_at, last.kind IS DISTINCT FROM 'close' AS is_open, last.at AS closed_at,
  last.kind = 'close' AND last.at >= %(begins)s::date AT TIME ZONE %(zone)s AS is_closed
FROM cases_case c LEFT JOIN LATERAL (
  SELECT kind, at FROM cases_step s
  WHERE s.case_id = c.id AND s.kind IN ('close', 'reopen') AND s.at < %(ends)s::date AT TIME ZONE %(zone)s
  ORDER BY s.at DESC, s.id DESC LIMIT 1
) last ON true
WHERE c.school_id = ANY(%(schools)s) AND c.merged_into_id IS NULL AND c.opened_at < %(ends)s::date AT TIME ZONE %(zone)s
"""
COUNTS = """
WITH life AS ({lives}), attachment AS (
  SELECT l.id, l.school_id, count(*) AS readings, (array_agg(r.level ORDER BY r.said_on, r.id))[1] AS first,
    (array_agg(r.level ORDER BY r.said_on DESC, r.id DESC))[1] AS last
  FROM life l JOIN cases_attachmentreading r ON r.case_id = l.id WHERE l.is_closed GROUP BY l.id, l.school_id
), waited AS (
  SELECT x.school_id, (
    SELECT held.number_before - crossed.number_before FROM cases_contact t
    JOIN schools_calendarday held ON held.calendar_id = c.calendar_id AND held.day = t.held_on
    JOIN schools_calendarday crossed ON crossed.calendar_id = c.calendar_id AND crossed.day = x.crossed_on
    WHERE t.pupil_id = x.pupil_id AND t.kind = ANY(%(home)s) AND t.held_on >= x.crossed_on AND t.held_on < %(ends)s
    ORDER BY t.held_on LIMIT 1
  ) AS days, EXISTS (
    SELECT FROM cases_agreedaction a WHERE a.pupil_id = x.pupil_id
      AND a.agreed_at >= x.crossed_on::date AT TIME ZONE %(zone)s AND a.agreed_at < %(ends)s::date AT TIME ZONE %(zone)s
  ) AS is_planned
  FROM cases_crossing x JOIN cases_rule rule ON rule.id = x.rule_id JOIN schools_schoolclass c ON c.id = x.school_class_id
  WHERE x.school_id = ANY(%(schools)s) AND x.crossed_on >= %(begins)s AND x.crossed_on < %(ends)s
    AND rule.purpose = 'triage' AND x.supersedes_id IS NULL AND NOT x.quiet
), overdue AS (
  SELECT DISTINCT ON (pupil_id) pupil_id, school_id FROM (
    SELECT a.pupil_id, a.due_on, a.id, coalesce(c.school_id, x.school_id, (
        SELECT k.school_id FROM schools_enrolment e JOIN schools_schoolclass k ON k.id = e.school_class_id
        WHERE e.pupil_id = a.pupil_id AND e.starts_on <= a.due_on AND e.until > a.due_on
      )) AS school_id
    FROM cases_agreedaction a LEFT JOIN cases_case c ON c.id = a.case_id LEFT JOIN cases_crossing x ON x.id = a.crossing_id
    WHERE a.agreed_at < %(ends)s::date AT TIME ZONE %(zone)s AND a.due_on < %(last_day)s
      AND (a.settled_at IS NULL OR a.settled_at >= %(ends)s::date AT TIME ZONE %(zone)s)
  ) due WHERE school_id = ANY(%(schools)s) ORDER BY pupil_id, due_on, id
)
SELECT school_id, 'cases', ARRAY[count(*) FILTER (WHERE is_open AND stage = ANY(%(early)s)),
  count(*) FILTER (WHERE is_open AND stage = ANY(%(team)s)), count(*) FILTER (WHERE is_open AND stage = ANY(%(youth)s)),
  count(*) FILTER (WHERE is_closed)]::int[] FROM life GROUP BY school_id
UNION ALL
SELECT school_id, 'attachment', ARRAY[count(*), count(*) FILTER (WHERE last > first)]::int[]
FROM attachment WHERE readings > 1 GROUP BY school_id
UNION ALL
SELECT school_id, 'crossings', ARRAY[count(*), count(*) FILTER (WHERE is_planned)]::int[] FROM waited GROUP BY school_id
UNION ALL
SELECT school_id, 'waited', ARRAY[days, count(*)]::int[] FROM waited WHERE days IS NOT NULL GROUP BY school_id, days
UNION ALL
SELECT school_id, 'overdue', ARRAY[count(*)]::int[] FROM overdue GROUP BY school_id
"""
# What the statement's parts count.
COLUMNS = {
    "cases": ("early", "team", "youth", "closed"),
    "attachment": ("read", "attached"),
    "crossings": ("crossings", "planned"),
    "overdue": ("overdue",),
}
CLOSED = """
SELECT school_id, pupil_id, (opened_at AT TIME ZONE %(zone)s)::date, (closed_at AT TIME ZONE %(zone)s)::date
FROM ({lives}) life WHERE is_closed ORDER BY id
"""


@acting_as(DatabaseRole.REPORT)
def by_school(school_ids: Collection[int], period: Period, zone: str) -> dict[int, Efforts]:
    """What each school's work came to at the end of the period; `zone` is the schools' own. One query.

    A case counts at the school where it was opened, in the stage it is in.
    """
    with connection.cursor() as cursor:
        cursor.execute(COUNTS.format(lives=LIVES), _parameters(school_ids, period, zone))
        rows = cursor.fetchall()
    found: dict[int, Efforts] = defaultdict(Efforts)
    for school, part, numbers in rows:
        if part == "waited":
            days, pupils = numbers
            found[school] += Efforts(waited=((days, pupils),))
        else:
            found[school] += Efforts(**dict(zip(COLUMNS[part], numbers, strict=True)))
    return dict(found)


@acting_as(DatabaseRole.REPORT)
def attendance(school_ids: Collection[int], period: Period, zone: str) -> dict[int, Attendance]:
    """Of the cases closed in the period, by school: was the child away less in the case's last school days than before it?

    Windows and what can be told of them are the evaluation's own (`evaluation`): as many school days on each side, of which
    enough were registered. A few queries for each closed case.
    """
    with connection.cursor() as cursor:
        cursor.execute(CLOSED.format(lives=LIVES), _parameters(school_ids, period, zone))
        rows = cursor.fetchall()
    found: dict[int, Attendance] = {}
    for school, pupil, opened_on, closed_on in rows:
        length = min(WINDOW, schooldays.municipal_days(Period(opened_on, max(opened_on, closed_on))))
        before, after = (_window(pupil, day, length) for day in (opened_on, closed_on))
        now = found.get(school, Attendance())
        if before is not None and after is not None:
            is_better = after.absent * before.possible < before.absent * after.possible
            now = Attendance(now.told + 1, now.better + is_better)
        found[school] = now
    return found


def _window(pupil_id: int, day: date, length: int) -> Tally | None:
    """So many school days up to the day, without it; None where too little is known of them."""
    before = day - timedelta(days=1)
    if length < FEWEST:
        return None
    days = schooldays.latest(length, before, within=Period(before - timedelta(days=366), day))
    if days is None:
        return None
    tally = percentage.tally(days, pupil_id)
    return tally if 100 * tally.possible >= COVERAGE * tally.due > 0 else None


def _parameters(school_ids: Collection[int], period: Period, zone: str) -> dict[str, Any]:
    return {
        "schools": sorted(school_ids),
        "begins": period.since,
        "ends": period.until,
        "last_day": period.until - timedelta(days=1),
        "zone": zone,
        "home": [str(kind) for kind in HOME],
        **{key: [str(stage) for stage in stages] for key, (_name, stages) in GROUPS.items()},
    }
