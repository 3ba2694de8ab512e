"""Which background work does access need?"""

from __future__ import annotations

import logging
from contextlib import suppress

from celery import shared_task
from celery.exceptions import OperationalError
from django.utils import timezone

from fravaer.accounts import alerting, attesting, blocks, links, sessions
from fravaer.core import mail

log = logging.getLogger(__name__)


@shared_task
def mail_alerts() -> None:
    """Send word of emergency accesses that waits."""
    out = mail.door()
    if out is None:
        return
    alerting.send(
        out.connection,
        sender=out.sender,
        base_url=out.base_url,
        now=timezone.now(),
    )


def ring() -> None:
    """Let the word leave at once. Without a broker nobody comes; beat will."""
    with suppress(OperationalError):
        mail_alerts.apply_async(expires=60)


@shared_task
def mail_links() -> None:
    """Send the links into accounts that wait."""
    out = mail.door()
    if out is None:
        return
    links.send(out.connection, sender=out.sender, base_url=out.base_url, now=timezone.now())


def ring_links() -> None:
    """Let a link leave at once. Without a broker nobody comes; beat will."""
    with suppress(OperationalError):
        mail_links.apply_async(expires=60)


@shared_task
def lapse() -> None:
    """End what the latest half-yearly review did not confirm."""
    ended = attesting.lapse(timezone.now())
    if ended:
        log.info("access ended after its review", extra={"count": ended})


@shared_task
def keep_from_own() -> None:
    """Keep staff away from their own children, as far as the CPR numbers tell whose they are."""
    began, ended = blocks.follow(timezone.now())
    if began or ended:
        log.info("own children by CPR numbers", extra={"count": began + ended})


@shared_task
def forget_sessions() -> None:
    """Remove the sessions that have run out, and what waited in them; and the links of more than three months ago."""
    sessions.forget(timezone.now())
    links.forget(timezone.now())
