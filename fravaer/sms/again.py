"""May this message be sent again, because a person says so?

Never by a machine, never while the earlier one may still arrive, and only when a new one could leave now: the absence still
unexplained, the school's hours open, the deadline ahead. It goes to the number the guardian has now.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from fravaer.audit import trail
from fravaer.core.scope import Scope
from fravaer.sms import addressees, choices, outbox, recipients
from fravaer.sms.drafts import Draft
from fravaer.sms.models import Message
from fravaer.sms.states import OPEN, UNSENT, Kind, State, Withholding

# The provider has it, and the last word about it has not come.
ON_THE_WAY = frozenset({State.ACCEPTED, State.SENT})


class No(StrEnum):
    """Why a message may not be sent again now."""

    KIND = "kind"
    UNDER_WAY = "under_way"
    NOTHING_SENT = "nothing_sent"
    NOT_TODAY = "not_today"
    EXPLAINED = "explained"
    NOT_CHOSEN = "not_chosen"
    PAUSED = "paused"
    CLOSED = "closed"
    NO_NUMBER = "no_number"
    TEXT = "text"
    CEILING = "ceiling"


OF_WITHHOLDING = {
    Withholding.TOO_LATE: No.CLOSED,
    Withholding.TEXT: No.TEXT,
    Withholding.CEILING: No.CEILING,
}


class Refused(Exception):
    """The message may not be sent again; nothing was written."""

    def __init__(self, why: No) -> None:
        super().__init__(why.value)
        self.why = why


def refusal(message: Message, today: date, now: datetime) -> No | None:
    """Why the message may not be sent again at this moment; None when it may."""
    try:
        _draft(message, list(_same(message)), today, now, answerable=False)
    except Refused as refused:
        return refused.why
    return None


@transaction.atomic
def send(
    message: Message, *, because: str, scope: Scope, today: date, now: datetime, answerable: bool = False
) -> UUID:
    """Have the message sent again; `answerable` when guardians can reply. Returns the new one's id.

    A second press meets the first one under way. Raises Refused when it may not be sent now, and ValueError without a reason.
    """
    if not because.strip() or scope.actor_id is None:
        raise ValueError("a person says why")
    # Two who press at once wait for one another here; the second asks anew, and finds what the first has made.
    list(_same(message).select_for_update(no_key=True, of=("self",)).order_by("pk").values_list("pk"))
    earlier = list(_same(message))
    draft = replace(
        _draft(message, earlier, today, now, answerable),
        seq=1 + max(one.seq for one in earlier),
        ordered_by=scope.actor_id,
        ordered_because=because.strip(),
    )
    outbox.queue([draft], now)
    made: UUID = _same(message).values_list("pk", flat=True).get(seq=draft.seq)
    trail.changed(
        scope.actor_id,
        "sms.again",
        role=scope.role,
        subject="sms",
        subject_id=made,
        pupil_ids=[message.pupil_id],
        detail={"seq": draft.seq},
    )
    return made


def _same(message: Message) -> QuerySet[Message]:
    """The message and all others that told the same guardian, or the same number, the same thing of the same day."""
    return Message.objects.filter(
        Q(guardian_id=message.guardian_id) | Q(to_e164=message.to_e164),
        pupil_id=message.pupil_id,
        day=message.day,
        kind=message.kind,
    )


def _draft(
    message: Message, earlier: Collection[Message], today: date, now: datetime, answerable: bool
) -> Draft:
    """The message anew, as its texts and the guardian's numbers are now. Raises Refused."""
    if message.kind != Kind.ABSENCE:
        raise Refused(No.KIND)
    if message.day != today:
        raise Refused(No.NOT_TODAY)
    if message.state == State.CANCELLED:
        raise Refused(No.NOTHING_SENT)
    if any(State(one.state) in UNSENT | OPEN | ON_THE_WAY for one in earlier):
        raise Refused(No.UNDER_WAY)
    chosen = choices.of([message.school_class_id])
    if message.school_class_id not in chosen:
        raise Refused(No.NOT_CHOSEN)
    school_class = chosen[message.school_class_id]
    absence = recipients.due_on(message.day, chosen).get(message.pupil_id)
    if absence is None:
        raise Refused(No.EXPLAINED)
    if school_class.paused:
        raise Refused(No.PAUSED)
    not_before, _expires_at = school_class.window(now)
    if not_before > now + school_class.hours.grace:
        raise Refused(No.CLOSED)
    told = addressees.told({message.pupil_id: school_class}, message.day)
    contact = next((one for one in told.contacts if one.guardian_id == message.guardian_id), None)
    if contact is None:
        raise Refused(No.NO_NUMBER)
    draft = recipients.once_more(contact, absence, school_class, now, answerable=answerable)
    if isinstance(draft, Withholding):
        raise Refused(OF_WITHHOLDING[draft])
    return draft
