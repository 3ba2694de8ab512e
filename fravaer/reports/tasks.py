"""Which background work do reports need?"""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.core.mail import get_connection
from django.utils import timezone

from fravaer.core.periods import school_year_start
from fravaer.reports import mailing, wheel

# From May on next school year's wheel is there to be planned.
PLANNED_FROM = 5


@shared_task
def make_wheel() -> None:
    """Make the tasks of this school year that are missing, and from May on those of the next."""
    now = timezone.now()
    today = timezone.localdate(now)
    year = school_year_start(today).year
    wheel.make(year, scope=None, now=now)
    if PLANNED_FROM <= today.month < 8:
        wheel.make(year + 1, scope=None, now=now)


@shared_task
def remind() -> None:
    """Remind the owners of tasks that are due within a week."""
    if settings.EMAIL_BACKEND.endswith("dummy.EmailBackend"):
        return
    now = timezone.now()
    mailing.send(
        get_connection(),
        sender=settings.DEFAULT_FROM_EMAIL,
        base_url=settings.PUBLIC_BASE_URL,
        today=timezone.localdate(now),
        now=now,
    )
