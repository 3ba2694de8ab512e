"""Who has come over a line, and who has come down again?

One set-based pass over everybody's figures (`absence.percentage`) and the rules in force: each crossing is stored once, with
the rule's version and the figures frozen. A crossing stands until the pupil rises to a higher band (the next crossing follows
it), falls clearly below its line while nobody works with him, or its rule no longer applies. Where too few registers were
taken nobody is taken off: what is not known is not fine. A percentage proposes; persons decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import F

from fravaer.absence import percentage
from fravaer.absence.reasons import Reason
from fravaer.audit import trail
from fravaer.cases import rulebook
from fravaer.cases.models import Rule, Run
from fravaer.cases.rules import HALVES, Purpose, Window
from fravaer.core.periods import Period, Quarter, school_year_of, school_year_start
from fravaer.schools import schooldays

# Two triages at once wait for each other; the second finds nothing left to do. Any number nobody else uses.
LOCK = 4_810_617
TREND_DAYS = 20
# So many crossings in one night change what the database should know of their table.
MANY = 200


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

# Everybody who may be over a line, and everybody with a standing crossing. `again` is a standing crossing from before the
# window began: last year's, whose pupil is measured anew.
TONIGHT = """
CREATE TEMPORARY TABLE cases_tonight ON COMMIT DROP AS
WITH rule AS MATERIALIZED (SELECT * FROM {rules} every WHERE id = ANY(%(rules)s))
SELECT c.pupil_id, c.possible, c.due, c.illness, c.leave, c.unlawful, c.pending, c.standing_id, c.over_since, c.standing_band,
  c.school_class_id, k.school_id, met.id AS rule_id, met.band, coalesce({met}, {measured}) AS absent,
  c.crossed_on < %(floor)s AS again,
  coalesce(
    c.possible > 0 AND c.possible >= %(halves)s * r.minimum_possible_days AND 100 * c.possible >= r.coverage * c.due
      AND 100 * {measured} <= (r.lower - r.easing_margin) * c.possible, false
  ) AND NOT EXISTS (
    SELECT 1 FROM cases_case w WHERE w.pupil_id = c.pupil_id AND w.state = 'open'
  ) AS is_eased
FROM (
  -- Most pupils are far below every line and stand on no list: they are left out before anything is looked up for them.
  SELECT n.*, s.id AS standing_id, s.over_since, s.band AS standing_band, s.crossed_on
  FROM {counted} AS n
  LEFT JOIN cases_crossing s ON s.pupil_id = n.pupil_id AND s.family = %(family)s AND s.ended_on IS NULL
  WHERE s.id IS NOT NULL
    OR n.possible > 0 AND 100 * (n.illness + n.leave + n.unlawful + n.pending) >= %(lowest)s * n.possible
  OFFSET 0
) c
JOIN schools_schoolclass k ON k.id = c.school_class_id
LEFT JOIN rule r ON r.band = c.standing_band
LEFT JOIN rule met ON c.possible > 0 AND met.band = CASE {met_by} END
WHERE met.id IS NOT NULL OR c.standing_id IS NOT NULL
"""
END = """
UPDATE cases_crossing s
SET ended_on = %(day)s, ending = CASE WHEN t.rule_id IS NOT NULL AND (t.again OR t.band > t.standing_band)
  THEN 'superseded' ELSE 'eased' END
FROM cases_tonight t
WHERE s.id = t.standing_id AND s.ended_on IS NULL
  AND (t.rule_id IS NOT NULL AND (t.again OR t.band > t.standing_band) OR t.is_eased)
"""
CROSS = """
INSERT INTO cases_crossing (uuid, pupil_id, rule_id, family, band, school_id, school_class_id, over_since, crossed_on,
  since, until, possible, due, illness, leave, unlawful, pending, absent, tenths, supersedes_id, ending, quiet)
SELECT gen_random_uuid(), t.pupil_id, t.rule_id, %(family)s, t.band, t.school_id, t.school_class_id,
  CASE WHEN t.again THEN %(day)s ELSE coalesce(t.over_since, %(day)s) END, %(day)s, %(since)s, %(until)s,
  t.possible, t.due, t.illness, t.leave, t.unlawful, t.pending, t.absent, 1000 * t.absent / t.possible, t.standing_id, '', false
FROM cases_tonight t
WHERE t.rule_id IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM cases_crossing s
  WHERE s.pupil_id = t.pupil_id AND s.family = %(family)s AND s.ended_on IS NULL
)
"""
TREND = "CREATE TEMPORARY TABLE cases_trend ON COMMIT DROP AS SELECT * FROM {counted} AS c"
LAPSE = """
UPDATE cases_crossing s SET ended_on = %(day)s, ending = 'lapsed'
WHERE s.ended_on IS NULL AND NOT EXISTS (
  SELECT 1 FROM cases_rule r WHERE r.id = ANY(%(rules)s) AND (r.family, r.band) = (s.family, s.band)
)
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


def run(day: date, now: datetime) -> Found:
    """Count everybody up to and including `day`, and store who crossed a line and who came down again.

    A second run of the same day changes nothing but what was registered in between. Raises DayHasPassed when a later day
    has been counted, RulesDisagree when a family of rules contradicts itself.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        if Run.objects.filter(day__gt=day).exists():
            raise DayHasPassed(f"a day after {day} has been counted")
        families = rulebook.in_force(day, Purpose.TRIAGE)
        every = [rule.pk for members in families.values() for rule in members]
        cursor.execute(LAPSE, {"day": day, "rules": every})
        crossed, ended = 0, cursor.rowcount
        for family, members in families.items():
            found = _family(cursor, family, members, day)
            crossed, ended = crossed + found.crossed, ended + found.ended
        Run.objects.update_or_create(
            day=day,
            defaults={"ran_at": now, "crossed": F("crossed") + crossed, "ended": F("ended") + ended},
            create_defaults={"ran_at": now, "crossed": crossed, "ended": ended},
        )
        trail.changed(
            None,
            "triage.run",
            role="job.triage",
            subject="triage",
            subject_id=day,
            detail={"crossed": crossed, "ended": ended},
        )
    return Found(crossed, ended)


def latest() -> Run | None:
    """The triage that counted the latest day, or None before the first."""
    return Run.objects.order_by("-day").first()


def _family(cursor: CursorWrapper, family: str, members: Sequence[Rule], day: date) -> Found:
    period = rulebook.measured_period(members[0], day)
    if period is None:
        return Found(0, 0)
    counted, parameters = percentage.relation(period, with_class=True)
    parameters = {
        **parameters,
        "day": day,
        "family": family,
        "rules": [rule.pk for rule in members],
        "lowest": min(rule.lower for rule in members),
        "floor": _floor(members[0], day),
        "halves": HALVES,
    }
    changed = []
    tonight = TONIGHT.format(
        counted=counted,
        measured=MEASURED.format("c.", "r"),
        met=MEASURED.format("c.", "met"),
        # The highest band that is met.
        met_by=" ".join(_met(rule) for rule in reversed(members)),
        rules=RULES,
    )
    read = READ.format(
        recent=MEASURED.format("n.later_", "r"), earlier=MEASURED.format("n.earlier_", "r"), rules=RULES
    )
    _table(cursor, "cases_tonight", tonight, parameters)
    _trend(cursor, day)
    for statement in (END, CROSS, read):
        cursor.execute(statement, parameters)
        changed.append(cursor.rowcount)
    if sum(changed[:2]) > MANY:
        # The first night fills an empty table: the next must not be planned as if it still were.
        cursor.execute("ANALYZE cases_crossing, cases_reading")
    return Found(crossed=changed[1], ended=changed[0])


def _met(rule: Rule) -> str:
    """The arm of a CASE that names the rule's band for figures `c` that meet it. A rule holds numbers alone."""
    absent = "(" + " + ".join(f"c.{Reason(reason).name.lower()}" for reason in rule.reasons) + ")"
    terms = [
        f"c.possible >= {HALVES * rule.minimum_possible_days}",
        f"{absent} >= {HALVES * rule.minimum_absent_days}",
        f"100 * {absent} {'>=' if rule.lower_inclusive else '>'} {rule.lower} * c.possible",
    ]
    if rule.upper is not None:
        terms.append(f"100 * {absent} {'<=' if rule.upper_inclusive else '<'} {rule.upper} * c.possible")
    return f"WHEN {' AND '.join(terms)} THEN {rule.band}"


def _floor(rule: Rule, day: date) -> date:
    """The day before which a crossing belongs to another quarter or school year."""
    return Quarter.of(day).since if rule.window == Window.QUARTER else school_year_start(day)


def _trend(cursor: CursorWrapper, day: date) -> None:
    """Figures of tonight's pupils over the last twenty school days and the twenty before, of this school year alone."""
    year = school_year_of(day)
    recent = schooldays.latest(TREND_DAYS, day, within=year) or Period(day, day)
    earlier = schooldays.latest(TREND_DAYS, date.fromordinal(recent.since.toordinal() - 1), within=year)
    counted, parameters = percentage.side_by_side(
        earlier or Period(recent.since, recent.since), recent, among="cases_tonight"
    )
    _table(cursor, "cases_trend", TREND.format(counted=counted), parameters)


def _table(cursor: CursorWrapper, name: str, statement: str, parameters: dict[str, Any]) -> None:
    cursor.execute(f"DROP TABLE IF EXISTS {name}")
    cursor.execute(statement, parameters)
    # How many and whose is all that the next statements are planned by.
    cursor.execute(f"ANALYZE {name} (pupil_id)")
