"""Which worklists does one come back to?

The only writer of saved filters. One's own, and those that colleagues of the same role and school have shared; one of one's
own may be the list one begins with. Names of pupils are never kept: a search is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from django.db import transaction
from django.db.models import Q, QuerySet

from fravaer.accounts import grants
from fravaer.accounts.roles import Role
from fravaer.audit import trail
from fravaer.cases.models import SavedFilter
from fravaer.core.scope import Scope

# What of an address is kept.
KEPT = ("view", "school", "band", "work", "sort")
MOST = 20


class TooMany(Exception):
    """Somebody keeps more filters than anybody finds her way in."""


def query_of(asked: Mapping[str, str]) -> str:
    """The part of an address that is kept, always in the same order."""
    return urlencode([(name, asked[name][:40]) for name in KEPT if asked.get(name)])


def of(scope: Scope, now: datetime) -> QuerySet[SavedFilter]:
    """The actor's filters and those shared with her, by name; her own first."""
    colleagues: set[int] = set()
    if scope.role and scope.schools:
        holders = grants.of_schools(scope.schools, (Role(scope.role),), now)
        colleagues = {one.user_id for of_school in holders.values() for one in of_school}
    return (
        SavedFilter.objects.filter(Q(user=scope.actor_id) | Q(shared=True, user__in=colleagues))
        .select_related("user")
        .order_by("name", "pk")
    )


@transaction.atomic
def keep(scope: Scope, *, name: str, query: str, shared: bool, is_default: bool) -> SavedFilter:
    """Keep a filter of the actor's by its name; the same name again changes it. Raises TooMany."""
    if scope.actor_id is None:
        raise PermissionError("a list is kept by a person")
    mine = SavedFilter.objects.select_for_update().filter(user=scope.actor_id)
    held = {one.name: one for one in mine}
    if name not in held and len(held) >= MOST:
        raise TooMany
    if is_default:
        mine.filter(is_default=True).update(is_default=False)
    kept, _made = SavedFilter.objects.update_or_create(
        user_id=scope.actor_id,
        name=name,
        defaults={"query": query, "shared": shared, "is_default": is_default},
    )
    _note(scope, "filter.keep", kept.pk)
    return kept


@transaction.atomic
def forget(scope: Scope, filter_id: int) -> bool:
    """Forget one of the actor's own. Returns whether there was one."""
    gone, _each = SavedFilter.objects.filter(user=scope.actor_id, pk=filter_id).delete()
    if gone:
        _note(scope, "filter.forget", filter_id)
    return bool(gone)


def _note(scope: Scope, what: str, filter_id: int) -> None:
    trail.changed(scope.actor_id, what, role=scope.role, subject="filter", subject_id=filter_id)
