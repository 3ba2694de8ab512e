"""How do tests run a real Celery worker, on their own database and on their own clock?"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import connection
from kombu import Connection

from fravaer.celery import app
from tests.gateway import ROOT
from tools.postgres import JOB, as_role

# The child's clock is set before anything of ours is imported.
COMMAND = """
import sys, time_machine
time_machine.travel(float(sys.argv.pop(1)), tick=True).start()
from celery.__main__ import main
sys.argv[0] = "celery"
main()
"""
SECONDS_TO_STOP = 20


class WorkerProcess:
    """A worker as production runs it, listening to a broker's database of its own."""

    def __init__(self, now: datetime, environment: Mapping[str, str]) -> None:
        self.broker_url = _broker_of_its_own()
        with Connection(self.broker_url) as broker:
            for queue in ("default", "sms"):
                broker.SimpleQueue(queue).clear()
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-c", COMMAND, str(now.timestamp())),
                *("--app", "fravaer.celery", "--quiet", "worker", "--queues", "default,sms"),
                *("--pool", "threads", "--concurrency", "2", "--without-gossip", "--without-mingle"),
            ],
            cwd=ROOT,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "fravaer.settings",
                "SECRET_KEY": settings.SECRET_KEY,
                "DATABASE_URL": _database_of_this_test(),
                "REDIS_URL": self.broker_url,
                **environment,
            },
        )

    def ask(self, task: str) -> None:
        """Put a job on the queue, as beat does."""
        with Connection(self.broker_url) as broker:
            app.send_task(task, connection=broker)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(SECONDS_TO_STOP)


def _database_of_this_test() -> str:
    base, _slash, _name = os.environ["DATABASE_URL"].partition("?")[0].rpartition("/")
    return as_role(f"{base}/{connection.settings_dict['NAME']}", JOB)


def _broker_of_its_own() -> str:
    """One of the server's databases for each process of the test run, so that no worker takes another's jobs."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8 + 8
    return re.sub(r"/\d+$", f"/{number}", settings.REDIS_URL)
