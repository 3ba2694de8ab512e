"""Who has access to what in this unit?

The grants in force over a unit and everything inside it, one by one, with their origin, purpose and end. No person data of
children: of a grant that a case gave it is said that it is over one pupil, and not over whom.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from fravaer.accounts.models import Attestation, Grant, Purpose, Reach
from fravaer.accounts.models.granted import last_day
from fravaer.accounts.roles import Role
from fravaer.core.scope import Scope
from fravaer.schools.models import Area, School, SchoolClass


@dataclass(frozen=True, slots=True)
class Held:
    """One grant in force. `place` is empty for a pupil and for the whole municipality, which `reach` says."""

    grant_id: int
    user_id: int
    person: str
    email: str
    role: Role
    reach: Reach
    place: str
    purpose: Purpose
    origin: str
    reason: str
    since: datetime
    until: datetime
    given_by: str
    approved_by: str

    @property
    def last_day(self) -> date:
        return last_day(self.until)

    @property
    def by(self) -> str:
        return " / ".join(name for name in (self.given_by, self.approved_by) if name)


def over(scope: Scope, at: datetime) -> QuerySet[Grant]:
    """The grants in force at `at` over the units the actor holds and what lies inside them.

    Those of single pupils belong to whoever has the whole municipality: of which unit a pupil is would say something of her.
    """
    found = Grant.objects.filter(revoked_at=None, valid_from__lte=at, valid_until__gt=at)
    if scope.municipality:
        return found
    return found.filter(
        Q(area__in=Area.objects.visible_to(scope))
        | Q(school__in=School.objects.visible_to(scope))
        | Q(school_class__in=SchoolClass.objects.visible_to(scope))
    )


def named(rows: QuerySet[Grant], text: str) -> QuerySet[Grant]:
    """Those of people whose name or address holds each of the words."""
    for word in text.split()[:5]:
        rows = rows.filter(Q(user__name__icontains=word) | Q(user__email__icontains=word))
    return rows


def held(rows: QuerySet[Grant]) -> list[Held]:
    """The grants with their words, by person, role and place. One query."""
    found = rows.select_related(
        *("user", "area", "school", "school_class__school", "granted_by", "approved_by")
    ).order_by("user__name", "user_id", "role", "school__sort_name", "school_class__year_group", "pk")
    return [_held(grant) for grant in found]


def asked_to_end(rows: QuerySet[Grant]) -> dict[int, Attestation]:
    """The answers by which somebody asked for a grant's end, by grant: the latest of each."""
    answers = Attestation.objects.filter(grant__in=rows, needed=False).select_related("answered_by")
    return {answer.grant_id: answer for answer in answers.order_by("review_on")}


def _held(grant: Grant) -> Held:
    one = grant.school_class
    place = f"{one}, {one.school.name}" if one else str(grant.school or grant.area or "")
    return Held(
        grant.pk,
        grant.user_id,
        grant.user.name,
        grant.user.email,
        Role(grant.role),
        Reach(grant.reach),
        place,
        Purpose(grant.purpose),
        grant.origin,
        grant.reason,
        grant.valid_from,
        grant.valid_until,
        grant.granted_by.name if grant.granted_by else "",
        grant.approved_by.name if grant.approved_by else "",
    )
