"""What does the trail tell those who check it?

For the controller's search, the weekly samples and the hits; who may ask what is decided by who calls. Every answer is of a span
of time, and limited.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from fravaer.audit.models import Event

# The hours in which nobody is expected to look at pupils, by Danish clocks.
NIGHT_BEGINS, NIGHT_ENDS = 22, 6
ZONE = "Europe/Copenhagen"


@dataclass(frozen=True, slots=True)
class Noted:
    """One entry, for those above who know no rows of the trail."""

    id: int
    at: datetime
    actor_id: int | None
    role: str
    action: str
    subject: str
    subject_id: str
    pupil_ids: tuple[int, ...]
    grant_ids: tuple[int, ...]
    purpose: str
    reason: str
    detail: dict[str, object]


def found(
    since: datetime,
    until: datetime,
    *,
    actor_id: int | None = None,
    pupil_id: int | None = None,
    role: str = "",
    actions: Iterable[str] | None = None,
    subjects: Iterable[str] | None = None,
    most: int = 200,
) -> list[Noted]:
    """The entries of the span that fit, the latest first; an action or a subject also by its beginning up to a full stop."""
    actions, subjects = (None if words is None else list(words) for words in (actions, subjects))
    return _noted(
        "SELECT * FROM audit_search(%s, %s, %s, %s, %s, %s::text[], %s::text[], %s)",
        [since, until, actor_id, pupil_id, role, actions, subjects, most],
    )


def by_chance(
    since: datetime, until: datetime, actor_ids: Iterable[int], *, most_pupils: int, seed: str, most: int
) -> list[Noted]:
    """So many readings of single pupils by these people, drawn by lot: with the same seed the same ones."""
    return _noted(
        "SELECT * FROM audit_by_chance(%s, %s, %s::integer[], %s, %s, %s)",
        [since, until, sorted(set(actor_ids)), most_pupils, seed, most],
    )


def _noted(statement: str, values: list[Any]) -> list[Noted]:
    return [
        Noted(
            *(one.pk, one.at, one.actor_id, one.role, one.action, one.subject, one.subject_id),
            *(tuple(one.pupil_ids), tuple(one.grant_ids), one.purpose, one.reason, one.detail),
        )
        for one in Event.objects.raw(statement, values)
    ]


@dataclass(frozen=True, slots=True)
class Many:
    """One person who saw many pupils within an hour or a night: who, as what, when, how many, and the last entry of it."""

    actor_id: int
    role: str
    day: date
    pupils: int
    event_id: int


def one_by_one(since: datetime, until: datetime, over: int) -> list[Many]:
    """Who opened more pupils than `over`, one by one, within one hour."""
    rows = _rows("SELECT * FROM audit_one_by_one(%s, %s, %s)", [since, until, over])
    return [
        Many(actor, role, hour.astimezone().date(), pupils, last) for actor, role, hour, pupils, last in rows
    ]


def refused_often(since: datetime, until: datetime, over: int) -> list[Many]:
    """Who was refused more pages than `over` within one hour; `pupils` are the children they were about."""
    rows = _rows("SELECT * FROM audit_refused_often(%s, %s, %s)", [since, until, over])
    return [
        Many(actor, role, hour.astimezone().date(), pupils, last) for actor, role, hour, pupils, last in rows
    ]


def at_night(since: datetime, until: datetime) -> list[Many]:
    """Who was shown pupils at night; the day is the one the night begins on."""
    rows = _rows(
        "SELECT * FROM audit_at_night(%s, %s, %s, %s, %s)", [since, until, ZONE, NIGHT_BEGINS, NIGHT_ENDS]
    )
    return [Many(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Looked:
    """How often one role was shown the pupil on one page of one day."""

    day: date
    role: str
    subject: str
    times: int


def roles_about(pupil_id: int, since: datetime) -> list[Looked]:
    """In which roles the pupil has been looked at since then, day by day, the latest first: no names."""
    return [Looked(*row) for row in _rows("SELECT * FROM audit_roles_about(%s, %s)", [pupil_id, since])]


def _rows(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
