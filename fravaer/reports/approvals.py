"""Who stands by a frozen quarter, and who is still awaited?

The only writer of approvals. Each area's managers, of schools and of social services, stand by their area in the latest
version; the chief by the municipality, when the manager of every area with pupils has. Nobody stands by an area whose
initiatives of earlier quarters lack their outcome: last quarter's are asked for before a new quarter is signed (Copenhagen's
status of March 2016).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from fravaer.accounts.roles import Action, Role
from fravaer.audit import trail
from fravaer.core.scope import Scope
from fravaer.reports import initiatives
from fravaer.reports.models import Approval, Cell, Snapshot
from fravaer.schools.models import Area, Municipality

LONGEST = 1_000
ROLES = (Role.AREA_MANAGER, Role.SOCIAL_MANAGER)


class Superseded(Exception):
    """The quarter was frozen anew; it is the latest version one stands by."""


class Unsettled(Exception):
    """Initiatives of earlier quarters still lack their outcome."""


class Awaited(Exception):
    """Areas' managers have not stood by it yet. Holds the areas' names."""


@dataclass(frozen=True, slots=True)
class Line:
    """One area, or the municipality (`area` None): who stands by it, and how many initiatives are still asked for."""

    area: Area | None
    approvals: tuple[Approval, ...] = ()
    unsettled: int = 0
    # Whether the actor may sign here at all, and has.
    is_hers: bool = False
    is_signed: bool = False
    # Names of the areas that are awaited, for the municipality.
    awaited: tuple[str, ...] = field(default=())

    @property
    def may_sign(self) -> bool:
        return self.is_hers and not self.is_signed and not self.unsettled and not self.awaited


def lines(row: Snapshot, areas: Sequence[Area], scope: Scope) -> list[Line]:
    """The municipality, and the given areas. Three queries."""
    given = list(Approval.objects.filter(snapshot=row).select_related("by").order_by("at", "pk"))
    unsettled = initiatives.unsettled_before(row.since)
    awaited = tuple(area.name for area in _awaited(row, given))
    found = [
        Line(
            area,
            tuple(one for one in given if one.area_id == area.pk),
            unsettled.get(area.pk, 0),
            *_hers(scope, area, given),
        )
        for area in areas
    ]
    whole = tuple(one for one in given if one.area_id is None)
    return [*found, Line(None, whole, 0, *_hers(scope, None, given), awaited=awaited)]


def may_sign(scope: Scope, area: Area | None) -> bool:
    """Whether the actor is one of those who stand by the area, or by the municipality."""
    if not scope.may(Action.APPROVE):
        return False
    if area is None:
        return scope.role == Role.CHIEF and scope.municipality
    return scope.role in ROLES and (scope.municipality or area.pk in scope.areas)


@transaction.atomic
def approve(row: Snapshot, area: Area | None, text: str, *, scope: Scope, now: datetime) -> Approval:
    """Stand by the area, or by the municipality, in a frozen quarter. Said again it is the same approval.

    Raises Superseded, Unsettled, Awaited, or ValueError for a remark that is too long.
    """
    assert scope.actor_id is not None
    if len(text) > LONGEST:
        raise ValueError("a remark has at most 1,000 characters")
    # Whoever freezes the quarter anew waits, or has done so already.
    list(Municipality.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    standing = Approval.objects.filter(snapshot=row, area=area, role=scope.role).first()
    if standing is not None:
        return standing
    if Snapshot.objects.filter(since=row.since, until=row.until, version__gt=row.version).exists():
        raise Superseded
    if area is not None and initiatives.unsettled_before(row.since).get(area.pk):
        raise Unsettled
    if area is None:
        given = list(Approval.objects.filter(snapshot=row))
        awaited = _awaited(row, given)
        if awaited:
            raise Awaited([one.name for one in awaited])
    made = Approval.objects.create(
        snapshot=row, area=area, role=scope.role, text=text, by_id=scope.actor_id, at=now
    )
    trail.changed(
        scope.actor_id,
        "quarter.approve",
        role=scope.role,
        subject="snapshot",
        subject_id=row.uuid,
        detail={"area": area.pk if area else None, "version": row.version},
    )
    return made


def _awaited(row: Snapshot, given: Sequence[Approval]) -> list[Area]:
    """The areas with pupils whose own manager has not stood by the quarter."""
    signed = {one.area_id for one in given if one.role == Role.AREA_MANAGER}
    schools = set(
        Cell.objects.filter(draw_id=row.draw_id, pupils__gt=0).values_list("school_id", flat=True).distinct()
    )
    held = {of["area"] for pk, of in row.contents["schools"].items() if int(pk) in schools}
    return list(Area.objects.filter(pk__in=held - signed).order_by("name", "pk"))


def _hers(scope: Scope, area: Area | None, given: Sequence[Approval]) -> tuple[bool, bool]:
    key = area.pk if area else None
    return may_sign(scope, area), any(one.area_id == key and one.role == scope.role for one in given)
