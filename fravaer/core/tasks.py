"""Is the background work alive? A beat tick that a worker has run leaves its mark here."""

from __future__ import annotations

import redis
from celery import shared_task
from django.conf import settings
from django.utils import timezone

HEARTBEAT_KEY = "fravaer:heartbeat"
# What a job of the night found wrong, by what it is about; taken away by the night that finds it right.
ALARMS_KEY = "fravaer:alarms"


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


def alarm(about: str, words: str) -> None:
    """Let the health page say what is wrong, until `words` is empty. Raises redis.RedisError."""
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5) as client:
        if words:
            client.hset(ALARMS_KEY, about, words)
        else:
            client.hdel(ALARMS_KEY, about)


def alarms() -> dict[str, str]:
    """What stands wrong, by what it is about. Raises redis.RedisError."""
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5) as client:
        found = client.hgetall(ALARMS_KEY)
    return {str(about, "utf-8"): str(words, "utf-8") for about, words in found.items()}
