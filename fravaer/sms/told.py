"""What became of the messages about this pupil's day?

For whoever waits for the guardians' answer: whether a message is still to leave, has arrived, or whether she has to ring.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from fravaer.sms.querysets import MessageQuerySet, WithheldQuerySet
from fravaer.sms.states import HARMLESS, OUT, TO_RING, Kind, State, Withholding


@dataclass(frozen=True, slots=True)
class Told:
    """One message, or why there is none: its words, whether a person has to ring, and when it leaves or moved last."""

    words: str
    state: State | None
    to_ring: bool
    at: datetime | None


def about(messages: MessageQuerySet, withheld: WithheldQuerySet) -> dict[tuple[int, date], list[Told]]:
    """What became of the messages about absence, by pupil and day: those a person has to act on first. Two queries."""
    found: dict[tuple[int, date], list[Told]] = defaultdict(list)
    for message in messages.filter(kind=Kind.ABSENCE).exclude(state=State.CANCELLED):
        state = State(message.state)
        at = message.not_before if state in (State.HELD, State.QUEUED) else message.final_at
        found[message.pupil_id, message.day].append(
            Told(str(state.label), state, state in TO_RING, at or message.accepted_at)
        )
    for one in withheld:
        reason = Withholding(one.reason)
        if reason not in HARMLESS:
            found[one.pupil_id, one.day].append(Told(str(reason.label), None, True, None))
    return {
        key: sorted(told, key=lambda one: (not one.to_ring, one.state not in OUT, one.words))
        for key, told in found.items()
    }
