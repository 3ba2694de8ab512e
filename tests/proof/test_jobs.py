"""What is a job told, and what stands in Redis?"""

from __future__ import annotations

import ast
import inspect

import redis
from django.conf import settings
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from fravaer.accounts.roles import Role
from fravaer.celery import app
from tests.architecture import access
from tests.architecture.source import calls, rooms
from tests.proof import town
from tests.proof.asking import Asker
from tests.proof.town import Town

QUEUED = {"delay", "apply_async", "send_task", "signature", "s", "si"}


def test_case_68_a_job_is_given_keys_and_never_who_asks() -> None:
    """A message that was forged names a row at most: who asked, and whether she still may, stands in the row."""
    ours = {name: task for name, task in app.tasks.items() if name.startswith("fravaer.")}
    assert len(ours) > 20
    for name, task in ours.items():
        for parameter in inspect.signature(task.run).parameters.values():
            assert parameter.annotation in {int, "int"}, (name, parameter)
            assert parameter.name.endswith("_id"), (name, parameter)
            assert not {"actor", "user", "by", "role", "pupil"} & set(parameter.name.split("_")), (
                name,
                parameter,
            )
    for room in rooms():
        if room.stem != "tasks":
            continue
        for node, what in calls(room.tree):
            if what.split(".")[-1] in QUEUED:
                passed = [*node.args, *(one.value for one in node.keywords if one.arg in {"args", "kwargs"})]
                names = {part.id for one in passed for part in ast.walk(one) if isinstance(part, ast.Name)}
                assert all(one.endswith("_id") for one in names), room.at(node)


def test_case_70_nothing_of_a_person_is_in_redis(
    there: Town,
    askers: dict[Role, Asker],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    """After pages, forms and what they hand to jobs: no name, number or word of anybody, and neither cache nor session."""
    assert "redis" not in str(settings.CACHES).lower()
    assert settings.SESSION_ENGINE == "fravaer.accounts.sessions"
    with django_capture_on_commit_callbacks(execute=True):
        for name in ("absence:known-find", "cases:count", "cases:note", "sms:log-find"):
            [ask, *_] = access.TABLE[name]
            role = min(ask.may)
            askers[role].client.post(
                reverse(name, kwargs=dict(ask.own(there.stage))), dict(ask.data(there.stage))
            )
    found = "\n".join(_everything(redis.Redis.from_url(settings.REDIS_URL)))
    assert town.tokens_in(found) == set()
    assert "@fjordby" not in found


def _everything(server: redis.Redis) -> list[str]:
    said: list[str] = []
    for key in server.scan_iter(count=1000):
        said.append(key.decode(errors="replace"))
        match server.type(key):
            case b"string":
                said.append(str(server.get(key)))
            case b"list":
                said.append(str(server.lrange(key, 0, -1)))
            case b"hash":
                said.append(str(server.hgetall(key)))
            case b"set":
                said.append(str(server.smembers(key)))
            case b"zset":
                said.append(str(server.zrange(key, 0, -1)))
    return said
