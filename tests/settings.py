"""The settings of the product, with what only a test run needs."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 40)
os.environ.setdefault("DATABASE_URL", "postgres://fravaer:fravaer@127.0.0.1:5432/fravaer")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:6379/0")
os.environ.setdefault("LOG_LEVEL", "WARNING")
# Processes that tests start find the same keys.
os.environ.setdefault(
    "FIELD_KEYS", str(Path(__file__).resolve().parent.parent / ".fravaer" / "keys-of-tests")
)

from fravaer.core import secrets
from fravaer.settings import *  # noqa: F403
from fravaer.settings import FIELD_KEYS, STORAGES

secrets.make(Path(FIELD_KEYS))

# CPR numbers are kept, so that what may be done with them is there to be tested.
KEEP_CPR = True
# Each process of a run tells a journal of its own, if it tells one.
FRAVAER_JOURNAL = tempfile.mkdtemp(prefix="fravaer-journal-")
# What was written is counted at once.
DRAW_MINUTES = 0
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
# Static files straight from their folders: tests need no collectstatic, browser tests see the sources.
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True

MIDDLEWARE = ["tests.as_application.AsApplication", *MIDDLEWARE]  # noqa: F405
