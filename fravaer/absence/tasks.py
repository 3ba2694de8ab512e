"""Which background work does the register need?"""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from fravaer.absence import alignment, discrepancies
from fravaer.core.periods import Period, Quarter


@shared_task
def align() -> None:
    """Bring registers and absences in line with calendars and enrolments that changed after they were taken."""
    alignment.align()


@shared_task
def contradictions() -> None:
    """Look for what cannot both be true, in this quarter's registers and the last two weeks'."""
    now = timezone.now()
    today = timezone.localdate(now)
    since = min(Quarter.of(today).since, today - timedelta(days=14))
    discrepancies.found_in(Period(since, today + timedelta(days=1)), now)
