"""Who works in this role, and can be asked to take part in something?

Whoever holds a grant in the role now, and whoever the roster says has such a post: psychologists and absence consultants are
let in case by case and hold no grant before the first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from fravaer.accounts.models import Grant, Reach, User
from fravaer.accounts.roles import Role
from fravaer.accounts.roster import POST_KINDS
from fravaer.schools.models import StaffPost

CASE_BY_CASE = (Role.CONSULTANT, Role.PSYCHOLOGIST)


@dataclass(frozen=True, slots=True, order=True)
class Colleague:
    """A person and a role she works in."""

    name: str
    user_id: int
    role: Role


def colleagues(roles: Iterable[Role], at: datetime, *, school_id: int | None = None) -> list[Colleague]:
    """Active users who work in one of the roles at `at`, by name. Two queries.

    With a school, those alone whose grant is over it, over its area or over no unit: people of other schools are left out.
    """
    wanted = frozenset(roles)
    held = Grant.objects.filter(
        role__in=wanted, revoked_at=None, valid_from__lte=at, valid_until__gt=at, user__is_active=True
    )
    day = timezone.localdate(at)
    words = [word for word, kind in POST_KINDS.items() if kind.role in wanted]
    posts = StaffPost.objects.filter(role__in=words, starts_on__lte=day, until__gt=day)
    if school_id is not None:
        here = Q(school_id=school_id) | Q(area__schools=school_id)
        let_in = Q(reach=Reach.PUPIL, role__in=CASE_BY_CASE)
        held = held.filter(here | let_in | Q(reach=Reach.MUNICIPALITY))
        posts = posts.filter(here | Q(school=None, area=None, school_class=None))
    found = {
        (user_id, Role(role)): name
        for user_id, role, name in held.values_list("user_id", "role", "user__name")
    }
    by_key: dict[str, list[Role]] = {}
    for key, word in posts.values_list("staff_member__roster_key", "role"):
        by_key.setdefault(key, []).append(Role(POST_KINDS[word].role))
    for user in User.objects.filter(staff_key__in=by_key, is_active=True) if by_key else ():
        for role in by_key[user.staff_key or ""]:
            found[user.pk, role] = user.name
    return sorted(Colleague(name, user_id, role) for (user_id, role), name in found.items())
