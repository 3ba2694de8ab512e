"""Why can this person see this pupil, and until when?

The only writer of grants. A grant names its role, its unit, its purpose, where it came from and its end; nothing is permanent.
What was lent from a grant ends when that does. What a person took back, the roster does not give again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from fravaer.accounts import terms
from fravaer.accounts.models import Ended, Grant, Purpose, Reach
from fravaer.accounts.roles import Role
from fravaer.audit import trail

BATCH = 5_000
# Reasons a person gives; the others follow by themselves.
BY_HAND = (Ended.NO_NEED, Ended.MISTAKE, Ended.LEFT, Ended.NOT_CONFIRMED)


def give(
    *,
    user_id: int,
    role: Role,
    reach: Reach,
    unit_id: int | None = None,
    origin: str,
    origin_ref: str = "",
    purpose: Purpose | None = None,
    reason: str = "",
    valid_from: datetime,
    valid_until: datetime,
    granted_by_id: int | None = None,
    approved_by_id: int | None = None,
    lent_from: Grant | None = None,
) -> Grant:
    """Give the user `role` over one unit; a second identical grant from the same origin only moves the end date.

    The purpose is the role's own when none is said. Raises terms.TooLong.
    """
    terms.require(origin, valid_from, valid_until)
    column: dict[str, Any] = {} if reach == Reach.MUNICIPALITY else {unit_column(reach): unit_id}
    with transaction.atomic():
        grant, made = Grant.objects.get_or_create(
            user_id=user_id,
            role=role,
            reach=reach,
            origin=origin,
            origin_ref=origin_ref,
            revoked_at=None,
            **column,
            defaults={
                "purpose": purpose or terms.purpose(role, reach),
                "reason": reason,
                "valid_from": valid_from,
                "valid_until": valid_until,
                "granted_by_id": granted_by_id,
                "approved_by_id": approved_by_id,
                "lent_from": lent_from,
            },
        )
        if not made and grant.valid_until != valid_until:
            terms.require(origin, grant.valid_from, valid_until)
            grant.valid_until = valid_until
            grant.save(update_fields=["valid_until"])
            _shorten_lent([grant.pk])
        trail.changed(
            granted_by_id,
            "grant.give",
            subject="grant",
            subject_id=grant.pk,
            pupil_ids=[unit_id] if reach == Reach.PUPIL and unit_id else [],
            detail={"user": user_id, "role": role, "reach": reach, "origin": origin},
        )
    return grant


def withdraw(
    *, origin: str, origin_ref: str, now: datetime, actor_id: int | None = None, user_id: int | None = None
) -> int:
    """Withdraw the open grants that came from this origin, of one user or of all. Returns how many."""
    with transaction.atomic():
        grants = Grant.objects.filter(origin=origin, origin_ref=origin_ref, revoked_at=None)
        if user_id is not None:
            grants = grants.filter(user_id=user_id)
        withdrawn = _take_back(grants, now, actor_id, Ended.SOURCE)
        if withdrawn:
            trail.changed(actor_id, "grant.withdraw", subject=origin, subject_id=origin_ref)
    return withdrawn


def revoke(grant_id: int, *, because: Ended, now: datetime, actor_id: int | None, role: str = "") -> bool:
    """Take back one grant by hand; it works on the next request. False when it is over already.

    `actor_id` None is a named job, `role` its name.
    """
    with transaction.atomic():
        taken = _take_back(
            Grant.objects.filter(pk=grant_id, revoked_at=None, valid_until__gt=now), now, actor_id, because
        )
        if taken:
            trail.changed(
                actor_id,
                "grant.revoke",
                role=role,
                subject="grant",
                subject_id=grant_id,
                detail={"because": because.value},
            )
    return bool(taken)


def withdraw_all(user_id: int, now: datetime, actor_id: int | None = None) -> int:
    """Withdraw every open grant of somebody who has left, wherever it came from. Returns how many."""
    with transaction.atomic():
        withdrawn = _take_back(
            Grant.objects.filter(user_id=user_id, revoked_at=None), now, actor_id, Ended.LEFT
        )
        if withdrawn:
            trail.changed(actor_id, "grant.withdraw", subject="user", subject_id=user_id)
    return withdrawn


def _take_back(grants: QuerySet[Grant], now: datetime, actor_id: int | None, because: Ended) -> int:
    """Take these back, and what was lent from them. Returns how many of these."""
    keys = list(grants.values_list("pk", flat=True))
    if keys:
        Grant.objects.filter(pk__in=keys).update(
            revoked_at=now, revoked_by_id=actor_id, revoked_because=because
        )
        Grant.objects.filter(lent_from__in=keys, revoked_at=None).update(
            revoked_at=now, revoked_by_id=actor_id, revoked_because=Ended.DELEGATOR
        )
    return len(keys)


def _shorten_lent(keys: Collection[int]) -> None:
    """What was lent from these ends with them at the latest; what would not have begun by then is taken back."""
    for lent in Grant.objects.filter(
        lent_from__in=keys, revoked_at=None, valid_until__gt=F("lent_from__valid_until")
    ).select_related("lent_from"):
        assert lent.lent_from is not None
        if lent.valid_from < lent.lent_from.valid_until:
            lent.valid_until = lent.lent_from.valid_until
        else:
            lent.revoked_at, lent.revoked_because = lent.lent_from.valid_until, Ended.DELEGATOR
        lent.save(update_fields=["valid_until", "revoked_at", "revoked_because"])


def prolong(
    *,
    origin: str,
    origin_ref: str,
    until: datetime,
    user_ids: Iterable[int],
    actor_id: int | None = None,
) -> int:
    """Let the open grants of these users that came from this origin last until then. Returns how many moved."""
    with transaction.atomic():
        grants = Grant.objects.filter(
            origin=origin,
            origin_ref=origin_ref,
            revoked_at=None,
            user_id__in=sorted(set(user_ids)),
            valid_until__lt=until,
        )
        moved = grants.update(valid_until=until)
        if moved:
            trail.changed(actor_id, "grant.prolong", subject=origin, subject_id=origin_ref)
    return moved


def end(*, origin: str, origin_ref: str, at: datetime, actor_id: int | None = None) -> int:
    """Let the open grants that came from this origin end at `at`; those that end sooner stay. Returns how many moved."""
    with transaction.atomic():
        grants = Grant.objects.filter(
            origin=origin, origin_ref=origin_ref, revoked_at=None, valid_until__gt=at
        )
        keys = list(grants.values_list("pk", flat=True))
        moved = Grant.objects.filter(pk__in=keys).update(valid_until=at)
        _shorten_lent(keys)
        if moved:
            trail.changed(actor_id, "grant.end", subject=origin, subject_id=origin_ref)
    return moved


def roles_from(*, origin: str, origin_ref: str) -> dict[int, Role]:
    """The role of each user who holds a grant of this origin that was not withdrawn, by user."""
    rows = Grant.objects.filter(origin=origin, origin_ref=origin_ref, revoked_at=None)
    return {user: Role(role) for user, role in rows.order_by("pk").values_list("user_id", "role")}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One grant a set is to hold. `origin_ref` tells two grants of the same role and unit apart."""

    user_id: int
    role: Role
    reach: Reach
    unit_id: int | None
    origin_ref: str
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Replaced:
    """How many grants were given, got another end, and were withdrawn."""

    given: int
    moved: int
    withdrawn: int

    def __len__(self) -> int:
        return self.given + self.moved + self.withdrawn


def replace(*, origin: str, wanted: Iterable[Wanted], now: datetime, user_id: int | None = None) -> Replaced:
    """Make the grants from this origin, of one user or of all, exactly these: the rest of those in force are withdrawn at
    `now`. Set-based.

    What a person took back stays taken back for as long as the same row asks for it.
    """
    coming = {
        (one.user_id, str(one.role), str(one.reach), one.unit_id, one.origin_ref): one for one in wanted
    }
    given: list[Grant] = []
    moved: list[Grant] = []
    gone: list[int] = []
    with transaction.atomic():
        of_origin = Grant.objects.filter(origin=origin)
        if user_id is not None:
            of_origin = of_origin.filter(user_id=user_id)
        for grant in of_origin.filter(revoked_at=None):
            one = coming.pop(_key(grant), None)
            if one is None:
                if grant.valid_until > now:
                    gone.append(grant.pk)
            elif (grant.valid_from, grant.valid_until) != (one.valid_from, one.valid_until):
                grant.valid_from, grant.valid_until = one.valid_from, one.valid_until
                moved.append(grant)
        for refused in of_origin.filter(revoked_because__in=BY_HAND) if coming else ():
            coming.pop(_key(refused), None)
        for one in coming.values():
            column = {} if one.reach == Reach.MUNICIPALITY else {unit_column(one.reach): one.unit_id}
            given.append(
                Grant(
                    user_id=one.user_id,
                    role=one.role,
                    reach=one.reach,
                    origin=origin,
                    origin_ref=one.origin_ref,
                    purpose=terms.purpose(one.role, one.reach),
                    valid_from=one.valid_from,
                    valid_until=one.valid_until,
                    **column,
                )
            )
        if gone:
            _take_back(Grant.objects.filter(pk__in=gone), now, None, Ended.SOURCE)
        Grant.objects.bulk_update(moved, ["valid_from", "valid_until"], BATCH)
        _shorten_lent([grant.pk for grant in moved])
        Grant.objects.bulk_create(given, BATCH)
        found = Replaced(len(given), len(moved), len(gone))
        if len(found):
            trail.changed(
                None,
                "grant.replace",
                subject=origin,
                detail={"given": found.given, "moved": found.moved, "withdrawn": found.withdrawn},
            )
    return found


def reasons(
    user_id: int, pupil_id: int, class_id: int | None, school_id: int | None, now: datetime
) -> list[str]:
    """Why the user sees the pupil: the words of the grants in force, one sentence each."""
    words = {
        Reach.CLASS: _("You teach the pupil's class."),
        Reach.SCHOOL: _("The pupil goes to your school."),
        Reach.PUPIL: _("You take part in a case about the pupil."),
    }
    open_grants = Grant.objects.filter(
        user_id=user_id, revoked_at=None, valid_from__lte=now, valid_until__gt=now
    ).values_list("reach", "school_class_id", "school_id", "pupil_id")
    units = {Reach.CLASS: class_id, Reach.SCHOOL: school_id, Reach.PUPIL: pupil_id}
    found: list[str] = []
    for reach, of_class, of_school, of_pupil in open_grants:
        unit = of_class or of_school or of_pupil
        if reach in words and unit is not None and unit == units[Reach(reach)]:
            found.append(str(words[Reach(reach)]))
    return sorted(set(found))


@dataclass(frozen=True, slots=True)
class Holder:
    """A person who holds a grant: in which role, until when."""

    user_id: int
    name: str
    role: Role
    until: datetime


def of_classes(class_ids: Iterable[int], at: datetime) -> dict[int, list[Holder]]:
    """Who teaches each of the classes at `at`, substitutes first, by name. One query however many there are."""
    return _holders("school_class_id", class_ids, (Role.TEACHER, Role.SUBSTITUTE), at)


def leaders(school_ids: Iterable[int], at: datetime) -> dict[int, list[Holder]]:
    """Who leads each of the schools at `at`, by name. One query however many there are."""
    return _holders("school_id", school_ids, (Role.LEADER,), at)


def of_schools(school_ids: Iterable[int], roles: tuple[Role, ...], at: datetime) -> dict[int, list[Holder]]:
    """Who holds one of the roles over each of the schools at `at`, by role and name. One query however many there are."""
    return _holders("school_id", school_ids, roles, at)


def of_areas(area_ids: Iterable[int], at: datetime) -> dict[int, list[Holder]]:
    """Who manages each of the areas at `at`, by name. One query however many there are."""
    return _holders("area_id", area_ids, (Role.AREA_MANAGER,), at)


def in_roles(roles: Collection[Role], at: datetime) -> list[Holder]:
    """Who holds any of the roles at `at`, over whatever unit, each person once, by name. One query."""
    rows = (
        Grant.objects.filter(
            role__in=roles, revoked_at=None, valid_from__lte=at, valid_until__gt=at, user__is_active=True
        )
        .order_by("user__name", "user_id", "role", "-valid_until")
        .values_list("user_id", "user__name", "role", "valid_until")
    )
    found: dict[int, Holder] = {}
    for user_id, name, role, until in rows:
        found.setdefault(user_id, Holder(user_id, name, Role(role), until))
    return list(found.values())


def _holders(
    unit: str, unit_ids: Iterable[int], roles: tuple[Role, ...], at: datetime
) -> dict[int, list[Holder]]:
    found: dict[int, dict[int, Holder]] = {}
    rows = (
        Grant.objects.filter(
            role__in=roles,
            revoked_at=None,
            valid_from__lte=at,
            valid_until__gt=at,
            user__is_active=True,
            **{f"{unit}__in": sorted(set(unit_ids))},
        )
        .order_by("role", "user__name", "user_id", "-valid_until")
        .values_list(unit, "user_id", "user__name", "role", "valid_until")
    )
    for unit_id, user_id, name, role, until in rows:
        found.setdefault(unit_id, {}).setdefault(user_id, Holder(user_id, name, Role(role), until))
    return {unit_id: list(people.values()) for unit_id, people in found.items()}


def _key(grant: Grant) -> tuple[int, str, str, int | None, str]:
    unit = grant.area_id or grant.school_id or grant.school_class_id or grant.pupil_id
    return grant.user_id, grant.role, grant.reach, unit, grant.origin_ref


def unit_column(reach: Reach) -> str:
    """The column that names a unit of this kind."""
    return "school_class_id" if reach == Reach.CLASS else f"{reach.value}_id"
