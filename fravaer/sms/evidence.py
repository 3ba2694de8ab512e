"""What happened to this message, and what proves it?

Every step of its state, every call of the provider and every word from it, in the order they came and in words that can be
read in a complaint case. Nothing here is ever changed afterwards.
Legal basis: offentlighedsloven § 13 (what matters to a case is written down); forvaltningsloven § 9 (a party's access).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fravaer.absence import history
from fravaer.absence.history import Happening
from fravaer.core.periods import Period
from fravaer.core.templatetags.danish import clock
from fravaer.sms import codes
from fravaer.sms.gateway import Verdict
from fravaer.sms.models import Attempt, Message, ProviderEvent, Transition
from fravaer.sms.states import OF_PROVIDER, Because, State

# What a step means that the state's own words do not say.
STEPS = {
    (State.HELD, State.QUEUED): gettext_lazy("The time to correct the mark is over; ready to be sent"),
    (State.QUEUED, State.CLAIMED): gettext_lazy("Taken up to be sent"),
    (State.CLAIMED, State.QUEUED): gettext_lazy("Put back; nothing had been sent"),
    (State.CLAIMED, State.SENDING): gettext_lazy("Noted as about to be handed to the SMS provider"),
    (State.SENDING, State.QUEUED): gettext_lazy("Proven not to have been sent; ready again"),
    (State.SENDING, State.UNCERTAIN): gettext_lazy("The answer was lost; the provider is to be asked"),
    (State.UNCERTAIN, State.QUEUED): gettext_lazy("The provider does not have it, asked twice; ready again"),
}
VERDICTS = {
    Verdict.ACCEPTED: gettext_lazy("the provider took the message"),
    Verdict.UNSENT: gettext_lazy("there was no connection; nothing was sent"),
    Verdict.THROTTLED: gettext_lazy("the provider had too much to do; to be tried again"),
    Verdict.REJECTED: gettext_lazy("the provider refused the number"),
    Verdict.BLOCKED: gettext_lazy("the provider refused our account"),
    Verdict.REFUSED: gettext_lazy("the provider refused for a reason we do not know"),
    Verdict.UNCERTAIN: gettext_lazy("no answer that proves anything"),
}
WAYS = {
    "answer": gettext_lazy("in its answer"),
    "callback": gettext_lazy("in a signed message to us"),
    "poll": gettext_lazy("when asked"),
    "list": gettext_lazy("in its list, when asked"),
}
# Of what is written down at the same moment, the call comes first and the word about it last.
STEP, CALL, WORD = range(3)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened to a message: when, what, and the provider's code in words where it gave one."""

    at: datetime
    what: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A message with its facts, the oldest first, and what was registered of the pupil's day, the newest first."""

    message: Message
    facts: list[Fact]
    registered: list[Happening]


def of(message: Message) -> Evidence:
    """Everything that proves what became of the message. Eight queries."""
    facts = facts_of([message])[message.pk]
    return Evidence(message, facts, registered(message))


def registered(message: Message) -> list[Happening]:
    """Who registered what of the pupil on the message's day, the newest first. Five queries."""
    return [
        happening
        for entry in history.entries(message.pupil_id, Period(message.day, message.day + timedelta(days=1)))
        for happening in entry.happenings
    ]


def facts_of(messages: Collection[Message]) -> dict[UUID, list[Fact]]:
    """What happened to each of the messages, the oldest first. Three queries however many."""
    ids = [message.pk for message in messages]
    found: dict[UUID, list[tuple[datetime, int, int, Fact]]] = {pk: [] for pk in ids}
    by_id = {message.pk: message for message in messages}
    for step in Transition.objects.filter(message_id__in=ids).order_by("pk"):
        words = _step(by_id[step.message_id], step)
        found[step.message_id].append((step.at, STEP, step.pk, Fact(step.at, words)))
    for call in Attempt.objects.filter(message_id__in=ids).order_by("pk"):
        at = call.ended_at or call.marked_at
        fact = Fact(at, _call(call), codes.words(call.error_code))
        found[call.message_id].append((at, CALL, call.pk, fact))
    for event in ProviderEvent.objects.filter(message_id__in=ids).order_by("pk"):
        fact = Fact(event.received_at, _event(event), codes.words(event.error_code or None))
        found[event.message_id].append((event.received_at, WORD, event.pk, fact))
    return {
        pk: [fact for *_order, fact in sorted(rows, key=lambda row: row[:3])] for pk, rows in found.items()
    }


def _step(message: Message, step: Transition) -> str:
    if not step.before:
        return _("Written down, to be sent before %(time)s or not at all") % {
            "time": clock(message.expires_at)
        }
    words = STEPS.get((State(step.before), State(step.after)), State(step.after).label)
    if step.after == State.CANCELLED and message.because:
        return f"{words}: {Because(message.because).label}"
    return str(words)


def _call(call: Attempt) -> str:
    words = _("the program stopped before there was an answer")
    if call.outcome:
        words = str(VERDICTS[Verdict(call.outcome)])
    return _("Call no. %(number)d of the SMS provider: %(what)s") % {"number": call.n, "what": words}


def _event(event: ProviderEvent) -> str:
    state = OF_PROVIDER.get(event.status)
    return _("The SMS provider said “%(status)s” %(way)s") % {
        "status": state.label if state else event.status,
        "way": WAYS.get(event.via, event.via),
    }
