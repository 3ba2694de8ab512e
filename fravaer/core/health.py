"""Is the process up, and is everything it needs up with it?"""

from __future__ import annotations

import redis
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from fravaer.core import walls
from fravaer.core.access import public
from fravaer.core.tasks import alarms, heartbeat_age_seconds

# Beat ticks every 15 seconds; four missed ticks are a fault, not a delay.
BEAT_LIMIT_SECONDS = 60


@public
def process(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok\n", content_type="text/plain")


@public
def ready(request: HttpRequest) -> JsonResponse:
    """Database, migrations, broker, beat and worker: 200 when all are well, else 503 naming those that are not.

    What a job of the night found wrong stands beside them, and makes nobody less ready.
    """
    state = {"database": _database(), **_background()}
    well = all(word == "ok" for word in state.values())
    return JsonResponse(state | _walls() | _alarms(), status=200 if well else 503)


def _walls() -> dict[str, str]:
    """Said only where something is wrong: who comes as the owner of the tables is held by no policy."""
    try:
        return {} if walls.holds() else {"walls": "passed by: pages come as the owner of the tables"}
    except DatabaseError:
        return {}


def _alarms() -> dict[str, str]:
    try:
        return alarms()
    except redis.RedisError:
        return {}


def _database() -> str:
    try:
        executor = MigrationExecutor(connection)
        return "migrations missing" if executor.migration_plan(executor.loader.graph.leaf_nodes()) else "ok"
    except DatabaseError:
        return "no answer"


def _background() -> dict[str, str]:
    try:
        age = heartbeat_age_seconds()
    except redis.RedisError:
        return {"broker": "no answer", "worker": "unknown"}
    return {"broker": "ok", "worker": "ok" if age is not None and age < BEAT_LIMIT_SECONDS else "silent"}
