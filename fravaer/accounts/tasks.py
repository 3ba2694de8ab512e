"""Which background work does access need?"""

from __future__ import annotations

from contextlib import suppress

from celery import shared_task
from celery.exceptions import OperationalError
from django.conf import settings
from django.core.mail import get_connection
from django.utils import timezone

from fravaer.accounts import alerting


@shared_task
def mail_alerts() -> None:
    """Send word of emergency accesses that waits."""
    if settings.EMAIL_BACKEND.endswith("dummy.EmailBackend"):
        return
    alerting.send(
        get_connection(),
        sender=settings.DEFAULT_FROM_EMAIL,
        base_url=settings.PUBLIC_BASE_URL,
        now=timezone.now(),
    )


def ring() -> None:
    """Let the word leave at once. Without a broker nobody comes; beat will."""
    with suppress(OperationalError):
        mail_alerts.apply_async(expires=60)
