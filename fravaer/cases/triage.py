"""Who has come over a line, and who has come down again?

One set-based pass over everybody's figures (`absence.percentage`) and the rules in force: each crossing is stored once, with
the rule's version and the figures frozen. A crossing stands until the pupil rises to a higher band (the next crossing follows
it), falls clearly below its line while nobody works with him, or its rule no longer applies. Where too few registers were
taken nobody is taken off: what is not known is not fine. A percentage proposes; persons decide.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import F

from fravaer.absence import percentage, touched
from fravaer.absence.reasons import Reason
from fravaer.audit import trail
from fravaer.cases import measuring, rulebook
from fravaer.cases.models import Rule, Run
from fravaer.cases.rules import Unit, Window
from fravaer.core.periods import Period, Quarter, school_year_of, school_year_start
from fravaer.schools import schooldays

# Two triages at once wait for each other; the second finds nothing left to do. Any number nobody else uses.
LOCK = 4_810_617
TREND_DAYS = 20
# So many crossings in one night change what the database should know of their table.
MANY = 200
# A save is seen when its transaction has ended, a while after the time it bears. Who is counted twice is counted the same.
OVERLAP = timedelta(minutes=10)


class DayHasPassed(ValueError):
    """A later day has been counted already: going back would undo what people have seen and acted on."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one triage changed: crossings that are new, and standing ones that ended."""

    crossed: int
    ended: int


# The rules of the family, those in force and those of older crossings, with a one for each reason they measure.
RULES = """(
  SELECT *, (0 = ANY(reasons))::int AS pending, (1 = ANY(reasons))::int AS illness, (2 = ANY(reasons))::int AS leave,
    (3 = ANY(reasons))::int AS unlawful
  FROM cases_rule WHERE family = %(family)s
)"""
# The absent half-days of a pupil's figures that a rule measures.
MEASURED = "({0}pending * {1}.pending + {0}illness * {1}.illness + {0}leave * {1}.leave + {0}unlawful * {1}.unlawful)"

# Everybody who may be over a line, everybody with a standing crossing, and everybody of whom nothing can be said. `again` is a
# standing crossing from before the window began: last year's, whose pupil is measured anew.
TONIGHT = """
CREATE TEMPORARY TABLE cases_tonight ON COMMIT DROP AS
SELECT c.pupil_id, c.possible, c.due, c.illness, c.leave, c.unlawful, c.pending, c.value, c.standing_id, c.over_since,
  c.standing_band, c.school_class_id, k.school_id, met.id AS rule_id, met.band, {measured} AS absent,
  c.crossed_on < %(floor)s AS again,
  (CASE c.standing_band {eased_by} ELSE false END) AND NOT EXISTS (
    SELECT 1 FROM cases_case w WHERE w.pupil_id = c.pupil_id AND w.state = 'open'
  ) AS is_eased,
  {unknown} AND c.standing_id IS NULL AND met.id IS NULL AS is_unsaid
FROM (
  -- Most pupils are far below every line and stand on no list: they are left out before anything is looked up for them.
  SELECT n.*, s.id AS standing_id, s.over_since, s.band AS standing_band, s.crossed_on
  FROM {counted} AS n
  LEFT JOIN cases_crossing s ON s.pupil_id = n.pupil_id AND s.family = %(family)s AND s.ended_on IS NULL
  WHERE s.id IS NOT NULL OR n.possible > 0 AND {near} OR {unknown_of_n}
  OFFSET 0
) c
JOIN schools_schoolclass k ON k.id = c.school_class_id
LEFT JOIN cases_rule met ON met.id = ANY(%(rules)s) AND met.band = CASE {met_by} END
WHERE met.id IS NOT NULL OR c.standing_id IS NOT NULL OR {unknown}
"""
END = """
UPDATE cases_crossing s
SET ended_on = %(day)s, ending = CASE WHEN t.rule_id IS NOT NULL AND (t.again OR t.band > t.standing_band)
  THEN 'superseded' ELSE 'eased' END
FROM cases_tonight t
WHERE s.id = t.standing_id AND s.ended_on IS NULL
  AND (t.rule_id IS NOT NULL AND (t.again OR t.band > t.standing_band) OR t.is_eased)
"""
# Quiet is who came down a band, who left the same line a short while ago, and who is over a line anew without having been
# away lately, so that only the window has moved. Another year, or another quarter, is told of.
CROSS = """
INSERT INTO cases_crossing (uuid, pupil_id, rule_id, family, band, school_id, school_class_id, over_since, crossed_on,
  since, until, possible, due, illness, leave, unlawful, pending, absent, tenths, value, supersedes_id, ending, quiet)
SELECT gen_random_uuid(), t.pupil_id, t.rule_id, %(family)s, t.band, t.school_id, t.school_class_id,
  CASE WHEN t.again THEN %(day)s ELSE coalesce(t.over_since, %(day)s) END, %(day)s, %(since)s, %(until)s,
  t.possible, t.due, t.illness, t.leave, t.unlawful, t.pending, t.absent, 1000 * t.absent / t.possible, {value},
  t.standing_id, '',
  NOT coalesce(t.again, false) AND (coalesce(t.band < t.standing_band, false) OR EXISTS (
    SELECT 1 FROM cases_crossing was LEFT JOIN cases_trend n ON n.pupil_id = t.pupil_id
    WHERE was.pupil_id = t.pupil_id AND was.family = %(family)s AND was.ended_on IS NOT NULL
      AND was.crossed_on >= %(floor)s
      AND (was.band = t.band AND was.ended_on >= CASE t.rule_id {cool_by} END
        OR t.standing_id IS NULL AND coalesce({lately}, 0) = 0)
  ))
FROM cases_tonight t
WHERE t.rule_id IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM cases_crossing s
  WHERE s.pupil_id = t.pupil_id AND s.family = %(family)s AND s.ended_on IS NULL
)
"""
# Those a trend is shown of; nobody asks for one of those nothing can be said of.
WATCHED = "(SELECT pupil_id FROM cases_tonight WHERE NOT is_unsaid) AS watched"
TREND = "CREATE TEMPORARY TABLE cases_trend ON COMMIT DROP AS SELECT * FROM {counted} AS c"
LAPSE = """
UPDATE cases_crossing s SET ended_on = %(day)s, ending = 'lapsed'
WHERE s.ended_on IS NULL AND NOT EXISTS (
  SELECT 1 FROM cases_rule r WHERE r.id = ANY(%(rules)s) AND (r.family, r.band) = (s.family, s.band)
)
"""
# A school's own rule lets go of who goes to another school now.
LAPSE_ELSEWHERE = """
UPDATE cases_crossing s SET ended_on = %(day)s, ending = 'lapsed'
FROM cases_rule r, schools_enrolment e, schools_schoolclass k
WHERE s.ended_on IS NULL AND r.id = s.rule_id AND r.school_id IS NOT NULL AND k.school_id <> r.school_id
  AND e.pupil_id = s.pupil_id AND e.starts_on <= %(day)s AND e.until > %(day)s AND k.id = e.school_class_id
"""
# What has not moved is not written; nearly everything that has is an update, which is cheaper than a conflict.
READ = """
WITH now AS MATERIALIZED (
  SELECT s.id, t.possible, t.due, t.absent, 1000 * t.absent / nullif(t.possible, 0) AS tenths,
    1000 * {recent} / nullif(n.later_possible, 0) AS recent,
    1000 * {earlier} / nullif(n.earlier_possible, 0) AS earlier
  FROM cases_crossing s
  JOIN cases_tonight t ON t.pupil_id = s.pupil_id
  JOIN {rules} r ON r.id = s.rule_id
  LEFT JOIN cases_trend n ON n.pupil_id = s.pupil_id
  WHERE s.ended_on IS NULL AND s.family = %(family)s
), moved AS (
  UPDATE cases_reading was SET counted_on = %(day)s, possible = now.possible, due = now.due, absent = now.absent,
    tenths = now.tenths, recent_tenths = now.recent, earlier_tenths = now.earlier, trend_tenths = now.recent - now.earlier
  FROM now
  WHERE was.crossing_id = now.id
    AND (was.counted_on, was.possible, was.due, was.absent, was.recent_tenths, was.earlier_tenths) IS DISTINCT FROM
      (%(day)s, now.possible, now.due, now.absent, now.recent, now.earlier)
)
INSERT INTO cases_reading (crossing_id, counted_on, possible, due, absent, tenths, recent_tenths, earlier_tenths, trend_tenths)
SELECT id, %(day)s, possible, due, absent, tenths, recent, earlier, recent - earlier
FROM now WHERE NOT EXISTS (SELECT 1 FROM cases_reading was WHERE was.crossing_id = now.id)
"""


FORGET_UNSAID = """
DELETE FROM cases_unsaid u
WHERE u.family = %(family)s AND {counted}
  AND NOT EXISTS (SELECT 1 FROM cases_tonight t WHERE t.pupil_id = u.pupil_id AND t.is_unsaid)
"""
UNSAID = """
INSERT INTO cases_unsaid AS was (pupil_id, family, counted_on, possible, due)
SELECT pupil_id, %(family)s, %(day)s, possible, due FROM cases_tonight WHERE is_unsaid
ON CONFLICT (pupil_id, family) DO UPDATE
SET counted_on = excluded.counted_on, possible = excluded.possible, due = excluded.due
WHERE (was.counted_on, was.possible, was.due) IS DISTINCT FROM (excluded.counted_on, excluded.possible, excluded.due)
"""


def run(day: date, now: datetime, among: Collection[int] | None = None) -> Found:
    """Count everybody up to and including `day`, and store who crossed a line and who came down again.

    A second run of the same day changes nothing but what was registered in between. `among` counts these pupils alone: when
    nobody else's figures have changed, that comes to the same. Raises DayHasPassed when a later day has been counted,
    RulesDisagree when a family of rules contradicts itself.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        _lock(cursor)
        return _run(cursor, day, now, among)


def touch(now: datetime) -> Found | None:
    """Count again those whose figures may have changed since the last triage, up to the day it counted.

    None when there has been no triage yet, or nothing has changed. What the night finds alone (rules of a new day, changed
    calendars and enrolments) waits for it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        _lock(cursor)
        last = latest()
        if last is None:
            return None
        year = Period(school_year_start(last.day), date.fromordinal(last.day.toordinal() + 1))
        pupil_ids = touched.since(last.ran_at - OVERLAP, year)
        return _run(cursor, last.day, now, pupil_ids) if pupil_ids else None


def latest() -> Run | None:
    """The triage that counted the latest day, or None before the first."""
    return Run.objects.order_by("-day").first()


def lock() -> None:
    """Wait until no triage is running, and keep the next one waiting until the caller's transaction ends."""
    with connection.cursor() as cursor:
        _lock(cursor)


def _lock(cursor: CursorWrapper) -> None:
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _run(cursor: CursorWrapper, day: date, now: datetime, among: Collection[int] | None) -> Found:
    if Run.objects.filter(day__gt=day).exists():
        raise DayHasPassed(f"a day after {day} has been counted")
    if among is not None:
        _table(
            cursor,
            "cases_among",
            "CREATE TEMPORARY TABLE cases_among ON COMMIT DROP AS SELECT unnest(%(pupils)s::int[]) AS pupil_id",
            {"pupils": sorted(among)},
        )
    families = rulebook.in_force(day)
    every = [rule.pk for members in families.values() for rule in members]
    cursor.execute(LAPSE, {"day": day, "rules": every})
    crossed, ended = 0, cursor.rowcount
    if any(members[0].school_id for members in families.values()):
        cursor.execute(LAPSE_ELSEWHERE, {"day": day})
        ended += cursor.rowcount
    cursor.execute("DELETE FROM cases_unsaid WHERE family <> ALL(%s)", [list(families)])
    for family, members in families.items():
        found = _family(cursor, family, members, day, "" if among is None else "cases_among")
        crossed, ended = crossed + found.crossed, ended + found.ended
    Run.objects.update_or_create(
        day=day,
        defaults={"ran_at": now, "crossed": F("crossed") + crossed, "ended": F("ended") + ended},
        create_defaults={"ran_at": now, "crossed": crossed, "ended": ended},
    )
    if among is None or crossed or ended:
        trail.changed(
            None,
            "triage.run",
            role="job.triage",
            subject="triage",
            subject_id=day,
            detail={"crossed": crossed, "ended": ended},
        )
    return Found(crossed, ended)


def _family(cursor: CursorWrapper, family: str, members: Sequence[Rule], day: date, among: str) -> Found:
    one = members[0]
    relation = measuring.relation(one, day, among)
    if relation is None:
        cursor.execute("DELETE FROM cases_unsaid WHERE family = %s", [family])
        return Found(0, 0)
    counted, parameters = relation
    floor = _floor(one, day)
    parameters = {
        **parameters,
        "day": day,
        "family": family,
        "rules": [rule.pk for rule in members],
        "floor": floor,
    }
    parameters |= {f"cool_{rule.pk}": _cooled(rule, day) for rule in members}
    lowest = min(rule.lower for rule in members)
    tonight = TONIGHT.format(
        counted=counted,
        measured=measuring.measured("c", one),
        near=measuring.above("n", one, lowest, inclusive=True),
        unknown=measuring.unknown("c", one),
        unknown_of_n=measuring.unknown("n", one),
        # The highest band that is met.
        met_by=" ".join(f"WHEN {measuring.met('c', rule)} THEN {rule.band}" for rule in reversed(members)),
        eased_by=" ".join(f"WHEN {rule.band} THEN {measuring.eased('c', rule)}" for rule in members),
    )
    cross = CROSS.format(
        value="NULL" if one.unit == Unit.PERCENT else "t.value",
        cool_by=" ".join(f"WHEN {rule.pk} THEN %(cool_{rule.pk})s::date" for rule in members),
        lately=" + ".join(f"n.later_{Reason(reason).name.lower()}" for reason in one.reasons),
    )
    read = READ.format(
        recent=MEASURED.format("n.later_", "r"), earlier=MEASURED.format("n.earlier_", "r"), rules=RULES
    )
    _table(cursor, "cases_tonight", tonight, parameters)
    _trend(cursor, day)
    changed = []
    for statement in (END, cross, read):
        cursor.execute(statement, parameters)
        changed.append(cursor.rowcount)
    if sum(changed[:2]) > MANY:
        # The first night fills an empty table: the next must not be planned as if it still were.
        cursor.execute("ANALYZE cases_crossing, cases_reading")
    of_those = "u.pupil_id IN (SELECT pupil_id FROM cases_among)" if among else "true"
    cursor.execute(FORGET_UNSAID.format(counted=of_those), parameters)
    cursor.execute(UNSAID, parameters)
    return Found(crossed=changed[1], ended=changed[0])


def _floor(rule: Rule, day: date) -> date:
    """The day before which a crossing belongs to another quarter or school year."""
    return Quarter.of(day).since if rule.window == Window.QUARTER else school_year_start(day)


def _cooled(rule: Rule, day: date) -> date:
    """The first day on which the rule's line must have been left for crossing it again to be quiet; `day` is a school day."""
    if not rule.cooldown_days:
        return date.fromordinal(day.toordinal() + 1)
    recent = schooldays.latest(rule.cooldown_days, day, within=school_year_of(day))
    return recent.since if recent else school_year_start(day)


def _trend(cursor: CursorWrapper, day: date) -> None:
    """Figures of tonight's pupils over the last twenty school days and the twenty before, of this school year alone."""
    year = school_year_of(day)
    recent = schooldays.latest(TREND_DAYS, day, within=year) or Period(day, day)
    earlier = schooldays.latest(TREND_DAYS, date.fromordinal(recent.since.toordinal() - 1), within=year)
    counted, parameters = percentage.side_by_side(
        earlier or Period(recent.since, recent.since), recent, among=WATCHED
    )
    _table(cursor, "cases_trend", TREND.format(counted=counted), parameters)


def _table(cursor: CursorWrapper, name: str, statement: str, parameters: dict[str, Any]) -> None:
    cursor.execute(f"DROP TABLE IF EXISTS {name}")
    cursor.execute(statement, parameters)
    # How many and whose is all that the next statements are planned by.
    cursor.execute(f"ANALYZE {name} (pupil_id)")
