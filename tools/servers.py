"""Which database and broker do the demo and the tests talk to?

``DATABASE_URL`` and ``REDIS_URL`` decide where they are set; otherwise a Postgres and a Valkey of our own are
started.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tools.postgres import Postgres, discard
from tools.processes import Supervisor, say
from tools.surroundings import HOME, Problem, free_port
from tools.valkey import Valkey


@dataclass(frozen=True)
class Secrets:
    """What nobody else is to know, kept as long as the data they guard."""

    secret_key: str
    postgres_password: str
    valkey_password: str
    gateway_token: str


@dataclass(frozen=True)
class Servers:
    """The addresses of running servers."""

    database_url: str
    redis_url: str


def secrets_of(folder: Path) -> Secrets:
    """The secrets kept in this folder; made the first time."""
    file = folder / "secrets.json"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = Secrets(
            secret_key=secrets.token_urlsafe(50),
            postgres_password=secrets.token_hex(16),
            valkey_password=secrets.token_hex(16),
            gateway_token=secrets.token_hex(16),
        )
        growing = file.with_suffix(".new")
        growing.touch(mode=0o600)
        growing.write_text(json.dumps(vars(made)))
        growing.rename(file)
    return Secrets(**json.loads(file.read_text()))


@contextmanager
def servers_in(folder: Path, supervisor: Supervisor, *, is_fast: bool, is_kept: bool) -> Iterator[Servers]:
    """Running servers with their data in this folder, looked after by the supervisor, who also stops them.

    Args:
        is_fast: the data need not survive a power cut.
        is_kept: the broker is to hold its jobs over a restart.

    Raises:
        Problem: a server did not start, or the one that is named does not answer.
    """
    known = secrets_of(folder)
    database_url = os.environ.get("DATABASE_URL")
    redis_url = os.environ.get("REDIS_URL")
    valkey = None
    try:
        if not redis_url:
            valkey = Valkey(folder, free_port(), known.valkey_password, is_kept=is_kept)
            valkey.prepare()
            supervisor.start(valkey.service)
            redis_url = valkey.url
        else:
            _own("REDIS_URL", _broker_answers(redis_url))
        if not database_url:
            postgres = Postgres(folder, free_port(), known.postgres_password, is_fast=is_fast)
            postgres.prepare()
            supervisor.start(postgres.service)
            supervisor.wait_until(postgres.is_ready, what="Postgres", seconds=60)
            postgres.make_database()
            database_url = postgres.url
        else:
            _own("DATABASE_URL", _database_answers(database_url))
        supervisor.wait_until(valkey.is_ready if valkey else lambda: True, what="Valkey", seconds=30)
        yield Servers(database_url, redis_url)
    finally:
        supervisor.stop()


def _own(name: str, answers: bool) -> None:
    """Say that a server of one's own is used: a name forgotten in the surroundings would else fail everything later."""
    if not answers:
        raise Problem(f"{name} is set, but nothing answers there: start that server, or unset {name}.")
    say(f"{name} is set: this runs on that server.")


def _database_answers(url: str) -> bool:
    import psycopg2

    try:
        psycopg2.connect(url, connect_timeout=5).close()
    except psycopg2.OperationalError:
        return False
    return True


def _broker_answers(url: str) -> bool:
    import redis

    try:
        with redis.Redis.from_url(url, socket_connect_timeout=5) as broker:
            broker.ping()
    except redis.RedisError:
        return False
    return True


@contextmanager
def folder_of_its_own(purpose: str) -> Iterator[Path]:
    """A fresh folder for one run, deleted afterwards; what killed runs left behind is deleted first."""
    runs = HOME / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    folder = runs / f"{purpose}-{os.getpid()}"
    with (runs / "making.lock").open("a+") as making:
        fcntl.flock(making, fcntl.LOCK_EX)
        for left in [place for place in runs.iterdir() if place.is_dir()]:
            held = held_lock(left / "lock")
            if held is not None:
                discard(left)
                held.close()
        folder.mkdir()
        held = held_lock(folder / "lock")
    assert held is not None
    try:
        yield folder
    finally:
        discard(folder)
        held.close()


def held_lock(file: Path) -> IO[str] | None:
    """The lock file, held until it is closed or this process dies; None when another process holds it."""
    try:
        handle = file.open("a+")
    except OSError as error:
        raise Problem(
            f"{file} cannot be written ({error.strerror}): does the folder belong to another user?"
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return None
    return handle
