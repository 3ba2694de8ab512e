"""Which message is to be written, and is it the one that exists already?

A message is the same as another when it is about the same pupil, day and kind and goes to the same number.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from fravaer.core import secrets
from fravaer.sms import numbers
from fravaer.sms.models import Message
from fravaer.sms.states import Kind, State
from fravaer.sms.wording import Text


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be: about whom, to whom, what, and between which moments it may leave."""

    kind: Kind
    school_id: int
    school_class_id: int
    pupil_id: int
    guardian_id: int
    day: date
    to: str
    text: Text
    not_before: datetime
    expires_at: datetime
    corrects: uuid.UUID | None = None
    # Above 0 where a person has it sent again: who, and why.
    seq: int = 0
    ordered_by: int | None = None
    ordered_because: str = ""


def rows(drafts: Collection[Draft], now: datetime) -> list[Message]:
    """The drafts as held messages, not yet saved. One query."""
    cancelled = _cancelled(drafts)
    return [
        _message(draft, cancelled.get((draft.pupil_id, draft.kind.value, draft.to), 0), now)
        for draft in drafts
    ]


def dedupe_key(draft: Draft, cancelled_before: int) -> str:
    """What makes a message this one. One that was cancelled reached nobody and leaves room for another, and so does a
    person who has it sent again. Keyed: there are so few numbers that a hash without a key would tell which it is."""
    about = f"{draft.pupil_id}|{draft.day}|{draft.kind.value}|{draft.to}|{cancelled_before}"
    if draft.seq:
        about += f"|{draft.seq}"
    return secrets.index(about, "contact.message").hex()


def _message(draft: Draft, cancelled_before: int, now: datetime) -> Message:
    text = draft.text
    return Message(
        kind=draft.kind,
        corrects_id=draft.corrects,
        school_id=draft.school_id,
        school_class_id=draft.school_class_id,
        pupil_id=draft.pupil_id,
        guardian_id=draft.guardian_id,
        day=draft.day,
        dedupe_key=dedupe_key(draft, cancelled_before),
        to_e164=draft.to,
        to_mask=numbers.masked(draft.to),
        text_name=text.name,
        text_version=text.version,
        language=text.language,
        body=text.body,
        body_sha256=text.sha256,
        encoding=text.encoding,
        segments=text.segments,
        state=State.HELD,
        not_before=draft.not_before,
        expires_at=draft.expires_at,
        created_at=now,
        seq=draft.seq,
        ordered_by_id=draft.ordered_by,
        ordered_because=draft.ordered_because,
    )


def _cancelled(drafts: Collection[Draft]) -> dict[tuple[int, str, str], int]:
    """How many messages of the same kind, day, pupil and number were cancelled."""
    counts: dict[tuple[int, str, str], int] = {}
    found = Message.objects.filter(
        state=State.CANCELLED,
        day__in={draft.day for draft in drafts},
        pupil_id__in={draft.pupil_id for draft in drafts},
    ).values_list("pupil_id", "kind", "to_e164")
    for row in found:
        counts[row] = counts.get(row, 0) + 1
    return counts
