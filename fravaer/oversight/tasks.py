"""Log control's background work: the week's samples, and what stood out the day before."""

from __future__ import annotations

import secrets
from datetime import date, datetime, time, timedelta

from celery import shared_task
from django.utils import timezone

from fravaer.audit.search import NIGHT_ENDS
from fravaer.core import mail
from fravaer.oversight import hits, insight, reminding, samples


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


@shared_task
def draw() -> int:
    """Draw the samples of the week that is over, by a lot nobody can know beforehand."""
    today = timezone.localdate()
    week_on = today - timedelta(days=today.weekday() + 7)
    return samples.draw(week_on, _midnight, secrets.token_hex(16))


@shared_task
def remind() -> int:
    """Remind leaders by e-mail of the samples they have not answered, once a week. Returns how many e-mails left."""
    out = mail.door()
    if out is None:
        return 0
    now = timezone.now()
    today = timezone.localdate(now)
    week_on = today - timedelta(days=today.weekday())
    reminding.make(week_on, now)
    return reminding.send(out, week_on, now)


@shared_task
def look() -> int:
    """Find what stood out yesterday; the night that began then is looked at whole."""
    today = timezone.localdate()
    yesterday = today - timedelta(days=1)
    since = _midnight(yesterday) + timedelta(hours=NIGHT_ENDS)
    return hits.look(yesterday, since, since + timedelta(days=1), timezone.now())


@shared_task
def forget() -> int:
    """Take away what was handed out a month ago, and forget whom was reminded a year ago."""
    now = timezone.now()
    reminding.forget(timezone.localdate(now))
    return insight.forget(now)
