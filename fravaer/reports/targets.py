"""What absence does the municipality, an area or a school aim at, since when and by which decision?

The only writer of targets. A target is the highest percentage aimed at, by the method of the quarterly report. A changed
target is a new row that ends the one before it; a row that would never have been in force is taken back and stays. The
municipality's and the areas' targets are set by whoever answers for the municipality, a school's by whoever answers for
its area. Copenhagen's status of March 2016 asks for targets at both levels.

The distance to a target is between the two percentages as they are shown. A school week holds five possible days for each
pupil, so one percentage point of 950 pupils is 950 x 5 / 100 = 47.5 absent days a week, and 0.8 are 38.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.asking import question
from fravaer.core.periods import Period
from fravaer.core.scope import Scope
from fravaer.reports import units
from fravaer.reports.models import Target
from fravaer.reports.units import Key
from fravaer.schools.models import Municipality

# Tenths of a percent.
LOWEST, HIGHEST = 1, 999
SCHOOL_DAYS_A_WEEK = 5


class ChangedMeanwhile(Exception):
    """Somebody else has set the unit's target since it was shown; nothing was written."""


class NotHers(Exception):
    """The unit is seen, but its target is another's to set."""


@dataclass(frozen=True, slots=True)
class Distance:
    """How far a figure lies from its target.

    `points` in tenths of a percentage point, above zero when there is more absence than aimed at; `days` is what that makes
    in absent days of all the group's pupils in a full school week, a whole number.
    """

    points: int
    days: int

    @property
    def is_over(self) -> bool:
        return self.points > 0

    @property
    def is_under(self) -> bool:
        return self.points < 0

    @property
    def size(self) -> int:
        """The points without their sign."""
        return abs(self.points)


@dataclass(frozen=True, slots=True)
class Aims:
    """Targets of some days: by unit, from when until when, in tenths."""

    rows: Mapping[Key, Sequence[tuple[date, date | None, int]]]

    def of(self, key: Key, day: date) -> int | None:
        """What the unit aims at on the day."""
        for since, until, tenths in self.rows.get(key, ()):
            if since <= day and (until is None or day < until):
                return tenths
        return None


def distance(percent: int, pupils: int, target: int) -> Distance:
    """The distance of a group of `pupils` with `percent` absence from `target`, both in tenths; days rounded half up."""
    points = percent - target
    # A day a week of a pupil is one of five, and a tenth of a percent one of a thousand.
    thousandths = abs(points) * pupils * SCHOOL_DAYS_A_WEEK
    return Distance(points, (2 * thousandths + 1000) // 2000)


def on(day: date) -> dict[Key, int]:
    """The targets in force on the day, in tenths of a percent. One query."""
    rows = _in_force(day)
    return {
        units.of_row(area, school): tenths
        for area, school, tenths in rows.values_list("area_id", "school_id", "tenths")
    }


def over(period: Period) -> Aims:
    """Every target in force on any day of the period. One query."""
    found: dict[Key, list[tuple[date, date | None, int]]] = defaultdict(list)
    for area, school, since, until, tenths in _over(period.since, period.until):
        found[units.of_row(area, school)].append((since, until, tenths))
    return Aims(found)


@question
def _over(since: date, until: date) -> QuerySet[Target, tuple[Any, ...]]:
    """Targets in force on any of these days."""
    rows = Target.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=since), withdrawn_at=None, valid_from__lt=until
    )
    return rows.values_list("area_id", "school_id", "valid_from", "valid_until", "tenths")


def rows_on(day: date) -> dict[Key, Target]:
    """The targets in force on the day with their decisions. One query."""
    return {units.of_row(row.area_id, row.school_id): row for row in _in_force(day)}


def history(key: Key) -> list[Target]:
    """Every target of the unit, the latest first, those taken back too. One query."""
    found = Target.objects.filter(**units.columns(key)).select_related("by", "withdrawn_by")
    return list(found.order_by("-valid_from", "-pk"))


def may_set(scope: Scope, key: Key) -> bool:
    """Whether the actor sets the target of a unit she sees."""
    if not scope.may(Action.TARGET_SET):
        return False
    return key[0] != "school" if scope.municipality else key[0] == "school"


@transaction.atomic
def choose(
    key: Key, *, tenths: int, valid_from: date, decision: str, seen: int, scope: Scope, now: datetime
) -> Target:
    """Let the unit aim at `tenths` from a day on, until somebody chooses otherwise.

    `seen` is the id of the newest row the actor was shown, 0 for none. What was to begin on that day or later is taken back.
    Asking again for what already stands writes nothing. Raises ChangedMeanwhile, NotHers, or ValueError for a percentage
    that cannot be.
    """
    assert scope.actor_id is not None
    if not LOWEST <= tenths <= HIGHEST:
        raise ValueError(f"{tenths} tenths of a percent is no target")
    if not may_set(scope, key):
        raise NotHers
    # Targets are set a few times a year: one at a time is enough.
    list(Municipality.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    rows = list(Target.objects.filter(**units.columns(key)).order_by("-pk"))
    newest = rows[0] if rows else None
    if newest and (newest.tenths, newest.valid_from, newest.decision) == (tenths, valid_from, decision):
        return newest
    if (newest.pk if newest else 0) != seen:
        raise ChangedMeanwhile
    standing = [row for row in rows if row.withdrawn_at is None]
    Target.objects.filter(pk__in=[row.pk for row in standing if row.valid_from >= valid_from]).update(
        withdrawn_at=now, withdrawn_by_id=scope.actor_id
    )
    Target.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=valid_from),
        pk__in=[row.pk for row in standing if row.valid_from < valid_from],
    ).update(valid_until=valid_from)
    made = Target.objects.create(
        tenths=tenths,
        valid_from=valid_from,
        decision=decision,
        by_id=scope.actor_id,
        at=now,
        **units.columns(key),
    )
    trail.changed(
        scope.actor_id,
        "target.set",
        role=scope.role,
        subject="target",
        subject_id=made.pk,
        detail={"by": key[0], "unit": key[1], "tenths": tenths, "from": valid_from.isoformat()},
    )
    return made


def _in_force(day: date) -> QuerySet[Target]:
    return Target.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=day), withdrawn_at=None, valid_from__lte=day
    )
