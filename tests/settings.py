"""The settings of the product, with what only a test run needs."""

import os

os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 40)
os.environ.setdefault("DATABASE_URL", "postgres://fravaer:fravaer@127.0.0.1:5432/fravaer")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:6379/0")
os.environ.setdefault("LOG_LEVEL", "WARNING")

from fravaer.settings import *  # noqa: F403
from fravaer.settings import STORAGES

# What was written is counted at once.
DRAW_MINUTES = 0
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
# Static files straight from their folders: tests need no collectstatic, browser tests see the sources.
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
