"""What does one have to know to read a unit's figures of these days?

Dated notes on the municipality, an area or a school, printed as footnotes of every quarter their days touch. The only writer
of footnotes. A note taken away stays as a row. Notes are about units and never about children: managers read them who know
no child by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.asking import question
from fravaer.core.periods import Period
from fravaer.core.scope import Scope
from fravaer.reports import units
from fravaer.reports.models import Annotation
from fravaer.reports.units import Key

LONGEST = 300


class KeyReused(Exception):
    """The form's key belongs to another note."""


@dataclass(frozen=True, slots=True)
class Footnote:
    """A note with its number on the page and the unit it is about."""

    number: int
    key: Key
    row: Annotation

    @property
    def unit(self) -> str:
        """The area's or the school's name, "" for the municipality."""
        return str(self.row.school or self.row.area or "")

    @property
    def last_day(self) -> date:
        return self.row.until - timedelta(days=1)


def under(keys: Iterable[Key], period: Period) -> list[Footnote]:
    """The notes on these units whose days touch the period, numbered in the units' order and by date. One query."""
    order = list(keys)
    areas = [pk for by, pk in order if by == "area"]
    schools = [pk for by, pk in order if by == "school"]
    rows = _about(areas, schools, units.WHOLE in order, period.since, period.until)
    return numbered(order, rows)


def numbered(keys: Sequence[Key], rows: Iterable[Annotation]) -> list[Footnote]:
    """Those of the notes that are on these units, numbered in the units' order and by date."""
    order = {key: place for place, key in enumerate(keys)}
    found = sorted(
        ((key, row) for row in rows if (key := units.of_row(row.area_id, row.school_id)) in order),
        key=lambda one: (order[one[0]], one[1].since, one[1].pk or 0),
    )
    return [Footnote(number, key, row) for number, (key, row) in enumerate(found, 1)]


@question
def _about(
    areas: list[int], schools: list[int], whole: bool, since: date, until: date
) -> QuerySet[Annotation, Annotation]:
    """Notes on these units whose days touch the given ones."""
    units = Q(area_id__in=areas) | Q(school_id__in=schools)
    units |= Q(area=None, school=None) if whole else Q(pk__in=())
    found = Annotation.objects.filter(units, removed_at=None, since__lt=until, until__gt=since)
    return found.select_related("area", "school", "by")


def marks(notes: Iterable[Footnote]) -> Mapping[Key, tuple[int, ...]]:
    """The numbers to be set beside each unit."""
    found: dict[Key, tuple[int, ...]] = {}
    for note in notes:
        found[note.key] = (*found.get(note.key, ()), note.number)
    return found


def may_write(scope: Scope, key: Key) -> bool:
    """Whether the actor writes, and takes away, notes on a unit she sees."""
    return scope.may(Action.ANNOTATE) and units.reaches(scope, key)


def add(unit: Key, days: Period, text: str, *, key: UUID, scope: Scope, now: datetime) -> Annotation:
    """Write a note on the unit about these days. The same key again is the same note.

    Raises KeyReused when the key belongs to another's note, ValueError when the text is empty or too long.
    """
    assert scope.actor_id is not None
    if not 0 < len(text) <= LONGEST:
        raise ValueError("a note has between 1 and 300 characters")
    try:
        with transaction.atomic():
            made = Annotation.objects.create(
                key=key,
                since=days.since,
                until=days.until,
                text=text,
                by_id=scope.actor_id,
                at=now,
                **units.columns(unit),
            )
            trail.changed(
                scope.actor_id,
                "annotation.add",
                role=scope.role,
                subject="annotation",
                subject_id=made.uuid,
                detail={"by": unit[0], "unit": unit[1]},
            )
    except IntegrityError:
        made = Annotation.objects.get(key=key)
        if (made.by_id, made.text) != (scope.actor_id, text):
            raise KeyReused from None
    return made


@transaction.atomic
def remove(note: Annotation, *, scope: Scope, now: datetime) -> bool:
    """Take the note away from every page; the row stays. False when somebody has done so already."""
    removed = Annotation.objects.filter(pk=note.pk, removed_at=None).update(
        removed_at=now, removed_by_id=scope.actor_id
    )
    if removed:
        trail.changed(
            scope.actor_id,
            "annotation.remove",
            role=scope.role,
            subject="annotation",
            subject_id=note.uuid,
        )
    return bool(removed)
