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
from fravaer.audit import trail
from fravaer.cases import rulebook
from fravaer.cases.models import Rule, Run
from fravaer.cases.rules import HALVES, Window
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


# The absent half-days a rule measures.
MEASURED = """(CASE WHEN 0 = ANY(r.reasons) THEN c.pending ELSE 0 END + CASE WHEN 1 = ANY(r.reasons) THEN c.illness ELSE 0 END
  + CASE WHEN 2 = ANY(r.reasons) THEN c.leave ELSE 0 END + CASE WHEN 3 = ANY(r.reasons) THEN c.unlawful ELSE 0 END)"""

# Everybody who may be over a line, and everybody with a standing crossing. `again` is a standing crossing from before the
# window began: last year's, whose pupil is measured anew.
TONIGHT = """
CREATE TEMPORARY TABLE cases_tonight ON COMMIT DROP AS
SELECT c.pupil_id, c.possible, c.due, c.illness, c.leave, c.unlawful, c.pending, c.standing_id, c.over_since, c.standing_band,
  e.school_class_id, k.school_id, met.rule_id, met.band, coalesce(met.absent, own.absent) AS absent,
  c.crossed_on < %(floor)s AS again,
  coalesce(own.is_eased, false) AND NOT EXISTS (
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
JOIN schools_enrolment e ON e.pupil_id = c.pupil_id AND e.starts_on <= %(day)s AND e.until > %(day)s
JOIN schools_schoolclass k ON k.id = e.school_class_id
LEFT JOIN LATERAL (
  SELECT r.id AS rule_id, r.band, m.absent
  FROM cases_rule r CROSS JOIN LATERAL (SELECT {measured} AS absent) m
  WHERE r.id = ANY(%(rules)s) AND c.possible > 0
    AND c.possible >= %(halves)s * r.minimum_possible_days AND m.absent >= %(halves)s * r.minimum_absent_days
    AND (100 * m.absent > r.lower * c.possible OR r.lower_inclusive AND 100 * m.absent = r.lower * c.possible)
    AND (r.upper IS NULL OR 100 * m.absent < r.upper * c.possible
      OR r.upper_inclusive AND 100 * m.absent = r.upper * c.possible)
  ORDER BY r.band DESC LIMIT 1
) met ON true
LEFT JOIN LATERAL (
  SELECT m.absent,
    c.possible > 0 AND c.possible >= %(halves)s * r.minimum_possible_days AND 100 * c.possible >= r.coverage * c.due
    AND 100 * m.absent <= (r.lower - r.easing_margin) * c.possible AS is_eased
  FROM cases_rule r CROSS JOIN LATERAL (SELECT {measured} AS absent) m
  WHERE r.id = ANY(%(rules)s) AND r.band = c.standing_band
) own ON c.standing_id IS NOT NULL
WHERE met.rule_id IS NOT NULL OR c.standing_id IS NOT NULL
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
  since, until, possible, due, illness, leave, unlawful, pending, absent, tenths, supersedes_id, ending)
SELECT gen_random_uuid(), t.pupil_id, t.rule_id, %(family)s, t.band, t.school_id, t.school_class_id,
  CASE WHEN t.again THEN %(day)s ELSE coalesce(t.over_since, %(day)s) END, %(day)s, %(since)s, %(until)s,
  t.possible, t.due, t.illness, t.leave, t.unlawful, t.pending, t.absent, 1000 * t.absent / t.possible, t.standing_id, ''
FROM cases_tonight t
WHERE t.rule_id IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM cases_crossing s
  WHERE s.pupil_id = t.pupil_id AND s.family = %(family)s AND s.ended_on IS NULL
)
"""
TREND = {
    "cases_recent": "CREATE TEMPORARY TABLE cases_recent ON COMMIT DROP AS SELECT * FROM {counted} AS c",
    "cases_earlier": "CREATE TEMPORARY TABLE cases_earlier ON COMMIT DROP AS SELECT * FROM {counted} AS c",
}
LAPSE = """
UPDATE cases_crossing s SET ended_on = %(day)s, ending = 'lapsed'
WHERE s.ended_on IS NULL AND NOT EXISTS (
  SELECT 1 FROM cases_rule r WHERE r.id = ANY(%(rules)s) AND (r.family, r.band) = (s.family, s.band)
)
"""
READ = """
INSERT INTO cases_reading AS was (crossing_id, counted_on, possible, due, absent, tenths, recent_tenths, earlier_tenths,
  trend_tenths)
SELECT s.id, %(day)s, t.possible, t.due, t.absent, 1000 * t.absent / nullif(t.possible, 0), n.recent, n.earlier,
  n.recent - n.earlier
FROM cases_crossing s
JOIN cases_tonight t ON t.pupil_id = s.pupil_id
JOIN cases_rule r ON r.id = s.rule_id
LEFT JOIN LATERAL (
  SELECT (SELECT 1000 * {measured} / nullif(c.possible, 0) FROM cases_recent c WHERE c.pupil_id = s.pupil_id) AS recent,
    (SELECT 1000 * {measured} / nullif(c.possible, 0) FROM cases_earlier c WHERE c.pupil_id = s.pupil_id) AS earlier
) n ON true
WHERE s.ended_on IS NULL AND s.family = %(family)s
ON CONFLICT (crossing_id) DO UPDATE SET counted_on = excluded.counted_on, possible = excluded.possible, due = excluded.due,
  absent = excluded.absent, tenths = excluded.tenths, recent_tenths = excluded.recent_tenths,
  earlier_tenths = excluded.earlier_tenths, trend_tenths = excluded.trend_tenths
WHERE (was.counted_on, was.possible, was.due, was.absent, was.recent_tenths, was.earlier_tenths) IS DISTINCT FROM
  (excluded.counted_on, excluded.possible, excluded.due, excluded.absent, excluded.recent_tenths, excluded.earlier_tenths)
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
        families = rulebook.in_force(day)
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
    counted, parameters = percentage.relation(period)
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
    _table(cursor, "cases_tonight", TONIGHT.format(counted=counted, measured=MEASURED), parameters)
    _trend_tables(cursor, day)
    for statement in (END, CROSS, READ.format(measured=MEASURED)):
        cursor.execute(statement, parameters)
        changed.append(cursor.rowcount)
    if sum(changed[:2]) > MANY:
        # The first night fills an empty table: the next must not be planned as if it still were.
        cursor.execute("ANALYZE cases_crossing, cases_reading")
    return Found(crossed=changed[1], ended=changed[0])


def _floor(rule: Rule, day: date) -> date:
    """The day before which a crossing belongs to another quarter or school year."""
    return Quarter.of(day).since if rule.window == Window.QUARTER else school_year_start(day)


def _trend_tables(cursor: CursorWrapper, day: date) -> None:
    """Figures of tonight's pupils over the last twenty school days and the twenty before, of this school year alone."""
    cursor.execute("SELECT pupil_id FROM cases_tonight")
    pupils = [row[0] for row in cursor.fetchall()]
    recent = schooldays.latest(TREND_DAYS, day, within=school_year_of(day))
    earlier = recent and schooldays.latest(
        TREND_DAYS, date.fromordinal(recent.since.toordinal() - 1), within=school_year_of(day)
    )
    for (name, statement), period in zip(TREND.items(), (recent, earlier), strict=True):
        counted, parameters = percentage.relation(period or Period(day, day), pupils)
        _table(cursor, name, statement.format(counted=counted), parameters)
        cursor.execute(f"CREATE INDEX ON {name} (pupil_id)")


def _table(cursor: CursorWrapper, name: str, statement: str, parameters: dict[str, Any]) -> None:
    cursor.execute(f"DROP TABLE IF EXISTS {name}")
    cursor.execute(statement, parameters)
    cursor.execute(f"ANALYZE {name}")
