"""Log control's background work: the week's samples, and what stood out the day before."""

from __future__ import annotations

import secrets
from datetime import date, datetime, time, timedelta

from celery import shared_task
from django.utils import timezone

from fravaer.audit.search import NIGHT_ENDS
from fravaer.oversight import hits, insight, samples


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


@shared_task
def draw() -> int:
    """Draw the samples of the week that is over, by a lot nobody can know beforehand."""
    today = timezone.localdate()
    week_on = today - timedelta(days=today.weekday() + 7)
    return samples.draw(week_on, _midnight, secrets.token_hex(16))


@shared_task
def look() -> int:
    """Find what stood out yesterday; the night that began then is looked at whole."""
    today = timezone.localdate()
    yesterday = today - timedelta(days=1)
    since = _midnight(yesterday) + timedelta(hours=NIGHT_ENDS)
    return hits.look(yesterday, since, since + timedelta(days=1), timezone.now())


@shared_task
def forget() -> int:
    """Take away what was handed out a month ago."""
    return insight.forget(timezone.now())
