"""How long may a grant last, and what is it for?

No grant is permanent. One that follows a post in the roster ends a month after the school year, unless the roster still has the
post then; one given by hand lasts a year at most and one that is lent six weeks; a case's ends thirty days after the case is
closed. Each has one purpose of a closed list (data protection regulation article 5; forvaltningsloven § 32).
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from fravaer.accounts.models import Purpose, Reach
from fravaer.accounts.models.granted import LONGEST
from fravaer.accounts.roles import Role
from fravaer.core.periods import school_year_of

# After the last day of the school year.
AFTER_THE_YEAR = timedelta(days=31)

PURPOSES: dict[Role, Purpose] = {
    Role.TEACHER: Purpose.TEACHING,
    Role.SUBSTITUTE: Purpose.TEACHING,
    Role.SECRETARY: Purpose.TEACHING,
    Role.LEADER: Purpose.TEACHING,
    Role.INCLUSION: Purpose.EARLY_HELP,
    Role.SOCIAL_WORKER: Purpose.EARLY_HELP,
    Role.SOCIAL_LEADER: Purpose.EARLY_HELP,
    Role.CONSULTANT: Purpose.EARLY_HELP,
    Role.PSYCHOLOGIST: Purpose.PPR,
    Role.AREA_MANAGER: Purpose.STEERING,
    Role.SOCIAL_MANAGER: Purpose.STEERING,
    Role.CHIEF: Purpose.STEERING,
    Role.CONTROLLER: Purpose.CONTROL,
    Role.ACCESS_ADMIN: Purpose.OPERATION,
}
# What a case opens is for the case, whatever the role is for otherwise.
IN_A_CASE: dict[Role, Purpose] = {
    Role.TEACHER: Purpose.EARLY_HELP,
    Role.LEADER: Purpose.EARLY_HELP,
    Role.SOCIAL_WORKER: Purpose.AUTHORITY,
    Role.SOCIAL_LEADER: Purpose.AUTHORITY,
    Role.CHIEF: Purpose.EARLY_HELP,
}


class TooLong(ValueError):
    """A grant of this origin may not last so long."""


def purpose(role: Role, reach: Reach) -> Purpose:
    """What a grant of this role is for, over a unit or (of a case) over one pupil."""
    return IN_A_CASE.get(role, PURPOSES[role]) if reach == Reach.PUPIL else PURPOSES[role]


def require(origin: str, valid_from: datetime, valid_until: datetime) -> None:
    """Raises TooLong when a grant of this origin lasts longer than such a one may."""
    if origin in LONGEST and valid_until - valid_from > LONGEST[origin]:
        raise TooLong(f"a grant of origin {origin} lasts {LONGEST[origin]} at most")


def roster_ends(starts_on: date, until: date, today: date) -> datetime:
    """When a grant ends that follows a post: with it, or a month after this school year, or the one it begins in."""
    at_most = school_year_of(max(starts_on, today)).until + AFTER_THE_YEAR
    return timezone.make_aware(datetime.combine(min(until, at_most), time()))
