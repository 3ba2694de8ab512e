"""On which telephone is a colleague reached?

The number the roster has for the member of staff behind an account. An account made by hand has none.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import OuterRef, Subquery

from fravaer.accounts.models import User
from fravaer.schools.models import StaffMember


def phones(user_ids: Iterable[int]) -> dict[int, str]:
    """The numbers, as E.164, of those of the users who have one. One query."""
    number = StaffMember.objects.filter(roster_key=OuterRef("staff_key")).exclude(phone="").values("phone")
    users = User.objects.filter(pk__in=sorted(set(user_ids))).annotate(number=Subquery(number))
    return dict(users.exclude(number=None).values_list("pk", "number"))
