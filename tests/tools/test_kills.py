"""What happens when a part of the running product is killed in the middle of a morning?

It is started again, and nothing is lost or doubled: neither a register, nor an absence, nor a message on a phone.
"""

from __future__ import annotations

import json
import re
import signal
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import islice
from os import kill
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import requests

from tests.tools.launched import Launched, eventually, launched
from tools.stack import answers
from tools.surroundings import Problem, free_port
from tools.visiting import Form, Visitor, form_with

pytestmark = pytest.mark.faults

PARTS = {
    "worker": r"celery .* worker ",
    "web": r"gunicorn ",
    "broker": r"valkey-server ",
    "database": r"/postgres -D ",
}
REGISTER = re.compile(r"/r/(\d+)/([\d-]+)/morgen/$")
NOT_HERE = "I"
ABSENT = 3


class Town:
    """A running demo as seen from outside: its pages, its rows and the phones of its guardians."""

    def __init__(self, running: Launched) -> None:
        about = json.loads((running.home / "demo.json").read_text())
        self.running = running
        self.url: str = about["url"]
        self._gateway = about["settings"]["TWILIO_BASE_URL"]
        self._database = about["settings"]["DATABASE_URL"]

    def untaken(self, leader: Visitor) -> Iterator[Form]:
        """The registers nobody has taken yet, with some pupils of each marked as not there."""
        for link in leader.open("/today/").links:
            if not REGISTER.search(link):
                continue
            form = form_with(leader.open(link), name="version")
            if dict(form.fields)["version"] == "0" and len(form.choices) > ABSENT:
                marks = dict.fromkeys(list(form.choices)[:ABSENT], NOT_HERE)
                yield Form(form.action, form.method, form.filled(marks))

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query finds in the product's database."""
        with closing(psycopg2.connect(self._database)) as connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

    def messages(self, form: Form) -> Counter[tuple[str, str]]:
        """Number and text of what the product holds about the absences of this register, and how often."""
        return self._messages("AND school_class_id = %s AND day = %s", *class_and_day(form))

    def all_messages(self) -> Counter[tuple[str, str]]:
        """The same of all registers: brothers and sisters may give their parents the same text twice."""
        return self._messages("")

    def _messages(self, which: str, *values: object) -> Counter[tuple[str, str]]:
        # A number the provider refuses is told to the school, and no phone rings.
        found = self.rows(f"SELECT to_e164, body FROM sms_message WHERE state <> 'rejected' {which}", *values)
        return Counter((str(to), str(body)) for to, body in found)

    def unsettled(self) -> list[tuple[Any, ...]]:
        """The messages of which it is not yet known whether the provider has them."""
        return self.rows(
            "SELECT id, state, attempts FROM sms_message"
            " WHERE provider_sid IS NULL AND state NOT IN ('rejected', 'cancelled')"
        )

    def accepted(self) -> Counter[tuple[str, str]]:
        """Every message the provider ever took, by number and text, with how many times it took it."""
        with urllib.request.urlopen(f"{self._gateway}/ledger", timeout=10) as answer:
            return Counter((message["to"], message["body"]) for message in json.load(answer)["messages"])

    def turn(self, **knobs: object) -> None:
        """Turn knobs of the provider."""
        requests.post(f"{self._gateway}/control", json=knobs, timeout=10).raise_for_status()

    def kill(self, part: str) -> None:
        """End a part without a word of warning."""
        found = [
            number
            for number, command in self.running.offspring().items()
            if re.search(PARTS[part], command) and parent_of(number) == self.running.process.pid
        ]
        assert len(found) == 1, f"one {part}, but {found}"
        kill(found[0], signal.SIGKILL)

    def is_well(self) -> bool:
        return answers(f"{self.url}/readyz")


def parent_of(process: int) -> int:
    """The id of the process that started this one; 0 where it is gone already."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return 0
    return int(status.rpartition(")")[2].split()[1])


def class_and_day(form: Form) -> tuple[int, str]:
    found = REGISTER.search(form.action)
    assert found
    return int(found[1]), found[2]


def save_until_it_is_saved(leader: Visitor, form: Form) -> None:
    """Press the button again and again, as people do, until the receipt is there."""

    def is_saved() -> bool:
        with suppress(requests.RequestException, Problem):
            return leader.submit(form, {}).url.endswith("/receipt/")
        return False

    eventually(is_saved, seconds=60, what="a receipt")


@dataclass(frozen=True)
class Killed:
    """What was done around one kill: a register saved just before it, and one while the part was gone."""

    before: Form
    meanwhile: Form


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    home = tmp_path_factory.mktemp("kills") / "home"
    with launched(home, "demo", f"--port={free_port()}", "--pupils=400") as running:
        running.wait_for(r"The pages +(\S+)", seconds=180)
        yield Town(running)


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


@pytest.mark.parametrize("part", PARTS)
def test_a_killed_part_is_started_again(town: Town, morning: dict[str, Killed], part: str) -> None:
    name = {"broker": "valkey", "database": "postgres"}.get(part, part)
    assert f"{name} was killed by SIGKILL; it is started again." in town.running.said()
    assert town.is_well()


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


@pytest.mark.parametrize("part", PARTS)
def test_every_guardian_gets_each_message_and_gets_it_once(
    town: Town, morning: dict[str, Killed], part: str
) -> None:
    accepted, held = town.accepted(), town.all_messages()
    for form in (morning[part].before, morning[part].meanwhile):
        about_it = town.messages(form)
        assert about_it
        assert {one: accepted[one] for one in about_it} == {one: held[one] for one in about_it}


def test_the_provider_took_nothing_the_product_does_not_know(town: Town, morning: dict[str, Killed]) -> None:
    assert morning
    known = town.rows("SELECT provider_sid FROM sms_message WHERE provider_sid IS NOT NULL")
    assert town.accepted().total() == len(known) == len(set(known))
