"""Does ./dev demo keep its promises: one at a time, the same data again, nothing left behind?

The tests of this file use one demo after the other and build on each other's data, so they run in one process.
"""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.tools.launched import ROOT, Launched, environment, eventually, launched
from tools.surroundings import free_port
from tools.visiting import Visitor

PUPILS = 300


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all demos here."""
    return tmp_path_factory.mktemp("demo") / "home"


@contextmanager
def demo(home: Path, *more: str) -> Iterator[Launched]:
    """A demo that answers, on a port of its own."""
    with launched(home, "demo", f"--port={free_port()}", f"--pupils={PUPILS}", *more) as running:
        running.url = running.wait_for(r"The pages +(\S+)", seconds=150)
        yield running


def manage(home: Path, *arguments: str) -> str:
    """What a management command prints, run as ./dev manage."""
    result = subprocess.run(
        [sys.executable, "-m", "tools", "manage", *arguments],
        cwd=ROOT,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout.strip()


def pupils(home: Path) -> int:
    counted = manage(
        home, "shell", "-v0", "-c", "from fravaer.schools.models import Pupil; print(Pupil.objects.count())"
    )
    return int(counted.splitlines()[-1])


@pytest.fixture(scope="module")
def first(home: Path) -> Iterator[Launched]:
    """The first one ever started in its folder. One of the tests kills it."""
    with demo(home) as running:
        yield running


def test_it_fills_an_empty_database_and_lets_one_in_by_a_click(first: Launched) -> None:
    with Visitor(first.url) as teacher:
        assert "/login/" not in teacher.sign_in("laerer").url
    assert pupils(first.home) >= PUPILS


def test_it_is_all_the_parts_of_production_and_a_gateway(first: Launched) -> None:
    running = " ".join(first.offspring().values())
    for part in ("gunicorn", "worker", "beat", "tools.gateway", "postgres", "valkey-server"):
        assert part in running


def test_its_secrets_are_for_its_owner_alone(first: Launched) -> None:
    about = json.loads((first.home / "demo.json").read_text())
    assert "PATH" not in about["settings"], "what else is in the environment may be secret, too"
    for file in ("demo/secrets.json", "demo.json"):
        assert (first.home / file).stat().st_mode & 0o077 == 0


def test_a_second_one_says_where_the_first_one_is(first: Launched) -> None:
    with launched(first.home, "demo") as second:
        said = second.wait_for(r"A demo runs already .*", seconds=20)
        where = f"at {first.url} (process {first.process.pid})"
        assert said == f"A demo runs already {where}. Ctrl-C there stops it."
        assert second.process.wait(5) == 1
    assert first.process.poll() is None


def test_a_killed_one_leaves_no_process(first: Launched) -> None:
    first.kill()
    eventually(lambda: not first.offspring(), seconds=20, what=lambda: f"gone, but {first.offspring()}")


def test_the_data_of_a_killed_one_serve_the_next_which_ctrl_c_stops_within_seconds(home: Path) -> None:
    before = pupils(home)
    assert before >= PUPILS
    with demo(home) as again:
        with urllib.request.urlopen(f"{again.url}/readyz", timeout=10) as answer:
            assert answer.status == 200
        assert pupils(home) == before
        again.interrupt()
        assert again.process.wait(12) == 130
        assert not again.offspring()


def test_reset_starts_over(home: Path) -> None:
    leave_everybody = "from fravaer.accounts.models import User; User.objects.update(is_active=False)"
    manage(home, "shell", "-v0", "-c", leave_everybody)
    with demo(home, "--reset") as running, Visitor(running.url) as teacher:
        assert "/login/" not in teacher.sign_in("laerer").url
