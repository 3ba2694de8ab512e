"""Which background work do messages need?

Rings and nets only: a job names no message, the rows say what is due. A lost or doubled job changes nothing, and all of it
may run beside `manage.py sms_sender`.
"""

from __future__ import annotations

import logging

from celery import shared_task
from celery.exceptions import OperationalError
from django.utils import timezone

from fravaer.accounts.middleware import day_in_view
from fravaer.sms import balance as balances
from fravaer.sms import delivery, forgetting, invariants, outbox, providers, recovery
from fravaer.sms import monthly as months
from fravaer.sms import morning as mornings

logger = logging.getLogger(__name__)

# How many workers are rung for at once; each sends one message at a time.
MOST_RINGS = 8


@shared_task(acks_late=False, ignore_result=True)
def morning() -> None:
    """Queue what the day's absences call for, and ring if something is due."""
    now = timezone.now()
    mornings.prepare(day_in_view(timezone.localdate(now)), now, answerable=providers.answerable())
    ring()


@shared_task(acks_late=False, ignore_result=True)
def monthly() -> None:
    """Queue the month's messages on days missed, on the days they are sent, and ring if something is due."""
    now = timezone.now()
    if months.prepare(timezone.localdate(now), now).queued:
        ring()


@shared_task(acks_late=False, ignore_result=True)
def drain() -> None:
    """Send what is due; if time runs out before the queue does, ring again."""
    sender = providers.sender()
    if sender is None:
        return
    # Whoever lets the held go calls the others; nobody else does, or each would call all.
    if outbox.release(timezone.now()):
        ring()
    if delivery.drain(sender):
        ring(most=1)


@shared_task(acks_late=False, ignore_result=True)
def reconcile() -> None:
    """Look after what got stuck."""
    recovery.reconcile(providers.gateway(), timezone.now())
    ring()


@shared_task(acks_late=False, ignore_result=True)
def watch() -> None:
    """Say in the log what is true that must never be, in counts alone."""
    now = timezone.now()
    backlog = invariants.backlog(now)
    logger.info("sms: %d due, the oldest for %.0f seconds", backlog.messages, backlog.oldest_seconds)
    for one in invariants.broken(now, day_in_view(timezone.localdate(now))):
        logger.error("sms: %s is broken by %d messages", one.name.value, one.count)


@shared_task(acks_late=False, ignore_result=True)
def balance() -> None:
    """Compare the day with the provider's own list."""
    gateway = providers.gateway()
    if gateway is not None:
        balances.settle(gateway, timezone.localdate(), timezone.now())


@shared_task(acks_late=False, ignore_result=True)
def forget() -> None:
    """Forget the words that are old enough."""
    done = forgetting.forget(timezone.now())
    logger.info("sms: forgot %d bodies, %d replies, %d statuses", done.bodies, done.replies, done.events)


def ring(most: int = MOST_RINGS) -> None:
    """Let go what may go, and call as many drains as there is work for, at most so many.

    Without a broker nobody comes; beat or `sms_sender` will.
    """
    now = timezone.now()
    outbox.release(now)
    waiting = outbox.waiting(now, at_most=most * delivery.BATCH)
    try:
        for _ in range(-(-waiting // delivery.BATCH)):
            drain.apply_async(expires=60)
    except OperationalError:
        return
