"""Which readings stand out by themselves?

Each night those of the day before: a child somebody is kept away from, many children opened one by one within an hour, readings
at night, emergency access, what was shown about a protected child, and what was refused again and again. A hit is no verdict;
the controller comes to one. The only writer of hits.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from django.db import transaction

from fravaer.accounts.models import User
from fravaer.audit import search, trail
from fravaer.core.scope import Scope
from fravaer.oversight.models import Hit, Kind, Verdict

# Children one person opens one by one within an hour, before somebody asks.
MANY = 40
# Pages refused to one person within an hour, before somebody asks.
OFTEN = 20
# Entries of a day that are looked through for each kind.
MOST = 5_000
BY_ACTION = {Kind.BLOCK: ("block.touched",), Kind.EMERGENCY: ("emergency.open",)}
BY_PAGE = {Kind.PROTECTED: ("phones.protected",)}


class Settled(Exception):
    """Somebody has settled it meanwhile."""


def look(day: date, since: datetime, until: datetime, now: datetime) -> int:
    """Find the hits between the two moments. Returns how many are new; looking twice finds nothing twice."""
    before = Hit.objects.count()
    people = set(User.objects.values_list("pk", flat=True))
    Hit.objects.bulk_create(
        [hit for hit in _hits(day, since, until, now) if hit.actor_id in people], ignore_conflicts=True
    )
    return Hit.objects.count() - before


def _hits(day: date, since: datetime, until: datetime, now: datetime) -> Iterator[Hit]:
    single = [
        *((kind, one) for kind, words in BY_ACTION.items() for one in _of(since, until, actions=words)),
        *((kind, one) for kind, words in BY_PAGE.items() for one in _of(since, until, subjects=words)),
    ]
    for kind, one in single:
        if one.actor_id is not None:
            yield Hit(
                kind=kind, day=day, actor_id=one.actor_id, role=one.role, event_id=one.id,
                pupils=len(one.pupil_ids), found_at=now,
            )  # fmt: skip
    for kind, many in (
        (Kind.MANY, search.one_by_one(since, until, MANY)),
        (Kind.NIGHT, search.at_night(since, until)),
        (Kind.REFUSED, search.refused_often(since, until, OFTEN)),
    ):
        for each in many:
            yield Hit(
                kind=kind, day=day, actor_id=each.actor_id, role=each.role, event_id=each.event_id,
                pupils=each.pupils, found_at=now,
            )  # fmt: skip


def _of(
    since: datetime,
    until: datetime,
    *,
    actions: tuple[str, ...] | None = None,
    subjects: tuple[str, ...] | None = None,
) -> list[search.Noted]:
    return search.found(since, until, actions=actions, subjects=subjects, most=MOST)


def settle(hit: Hit, scope: Scope, now: datetime, verdict: Verdict) -> None:
    """Say what the controller came to. Raises Settled when somebody has already, or it is about herself."""
    with transaction.atomic():
        there = Hit.objects.filter(pk=hit.pk, settled_at=None).exclude(actor=scope.actor_id)
        if not there.update(verdict=verdict, settled_by_id=scope.actor_id, settled_at=now):
            raise Settled
        trail.changed(
            scope.actor_id,
            "hit.settle",
            role=scope.role,
            subject="hit",
            subject_id=hit.uuid,
            detail={"event": hit.event_id, "kind": hit.kind, "verdict": verdict.value},
        )
