"""A wrong setting stops the start, and says which one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

GOOD = {
    "SECRET_KEY": "k" * 50,
    "DATABASE_URL": "postgres://fravaer:x@127.0.0.1:5432/fravaer",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
}


def start(**changes: str | None) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of its own; None takes a variable away."""
    named = {"PATH": os.environ["PATH"], **GOOD, **changes}
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from fravaer import settings as s; print(s.HTTPS, s.SESSION_COOKIE_SECURE, s.SECRET_KEY[:3], s.DEBUG, s.DEMO)",
        ],
        env={name: value for name, value in named.items() if value is not None},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )


def test_three_variables_are_enough_and_the_rest_is_safe() -> None:
    assert start().stdout == "False False kkk False False\n"


def test_an_https_address_makes_the_cookies_secure() -> None:
    assert start(PUBLIC_BASE_URL="https://fravaer.example.dk/").stdout.startswith("True True")


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
def test_a_missing_or_wrong_variable_is_named(name: str, value: str | None) -> None:
    started = start(**{name: value})
    assert started.returncode != 0
    assert name in started.stderr.strip().splitlines()[-1]


def test_all_wrong_variables_are_named_at_once() -> None:
    last = start(SECRET_KEY=None, DATABASE_URL=None, REDIS_URL=None).stderr.strip().splitlines()[-1]
    assert all(name in last for name in GOOD)


def test_the_key_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("f" * 40 + "\n")
    assert start(SECRET_KEY=None, SECRET_KEY_FILE=str(secret)).stdout == "False False fff False False\n"
    secret.write_text("short")
    started = start(SECRET_KEY=None, SECRET_KEY_FILE=str(secret))
    assert "SECRET_KEY_FILE" in started.stderr.strip().splitlines()[-1]
    assert "short" not in started.stderr.strip().splitlines()[-1].replace("shorter", "")
