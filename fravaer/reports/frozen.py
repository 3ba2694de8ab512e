"""What is a frozen quarter read from?

Who reads figures above school level reads a frozen period's frozen ones: its rows, the areas and names schools had, its targets,
its notes, and what was done about absence. What was agreed after it stands as it stands today. The other quarters of a line are
the frozen ones too, where they are frozen. A school's own people read the registers as they stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from fravaer.core.asking import question
from fravaer.core.periods import Period
from fravaer.reports import blocks, footnotes, gone
from fravaer.reports.asked import Asked
from fravaer.reports.drawn import Drawn
from fravaer.reports.footnotes import Footnote
from fravaer.reports.models import Annotation, Approval, Disposed, Snapshot
from fravaer.reports.targets import Aims
from fravaer.reports.units import OWN, WHOLE, Key
from fravaer.schools.models import Area, School


@dataclass(frozen=True, slots=True)
class Source:
    """A snapshot to read from: the period's rows, those of the same days a year earlier, and who lay where."""

    row: Snapshot
    now: Drawn
    before: Drawn
    area_of: Mapping[int, int]
    summary: blocks.Frozen

    def schools_of(self, key: Key) -> set[int]:
        """The schools a unit had."""
        by, pk = key
        if by == "school":
            return {pk}
        return {school for school, area in self.area_of.items() if key == WHOLE or area == pk}

    def notes(self, keys: Sequence[Key]) -> list[Footnote]:
        """The notes there were on these units, as they stood."""
        return footnotes.numbered(keys, [self._note(one) for one in self.row.contents["notes"]])

    def _note(self, written: Mapping[str, str]) -> Annotation:
        by, pk = written["unit"].rsplit("-", 1)
        named = self.row.contents["schools" if by == "school" else "areas"]
        name = "" if by == "all" else named[pk]["name"]
        return Annotation(
            since=date.fromisoformat(written["since"]),
            until=date.fromisoformat(written["until"]),
            text=written["text"],
            area=Area(pk=int(pk), name=name) if by == "area" else None,
            school=School(pk=int(pk), name=name) if by == "school" else None,
        )

    def aims(self, live: Aims) -> Aims:
        """Targets: of the period those of the day it was frozen, of other days those of today."""
        last = date.fromordinal(self.row.until.toordinal() - 1)
        rows: dict[Key, list[tuple[date, date | None, int]]] = {
            key: [one for one in found if not _holds(one, last)] for key, found in live.rows.items()
        }
        for name, tenths in self.row.contents["targets"].items():
            by, pk = name.rsplit("-", 1)
            key: Key = (by, int(pk))
            before = [one for one in live.rows.get(key, ()) if _holds(one, last)]
            since = before[0][0] if before else self.row.since
            rows[key] = [(since, None, tenths), *rows.get(key, [])]
        return Aims(rows)


def sources(periods: Iterable[Period]) -> dict[Period, Source]:
    """The latest snapshot of each period that has one. One query."""
    wanted = set(periods)
    found = {}
    for row in _snapshots(tuple({period.since for period in wanted})):
        period = Period(row.since, row.until)
        if period in wanted:
            found[period] = Source(
                row=row,
                now=Drawn(row.draw_id, period, row.draw.drawn_at, sums=row.draw.sums),
                before=Drawn(row.before_id, Period(row.before.since, row.before.until), row.before.drawn_at),
                area_of={int(school): of["area"] for school, of in row.contents["schools"].items()},
                summary=blocks.Frozen(
                    str(row.uuid), row.version, row.sha256, row.frozen_at, row.is_approved, row.gone_at
                ),
            )
    return found


@question
def _snapshots(begins: tuple[date, ...]) -> QuerySet[Any, Any]:
    """Snapshots of periods that begin on these days, with whether anybody stands by them."""
    return (
        Snapshot.objects.filter(since__in=begins)
        .select_related("draw", "before")
        .annotate(
            is_approved=Exists(Approval.objects.filter(snapshot=OuterRef("pk"))),
            gone_at=Subquery(
                Disposed.objects.filter(kind=gone.REGISTERS, before__gt=OuterRef("since"))
                .order_by("at")
                .values("at")[:1]
            ),
        )
        .order_by("version")
    )


def as_it_was(asked: Asked, source: Source) -> Asked:
    """The same question about the schools and names of then. One query where a school has come to another area."""
    key = asked.place.key
    wanted = set(asked.schools) if key == OWN else source.schools_of(key)
    named = source.row.contents["schools"]
    missing = wanted - {school.pk for school in asked.choices.schools}
    known: Sequence[School] = [
        *asked.choices.schools,
        *(School.objects.filter(pk__in=missing).order_by("sort_name", "pk") if missing else ()),
    ]
    schools = []
    for school in known:
        then = copy(school)
        if str(school.pk) in named:
            then.name = named[str(school.pk)]["name"]
        schools.append(then)
    return replace(
        asked,
        schools=tuple(school.pk for school in schools if school.pk in wanted),
        choices=replace(asked.choices, schools=tuple(schools)),
    )


def _holds(row: tuple[date, date | None, int], day: date) -> bool:
    since, until, _tenths = row
    return since <= day and (until is None or day < until)
