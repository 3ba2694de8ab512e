"""Which background work do terms and copies need?"""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

from celery import shared_task
from celery.exceptions import OperationalError
from django.conf import settings
from django.utils import timezone

from fravaer.accounts import disposal
from fravaer.core.tasks import alarm
from fravaer.keeping import batches, outside
from fravaer.keeping.packages import NotWritten, Places

log = logging.getLogger(__name__)


@shared_task
def dispose() -> None:
    """Let the batches go that two persons have agreed to, and tell the journal at once."""
    archive = Path(settings.FRAVAER_ARCHIVE) if settings.FRAVAER_ARCHIVE else None
    places = Places(archive, Path(settings.FRAVAER_DOCUMENTS))
    problem = ""
    for batch_uuid in batches.approved():
        try:
            batches.run(batch_uuid, timezone.now(), places)
        except NotWritten as why:
            # Nothing went; the next run tries again.
            log.error("a package for the archive could not be written: %s", why)
            problem = "a package for the archive could not be written"
    tell()
    alarm("archive", problem)


@shared_task
def tell() -> None:
    """Tell the journal outside the database what a restored copy would not know of."""
    try:
        outside.write(Path(settings.FRAVAER_JOURNAL), timezone.now())
    except OSError as error:
        log.error("the journal outside the database cannot be written: %s", error.strerror)
        alarm("journal", "the journal outside the database cannot be written")
    else:
        alarm("journal", "")


@shared_task
def forget() -> None:
    """Let go of what goes by itself."""
    disposal.forget_searches(timezone.now())


def ring() -> None:
    """Let what was agreed to go at once. Without a broker nobody comes; beat will."""
    with suppress(OperationalError):
        dispose.apply_async(expires=600)
