"""What became of a message whose call never ended, or whose answer was lost?

Run every minute, and safe to run twice at once. Claims of the dead go back to the queue; what was marked is doubted, then
asked for in the provider's own list. Only what the provider has denied twice, minutes after a call that is proven over, is
sent again; what stays in doubt until its deadline becomes a telephone call.
"""

from __future__ import annotations

import logging
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from fravaer.sms import outbox, owner
from fravaer.sms.gateway import Found, Gateway, LookupFailed
from fravaer.sms.models import Message
from fravaer.sms.outbox import MOST_ATTEMPTS, SILENCES
from fravaer.sms.states import OUT, UNSENT, Because, Kind, State

# Twice the time a call can take.
STALE = timedelta(seconds=45)
LOOKUP_EVERY = timedelta(seconds=60)
DENIALS = 2
ABSENT_AFTER = timedelta(minutes=5)
CLOCK_SKEW = timedelta(minutes=2)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recovered:
    """What one run did, in messages."""

    leases_ended: int
    doubted: int
    expired: int
    cancelled: int
    asked: int


def reconcile(gateway: Gateway | None, now: datetime, *, seconds: float = 45.0) -> Recovered:
    """Bring every message that got stuck one step nearer to an end. Without a gateway nobody is asked, and time still runs."""
    leases_ended = outbox.end_leases(now)
    doubted = outbox.doubt_stale(now, STALE)
    expired = outbox.expire(now)
    cancelled = _cancel_idle_corrections(now)
    asked, until, answers = 0, time.monotonic() + seconds, True
    while gateway is not None and time.monotonic() < until and (message := _next_to_ask(now)):
        asked += 1
        try:
            # A provider that does not answer one question is not asked the next: that would take all day.
            if not answers:
                raise LookupFailed("not asked")
            if message.state == State.UNCERTAIN:
                _resolve(gateway, message, now)
            else:
                _poll(gateway, message, now)
        except LookupFailed as failure:
            answers = False
            logger.warning("sms %s: the provider could not be asked (%s)", message.pk, failure)
            if message.state == State.UNCERTAIN and message.expires_at <= now:
                outbox.give_up(message.pk, now)
    return Recovered(leases_ended, doubted, expired, cancelled, asked)


def _next_to_ask(now: datetime) -> Message | None:
    """A message the provider is to be asked about now, for this caller alone: it is put off by the taking."""
    with transaction.atomic():
        message = (
            Message.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(next_check__lte=now, state__in=[State.UNCERTAIN, State.ACCEPTED, State.SENT])
            .order_by("next_check", "id")
            .first()
        )
        if message is not None:
            uncertain = message.state == State.UNCERTAIN
            outbox.put_off(message.pk, _next_lookup(message, now) if uncertain else _silence(message, now))
    return message


def _next_lookup(message: Message, now: datetime) -> datetime:
    """A minute from now, and at its deadline all the same: what is in doubt then becomes a telephone call."""
    return message.expires_at if now < message.expires_at < now + LOOKUP_EVERY else now + LOOKUP_EVERY


def _silence(message: Message, now: datetime) -> datetime | None:
    """When to ask again about a message the provider has accepted; None when it has been asked for the last time."""
    since = now - (message.accepted_at or now)
    return next(
        (message.accepted_at + wait for wait in SILENCES if message.accepted_at and wait > since), None
    )


def _poll(gateway: Gateway, message: Message, now: datetime) -> None:
    """Ask for one message whose callbacks have been silent."""
    assert message.provider_sid is not None
    found = gateway.message(message.provider_sid)
    if found is not None:
        _told(gateway, message.pk, found, "poll", now)


def _resolve(gateway: Gateway, message: Message, now: datetime) -> None:
    """Look for an uncertain message in the provider's list, by number and text."""
    assert message.sending_at is not None
    if gateway.supports_idempotency and message.expires_at > now and message.attempts < MOST_ATTEMPTS:
        # Sent again under its own key it is taken once, even if the first call should still be going on.
        outbox.requeue(message.pk, message.sending_at, now)
        return
    free, place = _entries(gateway, message)
    if place is not None and place < len(free):
        _told(gateway, message.pk, free[place], "list", now)
        return
    if message.expires_at <= now:
        outbox.give_up(message.pk, now)
        return
    if place is None:
        return
    denials = outbox.denied(message.pk, message.sending_at)
    old_enough = now - message.sending_at > ABSENT_AFTER
    if denials < DENIALS or not old_enough or not _call_is_over(message):
        return
    if message.attempts >= MOST_ATTEMPTS:
        outbox.give_up(message.pk, now)
    elif outbox.requeue(message.pk, message.sending_at, now):
        logger.warning("sms %s: denied twice by the provider, queued again", message.pk)


def _call_is_over(message: Message) -> bool:
    return message.ended_at is not None or (message.owner is not None and owner.gone(message.owner))


def _entries(gateway: Gateway, message: Message) -> tuple[list[Found], int | None]:
    """The provider's entries that may be this message, and its place among those that may own one.

    Two children with one telephone may get the same text at the same time: then the entries are shared out in order. While
    a call of another of them is still going on there is no place, and nothing follows.
    """
    assert message.sending_at is not None
    twins = list(
        Message.objects.filter(
            to_e164=message.to_e164, body=message.body, state__in=[State.SENDING, State.UNCERTAIN]
        )
        .order_by("id")
        .values_list("pk", "state", "sending_at")
    )
    since = min([message.sending_at, *(at for _, _, at in twins if at)]) - CLOCK_SKEW
    entries = {
        entry.sid: entry for entry in gateway.written_to(message.to_e164, since) if entry.body == message.body
    }
    bound = Message.objects.filter(provider_sid__in=list(entries)).values_list("provider_sid", flat=True)
    free = [entries[sid] for sid in sorted(set(entries) - set(bound))]
    if any(state == State.SENDING for _, state, _ in twins):
        return [], None
    places = {pk: place for place, (pk, _, _) in enumerate(twins)}
    return free, places.get(message.pk)


def _told(gateway: Gateway, message_id: uuid.UUID, found: Found, via: str, now: datetime) -> bool:
    return outbox.learn(
        message_id,
        provider=gateway.name,
        sid=found.sid,
        status=found.status,
        code=found.code,
        via=via,
        now=now,
    )


def _cancel_idle_corrections(now: datetime) -> int:
    """Corrections of messages that never left correct nothing."""
    waiting = Message.objects.filter(kind=Kind.CORRECTION, state__in=UNSENT)
    may_leave = [*OUT, State.SENDING, State.UNCERTAIN, State.QUEUED, State.CLAIMED]
    idle = waiting.exclude(corrects__state__in=may_leave).values_list("pk", flat=True)
    return outbox.cancel(list(idle), Because.NEVER_LEFT, now)
