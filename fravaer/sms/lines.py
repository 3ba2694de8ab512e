"""How does a list show a message?

Its state in the words staff know, the number masked whoever looks, and the moment at which it last moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from fravaer.core.templatetags.danish import clock
from fravaer.sms import codes
from fravaer.sms.models import Message
from fravaer.sms.states import OUT, TO_RING, Because, Kind, State


@dataclass(frozen=True, slots=True)
class Line:
    """One message: what it is about, its state, why it ended so, and the chip its state is shown as."""

    message: Message
    kind: str
    words: str
    why: str
    at: datetime
    chip: str


def line(message: Message) -> Line:
    """The message as a list shows it."""
    state = State(message.state)
    words = str(state.label)
    if state == State.HELD:
        words = _("To be sent %(time)s") % {"time": clock(message.not_before)}
    because = str(Because(message.because).label) if message.because else ""
    return Line(
        message=message,
        kind=str(Kind(message.kind).label),
        words=words,
        why=because or codes.words(message.error_code),
        at=message.final_at or message.accepted_at or message.sending_at or message.created_at,
        chip=chip(state),
    )


def chip(state: State) -> str:
    """The chip a state is shown as: bad where somebody has to ring."""
    if state in TO_RING:
        return "bad"
    if state == State.DELIVERED:
        return "ok"
    if state in OUT or state == State.SENDING:
        return "info"
    return "warn" if state == State.UNCERTAIN else ""
