"""When does who meet about the child, and what came of it?

A meeting is called, moved or cancelled, written about, and over. It is not over before something follows from it: an agreed
action, a next date, or the reason why nothing follows. Each belongs to a domain; what it may draw from the case is that
domain's alone (see `cases.agenda`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from fravaer.cases import agreed, sharing, writing
from fravaer.cases.domains import Domain, domains
from fravaer.cases.models import Case, Deed, Meeting, MeetingKind, Shared
from fravaer.core.scope import Scope

LONGEST_PLACE = 150
MOST_PARTICIPANTS = 30


class Over(Exception):
    """The meeting has been held or cancelled: it neither moves nor is written about any more."""


class Changed(Exception):
    """Somebody wrote in the minutes, or moved the meeting, since the page was made; nothing was saved."""


class NothingFollows(Exception):
    """Neither an action, nor a next date, nor the reason why there is none: the meeting is not over."""


@transaction.atomic
def call(
    case: Case,
    scope: Scope,
    now: datetime,
    *,
    key: UUID,
    kind: MeetingKind,
    starts_at: datetime,
    ends_at: datetime,
    place: str,
    participants: Sequence[str],
    agenda: str = "",
    domain: Domain | None = None,
) -> Meeting:
    """Call a meeting. A retry calls none. Raises what `writing` raises."""
    locked = writing.locked(case, scope)
    said: dict[str, Any] = {
        "kind": kind,
        "place": place,
        "participants": list(participants),
        "agenda": agenda,
    }
    said |= {"starts_at": starts_at, "ends_at": ends_at}
    if known := writing.before(Meeting, key, locked, scope, by="called_by", **said):
        return known
    writing.require_open(locked)
    row = Meeting.objects.create(
        key=key,
        case=locked,
        domain=writing.domain_of(scope, domain),
        called_by_id=writing.author(scope),
        called_at=now,
        **said,
    )
    _left(locked, scope, "meeting_call", row)
    return row


@transaction.atomic
def move(
    case: Case,
    scope: Scope,
    *,
    uuid: UUID,
    seen: int,
    starts_at: datetime,
    ends_at: datetime,
    place: str,
) -> Meeting:
    """Move the meeting in time or place. Calendars take the change by its number, which moves with it.

    `seen` is the number the form was made from. The same again changes nothing. Raises Over, Changed, writing.NotOpen,
    DoesNotExist for one that is not the actor's to change.
    """
    locked, row = _row(case, scope, uuid)
    if (row.starts_at, row.ends_at, row.place) == (starts_at, ends_at, place):
        return row
    _require_coming(locked, row)
    if row.sequence != seen:
        raise Changed
    row.starts_at, row.ends_at, row.place = starts_at, ends_at, place
    row.sequence += 1
    row.save(update_fields=["starts_at", "ends_at", "place", "sequence"])
    _left(locked, scope, "meeting_move", row)
    return row


@transaction.atomic
def cancel(case: Case, scope: Scope, now: datetime, *, uuid: UUID) -> Meeting:
    """Cancel the meeting. Twice changes nothing. Raises Over when it was held, writing.NotOpen, DoesNotExist."""
    locked, row = _row(case, scope, uuid)
    if row.cancelled_at is not None:
        return row
    _require_coming(locked, row)
    row.cancelled_at = now
    row.sequence += 1
    row.save(update_fields=["cancelled_at", "sequence"])
    _left(locked, scope, "meeting_cancel", row)
    return row


@dataclass(frozen=True, slots=True)
class Said:
    """What stands about a meeting so far: the minutes, who came, when there is another, or why nothing follows."""

    minutes: str
    participants: list[str]
    next_on: date | None
    end_reason: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """An action agreed on at the meeting; `key` is that of the form it came with."""

    key: UUID
    deed: Deed
    text: str
    responsible_id: int
    due_on: date


@transaction.atomic
def write(
    case: Case,
    scope: Scope,
    now: datetime,
    *,
    uuid: UUID,
    seen: str,
    said: Said,
    agreement: Agreement | None = None,
    over: bool = False,
) -> Meeting:
    """Save what stands so far, with what was agreed on; `over` ends the meeting. The same again changes nothing.

    `seen` is the `version` the writer had before her. Raises NothingFollows when the meeting is to be over and no action was
    agreed at it and it names neither a next date nor a reason; Changed, Over, writing.NotOpen, DoesNotExist.
    """
    locked, row = _row(case, scope, uuid)
    again = _said(row) == said and (agreement is None or row.actions.filter(key=agreement.key).exists())
    if again and (row.held_at is not None or not over):
        return row
    _require_coming(locked, row)
    if _said(row) != said and version(row) != seen:
        raise Changed
    if agreement:
        agreed.agree(
            scope,
            now,
            pupil_id=locked.pupil_id,
            deed=agreement.deed,
            responsible_id=agreement.responsible_id,
            due_on=agreement.due_on,
            key=agreement.key,
            text=agreement.text,
            domain=Domain(row.domain),
            case=locked,
            meeting=row,
        )
    if over and not (said.next_on or said.end_reason.strip() or row.actions.exists()):
        raise NothingFollows
    row.minutes, row.participants = said.minutes, said.participants
    row.next_on, row.end_reason = said.next_on, said.end_reason
    if over:
        row.held_at, row.held_by_id = now, writing.author(scope)
    row.save(update_fields=["minutes", "participants", "next_on", "end_reason", "held_at", "held_by"])
    _left(locked, scope, "meeting_hold" if over else "meeting_minutes", row)
    return row


def version(meeting: Meeting) -> str:
    """Tells one state of what stands about the meeting from another."""
    return sha256(repr(_said(meeting)).encode()).hexdigest()[:16]


def readable(case: Case, scope: Scope) -> QuerySet[Meeting]:
    """The meetings of the case the actor may read: of her domains, and those shared with one of them."""
    return Meeting.objects.filter(sharing.visible(case, scope, Shared.MEETING), case=case).select_related(
        "called_by", "held_by"
    )


def of(case: Case, scope: Scope) -> list[Meeting]:
    """The meetings the actor may read: those to come, the next first; then the others, the latest first."""
    rows = list(readable(case, scope).order_by("-starts_at", "-pk"))
    coming = [row for row in rows if is_coming(row)]
    return coming[::-1] + [row for row in rows if not is_coming(row)]


def next_of(case: Case, scope: Scope) -> Meeting | None:
    """The next meeting that is neither held nor cancelled, also one whose time has passed: it waits for its minutes."""
    rows = readable(case, scope).filter(held_at=None, cancelled_at=None)
    return rows.order_by("starts_at", "pk").first()


def is_coming(meeting: Meeting) -> bool:
    """Whether it is neither held nor cancelled."""
    return meeting.held_at is None and meeting.cancelled_at is None


def is_own(meeting: Meeting, scope: Scope) -> bool:
    """Whether the meeting is of the actor's own domains, so that she writes in it; one shared with her she reads."""
    return meeting.domain in domains(scope)


def _said(row: Meeting) -> Said:
    return Said(row.minutes, list(row.participants), row.next_on, row.end_reason)


def _row(case: Case, scope: Scope, uuid: UUID) -> tuple[Case, Meeting]:
    locked = writing.locked(case, scope)
    return locked, Meeting.objects.get(uuid=uuid, case=locked, domain__in=domains(scope))


def _require_coming(case: Case, row: Meeting) -> None:
    writing.require_open(case)
    if not is_coming(row):
        raise Over


def _left(case: Case, scope: Scope, action: str, row: Meeting) -> None:
    writing.left(case, scope, action, meeting=str(row.uuid), kind=row.kind, domain=row.domain)
