"""Which background work do messages need?

Rings and nets only: a job names no message, the rows say what is due. A lost or doubled job changes nothing, and all of it
may run beside `manage.py sms_sender`.
"""

from __future__ import annotations

from celery import shared_task
from celery.exceptions import OperationalError
from django.utils import timezone

from fravaer.accounts.middleware import day_in_view
from fravaer.sms import delivery, outbox, providers, recovery
from fravaer.sms import morning as mornings

# How many workers are rung for at once; each sends one message at a time.
MOST_RINGS = 8


@shared_task(acks_late=False, ignore_result=True)
def morning() -> None:
    """Queue what the day's absences call for, and ring if something is due."""
    now = timezone.now()
    mornings.prepare(day_in_view(timezone.localdate(now)), now, answerable=providers.answerable())
    ring()


@shared_task(acks_late=False, ignore_result=True)
def drain() -> None:
    """Send what is due; if time runs out before the queue does, ring again."""
    sender = providers.sender()
    if sender is not None and delivery.drain(sender):
        ring()


@shared_task(acks_late=False, ignore_result=True)
def reconcile() -> None:
    """Look after what got stuck."""
    recovery.reconcile(providers.gateway(), timezone.now())
    ring()


def ring() -> None:
    """Call as many drains as there is work for. Without a broker nobody comes; beat or `sms_sender` will."""
    waiting = outbox.waiting(timezone.now(), at_most=MOST_RINGS * delivery.BATCH)
    try:
        for _ in range(-(-waiting // delivery.BATCH)):
            drain.apply_async(expires=60)
    except OperationalError:
        return
