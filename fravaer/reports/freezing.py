"""Which quarters are frozen, in which version, and what would the data give today?

The only writer of snapshots. A quarter or school year that is over is drawn once more into rows that never change, with
everything else a reader is told (`contents`) under one hash. Until somebody stands by it (`approvals`) it can be frozen anew as
the next version; afterwards its figures never move, and what is corrected later is told as a difference (`corrections`).
Copenhagen's status of March 2016 asks for a year wheel in which each delivery is drawn at a set date.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Count

from fravaer.audit import trail
from fravaer.core.periods import Period, Quarter, SchoolYear, a_year_before
from fravaer.core.scope import Scope
from fravaer.reports import contents, drawn, gone, patterns, wheel
from fravaer.reports.contents import Contents
from fravaer.reports.drawn import Drawn
from fravaer.reports.gone import Gone
from fravaer.reports.models import Approval, Draw, Snapshot
from fravaer.reports.modes import Mode
from fravaer.schools.models import Municipality, School

Name = Quarter | SchoolYear


class NotOver(Exception):
    """The period has days ahead."""


class StoodBy(Exception):
    """Somebody stands by the latest version; it is not frozen anew."""


@dataclass(frozen=True, slots=True)
class Regenerated:
    """What the data of today would freeze: its hash, and the parts that differ from what is frozen; none where it is the same.

    Where data behind it have been disposed of it is not made again, and `gone` says which.
    """

    sha256: str
    changed: tuple[str, ...]
    gone: tuple[Gone, ...] = ()

    @property
    def is_same(self) -> bool:
        return not self.changed and not self.gone


def versions(name: Name) -> list[Snapshot]:
    """Every version of the period, the latest first. One query."""
    period = name.period
    found = Snapshot.objects.filter(since=period.since, until=period.until)
    return list(found.select_related("frozen_by", "draw").order_by("-version"))


def latest(name: Name) -> Snapshot | None:
    """The version that counts. One query."""
    return next(iter(versions(name)), None)


def latest_of(names: Iterable[Name]) -> dict[Name, Snapshot]:
    """The version of each period that counts, with the number of those who stand by it (`approved`). One query."""
    periods = {(name.period.since, name.period.until): name for name in names}
    rows = (
        Snapshot.objects.filter(since__in=[since for since, _until in periods])
        .annotate(approved=Count("approvals"))
        .order_by("version")
    )
    return {periods[row.since, row.until]: row for row in rows if (row.since, row.until) in periods}


def named(row: Snapshot) -> Name:
    """The quarter or the school year a snapshot is of."""
    quarter = Quarter.of(row.since)
    return quarter if quarter.period == Period(row.since, row.until) else SchoolYear.of(row.since)


@transaction.atomic
def freeze(name: Name, *, modes: Sequence[Mode], scope: Scope | None, today: date, now: datetime) -> Snapshot:
    """Freeze the period as its data stand. Where nothing has changed since it was frozen, that version is given back.

    `scope` None is the named job. Raises NotOver before the period's last day has passed, StoodBy.
    """
    if name.period.until > today:
        raise NotOver
    # One at a time: versions are numbered.
    list(Municipality.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    standing = latest(name)
    if standing is not None:
        if Approval.objects.filter(snapshot=standing).exists():
            raise StoodBy
        again = regenerate(standing, modes=modes, now=now)
        if again.is_same or again.gone:
            _settle_wheel(name, scope, now)
            return standing
    earlier = a_year_before(name.period)
    states = drawn.states([name.period, earlier])
    draw = drawn.draw(name.period, states[0], now, frozen=True)
    before = _frozen(earlier) or drawn.draw(earlier, states[1], now, frozen=True)
    found = _contents(name, draw, before, modes, now)
    made = Snapshot.objects.create(
        draw_id=draw.id,
        before_id=before.id,
        since=name.period.since,
        until=name.period.until,
        version=standing.version + 1 if standing else 1,
        contents=found,
        sha256=contents.hashed(found),
        frozen_by_id=scope.actor_id if scope else None,
        frozen_at=now,
    )
    trail.changed(
        scope.actor_id if scope else None,
        "quarter.freeze",
        role=scope.role if scope else "job.freeze",
        subject="snapshot",
        subject_id=made.uuid,
        detail={"period": str(name), "version": made.version, "sha256": made.sha256},
    )
    _settle_wheel(name, scope, now)
    return made


def regenerate(row: Snapshot, *, modes: Sequence[Mode], now: datetime) -> Regenerated:
    """Draw the snapshot's period from the data of today, and say what differs. The snapshot stands as it is."""
    name = named(row)
    if lost := gone.behind(name.period):
        return Regenerated("", (), tuple(lost))
    earlier = a_year_before(name.period)
    draw, live = drawn.current([name.period, earlier], now)
    found = _contents(name, draw, _frozen(earlier) or live, modes, now)
    return Regenerated(contents.hashed(found), tuple(contents.changed(row.contents, found)))


def is_whole(row: Snapshot) -> bool:
    """Whether the rows are those the hash was made over."""
    rows = contents.digests(row.draw_id) | {"before": contents.digests(row.before_id)}
    add_up = contents.adds_up(row.draw_id) and contents.adds_up(row.before_id)
    return add_up and rows == row.contents["rows"] and contents.hashed(row.contents) == row.sha256


def _settle_wheel(name: Name, scope: Scope | None, now: datetime) -> None:
    if isinstance(name, Quarter):
        wheel.drew(name, scope=scope, now=now)


def _frozen(period: Period) -> Drawn | None:
    """The draw of the period's own snapshot, where it has one."""
    row = (
        Draw.objects.filter(frozen=True, snapshot__since=period.since, snapshot__until=period.until)
        .order_by("-snapshot__version")
        .first()
    )
    return Drawn(row.pk, period, row.drawn_at) if row else None


def _contents(name: Name, draw: Drawn, before: Drawn, modes: Sequence[Mode], now: datetime) -> Contents:
    area_of = dict(School.objects.values_list("pk", "area_id"))
    inside = [quarter.period for quarter in quarters(name)] if isinstance(name, SchoolYear) else []
    parts = drawn.current(inside, now) if inside else []
    told = []
    for mode in modes:
        found = patterns.of_draws([draw, *parts], area_of, mode)
        told.append(found[draw.id].no_finer_than(found[part.id] for part in parts).written())
    return contents.contents(str(name), draw, before, modes, told)


def quarters(year: SchoolYear) -> list[Quarter]:
    """The quarters a school year has days in."""
    first = Quarter.of(year.since)
    return [first, first.next(), first.next().next(), first.next().next().next()]
