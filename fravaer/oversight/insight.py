"""What is held about this child, and what of it is handed out to whoever asks?

Everything every app names in its `held`, and in which roles the child was looked at. The school's leader, social services'
leader and a psychologist of the child's each look their own side through and hold back what is about others; a restricted row is
handed out by nobody who has not opened it. Another person, the controller, hands the rest out without reading it. PPR is awaited
where it wrote anything, until the month is over; then what it wrote is held back. The file expires. The only writer of requests
for insight.
Legal basis: data protection regulation articles 12 (a month) and 15; the rights of others, article 15(4), and overriding
interests, databeskyttelsesloven § 22.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from fravaer.accounts.roles import Role
from fravaer.audit import search, trail
from fravaer.core import held
from fravaer.core.held import PPR, SCHOOL, SOCIAL, Kept, Row
from fravaer.core.scope import Scope
from fravaer.core.walls import DatabaseRole, acting_as
from fravaer.oversight import lookup, words
from fravaer.oversight.models import Because, Insight, Sample
from fravaer.schools.models import Pupil

ANSWER_WITHIN = timedelta(days=30)
LASTS = timedelta(days=30)
LOG_OF = timedelta(days=366)


@cache
def declared() -> tuple[tuple[Kept, ...], dict[type[Model], str]]:
    """What the apps say in their `held`: the tables that are told, and those that are not with the reason. Above this one too."""
    kept: list[Kept] = []
    not_told: dict[type[Model], str] = {
        Insight: "the requests themselves",
        Sample: "readings that are told from the log, drawn by lot",
    }
    for app in apps.get_app_configs():
        if app.name.startswith("fravaer.") and app.name != "fravaer.core" and find_spec(f"{app.name}.held"):
            said = import_module(f"{app.name}.held")
            kept += getattr(said, "KEPT", ())
            not_told |= said.NOT_TOLD
    return tuple(kept), not_told


class NotYet(Exception):
    """Not every side has looked its own through, or the person was one of them."""


class Unread(Exception):
    """Restricted rows are to be handed out that the actor has not opened; `keys` names them."""

    def __init__(self, keys: frozenset[str]) -> None:
        super().__init__(f"{len(keys)} rows were not read")
        self.keys = keys


class Done(Exception):
    """It has been handed out already."""


@dataclass(frozen=True, slots=True)
class Offered:
    """One row with what is decided about it, or what is proposed to be."""

    row: Row
    because: Because | None
    # Whether what stands in it is shown.
    open: bool = True


def side_of(scope: Scope) -> str:
    """Whose rows the actor looks through."""
    return {Role.SOCIAL_LEADER.value: SOCIAL, Role.PSYCHOLOGIST.value: PPR}.get(scope.role, SCHOOL)


def everything(pupil_id: int) -> list[Row]:
    """Every row about the pupil. Whoever asks for it shows it to nobody whose side it is not."""
    with acting_as(DatabaseRole.REPORT):
        return list(held.rows(declared()[0], pupil_id))


def ask(pupil: Pupil, school_id: int, guardian_id: int | None, scope: Scope, day: date) -> Insight:
    """Write down that somebody asks. Both sides are asked to look, whether or not there is anything of theirs."""
    assert scope.actor_id is not None
    with transaction.atomic():
        made = Insight.objects.create(
            pupil=pupil,
            school_id=school_id,
            guardian_id=guardian_id,
            asked_on=day,
            due_on=day + ANSWER_WITHIN,
            asked_by_id=scope.actor_id,
        )
        _note("insight.ask", made, scope)
    return made


def offered(insight: Insight, side: str) -> list[Offered]:
    """The rows of one side, each with what was decided, or what is proposed where nobody has yet.

    Restricted notes and the guardians of a protected child are closed.
    """
    return [
        Offered(row, _decided(insight, row), open=not (row.sealed or _is_of_a_hidden_guardian(insight, row)))
        for row in rows_of(insight, side)
    ]


def _is_of_a_hidden_guardian(insight: Insight, row: Row) -> bool:
    """Who the guardians of a protected child are is opened row by row, as a restricted note is."""
    return insight.pupil.protected and row.guardian_id is not None


def unseal(insight: Insight, scope: Scope, key: str) -> str:
    """Note that the actor opens this closed row of her side to look it through, and return its key.

    Raises ValueError where there is none, Done.
    """
    assert scope.actor_id is not None
    with transaction.atomic():
        there = Insight.objects.select_for_update(of=("self",)).select_related("pupil").get(pk=insight.pk)
        if there.released_at:
            raise Done
        if key not in {one.row.key for one in offered(there, side_of(scope)) if not one.open}:
            raise ValueError("no closed row of this side")
        there.read = {**there.read, key: scope.actor_id}
        there.save(update_fields=["read"])
        _note("insight.open", there, scope, row=key)
    return key


def _decided(insight: Insight, row: Row) -> Because | None:
    if row.key in insight.decided:
        because = insight.decided[row.key]
        return Because(because) if because else None
    if insight.guardian_id and row.guardian_id not in (None, insight.guardian_id):
        return Because.OTHER_GUARDIAN
    # Nobody has looked whether others are in it.
    return Because.THIRD_PERSON if row.looked_at else None


def prepare(insight: Insight, scope: Scope, now: datetime, chosen: Mapping[str, str]) -> None:
    """Decide about every row of the actor's side: `chosen` has why a row is held back, by its key. Raises Done, Unread.

    What is about the other guardian stays held back, whatever was chosen.
    """
    side = side_of(scope)
    with transaction.atomic():
        there = Insight.objects.select_for_update().get(pk=insight.pk)
        there.pupil = insight.pupil
        if there.released_at:
            raise Done
        decided = dict(there.decided)
        unread = set()
        for one in offered(there, side):
            because = chosen.get(one.row.key, "")
            if _of_another(there, one.row):
                because = Because.OTHER_GUARDIAN
            if not because and one.row.sealed and there.read.get(one.row.key) != scope.actor_id:
                unread.add(one.row.key)
            decided[one.row.key] = Because(because).value if because else ""
        if unread:
            raise Unread(frozenset(unread))
        there.decided = decided
        setattr(there, f"{side}_by_id", scope.actor_id)
        setattr(there, f"{side}_at", now)
        there.save(update_fields=["decided", f"{side}_by", f"{side}_at"])
        _note("insight.prepare", there, scope, side=side)


def _of_another(insight: Insight, row: Row) -> bool:
    return bool(insight.guardian_id) and row.guardian_id not in (None, insight.guardian_id)


def release(insight: Insight, scope: Scope, now: datetime) -> Insight:
    """Hand out what the sides have let through. Raises Done, NotYet."""
    with transaction.atomic():
        there = Insight.objects.select_for_update().get(pk=insight.pk)
        if there.released_at:
            raise Done
        involved = {there.school_by_id, there.social_by_id, there.ppr_by_id, there.asked_by_id}
        wrote = bool(with_ppr({there.pupil_id}))
        if awaited(there, timezone.localdate(now), wrote=wrote) or scope.actor_id in involved:
            raise NotYet
        content = json.dumps(_told(there, now), ensure_ascii=False, indent=1)
        there.content = content
        there.sha256 = sha256(content.encode()).hexdigest()
        there.released_by_id = scope.actor_id
        there.released_at, there.expires_at = now, now + LASTS
        there.save(update_fields=["content", "sha256", "released_by", "released_at", "expires_at"])
        _note("insight.release", there, scope)
    return there


def awaited(insight: Insight, day: date, *, wrote: bool) -> list[str]:
    """The sides that have still to look their own through: PPR if it `wrote` anything, as long as there is time to answer."""
    sides = [side for side, at in ((SCHOOL, insight.school_at), (SOCIAL, insight.social_at)) if not at]
    return [*sides, PPR] if wrote and not insight.ppr_at and day < insight.due_on else sides


@acting_as(DatabaseRole.REPORT)
def with_ppr(pupil_ids: Collection[int]) -> set[int]:
    """Those of the pupils PPR has written anything about. A query for each table in which it can have."""
    found: set[int] = set()
    for one in declared()[0]:
        if one.side_column and pupil_ids:
            rows = one.model._base_manager.filter(**{f"{one.path}__in": pupil_ids, one.side_column: PPR})
            found.update(rows.values_list(one.path, flat=True))
    return found


def rows_of(insight: Insight, side: str) -> list[Row]:
    """The rows that are this side's."""
    return [row for row in everything(insight.pupil_id) if row.side == side]


def _told(insight: Insight, now: datetime) -> dict[str, Any]:
    sections: dict[str, list[list[tuple[str, str]]]] = {}
    back: Counter[str] = Counter()
    for row in everything(insight.pupil_id):
        unseen = Because.PPR if row.side == PPR and not insight.ppr_at else Because.NEW
        because: str = insight.decided.get(row.key, unseen)
        if because:
            back[str(Because(because).label)] += 1
        else:
            sections.setdefault(row.title, []).append(list(row.fields))
    looked = [
        [one.day.strftime("%d.%m.%Y"), words.role(one.role), words.page(one.subject), str(one.times)]
        for one in search.roles_about(insight.pupil_id, now - LOG_OF)
    ]
    return {
        "pupil": str(lookup.children({insight.pupil_id})[insight.pupil_id]),
        "asked_on": insight.asked_on.isoformat(),
        "made_at": now.isoformat(),
        "sections": [{"title": title, "rows": rows} for title, rows in sections.items()],
        "looked": looked,
        "held_back": sorted(back.items()),
    }


def opened(insight: Insight) -> dict[str, Any]:
    """What is handed out. Raises ValueError when its time is up."""
    content = insight.content
    if content is None:
        raise ValueError("the file has expired")
    told: dict[str, Any] = json.loads(content)
    return told


def forget(now: datetime) -> int:
    """Take away the files whose time is up. Returns how many."""
    return Insight.objects.filter(expires_at__lt=now, content__isnull=False).update(content=None)


def _note(action: str, insight: Insight, scope: Scope, **detail: str) -> None:
    trail.changed(
        scope.actor_id,
        action,
        role=scope.role,
        subject="insight",
        subject_id=insight.uuid,
        pupil_ids=[insight.pupil_id],
        detail=detail,
    )
