"""Whose access has ended since a moment, and how does it end in a copy that does not know?

A restored copy gives everybody back what was taken from her after the copy was made. The journal outside the database tells of
it, and here it is taken again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from fravaer.accounts.models import Ended, Grant, User


def since(moment: datetime) -> dict[int, datetime]:
    """The grants that were taken back since then, with when. One query."""
    rows = Grant.objects.filter(revoked_at__gte=moment).order_by("pk").values_list("pk", "revoked_at")
    return {pk: at for pk, at in rows if at}


def closed() -> list[int]:
    """The accounts that are closed. One query."""
    return list(User.objects.filter(is_active=False).order_by("pk").values_list("pk", flat=True))


def take_back(grants: Mapping[int, datetime]) -> int:
    """Take these grants back as they were. Returns how many were open in the copy."""
    count = 0
    for pk, at in grants.items():
        count += Grant.objects.filter(pk=pk, revoked_at=None).update(
            revoked_at=at, revoked_because=Ended.SOURCE
        )
    return count


def close(user_ids: Collection[int]) -> int:
    """Close these accounts. Returns how many were open in the copy."""
    return User.objects.filter(pk__in=list(user_ids), is_active=True).update(is_active=False)
