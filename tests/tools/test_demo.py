"""Does ./dev demo keep its promises: one at a time, the same data again, nothing left behind, whatever is killed?

The tests of this file use one demo after the other and build on each other's data, so they run in one process.
"""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pytest

from tests.tools.launched import ROOT, Launched, environment, eventually, launched
from tests.tools.town import ABSENT, PARTS, Town, class_and_day, save_until_it_is_saved
from tools.surroundings import free_port
from tools.visiting import Form, Visitor

PUPILS = 400


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all demos here."""
    return tmp_path_factory.mktemp("demo") / "home"


@contextmanager
def demo(home: Path, *more: str) -> Iterator[Launched]:
    """A demo that answers, on a port of its own."""
    with launched(home, "demo", f"--port={free_port()}", f"--pupils={PUPILS}", *more) as running:
        running.url = running.wait_for(r"The pages +(\S+)", seconds=400)
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


@pytest.fixture(scope="module")
def first(home: Path) -> Iterator[Launched]:
    """The first one ever started in its folder. One of the tests kills it."""
    with demo(home) as running:
        yield running


@pytest.fixture(scope="module")
def pupils(first: Launched) -> int:
    """How many pupils the first one has made, as `./dev manage` beside it counts them."""
    count = "from fravaer.schools.models import Pupil; print(Pupil.objects.count())"
    return int(manage(first.home, "shell", "-v0", "-c", count).splitlines()[-1])


def test_it_fills_an_empty_database_and_lets_one_in_by_a_click(first: Launched, pupils: int) -> None:
    with Visitor(first.url) as teacher:
        assert "/login/" not in teacher.sign_in("laerer").url
    assert pupils >= PUPILS


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


# Parts of it are killed in the middle of a morning: nothing is lost or doubled, neither a register, nor an absence, nor a
# message on a phone.


@dataclass(frozen=True)
class Killed:
    """What was done around one kill: a register saved just before it, and one while the part was gone."""

    before: Form
    meanwhile: Form


@pytest.fixture(scope="module")
def town(first: Launched) -> Town:
    return Town(first)


@pytest.fixture(scope="module")
def morning(town: Town) -> dict[str, Killed]:
    """A morning on which one part after the other is killed while registers are saved and messages sent."""
    killed = {}
    with Visitor(town.url) as leader:
        leader.sign_in("skoleleder")
        registers = list(islice(town.untaken(leader), 2 * len(PARTS)))
        # A provider who takes his time: the kills meet messages that are just being sent.
        town.turn(latency_ms=1500)
        for part in PARTS:
            before, meanwhile = registers.pop(), registers.pop()
            save_until_it_is_saved(leader, before)
            eventually(lambda: bool(town.messages(before)), seconds=60, what="messages")  # noqa: B023
            town.kill(part)
            save_until_it_is_saved(leader, meanwhile)
            eventually(town.is_well, seconds=90, what=town.running.said)
            # The button once more: the same key, so the same receipt and nothing new.
            save_until_it_is_saved(leader, before)
            killed[part] = Killed(before, meanwhile)
        town.turn(latency_ms=0)
        for one in killed.values():
            eventually(lambda: bool(town.messages(one.meanwhile)), seconds=60, what="messages")  # noqa: B023
        eventually(lambda: not town.unsettled(), seconds=480, what=lambda: f"an end to {town.unsettled()}")
    return killed


@pytest.mark.faults
@pytest.mark.parametrize("part", PARTS)
def test_a_killed_part_is_started_again(town: Town, morning: dict[str, Killed], part: str) -> None:
    name = {"broker": "valkey", "database": "postgres"}.get(part, part)
    assert f"{name} was killed by SIGKILL; it is started again." in town.running.said()
    assert town.is_well()


@pytest.mark.faults
@pytest.mark.parametrize("part", PARTS)
def test_no_register_and_no_absence_is_lost_or_doubled(
    town: Town, morning: dict[str, Killed], part: str
) -> None:
    for form in (morning[part].before, morning[part].meanwhile):
        about = class_and_day(form)
        of_it = "WHERE school_class_id = %s AND day = %s AND checkpoint = 1"
        assert town.rows(f"SELECT version, pending FROM absence_register {of_it}", *about) == [(1, ABSENT)]
        assert town.rows(f"SELECT count(*) FROM absence_registerevent {of_it}", *about) == [(1,)]
        assert town.rows(f"SELECT count(*) FROM absence_absence {of_it}", *about) == [(ABSENT,)]


@pytest.mark.faults
@pytest.mark.parametrize("part", PARTS)
def test_every_guardian_gets_each_message_and_gets_it_once(
    town: Town, morning: dict[str, Killed], part: str
) -> None:
    accepted, held = town.accepted(), town.all_messages()
    for form in (morning[part].before, morning[part].meanwhile):
        about_it = town.messages(form)
        assert about_it
        assert {one: accepted[one] for one in about_it} == {one: held[one] for one in about_it}


@pytest.mark.faults
def test_the_provider_took_nothing_the_product_does_not_know(town: Town, morning: dict[str, Killed]) -> None:
    assert morning
    known = town.rows("SELECT provider_sid FROM sms_message WHERE provider_sid IS NOT NULL")
    assert town.accepted().total() == len(known) == len(set(known))


# And then all of it.


def test_a_killed_one_leaves_no_process(first: Launched) -> None:
    first.kill()
    eventually(lambda: not first.offspring(), seconds=20, what=lambda: f"gone, but {first.offspring()}")


def test_the_data_of_a_killed_one_serve_the_next_which_ctrl_c_stops_within_seconds(
    home: Path, pupils: int
) -> None:
    with demo(home) as again:
        with urllib.request.urlopen(f"{again.url}/readyz", timeout=10) as answer:
            assert answer.status == 200
        assert Town(again).rows("SELECT count(*) FROM schools_pupil") == [(pupils,)]
        again.interrupt()
        assert again.process.wait(12) == 130
        assert not again.offspring()


def test_reset_starts_over(home: Path) -> None:
    leave_everybody = "from fravaer.accounts.models import User; User.objects.update(is_active=False)"
    manage(home, "shell", "-v0", "-c", leave_everybody)
    with demo(home, "--reset") as running, Visitor(running.url) as teacher:
        assert "/login/" not in teacher.sign_in("laerer").url
