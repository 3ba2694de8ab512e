"""Which deliveries and meetings does the school year hold, whose are they, and are they done?

The only writer of the year wheel (årshjul). The product's own tasks are made for a year from `wheelplan`, however often that
is asked for each of them once; the municipality's own stand beside them. A task taken off the wheel stays as a row, so that
it is not made anew and calendars learn that it is gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from fravaer.accounts import grants
from fravaer.accounts.grants import Holder
from fravaer.accounts.roles import Action, Role
from fravaer.audit import trail
from fravaer.core.periods import Quarter
from fravaer.core.scope import Scope
from fravaer.reports.models import WheelItem
from fravaer.reports.wheelplan import DRAWS, PLAN, TITLES
from fravaer.schools.models import Area, Municipality

LONGEST_TITLE = 150
LONGEST = 1_000
# Whose tasks they can be: the roles that answer for an area or the municipality.
OWNERS = (Role.CHIEF, Role.AREA_MANAGER, Role.SOCIAL_MANAGER)
# So long before a task is due its owner is written to.
AHEAD = timedelta(days=7)


class ChangedMeanwhile(Exception):
    """Somebody else has changed the task since it was shown; nothing was written."""


class KeyReused(Exception):
    """The form's key belongs to another task."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a task is to say. `title` is empty for one of the product's own, which has its words from the plan."""

    title: str
    text: str
    due_on: date
    area_id: int | None
    owner_id: int | None


@dataclass(frozen=True, slots=True)
class Line:
    """A task as it stands on a day, and whether the actor may change it and say that it is done."""

    row: WheelItem
    today: date
    may_change: bool
    may_do: bool

    @property
    def title(self) -> str:
        return title(self.row)

    @property
    def is_done(self) -> bool:
        return self.row.done_at is not None

    @property
    def is_ahead(self) -> bool:
        return self.row.due_on >= self.today

    @property
    def is_overdue(self) -> bool:
        """Whether its day has passed. One that lay behind already when the year was made is nobody's omission."""
        late = not self.is_done and not self.is_ahead
        return late and self.row.due_on >= timezone.localdate(self.row.made_at)


def title(row: WheelItem) -> str:
    """What the task is called, in the language of the page or the e-mail."""
    return row.title or str(TITLES.get(row.kind, row.kind))


def of_year(school_year: int, scope: Scope, today: date) -> list[Line]:
    """The year's tasks the actor sees, by day. One query."""
    rows = WheelItem.objects.visible_to(scope).filter(school_year=school_year, cancelled_at=None)
    return [
        Line(row, today, may_change(scope, row), may_do(scope, row))
        for row in rows.select_related("area", "owner", "done_by").order_by("due_on", "pk")
    ]


def may_change(scope: Scope, row: WheelItem) -> bool:
    """Whether the actor changes a task she sees: that of her area, or any of them for who holds the municipality."""
    return scope.may(Action.WHEEL_CHANGE) and (scope.municipality or row.area_id in scope.areas)


def may_do(scope: Scope, row: WheelItem) -> bool:
    """Whether the actor says that a task is done: who may change it, and its owner."""
    return may_change(scope, row) or (row.owner_id is not None and row.owner_id == scope.actor_id)


def owners(now: datetime) -> list[Holder]:
    """Who can be given a task, by name. One query."""
    return grants.in_roles(OWNERS, now)


@transaction.atomic
def make(school_year: int, *, scope: Scope | None, now: datetime) -> int:
    """Make the product's own tasks of a school year that are not there yet. Returns how many were made.

    An area's meetings are its manager's, and everything else is the chief's, where there is exactly one. `scope` None is the
    named job. Asked twice, or by two at once, each task is made once.
    """
    list(Municipality.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    there = set(
        WheelItem.objects.filter(school_year=school_year).exclude(kind="").values_list("kind", "area_id")
    )
    areas = list(Area.objects.order_by("pk").values_list("pk", flat=True))
    managers = grants.of_areas(areas, now)
    chiefs = grants.in_roles((Role.CHIEF,), now)
    made = [
        WheelItem(
            key=uuid4(),
            school_year=school_year,
            kind=planned.kind,
            area_id=area,
            due_on=planned.due_on(school_year),
            owner_id=_the_only(chiefs if area is None else managers.get(area, [])),
            made_by_id=scope.actor_id if scope else None,
            made_at=now,
            changed_at=now,
        )
        for planned in PLAN
        for area in (areas if planned.each_area else [None])
        if (planned.kind, area) not in there
    ]
    WheelItem.objects.bulk_create(made)
    if made:
        trail.changed(
            scope.actor_id if scope else None,
            "wheel.make",
            role=scope.role if scope else "job.wheel",
            subject="school_year",
            subject_id=school_year,
            detail={"tasks": len(made)},
        )
    return len(made)


@transaction.atomic
def add(school_year: int, wanted: Wanted, *, key: UUID, scope: Scope, now: datetime) -> WheelItem:
    """Set a task of the municipality's own on the wheel. The same key again is the same task; raises KeyReused."""
    row, made = WheelItem.objects.get_or_create(
        key=key,
        defaults={
            "school_year": school_year,
            "area_id": wanted.area_id,
            "title": wanted.title,
            "text": wanted.text,
            "due_on": wanted.due_on,
            "owner_id": wanted.owner_id,
            "made_by_id": scope.actor_id,
            "made_at": now,
            "changed_at": now,
        },
    )
    if made:
        _trailed("wheel.add", row, scope)
    elif (row.made_by_id, row.title) != (scope.actor_id, wanted.title):
        raise KeyReused
    return row


@transaction.atomic
def change(row: WheelItem, wanted: Wanted, *, seen: int, scope: Scope, now: datetime) -> None:
    """Let the task say something else. `seen` is its sequence as it was shown.

    Another day or another owner is reminded anew. Raises ChangedMeanwhile.
    """
    stands = WheelItem.objects.select_for_update().get(pk=row.pk)
    # One of the product's own keeps its words and its area.
    words: dict[str, Any] = {} if stands.kind else {"title": wanted.title, "area_id": wanted.area_id}
    values = {"text": wanted.text, "due_on": wanted.due_on, "owner_id": wanted.owner_id, **words}
    if all(getattr(stands, name) == value for name, value in values.items()):
        return
    if stands.sequence != seen:
        raise ChangedMeanwhile
    anew = (stands.due_on, stands.owner_id) != (wanted.due_on, wanted.owner_id)
    if anew:
        values["reminded_at"] = None
    _write(row, now, **values)
    _trailed("wheel.change", row, scope)


@transaction.atomic
def settle(row: WheelItem, *, done: bool, scope: Scope, now: datetime) -> None:
    """Say that the task is done, or that it is not after all. Saying it again writes nothing."""
    wanted = {"done_at": now, "done_by_id": scope.actor_id} if done else {"done_at": None, "done_by_id": None}
    if _write(row, now, **wanted):
        _trailed("wheel.done" if done else "wheel.undone", row, scope)


@transaction.atomic
def cancel(row: WheelItem, *, scope: Scope, now: datetime) -> None:
    """Take the task off the wheel; the row stays."""
    if _write(row, now, cancelled_at=now):
        _trailed("wheel.cancel", row, scope)


def draws_due(today: date) -> list[Quarter]:
    """The quarters whose day to be drawn has come and that nobody has said are drawn, the earliest first. One query."""
    rows = WheelItem.objects.filter(kind__in=DRAWS, done_at=None, cancelled_at=None, due_on__lte=today)
    found = set()
    for row in rows:
        # What was over before anybody made the year is not made up for.
        if row.due_on >= timezone.localdate(row.made_at):
            number, later = DRAWS[row.kind]
            found.add(Quarter(row.school_year + later, number))
    return sorted(found)


@transaction.atomic
def drew(quarter: Quarter, *, scope: Scope | None, now: datetime) -> None:
    """Say that the quarter is drawn, where it stands on the wheel. `scope` None is the named job."""
    for kind, (number, later) in DRAWS.items():
        if number != quarter.number:
            continue
        for row in WheelItem.objects.filter(kind=kind, school_year=quarter.year - later, area=None):
            if _write(row, now, done_at=now, done_by_id=scope.actor_id if scope else None):
                trail.changed(
                    scope.actor_id if scope else None,
                    "wheel.done",
                    role=scope.role if scope else "job.freeze",
                    subject="wheel",
                    subject_id=row.uuid,
                )


def claim(today: date, now: datetime) -> list[WheelItem]:
    """The tasks whose owners are to be reminded by whoever calls this.

    They count as reminded from now on: a reminder that is lost with its process is better than one sent twice, as the task
    stands on the wheel either way. What is known not to have left is released.
    """
    with transaction.atomic():
        rows = list(
            WheelItem.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(
                reminded_at=None,
                done_at=None,
                cancelled_at=None,
                owner__isnull=False,
                due_on__lte=today + AHEAD,
                # What was over before anybody made the year is nobody's news.
                due_on__gte=today,
            )
            .select_related("owner", "area")
            .order_by("due_on", "pk")
        )
        WheelItem.objects.filter(pk__in=[row.pk for row in rows]).update(reminded_at=now)
    return rows


def release(rows: Iterable[WheelItem]) -> None:
    """Let reminders that did not leave be claimed again."""
    WheelItem.objects.filter(pk__in=[row.pk for row in rows]).update(reminded_at=None)


def _write(row: WheelItem, now: datetime, **values: Any) -> bool:
    """Change a task that stands on the wheel, and let calendars know that it changed."""
    found = WheelItem.objects.filter(pk=row.pk, cancelled_at=None)
    if "done_at" in values:
        found = found.filter(done_at__isnull=values["done_at"] is not None)
    return bool(found.update(**values, sequence=F("sequence") + 1, changed_at=now))


def _the_only(holders: list[Holder]) -> int | None:
    return holders[0].user_id if len(holders) == 1 else None


def _trailed(action: str, row: WheelItem, scope: Scope) -> None:
    trail.changed(scope.actor_id, action, role=scope.role, subject="wheel", subject_id=row.uuid)
