"""What does one see of a running demo from outside: its pages, its rows, its processes and the phones of its guardians?"""

from __future__ import annotations

import json
import re
import signal
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from os import kill
from pathlib import Path
from typing import Any

import psycopg2
import requests

from fravaer.core import secrets
from tests.tools.launched import Launched, eventually
from tools.stack import answers
from tools.surroundings import Problem
from tools.visiting import Form, Visitor, form_with

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
        return Counter((secrets.unfix(to, secrets.NUMBER), str(body)) for to, body in found)

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
