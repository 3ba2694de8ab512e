"""Which part of the municipality does this user reach at this moment?

Grants are read on every request, not at sign-in, so that one withdrawn or run out works at once. A person with several
roles acts in one at a time (the session remembers which): rights of two roles are never added together. Whom she is kept away
from is read with them, and beats them all.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import QuerySet

from fravaer.accounts import blocks, terms
from fravaer.accounts.models import Grant, Reach
from fravaer.accounts.models.emergency import BREAK_GLASS
from fravaer.accounts.roles import PERSONS, PUT_BEFORE, Role, actions
from fravaer.core import walls
from fravaer.core.asking import question
from fravaer.core.scope import NOTHING, Scope

_WHAT_IT_OPENS = (
    *("pk", "role", "reach", "area_id", "school_id", "school_class_id", "pupil_id", "kept_away"),
    *("area__name", "school__name", "school_class__school__name"),
)


def _in_force(user_id: int, at: datetime) -> QuerySet[Grant]:
    # The same for every row: the database works it out once.
    kept_away = ArraySubquery(blocks.in_force(user_id, at).values("pupil_id"))
    # What was opened in an emergency is reached in its own narrow scope alone (fravaer.accounts.emergency).
    return (
        Grant.objects.filter(user_id=user_id, revoked_at=None, valid_from__lte=at, valid_until__gt=at)
        .exclude(origin=BREAK_GLASS)
        .annotate(kept_away=kept_away)
        .order_by("pk")
    )


@question
def _grants(user_id: int, at: datetime) -> QuerySet[Grant, tuple[Any, ...]]:
    """The user's grants in force, each with all the pupils she is kept away from."""
    return _in_force(user_id, at).values_list(*_WHAT_IT_OPENS)


@question
def _grants_of_who_acts(
    user_id: int, at: datetime, actor: str, chosen_role: str, moment: str
) -> QuerySet[Grant, tuple[Any, ...]]:
    """The same; and while they are read the database is told who acts."""
    return (
        _in_force(user_id, at)
        .annotate(**walls.telling(actor, chosen_role, moment))
        .values_list(*_WHAT_IT_OPENS, *walls.TOLD)
    )


def enter(user_id: int, at: datetime, chosen_role: str = "") -> Scope:
    """The scope of who acts from here on on this connection, which the database is told as well.

    One query, and one more for somebody without a grant in force.
    """
    rows = _grants_of_who_acts(user_id, at, str(user_id), chosen_role, at.isoformat())
    if rows:
        walls.told(connection, True)
    else:
        walls.enter(user_id, chosen_role, at)
    return _made_of(user_id, [row[: len(_WHAT_IT_OPENS)] for row in rows], chosen_role)


def scope_of(user_id: int, at: datetime, chosen_role: str = "") -> Scope:
    """The user's scope at `at`, in `chosen_role` if she still holds it, else in the first role she holds.

    One query. A user without a grant in force has the empty scope, which may do nothing at all.
    """
    return _made_of(user_id, _grants(user_id, at), chosen_role)


def _made_of(user_id: int, rows: list[tuple[Any, ...]], chosen_role: str) -> Scope:
    units: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    places: dict[str, set[str]] = defaultdict(set)
    by_role: dict[str, list[int]] = defaultdict(list)
    blocked: frozenset[int] = frozenset()
    for grant, role, reach, area, school, school_class, pupil, kept_away, *names in rows:
        blocked = frozenset(kept_away)
        by_role[role].append(grant)
        units[role][reach].add(area or school or school_class or pupil or 0)
        places[role].update(name for name in names if name)
    if not units:
        return Scope(actor_id=user_id, actions=NOTHING.actions)
    roles = tuple(role for role in Role.values if role in units)
    role = chosen_role if chosen_role in units else roles[0]
    held = units[role]
    return Scope(
        actor_id=user_id,
        role=role,
        actions=actions(Role(role)),
        persons=role in PERSONS,
        municipality=Reach.MUNICIPALITY in held,
        areas=frozenset(held[Reach.AREA]),
        schools=frozenset(held[Reach.SCHOOL]),
        classes=frozenset(held[Reach.CLASS]),
        pupils=frozenset(held[Reach.PUPIL] if role in PERSONS | PUT_BEFORE else ()) - blocked,
        blocked=blocked,
        grant_ids=tuple(by_role[role]),
        purpose=str(terms.PURPOSES[Role(role)]),
        roles=roles,
        places=tuple(sorted(places[role])),
    )
