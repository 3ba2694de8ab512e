"""Health pages say what is the matter, to machines that do not sign in."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import redis
import time_machine
from django.db import connection
from django.test import Client
from pytest_django import Settings

from fravaer.core.tasks import ALARMS_KEY, HEARTBEAT_KEY, alarm, heartbeat


@pytest.fixture
def broker(settings: Settings, worker_id: str, clock: time_machine.Traveller) -> str:
    """A database of the real broker that no other test uses, empty."""
    number = 8 + int(worker_id.removeprefix("gw") or 0) if worker_id.startswith("gw") else 15
    settings.REDIS_URL = urlsplit(settings.REDIS_URL)._replace(path=f"/{number}").geturl()
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.delete(HEARTBEAT_KEY, ALARMS_KEY)
    return str(settings.REDIS_URL)


def ready() -> tuple[int, dict[str, str]]:
    response = Client().get("/readyz")
    return response.status_code, response.json()


def test_the_process_answers_whatever_else_is_the_matter(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    response = Client().get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_all_is_well_when_a_worker_ran_a_beat_lately(db: None, broker: str) -> None:
    heartbeat()
    assert ready() == (200, {"database": "ok", "broker": "ok", "worker": "ok"})


def test_a_worker_that_never_ran_is_told(db: None, broker: str) -> None:
    assert ready() == (503, {"database": "ok", "broker": "ok", "worker": "silent"})


def test_a_worker_that_fell_silent_is_told(db: None, broker: str, clock: time_machine.Traveller) -> None:
    heartbeat()
    clock.shift(timedelta(seconds=59))
    assert ready()[0] == 200
    clock.shift(timedelta(seconds=1))
    assert ready() == (503, {"database": "ok", "broker": "ok", "worker": "silent"})


def test_a_broker_that_is_away_is_told(db: None, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert ready() == (503, {"database": "ok", "broker": "no answer", "worker": "unknown"})


def test_migrations_that_were_not_run_are_told(db: None, broker: str) -> None:
    heartbeat()
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE app = 'schools'"
            " AND name = (SELECT max(name) FROM django_migrations WHERE app = 'schools')"
        )
    assert ready() == (503, {"database": "migrations missing", "broker": "ok", "worker": "ok"})


def test_what_a_night_found_wrong_is_told_until_a_night_finds_it_right(db: None, broker: str) -> None:
    heartbeat()
    alarm("figures", "drawn sums differed")
    assert ready() == (
        200,
        {"database": "ok", "broker": "ok", "worker": "ok", "figures": "drawn sums differed"},
    )
    alarm("figures", "")
    assert "figures" not in ready()[1]
