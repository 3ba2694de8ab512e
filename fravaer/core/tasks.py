"""Is the background work alive? A beat tick that a worker has run leaves its mark here."""

from __future__ import annotations

import redis
from celery import shared_task
from django.conf import settings
from django.utils import timezone

HEARTBEAT_KEY = "fravaer:heartbeat"


@shared_task
def heartbeat() -> None:
    """Note the moment at which a worker ran what beat asked for."""
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5) as client:
        client.set(HEARTBEAT_KEY, str(timezone.now().timestamp()), ex=3600)


def heartbeat_age_seconds() -> float | None:
    """Seconds since a worker last ran a beat tick, or None when none has run within the hour.

    Raises redis.RedisError when the broker does not answer.
    """
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5) as client:
        stamp = client.get(HEARTBEAT_KEY)
    return None if stamp is None else timezone.now().timestamp() - float(str(stamp, "ascii"))
