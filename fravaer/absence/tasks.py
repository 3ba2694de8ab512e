"""Which background work does the register need?"""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from celery.exceptions import OperationalError
from django.utils import timezone

from fravaer.absence import alignment, discrepancies, mailing, reminders
from fravaer.accounts.middleware import day_in_view
from fravaer.core import mail
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


@shared_task
def remind() -> None:
    """Ask for the registers that are missing at the times the schools have set."""
    now = timezone.now()
    if reminders.remind_due(day_in_view(timezone.localdate(now)), now):
        ring()


@shared_task
def mail_reminders() -> None:
    """Send the e-mails of reminders that wait."""
    out = mail.door()
    if out is None:
        return
    mailing.send(
        out.connection,
        sender=out.sender,
        base_url=out.base_url,
        now=timezone.now(),
    )


def ring() -> None:
    """Let the e-mails leave at once. Without a broker nobody comes; beat will."""
    try:
        mail_reminders.apply_async(expires=60)
    except OperationalError:
        return
