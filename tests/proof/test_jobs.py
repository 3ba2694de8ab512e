"""What is a job told?"""

from __future__ import annotations

import ast
import inspect

from fravaer.celery import app
from tests.architecture.source import calls, rooms

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
