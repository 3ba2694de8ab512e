"""Which background work does casework need?"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from celery import shared_task
from celery.exceptions import OperationalError
from django.conf import settings
from django.utils import timezone

from fravaer.absence import alignment
from fravaer.cases import assignment, clusters, digests, documents, duties, mailing, moves, recounts, triage
from fravaer.core import mail
from fravaer.core.periods import Quarter
from fravaer.schools import schooldays

log = logging.getLogger(__name__)


@shared_task
def night() -> None:
    """On the morning of a school day, count everybody up to and including the school day before."""
    now = timezone.now()
    today = timezone.localdate(now)
    if schooldays.day_in_view(today) != today:
        return
    alignment.align()
    moves.follow(today, now)
    counted = schooldays.day_in_view(today - timedelta(days=1))
    # Somebody may have asked for a later day by hand; then this one is in it.
    with suppress(triage.DayHasPassed):
        triage.run(counted, now)
    assignment.hand_out(today, now)
    clusters.find(counted)
    if digests.make(today, counted, now):
        ring()


@shared_task
def touch() -> None:
    """Through the school day, count again those of whom something was registered since the last count."""
    now = timezone.now()
    # Where the broker was away when somebody asked, nobody else comes.
    for recount_id in recounts.waiting(now):
        recounts.carry_out(recount_id, now)
    triage.touch(now)
    assignment.hand_out(timezone.localdate(now), now)


@shared_task
def recount(recount_id: int) -> None:
    """Count everybody because somebody asked."""
    recounts.carry_out(recount_id, timezone.now())


@shared_task
def mail_digests() -> None:
    """Send the morning's digests that wait."""
    out = mail.door()
    if out is None:
        return
    now = timezone.now()
    mailing.send(
        out.connection,
        sender=out.sender,
        base_url=out.base_url,
        day=timezone.localdate(now),
        now=now,
    )


def ring() -> None:
    """Let the e-mails leave at once. Without a broker nobody comes; beat will."""
    with suppress(OperationalError):
        mail_digests.apply_async(expires=60)


def begin(recount_id: int) -> None:
    """Let a recount begin at once. Without a broker nobody comes; beat will."""
    with suppress(OperationalError):
        recount.delay(recount_id)


@shared_task
def letters_of_the_night() -> None:
    """Undo what corrections have undermined, and prepare the drafts the law asks for; nothing is sent."""
    now = timezone.now()
    duties.night(schooldays.day_in_view(timezone.localdate(now) - timedelta(days=1)), now)


@shared_task
def letters_looked_at() -> None:
    """What the corrections of the last minutes have done to letters of this quarter and the one before."""
    now = timezone.now()
    duties.look(now, since=Quarter.of(timezone.localdate(now)).previous().since)


@shared_task
def sweep_documents() -> None:
    """Delete files of cases that no row stands for."""
    folder = Path(settings.FRAVAER_DOCUMENTS)
    swept, missing = documents.sweep(folder, timezone.now()), documents.missing(folder)
    # After a restore of the database without its folder, this is how somebody learns of it.
    log.log(
        logging.ERROR if missing else logging.INFO,
        "documents swept",
        extra={"swept": swept, "missing": missing},
    )
