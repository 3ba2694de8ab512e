"""Which background work does casework need?"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from fravaer.absence import alignment
from fravaer.cases import triage
from fravaer.schools import schooldays


@shared_task
def night() -> None:
    """On the morning of a school day, count everybody up to and including the school day before."""
    now = timezone.now()
    today = timezone.localdate(now)
    if schooldays.day_in_view(today) != today:
        return
    alignment.align()
    # Somebody may have asked for a later day by hand; then this one is in it.
    with suppress(triage.DayHasPassed):
        triage.run(schooldays.day_in_view(today - timedelta(days=1)), now)


@shared_task
def touch() -> None:
    """Through the school day, count again those of whom something was registered since the last count."""
    triage.touch(timezone.now())
