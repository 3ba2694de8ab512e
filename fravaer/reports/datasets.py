"""Which statutory data sets were made, of what, and who has fetched and delivered them?

The only writer of data sets and their deliveries. A data set keeps no rows: they are read from the registers each time it is
fetched, and leave only while they are, byte for byte, those of the receipt. Whoever makes or fetches one leaves a trail that
names every child in it, in ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet

from fravaer.absence.monthly import Month
from fravaer.audit import trail
from fravaer.core.periods import Period, SchoolYear
from fravaer.core.scope import Scope
from fravaer.reports import precheck, stil
from fravaer.reports.models import DataSet, DataSetKind, Delivery
from fravaer.reports.precheck import Obstacle
from fravaer.schools.models import Municipality, School

# A receipt's number, or what the delivery was called where it was handed in.
LONGEST_RECEIPT = 200


class Purpose(StrEnum):
    """Why somebody takes children's rows along. Kept in the trail."""

    DELIVERY = "delivery"
    CHECK = "check"
    MEETING = "meeting"


class Blocked(Exception):
    """Something stands in the way of the delivery; nothing was made."""

    def __init__(self, obstacles: list[Obstacle]) -> None:
        super().__init__(", ".join(obstacles))
        self.obstacles = obstacles


class Changed(Exception):
    """The registers say something else than when the data set was made, or another gap than was shown."""


class KeyReused(Exception):
    """The form's key belongs to another data set."""


def of_school(school_id: int, year: Period) -> list[DataSet]:
    """The school's data sets of the year, the latest first, with who made them. One query."""
    found = _of_school(school_id, year).select_related("made_by", "school")
    return list(found.order_by("-made_at", "-pk"))


def deliveries(school_id: int, year: Period) -> list[Delivery]:
    """Who fetched the school's data sets, and who said that they were delivered, the latest first. One query."""
    rows = Delivery.objects.filter(data_set__in=_of_school(school_id, year)).select_related("by")
    return list(rows.order_by("-at", "-pk"))


def _of_school(school_id: int, year: Period) -> QuerySet[DataSet]:
    return DataSet.objects.filter(kind=DataSetKind.STIL, school_id=school_id, school_year=year.since.year)


@transaction.atomic
def make(
    school: School,
    year: Period,
    *,
    seen_gaps: int,
    key: UUID,
    scope: Scope,
    today: date,
    clock: time,
    now: datetime,
) -> DataSet:
    """Make the school's data set of the year: its receipt, from the rows as they are now.

    The same key again is the same data set, and so are the same rows. Whoever operates the installation makes it as nobody.
    `seen_gaps` is how many registers and pupils without a day the actor was shown. Raises Blocked, Changed or KeyReused; then
    nothing was made.
    """
    # One at a time for a school: two at once would make two receipts of the same rows.
    School.objects.select_for_update(no_key=True).get(pk=school.pk)
    there = DataSet.objects.filter(key=key).first()
    if there is not None:
        if (there.school_id, there.school_year) != (school.pk, year.since.year):
            raise KeyReused
        return there
    [standing] = precheck.standings([school], year, today, clock)
    if standing.obstacles:
        raise Blocked(standing.obstacles)
    if standing.check.gaps != seen_gaps:
        raise Changed
    cut = stil.Cut(school, year, standing.counted(today))
    months = stil.months(cut)
    if not precheck.agrees(standing, months, today):
        raise Blocked([Obstacle.UNEQUAL])
    sha256 = stil.digest(cut, months)
    latest = standing.data_set
    if latest is not None and latest.sha256 == sha256 and latest.lacking == standing.lacking:
        return latest
    made = DataSet.objects.create(
        key=key,
        kind=DataSetKind.STIL,
        school_year=year.since.year,
        school=school,
        rows=len(months),
        sha256=sha256,
        lacking=standing.lacking,
        made_by_id=scope.actor_id,
        made_at=now,
    )
    _note("data_set.make", made, scope, months, {"rows": made.rows, "sha256": sha256})
    return made


@transaction.atomic
def fetch(
    data_set: DataSet, cut: stil.Cut, *, form: str, purpose: Purpose, scope: Scope, now: datetime
) -> list[Month]:
    """The rows of a data set somebody takes along as `form` (a kind of file). Raises Changed when they are others by now."""
    months = stil.months(cut)
    if stil.digest(cut, months) != data_set.sha256:
        raise Changed
    Delivery.objects.create(
        data_set=data_set, what=Delivery.What.FETCHED, text=form, by_id=scope.actor_id, at=now
    )
    _note("data_set.fetch", data_set, scope, months, {"form": form, "purpose": purpose})
    return months


@transaction.atomic
def deliver(data_set: DataSet, receipt: str, *, scope: Scope, now: datetime) -> Delivery:
    """Note that the data set was delivered, with the receipt's number if there is one. Said twice, it is noted once."""
    assert scope.actor_id is not None
    DataSet.objects.select_for_update(no_key=True).get(pk=data_set.pk)
    said = receipt.strip()
    there = Delivery.objects.filter(
        data_set=data_set, what=Delivery.What.DELIVERED, text=said, by_id=scope.actor_id
    ).first()
    if there is not None:
        return there
    made = Delivery.objects.create(
        data_set=data_set, what=Delivery.What.DELIVERED, text=said, by_id=scope.actor_id, at=now
    )
    _note("data_set.deliver", data_set, scope, (), {})
    return made


def delivered_by(school_ids: Iterable[int], year: SchoolYear) -> int:
    """How many of the schools have said that the year is delivered. One query."""
    said = Delivery.objects.filter(
        what=Delivery.What.DELIVERED,
        data_set__kind=DataSetKind.STIL,
        data_set__school_year=year.year,
        data_set__school_id__in=school_ids,
    )
    return said.aggregate(schools=Count("data_set__school_id", distinct=True))["schools"] or 0


def packages(year: SchoolYear) -> list[DataSet]:
    """The municipality's data packages of the year, the latest first, with who made them. One query."""
    return list(_packages(year).select_related("made_by").order_by("-made_at", "-pk"))


def package_deliveries(year: SchoolYear) -> list[Delivery]:
    """Who fetched the municipality's packages, and who said that they were delivered, the latest first. One query."""
    rows = Delivery.objects.filter(data_set__in=_packages(year)).select_related("by")
    return list(rows.order_by("-at", "-pk"))


def _packages(year: SchoolYear) -> QuerySet[DataSet]:
    return DataSet.objects.filter(kind=DataSetKind.PACKAGE, school=None, school_year=year.year)


@transaction.atomic
def make_package(
    year: SchoolYear,
    *,
    rows: int,
    sha256: str,
    lacking: Mapping[str, int],
    key: UUID,
    scope: Scope,
    now: datetime,
) -> DataSet:
    """The receipt of the municipality's package, which tells of nobody. The same key, or the same tables, is the same one.

    Raises KeyReused.
    """
    assert scope.actor_id is not None
    list(Municipality.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    there = DataSet.objects.filter(key=key).first()
    if there is not None:
        if (there.kind, there.school_year) != (DataSetKind.PACKAGE, year.year):
            raise KeyReused
        return there
    latest = next(iter(packages(year)), None)
    if latest is not None and (latest.sha256, latest.lacking) == (sha256, dict(lacking)):
        return latest
    made = DataSet.objects.create(
        key=key,
        kind=DataSetKind.PACKAGE,
        school_year=year.year,
        rows=rows,
        sha256=sha256,
        lacking=dict(lacking),
        made_by_id=scope.actor_id,
        made_at=now,
    )
    _note("package.make", made, scope, (), {"rows": rows, "sha256": sha256})
    return made


@transaction.atomic
def fetch_package(year: SchoolYear, *, sha256: str, form: str, scope: Scope, now: datetime) -> None:
    """Note that somebody took the tables along. With the `sha256` of the latest package it is that one she fetched."""
    assert scope.actor_id is not None
    latest = next(iter(packages(year)), None)
    if latest is not None and latest.sha256 == sha256:
        Delivery.objects.create(
            data_set=latest, what=Delivery.What.FETCHED, text=form, by_id=scope.actor_id, at=now
        )
    trail.changed(
        scope.actor_id,
        "package.fetch",
        role=scope.role,
        subject="school_year",
        subject_id=year.year,
        detail={"form": form},
    )


def excerpt(cut: stil.Cut, *, form: str, purpose: Purpose, scope: Scope) -> list[Month]:
    """A class's rows, or all of a school's, that somebody takes along without a data set behind them.

    Without those of pupils she is kept away from; the whole data set that is delivered has everybody.
    """
    months = [one for one in stil.months(cut) if one.pupil.pk not in scope.blocked]
    trail.changed(
        scope.actor_id,
        "excerpt.fetch",
        role=scope.role,
        subject="school",
        subject_id=cut.school.pk,
        pupil_ids={one.pupil.pk for one in months},
        detail={
            "form": form,
            "purpose": purpose,
            "since": cut.counted.since.isoformat(),
            "until": cut.counted.until.isoformat(),
            "class": cut.school_class_id,
        },
    )
    return months


def _note(
    action: str, data_set: DataSet, scope: Scope, months: Iterable[Month], detail: Mapping[str, str | int]
) -> None:
    trail.changed(
        scope.actor_id,
        action,
        role=scope.role,
        subject="data_set",
        subject_id=data_set.uuid,
        pupil_ids={one.pupil.pk for one in months},
        detail={"school": data_set.school_id, "school_year": data_set.school_year} | dict(detail),
    )
