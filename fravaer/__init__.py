"""School absence from the morning register to the quarterly report."""

from fravaer.celery import app as celery_app

__all__ = ["celery_app"]
