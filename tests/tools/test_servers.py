"""Are the launcher's servers real, closed to strangers, and gone with it?"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
import redis

from tests.tools.launched import Launched, eventually, launched


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Launched]:
    with launched(tmp_path / "home", "serve") as running:
        running.wait_for(r"REDIS_URL=\S+", seconds=60)
        yield running


def addresses(serve: Launched) -> tuple[str, str]:
    return (
        serve.wait_for(r"DATABASE_URL=(\S+)", seconds=60),
        serve.wait_for(r"REDIS_URL=(\S+)", seconds=60),
    )


def test_the_database_knows_danish_letters_and_the_product_may_make_what_it_needs(serve: Launched) -> None:
    database_url, _ = addresses(serve)
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT lower('ÆØÅ'), 'ØRSTED' ILIKE 'ør%'")
        assert cursor.fetchone() == ("æøå", True)
        cursor.execute("CREATE EXTENSION btree_gist")
        cursor.execute("SELECT usesuper, usecreatedb FROM pg_user WHERE usename = current_user")
        assert cursor.fetchone() == (False, True)


def test_neither_server_lets_anybody_in_without_the_password(serve: Launched) -> None:
    database_url, redis_url = addresses(serve)
    before, _, after = database_url.rpartition("@")
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(f"{before[:-4]}none@{after}")
    with (
        redis.Redis.from_url(f"redis://{redis_url.rpartition('@')[2]}") as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_the_passwords_are_not_in_the_list_of_processes(serve: Launched) -> None:
    passwords = [url.rpartition("@")[0].rpartition(":")[2] for url in addresses(serve)]
    commands = " ".join(serve.offspring().values())
    assert "postgres" in commands
    assert "valkey" in commands
    assert not [password for password in passwords if password in commands]


def test_a_killed_launcher_leaves_no_process(serve: Launched) -> None:
    assert serve.offspring()
    serve.kill()
    eventually(lambda: not serve.offspring(), seconds=15, what=lambda: f"no process, but {serve.offspring()}")


def test_ctrl_c_stops_the_servers_and_takes_their_data_along(serve: Launched) -> None:
    serve.interrupt()
    assert serve.process.wait(10) == 130
    assert not serve.offspring()
    assert not [place for place in (serve.home / "runs").iterdir() if place.is_dir()]


def test_what_a_killed_run_left_behind_is_swept_by_the_next(serve: Launched) -> None:
    serve.kill()
    left = [place for place in (serve.home / "runs").iterdir() if place.is_dir()]
    assert len(left) == 1
    with launched(serve.home, "serve") as second:
        second.wait_for(r"REDIS_URL=\S+", seconds=60)
        assert not left[0].exists()


def test_two_runs_beside_each_other_have_servers_of_their_own(serve: Launched) -> None:
    with launched(serve.home, "serve") as second:
        second.wait_for(r"REDIS_URL=\S+", seconds=60)
        assert not set(addresses(serve)) & set(addresses(second))
        second.interrupt()
        second.process.wait(10)
    database_url, _ = addresses(serve)
    psycopg2.connect(database_url).close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_root_runs_the_database_as_nobody_where_its_own_folder_is_closed_to_it(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    shutil.chown(closed, "nobody")
    with launched(closed / "home", "serve") as running:
        database_url = running.wait_for(r"DATABASE_URL=(\S+)", seconds=60)
        psycopg2.connect(database_url).close()
        owners = {
            Path(f"/proc/{number}").stat().st_uid
            for number, command in running.offspring().items()
            if "postgres" in command
        }
        assert owners
        assert 0 not in owners


@pytest.mark.skipif(
    not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")), reason="no system Postgres here"
)
def test_a_system_postgres_is_used_where_it_is_named(tmp_path: Path) -> None:
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    with launched(tmp_path / "home", "serve", FRAVAER_PG_BIN=str(binaries)) as running:
        database_url = running.wait_for(r"DATABASE_URL=(\S+)", seconds=60)
        with closing(psycopg2.connect(database_url)) as connection:
            assert f"{connection.server_version // 10000}" == binaries.parent.name
            with connection.cursor() as cursor:
                cursor.execute("SELECT lower('ÆØÅ')")
                assert cursor.fetchone() == ("æøå",)


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_a_server_that_is_named_is_used_and_none_started_in_its_place(tmp_path: Path, name: str) -> None:
    own = os.environ[name]
    with launched(tmp_path / "home", "serve", **{name: own}) as running:
        assert running.wait_for(rf"{name}=(\S+)", seconds=60) == own
        running.wait_for(r"REDIS_URL=\S+", seconds=60)
        started = " ".join(running.offspring().values())
        assert ("postgres" in started) == (name != "DATABASE_URL")
        assert ("valkey" in started) == (name != "REDIS_URL")


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_a_server_named_in_the_surroundings_that_does_not_answer_is_told_before_anything_runs(
    tmp_path: Path, name: str
) -> None:
    nowhere = {
        "DATABASE_URL": "postgres://fravaer:none@127.0.0.1:1/fravaer",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    with launched(tmp_path / "home", "test", "--collect-only", **{name: nowhere[name]}) as running:
        running.wait_for(f"{name} is set, but nothing answers there", seconds=60)
        assert running.process.wait(10) == 1
        assert "collected" not in running.said()
