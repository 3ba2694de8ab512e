"""A wrong setting stops the start, and says which one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from django.conf import settings

GOOD = {
    "SECRET_KEY": "k" * 50,
    "DATABASE_URL": "postgres://fravaer:x@127.0.0.1:5432/fravaer",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
}


# Imports what settings are made of, once, and reads the settings in a child for each environment it is told.
READER = """
import json, os, sys
import celery.app.base, celery.schedules, csp.constants, dj_database_url, django.utils.translation, environs

for line in sys.stdin:
    environment, output, errors = json.loads(line)
    child = os.fork()
    if not child:
        os.environ.clear()
        os.environ.update(environment)
        for file, stream in ((output, 1), (errors, 2)):
            os.dup2(os.open(file, os.O_WRONLY), stream)
        from fravaer import settings as s
        print(s.HTTPS, s.SESSION_COOKIE_SECURE, s.SECRET_KEY[:3], s.DEBUG, s.DEMO, s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME)
        sys.exit()
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@dataclass(frozen=True)
class Started:
    returncode: int
    stdout: str
    stderr: str


class Start(Protocol):
    def __call__(self, **changes: str | None) -> Started: ...


@pytest.fixture(scope="module")
def reader() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", READER],
        env={"PATH": os.environ["PATH"]},
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process


@pytest.fixture
def start(reader: subprocess.Popen[str], tmp_path: Path) -> Start:
    """Read the settings in a process of its own; None takes a variable away."""

    def read(**changes: str | None) -> Started:
        named = {"PATH": os.environ["PATH"], **GOOD, **changes}
        environment = {name: value for name, value in named.items() if value is not None}
        output, errors = tmp_path / "output", tmp_path / "errors"
        for file in (output, errors):
            file.write_text("")
        assert reader.stdin
        assert reader.stdout
        reader.stdin.write(json.dumps([environment, str(output), str(errors)]) + "\n")
        reader.stdin.flush()
        code = int(reader.stdout.readline())
        return Started(code, output.read_text(), errors.read_text())

    return read


def test_three_variables_are_enough_and_the_rest_is_safe(start: Start) -> None:
    assert start().stdout == "False False kkk False False sessionid csrftoken\n"


def test_an_https_address_makes_the_cookies_secure(start: Start) -> None:
    said = start(PUBLIC_BASE_URL="https://fravaer.example.dk/").stdout
    assert said.startswith("True True")
    # A browser takes these names over https alone, for the whole host and from no other.
    assert said.split()[-2:] == ["__Host-session", "__Host-csrf"]
    assert (settings.SESSION_COOKIE_PATH, settings.CSRF_COOKIE_PATH) == ("/", "/")
    assert (settings.SESSION_COOKIE_DOMAIN, settings.CSRF_COOKIE_DOMAIN) == (None, None)


@pytest.mark.parametrize("name", ["DEBUG", "DEMO"])
def test_86_what_is_for_this_machine_alone_starts_nowhere_else(start: Start, name: str) -> None:
    assert start(**{name: "true"}).returncode == 0
    for elsewhere in ({"PUBLIC_BASE_URL": "https://fravaer.example.dk"}, {"ALLOWED_HOSTS": "*"}):
        started = start(**{name: "true"}, **elsewhere)
        assert started.returncode != 0
        assert name in started.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", None),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY_FILE", "/nowhere/at/all"),
        ("DATABASE_URL", None),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "sqlite:///here.db"),
        ("REDIS_URL", None),
        ("REDIS_URL", "http://127.0.0.1"),
        ("PUBLIC_BASE_URL", "fravaer.example.dk"),
        ("LOG_LEVEL", "LOUD"),
        ("DEMO", "perhaps"),
        ("SMALL_CELL_N", "1"),
        ("SMALL_DENOM", "many"),
        ("SESSION_IDLE_MINUTES", "0"),
        ("SESSION_ABSOLUTE_HOURS", "-1"),
    ],
)
def test_a_missing_or_wrong_variable_is_named(start: Start, name: str, value: str | None) -> None:
    started = start(**{name: value})
    assert started.returncode != 0
    assert name in started.stderr.strip().splitlines()[-1]


def test_all_wrong_variables_are_named_at_once(start: Start) -> None:
    last = start(SECRET_KEY=None, DATABASE_URL=None, REDIS_URL=None).stderr.strip().splitlines()[-1]
    assert all(name in last for name in GOOD)


def test_the_key_may_come_from_a_file(start: Start, tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("f" * 40 + "\n")
    assert (
        start(SECRET_KEY=None, SECRET_KEY_FILE=str(secret)).stdout
        == "False False fff False False sessionid csrftoken\n"
    )
    secret.write_text("short")
    started = start(SECRET_KEY=None, SECRET_KEY_FILE=str(secret))
    assert "SECRET_KEY_FILE" in started.stderr.strip().splitlines()[-1]
    assert "short" not in started.stderr.strip().splitlines()[-1].replace("shorter", "")
