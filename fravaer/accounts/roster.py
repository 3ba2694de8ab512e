"""Which accounts and grants follow from the roster?

Every member of staff in service has an account, and each of her posts a grant that ends with it, or a month after the school
year if the roster has not named the post again by then. Grants that come from the
roster are replaced as a set and never merged: a post that is gone takes its grant with it at once. Grants from elsewhere
(a case, the office) are left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from fravaer.accounts import blocks, grants, kin, terms
from fravaer.accounts.models import Reach, User
from fravaer.accounts.roles import Role
from fravaer.audit import trail
from fravaer.schools import cpr
from fravaer.schools.importing import own_csv
from fravaer.schools.importing.apply import apply, left_or_moved, lock
from fravaer.schools.importing.canonical import PostKind, Roster, Unit
from fravaer.schools.importing.difference import Difference, Shrinking, difference
from fravaer.schools.importing.problems import Problem, RosterRefused
from fravaer.schools.importing.stored import known, stored
from fravaer.schools.models import Guardian, Pupil, StaffMember, StaffPost

ORIGIN = "roster"
JOB = "job.roster"
BATCH = 5_000

# The units a post of each role may be over. NONE: let in case by case, so that the post gives an account and no grant.
UNITS: dict[Role, frozenset[Unit]] = {
    Role.TEACHER: frozenset({Unit.CLASS}),
    Role.SUBSTITUTE: frozenset({Unit.CLASS}),
    Role.SECRETARY: frozenset({Unit.SCHOOL}),
    Role.LEADER: frozenset({Unit.SCHOOL}),
    Role.INCLUSION: frozenset({Unit.SCHOOL}),
    Role.SOCIAL_WORKER: frozenset({Unit.SCHOOL}),
    Role.SOCIAL_LEADER: frozenset({Unit.SCHOOL, Unit.AREA}),
    Role.CONSULTANT: frozenset({Unit.NONE}),
    Role.PSYCHOLOGIST: frozenset({Unit.NONE}),
    Role.AREA_MANAGER: frozenset({Unit.AREA, Unit.MUNICIPALITY}),
    Role.SOCIAL_MANAGER: frozenset({Unit.AREA, Unit.MUNICIPALITY}),
    Role.CHIEF: frozenset({Unit.MUNICIPALITY}),
    Role.CONTROLLER: frozenset({Unit.MUNICIPALITY}),
    Role.ACCESS_ADMIN: frozenset({Unit.MUNICIPALITY}),
}
# The words a roster may use, the Danish ones first; every role's own code is one as well.
WORDS: dict[str, Role] = {
    "lærer": Role.TEACHER,
    "pædagog": Role.TEACHER,
    "vikar": Role.SUBSTITUTE,
    "skolesekretær": Role.SECRETARY,
    "skoleleder": Role.LEADER,
    "inklusionsteam": Role.INCLUSION,
    "skolesocialrådgiver": Role.SOCIAL_WORKER,
    "leder af skolesocialrådgivere": Role.SOCIAL_LEADER,
    "fraværskonsulent": Role.CONSULTANT,
    "psykolog": Role.PSYCHOLOGIST,
    "områdechef": Role.AREA_MANAGER,
    "socialchef": Role.SOCIAL_MANAGER,
    "skole- og dagtilbudschef": Role.CHIEF,
    "logkontrollant": Role.CONTROLLER,
    "brugeradministrator": Role.ACCESS_ADMIN,
}
POST_KINDS: dict[str, PostKind] = {
    word: PostKind(role.value, UNITS[role])
    for word, role in {**WORDS, **{role.value: role for role in Role}}.items()
}


class RosterShrinks(Exception):
    """More than half of something would go; nothing was changed. `schools` are names by institution number."""

    def __init__(self, shrinking: tuple[Shrinking, ...], schools: Mapping[str, str]) -> None:
        super().__init__(f"{len(shrinking)} kinds of rows would shrink to less than half")
        self.shrinking = shrinking
        self.schools = schools


@dataclass(frozen=True, slots=True)
class Accounts:
    """How many accounts and grants changed."""

    made: int
    changed: int
    closed: int
    grants: grants.Replaced

    def __len__(self) -> int:
        return self.made + self.changed + self.closed + len(self.grants)


@dataclass(frozen=True, slots=True)
class Imported:
    """Everything an import changed, or would change; `schools` are names by institution number."""

    difference: Difference
    accounts: Accounts
    schools: Mapping[str, str]
    # How many CPR numbers are new or others.
    numbers: int = 0

    def __len__(self) -> int:
        return len(self.difference) + len(self.accounts) + self.numbers


def take_over(
    directory: Path,
    *,
    today: date,
    now: datetime,
    dry_run: bool = False,
    allow_shrinking: bool = False,
    keeps_cpr: bool = False,
) -> Imported:
    """Bring the municipality and its accounts in line with the files in the directory, all of it or nothing.

    A dry run does the same and takes it back, so that it can neither say nor overlook anything else. Raises RosterRefused
    when the files have problems, RosterShrinks when more than half of something would go, ImportRunning beside another.
    """
    with transaction.atomic():
        lock()
        roster = own_csv.read(directory, POST_KINDS, replace(known(), keeps_cpr=keeps_cpr), today)
        before = stored(roster, today)
        found = difference(before, roster, today)
        names = {school.number: school.name for school in (*before.schools, *roster.schools)}
        if found.shrinking and not allow_shrinking:
            raise RosterShrinks(found.shrinking, names)
        apply(found, before)
        imported = Imported(found, follow(today, now), names, _numbers(roster))
        blocks.follow(now)
        if len(imported):
            trail.changed(
                None,
                "roster.import",
                role=JOB,
                subject="roster",
                pupil_ids=left_or_moved(found),
                detail={"changes": len(imported), "pupils": len(found.pupils), "moves": len(found.moves)},
            )
        transaction.set_rollback(dry_run)
    return imported


def _numbers(roster: Roster) -> int:
    """Keep what the installation keeps of the CPR numbers the files tell; how many are new or others."""
    pupils, guardians, staff = (
        {keys[key]: number for key, number in told.items()} if told else {}
        for model, told in (
            (Pupil, roster.cprs),
            (Guardian, roster.guardian_cprs),
            (StaffMember, roster.staff_cprs),
        )
        for keys in [dict(model._default_manager.filter(roster_key__in=told).values_list("roster_key", "pk"))]
    )
    return (cpr.keep(pupils) if pupils else 0) + kin.keep(guardians, staff)


def follow(today: date, now: datetime) -> Accounts:
    """Bring accounts and the roster's grants in line with the staff and posts stored. To be called in a transaction."""
    made, changed, closed = _accounts()
    users = dict(User.objects.exclude(staff_key=None).values_list("staff_key", "pk"))
    wanted = [
        grants.Wanted(
            user_id=users[member],
            role=Role(role),
            reach=reach,
            unit_id=unit,
            origin_ref=starts_on.isoformat(),
            valid_from=_midnight(starts_on),
            valid_until=terms.roster_ends(starts_on, until, today),
        )
        for member, role, area, school, school_class, starts_on, until in StaffPost.objects.filter(
            staff_member__active=True, until__gt=today
        ).values_list(
            "staff_member__roster_key",
            "role",
            "area_id",
            "school_id",
            "school_class_id",
            "starts_on",
            "until",
        )
        if Unit.NONE not in UNITS[Role(role)]
        for reach, unit in [_reach(area, school, school_class)]
    ]
    return Accounts(made, changed, closed, grants.replace(origin=ORIGIN, wanted=wanted, now=now))


def _accounts() -> tuple[int, int, int]:
    """Bring the accounts in line with the staff; answers how many were made, changed and closed."""
    users = list(User.objects.all())
    by_key = {user.staff_key: user for user in users if user.staff_key}
    by_hand = {user.email.lower(): user for user in users if not user.staff_key}
    made: list[User] = []
    changed: list[User] = []
    readdressed: list[User] = []
    closed = 0
    for key, name, email, active in StaffMember.objects.values_list("roster_key", "name", "email", "active"):
        # An account somebody made by hand for the same address becomes hers.
        user = by_key.get(key) or (by_hand.pop(email.lower(), None) if active else None)
        if user is None:
            if active:
                made.append(User(staff_key=key, name=name, email=email, password=make_password(None)))
            continue
        if (user.staff_key, user.name, user.email, user.is_active) == (key, name, email, active):
            continue
        closed += user.is_active and not active
        if user.email != email:
            readdressed.append(user)
        user.staff_key, user.name, user.email, user.is_active = key, name, email, active
        changed.append(user)
    taken = [user.email.lower() for user in [*users, *made]]
    if len(taken) != len(set(taken)):
        message = _(
            "An account made by hand has the address of a member of staff who has another account. Close one."
        )
        raise RosterRefused([Problem(0, "staff.csv", 0, "", message)])
    _write(made, changed, readdressed)
    return len(made), len(changed) - closed, closed


def _write(made: list[User], changed: list[User], readdressed: list[User]) -> None:
    if readdressed:
        # Addresses may pass from one to another; no two rows may hold one in between.
        passing = [User(pk=user.pk, email=f"{user.pk}@changing.invalid") for user in readdressed]
        User.objects.bulk_update(passing, ["email"], BATCH)
    User.objects.bulk_update(changed, ["staff_key", "name", "email", "is_active"], BATCH)
    User.objects.bulk_create(made, BATCH)


def _reach(area: int | None, school: int | None, school_class: int | None) -> tuple[Reach, int | None]:
    if school_class:
        return Reach.CLASS, school_class
    if school:
        return Reach.SCHOOL, school
    return (Reach.AREA, area) if area else (Reach.MUNICIPALITY, None)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
