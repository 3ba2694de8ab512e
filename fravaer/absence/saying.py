"""Whose word is a mark, and what was written beside it?

A reason is somebody's word, kept with the one who wrote it down; a note is what the one who registers wants the office to
know, kept beside the reason, or beside the absence while nobody has given one. Words are only ever added to, and the latest
stands. The only writer of explanations. Legal basis: order on pupils' absence in the Folkeskole, in force 1 January 2020,
§§ 1, 3 (noting presence and registering a reason are two acts).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import connection
from django.db.models import QuerySet

from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Explanation
from fravaer.absence.reasons import Mark, Source
from fravaer.accounts.fields import Field, visible_fields
from fravaer.accounts.roles import MAY, Action, Role
from fravaer.core import sealing
from fravaer.core.asking import question
from fravaer.core.scope import Scope

LONGEST = 500
# Whose word a mark is that somebody set on the register itself.
SOURCES: dict[str, Source] = {Role.SECRETARY: Source.OFFICE, Role.LEADER: Source.LEADER}


@dataclass(frozen=True, slots=True)
class Said:
    """Whose word a reason is, in the school's own word for it if there is one. `key` is that of the saying.

    Without a `source` it stays the word of the one whose it was.
    """

    key: UUID
    source: Source | None
    local_reason_id: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote beside a mark, and beside which."""

    pupil_id: int
    text: str
    mark: Mark
    user_id: int | None
    user_name: str
    said_at: datetime

    def may_be_read_by(self, scope: Scope) -> bool:
        """One's own; beside an absence without a reason the office's; beside a reason those who read what is said of reasons."""
        own = self.user_id is not None and self.user_id == scope.actor_id
        if own or Field.REASON_TEXT in visible_fields(scope, self):
            return True
        return self.mark is Mark.ABSENT and scope.may(Action.UNEXPLAINED)


# A statement of its own, and a part of the one that saves a register. The same saying again is said once.
SAY = """
INSERT INTO absence_explanation (key, pupil_id, day, checkpoint, mark, source, local_reason_id, note, user_id, said_at)
SELECT said.key, said.pupil_id, %(day)s, %(checkpoint)s, said.mark, coalesce(said.source, before.source, %(teller)s),
  CASE WHEN said.source IS NULL THEN before.local_reason_id ELSE said.local_reason_id END, said.note, %(user)s, %(now)s
FROM unnest(%(said_keys)s::uuid[], %(explained)s::int[], %(explanations)s::smallint[], %(sources)s::smallint[],
  %(local_reasons)s::int[], %(notes)s::bytea[]) AS said (key, pupil_id, mark, source, local_reason_id, note)
LEFT JOIN LATERAL (
  SELECT x.source, x.local_reason_id FROM absence_explanation x
  WHERE x.pupil_id = said.pupil_id AND x.day = %(day)s AND x.checkpoint = %(checkpoint)s AND x.mark = said.mark
  ORDER BY x.id DESC LIMIT 1
) before ON said.source IS NULL
ON CONFLICT (key, pupil_id, day, checkpoint) DO NOTHING
"""


def may_say_unlawful(user_id: int | None, role: str) -> bool:
    """Whether this is a person whose role settles unexplained absence."""
    return user_id is not None and role in MAY and Action.UNEXPLAINED in MAY[Role(role)]


def parameters(
    said: Mapping[int, Said], marks: Mapping[int, Mark], day: date, checkpoint: Checkpoint, role: str
) -> dict[str, Any]:
    """What `SAY` asks for beside day, checkpoint, user and moment; the notes sealed."""
    rows = {
        pupil: Explanation(key=one.key, pupil_id=pupil, day=day, checkpoint=checkpoint, note=one.note)
        for pupil, one in said.items()
        if one.note
    }
    return {
        "explained": list(said),
        "explanations": [marks[pupil].value for pupil in said],
        "said_keys": [one.key for one in said.values()],
        "sources": [None if one.source is None else one.source.value for one in said.values()],
        "local_reasons": [one.local_reason_id for one in said.values()],
        "notes": [sealing.sealed(rows[pupil], "note") if pupil in rows else b"" for pupil in said],
        "teller": own(role).value,
    }


def say(
    said: Mapping[int, Said],
    marks: Mapping[int, Mark],
    *,
    day: date,
    checkpoint: Checkpoint,
    user_id: int | None,
    role: str,
    now: datetime,
) -> int:
    """Keep words that change no mark beside `marks`, which stand. Returns how many are new.

    To be called under the lock of the class, as every save is.
    """
    asked: dict[str, Any] = {"day": day, "checkpoint": checkpoint.value, "user": user_id, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(SAY, asked | parameters(said, marks, day, checkpoint, role))
        return int(cursor.rowcount)


def own(role: str) -> Source:
    """Whose word it is when somebody acting in this role says so herself."""
    return SOURCES.get(role, Source.TEACHER)


def written_beside(notes: Mapping[int, str], marks: Mapping[int, Mark]) -> dict[int, str]:
    """The notes that are read: those about pupils who are not here."""
    return {
        pupil: text for pupil, text in notes.items() if text and pupil in marks and marks[pupil].is_absence
    }


def beside(key: UUID, note: str, mark: Mark, role: str) -> Said:
    """A note that changes no mark. A reason stays the word of the one whose it was; the same note again is the same saying."""
    return Said(uuid5(key, note), None if mark.reason else own(role), note=note)


def notes(
    pupil_ids: Collection[int], days: Collection[date], mark: Mark | None = None
) -> dict[tuple[int, date, Checkpoint], Note]:
    """The latest note about each of the pupils' days, by pupil, day and checkpoint; with `mark` those beside it. One query."""
    if not pupil_ids:
        return {}
    latest = _noted(list(pupil_ids), list(days), None if mark is None else mark.value)
    return {
        (pupil, day, Checkpoint(checkpoint)): Note(
            pupil, opened(key, pupil, day, checkpoint, text), Mark(beside), user, name or "", said_at
        )
        for pupil, day, checkpoint, key, text, beside, user, name, said_at in latest
    }


def opened(key: UUID, pupil_id: int, day: date, checkpoint: int, note: Any) -> str:
    """A note as it was read out of the table by a statement."""
    place = Explanation(key=key, pupil_id=pupil_id, day=day, checkpoint=checkpoint)
    return str(sealing.opened(place, "note", note))


@question
def _noted(
    pupil_ids: list[int], days: list[date], mark: int | None
) -> QuerySet[Explanation, tuple[Any, ...]]:
    """The latest note of each pupil, day and checkpoint, as `notes` reads it."""
    found = Explanation.objects.filter(pupil_id__in=pupil_ids, day__in=days, note__written=True)
    if mark is not None:
        found = found.filter(mark=mark)
    places = ("pupil_id", "day", "checkpoint")
    latest = found.order_by(*places, "-pk").distinct(*places)
    return latest.values_list(*places, "key", "note", "mark", "user_id", "user__name", "said_at")
