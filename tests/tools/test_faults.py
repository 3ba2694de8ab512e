"""What becomes of a hundred messages when parts are killed, frozen or made to lie? `./dev faults` asks the same of thousands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings
from django.db import connection, connections
from psycopg2 import sql
from pytest_django import DjangoDbBlocker

from fravaer.core import secrets
from tools.faults import runs
from tools.faults.ground import Ground, ground_in
from tools.faults.runs import RUNS, Run

pytestmark = pytest.mark.faults

MESSAGES = 100
# Those that kill and freeze share a run each, as do those in which the provider lies: they do not hide each other.
TOGETHER = Run("points and frozen", "killed and frozen at every point", runs.ONCE, runs.points_and_frozen)
BY_NAME = {one.name: one for one in RUNS}
ALONE = ("callbacks", "revoked", "brokerless", "deployed")


@pytest.fixture(scope="module")
def database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A copy of the test database: what real processes commit is not for other tests to see."""
    with django_db_blocker.unblock():
        known = connection.settings_dict
        connections.close_all()
        login = {
            "user": known["USER"],
            "password": known["PASSWORD"],
            "host": known["HOST"],
            "port": known["PORT"],
        }
        name = f"{known['NAME']}_faults"
        copy, original = sql.Identifier(name), sql.Identifier(known["NAME"])
        server = psycopg2.connect(dbname="postgres", **login)
        server.autocommit = True
        try:
            with server.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                    [known["NAME"]],
                )
                cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(copy))
                cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(copy, original))
            yield f"postgres://{login['user']}:{login['password']}@{login['host']}:{login['port']}/{name}"
            with server.cursor() as cursor:
                cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(copy))
        finally:
            server.close()


@pytest.fixture(scope="module")
def ground(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("faults")
    try:
        with ground_in(
            Path(folder), messages=MESSAGES, schools=len(ALONE) + 3, database_url=database
        ) as ground:
            yield ground
    finally:
        # It has keys of its own; the tests after it seal and open with theirs.
        secrets.use(Path(settings.FIELD_KEYS))


@pytest.fixture(scope="module")
def unheard(ground: Ground) -> int:
    """A school of whose messages the provider never tells anything by itself."""
    ground.next_school()
    ground.turn(callbacks="none")
    ground.absent()
    ground.until(ground.settled, what="messages without callbacks")
    ground.calm()
    return ground.school


def test_processes_killed_and_frozen_at_every_point_lose_and_double_nothing(
    ground: Ground, unheard: int
) -> None:
    outcome = runs.run(TOGETHER, ground)
    assert (outcome.messages, outcome.clean, outcome.left) == (MESSAGES, True, 0), outcome


@pytest.mark.parametrize("name", ALONE)
def test_every_message_is_sent_once_or_left_to_a_person(ground: Ground, name: str) -> None:
    outcome = runs.run(BY_NAME[name], ground)
    assert (outcome.messages, outcome.clean, outcome.left) == (MESSAGES, True, 0), outcome


def test_all_faults_at_once_lose_and_double_nothing(ground: Ground) -> None:
    outcome = runs.run(BY_NAME["everything"], ground)
    assert outcome.clean, outcome
    # What nobody knows of is called that, and somebody rings.
    assert outcome.left < MESSAGES // 10


def test_what_the_provider_never_called_about_is_asked_for(ground: Ground, unheard: int) -> None:
    ground.until(
        lambda: {row[1] for row in ground.mine(unheard)} == {"delivered"}, what="every message asked for"
    )
