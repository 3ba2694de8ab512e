"""Who has a social measure (social foranstaltning), and when?

The only room that knows. Whether a child has a measure is confidential between social services and school
(forvaltningsloven §§ 28, 32): a teacher or a school leader never learns of it in any form. Which measure, and how many, is not
stored at all: reports need only the two groups. For a page ask `known_to`, which answers nothing to those who may not know;
`with_measure_in` is for reports that count groups.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from fravaer.accounts.fields import Field, visible_fields
from fravaer.audit import trail
from fravaer.cases.models import SocialMeasure
from fravaer.core.periods import Period
from fravaer.core.scope import Scope
from fravaer.schools.models import Pupil


@dataclass(frozen=True, slots=True)
class Measure:
    """A pupil's measure from `since` up to, and without, `until`; None while it has not ended."""

    pupil_id: int
    since: date
    until: date | None = None


# A short text that is the same as long as the measures are: rows are only ever added and removed.
STATE = "SELECT count(*) || '.' || coalesce(sum(hashint8extended(id, 0)), 0) FROM cases_socialmeasure"
# Intervals of one pupil that overlap or touch become one.
STATED = """
CREATE TEMPORARY TABLE cases_stated ON COMMIT DROP AS
SELECT pupil_id, lower(span) AS since, upper(span) AS until
FROM (
  SELECT pupil_id, unnest(range_agg(daterange(since, until))) AS span
  FROM unnest(%(pupils)s::int[], %(since)s::date[], %(until)s::date[]) AS stated (pupil_id, since, until)
  GROUP BY pupil_id
) merged
"""
REMOVE = """
DELETE FROM cases_socialmeasure m WHERE NOT EXISTS (
  SELECT 1 FROM cases_stated s
  WHERE (s.pupil_id, s.since) = (m.pupil_id, m.since) AND s.until IS NOT DISTINCT FROM m.until
)
"""
ADD = """
INSERT INTO cases_socialmeasure (pupil_id, since, until)
SELECT pupil_id, since, until FROM cases_stated s WHERE NOT EXISTS (
  SELECT 1 FROM cases_socialmeasure m
  WHERE (s.pupil_id, s.since) = (m.pupil_id, m.since) AND s.until IS NOT DISTINCT FROM m.until
)
"""


def load(measures: Iterable[Measure], *, actor_id: int | None = None) -> int:
    """Make the given measures the whole truth: others are removed. Returns how many intervals changed; set-based.

    A delivery from social services states every measure there is; stating the same again changes nothing.
    """
    stated = list(measures)
    parameters: dict[str, Any] = {
        "pupils": [measure.pupil_id for measure in stated],
        "since": [measure.since for measure in stated],
        "until": [measure.until for measure in stated],
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS cases_stated")
        cursor.execute(STATED, parameters)
        changed = 0
        for statement in (REMOVE, ADD):
            cursor.execute(statement)
            changed += cursor.rowcount
        if changed:
            # No pupils named: the trail of a pupil is read by people who may not know.
            trail.changed(
                actor_id,
                "measure.load",
                role="" if actor_id else "job.measures",
                subject="measure",
                detail={"changed": changed},
            )
    return changed


def with_measure_in(period: Period) -> set[int]:
    """Pupils who had a social measure on any day of the period. For reports that count groups, never for a page."""
    return set(
        SocialMeasure.objects.filter(Q(until=None) | Q(until__gt=period.since), since__lt=period.until)
        .values_list("pupil_id", flat=True)
        .distinct()
    )


def known_to(scope: Scope, day: date, pupil_ids: Iterable[int]) -> set[int]:
    """Those of the pupils who have a measure on `day`, as far as the actor may know; nothing for everybody else.

    A school social worker knows it of the children in her own cases, her leader of those in the unit.
    """
    asked = [pupil for pupil in pupil_ids if Field.MEASURE in visible_fields(scope, pupil)]
    if not asked:
        return set()
    visible = Pupil.objects.visible_to(scope, day).filter(pk__in=asked)
    return set(
        SocialMeasure.objects.filter(Q(until=None) | Q(until__gt=day), since__lte=day)
        .filter(pupil__in=visible)
        .values_list("pupil_id", flat=True)
    )
