"""Who has come over a line, and who has come down again?

One set-based pass over everybody's figures (`absence.percentage`) and the rules in force: each crossing is stored once, with
the rule's version and the figures frozen. A crossing stands until the pupil rises to a higher band (the next crossing follows
it), falls clearly below its line while nobody works with him, or its rule no longer applies. Where too few registers were
taken nobody is taken off: what is not known is not fine. A percentage proposes; persons decide.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, partial
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import F

from fravaer.absence import touched
from fravaer.audit import trail
from fravaer.cases import measuring, rulebook
from fravaer.cases.models import Rule, Run
from fravaer.cases.rules import Unit, Window
from fravaer.core import planning
from fravaer.core.periods import Period, Quarter, school_year_of, school_year_start
from fravaer.schools import schooldays

# Two triages at once wait for each other; the second finds nothing left to do. Any number nobody else uses.
LOCK = 4_810_617
TREND = [
    f"{side}_{figure}" for side in (measuring.RECENT, measuring.EARLIER) for figure in measuring.TREND_FIGURES
]
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


# The rules of those families, those in force and those of older crossings, with a one for each reason they measure.
RULES = """(
  SELECT *, (0 = ANY(reasons))::int AS pending, (1 = ANY(reasons))::int AS illness, (2 = ANY(reasons))::int AS leave,
    (3 = ANY(reasons))::int AS unlawful
  FROM cases_rule WHERE family = ANY(%(families)s)
)"""
# The absent half-days of a pupil's figures that a rule measures.
MEASURED = "({0}pending * {1}.pending + {0}illness * {1}.illness + {0}leave * {1}.leave + {0}unlawful * {1}.unlawful)"

# Everybody who may be over a line of some family, everybody with a standing crossing, and everybody of whom nothing can be said.
# Most pupils are far below every line and stand on no list: they are left out before anything is looked up for them.
COUNTED = """
CREATE TEMPORARY TABLE cases_counted ON COMMIT DROP AS
SELECT n.*, k.school_id
FROM {counted} AS n JOIN schools_schoolclass k ON k.id = n.school_class_id
WHERE {near} OR n.pupil_id IN (
  SELECT pupil_id FROM cases_crossing WHERE family = ANY(%(families)s) AND ended_on IS NULL
)
"""
NIGHT = """
CREATE TEMPORARY TABLE cases_tonight (
  family text, pupil_id int, school_id int, school_class_id int, possible int, due int, illness int, leave int, unlawful int,
  pending int, absent int, value int, {trend}, standing_id int, standing_band int, over_since date, rule_id int, band int,
  again boolean, is_eased boolean, is_unsaid boolean, floor date, since date, until date, cool_from date, lately int
) ON COMMIT DROP
"""
# `again` is a standing crossing from before the window began: last year's, whose pupil is measured anew. A line left after
# `cool_from` is crossed again quietly; `lately` is what was missed in the last weeks.
TONIGHT = """
INSERT INTO cases_tonight
SELECT %(family)s, c.pupil_id, c.school_id, c.school_class_id, c.possible, c.due, c.illness, c.leave, c.unlawful, c.pending,
  {measured}, {value}, {trend}, s.id, s.band, s.over_since, met.id, met.band, s.crossed_on < %(floor)s,
  (CASE s.band {eased_by} ELSE false END) AND NOT EXISTS (
    SELECT 1 FROM cases_case w WHERE w.pupil_id = c.pupil_id AND w.state = 'open'
  ),
  {unknown} AND s.id IS NULL AND met.id IS NULL, %(floor)s, %(since)s, %(until)s, CASE met.id {cool_by} END, {lately}
FROM {of_family} AS c
LEFT JOIN cases_crossing s ON s.pupil_id = c.pupil_id AND s.family = %(family)s AND s.ended_on IS NULL
LEFT JOIN cases_rule met ON met.id = ANY(%(rules)s) AND met.band = CASE {met_by} END
WHERE met.id IS NOT NULL OR s.id IS NOT NULL OR {unknown}
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
SELECT gen_random_uuid(), t.pupil_id, t.rule_id, t.family, t.band, t.school_id, t.school_class_id,
  CASE WHEN t.again THEN %(day)s ELSE coalesce(t.over_since, %(day)s) END, %(day)s, t.since, t.until,
  t.possible, t.due, t.illness, t.leave, t.unlawful, t.pending, t.absent, 1000 * t.absent / t.possible, t.value,
  t.standing_id, '',
  NOT coalesce(t.again, false) AND (coalesce(t.band < t.standing_band, false) OR EXISTS (
    SELECT 1 FROM cases_crossing was
    WHERE was.pupil_id = t.pupil_id AND was.family = t.family AND was.ended_on IS NOT NULL
      AND was.crossed_on >= t.floor
      AND (was.band = t.band AND was.ended_on >= t.cool_from OR t.standing_id IS NULL AND t.lately = 0)
  ))
FROM cases_tonight t
WHERE t.rule_id IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM cases_crossing s
  WHERE s.pupil_id = t.pupil_id AND s.family = t.family AND s.ended_on IS NULL
)
"""
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
    1000 * {recent} / nullif(t.recent_possible, 0) AS recent,
    1000 * {earlier} / nullif(t.earlier_possible, 0) AS earlier
  FROM cases_crossing s
  JOIN cases_tonight t ON t.pupil_id = s.pupil_id AND t.family = s.family
  JOIN {rules} r ON r.id = s.rule_id
  WHERE s.ended_on IS NULL
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
WHERE u.family = ANY(%(families)s) AND {counted} AND NOT EXISTS (
  SELECT 1 FROM cases_tonight t WHERE t.pupil_id = u.pupil_id AND t.family = u.family AND t.is_unsaid
)
"""
UNSAID = """
INSERT INTO cases_unsaid AS was (pupil_id, family, counted_on, possible, due)
SELECT pupil_id, family, %(day)s, possible, due FROM cases_tonight WHERE is_unsaid
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
    planning.know()
    families = rulebook.in_force(day)
    every = [rule.pk for members in families.values() for rule in members]
    cursor.execute(LAPSE, {"day": day, "rules": every})
    crossed, ended = 0, cursor.rowcount
    if any(members[0].school_id for members in families.values()):
        cursor.execute(LAPSE_ELSEWHERE, {"day": day})
        ended += cursor.rowcount
    counted = measuring.night([members[0] for members in families.values()], day)
    speaking = {family: members for family, members in families.items() if members[0].pk in counted.of_rules}
    cursor.execute("DELETE FROM cases_unsaid WHERE family <> ALL(%s)", [list(speaking)])
    if speaking:
        found = _count(cursor, counted, speaking, "" if among is None else "cases_among")
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


def _count(
    cursor: CursorWrapper, counted: measuring.Night, families: Mapping[str, Sequence[Rule]], among: str
) -> Found:
    """Count everybody once, ask each family whom it speaks of, and write what follows for all of them together."""
    everybody, parameters = counted.counted(among)
    parameters |= {"day": counted.day, "families": list(families)}
    near = [_near(members, counted.of_rules[members[0].pk]) for members in families.values()]
    _table(cursor, "cases_counted", COUNTED.format(counted=everybody, near=" OR ".join(near)), parameters)
    cursor.execute("DROP TABLE IF EXISTS cases_tonight")
    cursor.execute(NIGHT.format(trend=", ".join(f"{name} int" for name in TREND)))
    cooled = cache(partial(_cooled, counted.day))
    for family, members in families.items():
        _ask(cursor, counted, family, members, cooled)
    cursor.execute("ANALYZE cases_tonight (family, pupil_id)")
    changed = []
    read = READ.format(
        recent=MEASURED.format("t.recent_", "r"), earlier=MEASURED.format("t.earlier_", "r"), rules=RULES
    )
    for statement in (END, CROSS, read):
        cursor.execute(statement, parameters)
        changed.append(cursor.rowcount)
    if sum(changed[:2]) > MANY:
        # The first night fills an empty table: the next must not be planned as if it still were.
        cursor.execute("ANALYZE cases_crossing, cases_reading")
    of_those = "u.pupil_id IN (SELECT pupil_id FROM cases_among)" if among else "true"
    cursor.execute(FORGET_UNSAID.format(counted=of_those), parameters)
    cursor.execute(UNSAID, parameters)
    return Found(crossed=changed[1], ended=changed[0])


def _near(members: Sequence[Rule], window: str) -> str:
    """SQL of whether a pupil's figures ask for a look by this family."""
    one = members[0]
    of_school = "true" if one.school_id is None else f"k.school_id = {one.school_id}"
    return f"{of_school} AND ({measuring.near('n.', window, members)} OR {measuring.unknown(f'n.{window}_', one)})"


def _ask(
    cursor: CursorWrapper,
    counted: measuring.Night,
    family: str,
    members: Sequence[Rule],
    cooled: Callable[[int], date],
) -> None:
    """Add whom the family speaks of to tonight's."""
    one = members[0]
    of_family, parameters = measuring.of_family(members, counted, "cases_counted")
    window = counted.windows[counted.of_rules[one.pk]]
    parameters |= {
        "rules": [rule.pk for rule in members],
        "floor": _floor(one, counted.day),
        "since": window.since,
        "until": window.until,
    }
    parameters |= {f"cool_{rule.pk}": cooled(rule.cooldown_days) for rule in members}
    cursor.execute(
        TONIGHT.format(
            of_family=of_family,
            measured=measuring.measured("c.", one),
            value="NULL::int" if one.unit == Unit.PERCENT else "c.value",
            trend=", ".join(f"c.{name}" for name in TREND),
            unknown=measuring.unknown("c.", one),
            # The highest band that is met.
            met_by=" ".join(
                f"WHEN {measuring.met('c.', rule)} THEN {rule.band}" for rule in reversed(members)
            ),
            eased_by=" ".join(f"WHEN {rule.band} THEN {measuring.eased('c.', rule)}" for rule in members),
            cool_by=" ".join(f"WHEN {rule.pk} THEN %(cool_{rule.pk})s::date" for rule in members),
            lately=measuring.measured("c.recent_", one),
        ),
        parameters,
    )


def _floor(rule: Rule, day: date) -> date:
    """The day before which a crossing belongs to another quarter or school year."""
    return Quarter.of(day).since if rule.window == Window.QUARTER else school_year_start(day)


def _cooled(day: date, number: int) -> date:
    """The first day on which a line with a cool-down of so many school days must have been left to be crossed again quietly."""
    if not number:
        return date.fromordinal(day.toordinal() + 1)
    recent = schooldays.latest(number, day, within=school_year_of(day))
    return recent.since if recent else school_year_start(day)


def _table(cursor: CursorWrapper, name: str, statement: str, parameters: dict[str, Any]) -> None:
    cursor.execute(f"DROP TABLE IF EXISTS {name}")
    cursor.execute(statement, parameters)
    # How many and whose is all that the next statements are planned by.
    cursor.execute(f"ANALYZE {name} (pupil_id)")
