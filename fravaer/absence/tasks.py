"""Which background work does the register need?"""

from __future__ import annotations

from celery import shared_task

from fravaer.absence import alignment


@shared_task
def align() -> None:
    """Bring registers and absences in line with calendars and enrolments that changed after they were taken."""
    alignment.align()
