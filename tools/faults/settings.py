"""The settings of the product, with a clock that runs faster than the wall's, from a morning long past.

Every process of a run reads the same clock: it began at FAULTS_SINCE and goes FAULTS_FACTOR times as fast.
"""

import os
import time
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from fravaer.settings import *  # noqa: F403
from fravaer.settings import STORAGES

# A Tuesday in a school year; an hour after midnight, so that the day is long enough for everything that happens in it.
BEGINS = datetime(2026, 3, 10, 0, 0, tzinfo=UTC)
FACTOR = float(os.environ["FAULTS_FACTOR"])
SINCE = float(os.environ["FAULTS_SINCE"])


def now() -> datetime:
    return BEGINS + timedelta(seconds=(time.time() - SINCE) * FACTOR)


timezone.now = now
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
