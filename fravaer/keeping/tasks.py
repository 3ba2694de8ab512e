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

log = logging.getLogger(__name__)


@shared_task
def dispose() -> None:
    """Let the batches go that two persons have agreed to, and tell the journal at once."""
    for batch_uuid in batches.approved():
        batches.run(batch_uuid, timezone.now())
    tell()


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
