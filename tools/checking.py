"""Is everything in order that can be seen without running the product?"""

import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tools.auditing import UNASKED
from tools.processes import ending, say, under_launcher
from tools.surroundings import ROOT

_AT_ONCE = 2

# What a municipality would set, so that Django's own deployment checks see a production.
_PRODUCTION = {
    "SECRET_KEY": "looked-at-only-by-the-checks-0123456789-abcdefghijklmnopqrstuvwxyz",
    "DATABASE_URL": "postgres://fravaer:unused@127.0.0.1:1/fravaer",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "ALLOWED_HOSTS": "fravaer.example.dk",
    "PUBLIC_BASE_URL": "https://fravaer.example.dk",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "unused",
    "TWILIO_FROM": "Skolen",
    "FIELD_KEYS": str(ROOT / ".fravaer" / "keys-of-checks"),
}


@dataclass
class _Check:
    """One command, and how it went."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    output: IO[bytes] | None = None
    began: float = 0.0
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        return self.process is not None and self.process.returncode == 0

    @property
    def unasked(self) -> bool:
        """Whether nobody could be asked: no fault of ours, and no answer either."""
        return self.name == "audit" and self.process is not None and self.process.returncode == UNASKED

    def start(self, environment: Mapping[str, str]) -> None:
        self.output = tempfile.TemporaryFile()  # noqa: SIM115
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            under_launcher(self.command),
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=subprocess.STDOUT,
        )

    def said(self) -> str:
        assert self.output is not None
        self.output.seek(0)
        return self.output.read().decode(errors="replace").rstrip()


def describe(parser: ArgumentParser) -> None:
    """What the verb takes."""
    parser.add_argument("only", nargs="*", help="names of checks; without any, all")


def run(arguments: Namespace) -> int:
    """Run every check, show what those say that fail, and sum up; 1 when any failed."""
    checks = [check for check in _checks() if not arguments.only or check.name in arguments.only]
    unknown = set(arguments.only) - {check.name for check in checks}
    if unknown:
        say(
            f"There is no check {', '.join(sorted(unknown))}; there are {', '.join(c.name for c in _checks())}."
        )
        return 2
    _run_together(checks)
    for check in checks:
        if not check.passed:
            assert check.process is not None
            say(f"\n── {check.name}: {' '.join(_shown(check.command))} {ending(check.process.returncode)} ──")
            say(check.said())
    say("")
    for check in checks:
        word = "ok    " if check.passed else "UNSAID" if check.unasked else "FAILED"
        say(f"{word}  {check.seconds:5.1f} s  {check.name}")
    failed = [check.name for check in checks if not check.passed and not check.unasked]
    if failed:
        say(f"\n{len(failed)} of {len(checks)} checks failed: {', '.join(failed)}.")
    if any(check.unasked for check in checks):
        say("\nNobody could be asked whether a library is known to be weak (no network). That is no answer.")
    elif not failed:
        say("\nAll is in order.")
    return 1 if failed else 0


def _checks() -> list[_Check]:
    """Every check, the slowest first so that the others run beside it."""
    python = sys.executable
    here = Path(python).parent
    manage = [python, "manage.py"]
    return [
        _Check("mypy", [python, "-m", "mypy"]),
        _Check("import-linter", [str(here / "lint-imports")]),
        _Check("catalogues", [*manage, "catalogues", "--check"]),
        _Check("audit", [python, "-m", "tools", "audit"]),
        _Check("sbom", [python, "-m", "tools", "sbom"]),
        _Check("migrations", [*manage, "makemigrations", "--check", "--dry-run"]),
        _Check("deployment", [*manage, "check", "--deploy", "--fail-level", "WARNING"]),
        _Check("djlint", [python, "-m", "djlint", "templates", "--lint", "--quiet"]),
        _Check("djlint-format", [python, "-m", "djlint", "templates", "--check"]),
        _Check("ruff", [python, "-m", "ruff", "check", ".", "dev"]),
        _Check("ruff-format", [python, "-m", "ruff", "format", "--check", ".", "dev"]),
    ]


def _run_together(checks: list[_Check]) -> None:
    # Not above: --help answers before there are libraries.
    from fravaer.core import secrets

    secrets.make(Path(_PRODUCTION["FIELD_KEYS"]))
    environment = {**os.environ, **_PRODUCTION, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    for name in ("DJANGO_SETTINGS_MODULE", "DEBUG", "DEMO", "SECRET_KEY_FILE", "TWILIO_BASE_URL"):
        environment.pop(name, None)
    waiting, running = list(checks), list[_Check]()
    while waiting or running:
        while waiting and len(running) < _AT_ONCE:
            running.append(waiting.pop(0))
            running[-1].start(environment)
        time.sleep(0.05)
        for check in list(running):
            assert check.process is not None
            if check.process.poll() is not None:
                check.seconds = time.monotonic() - check.began
                running.remove(check)


def _shown(command: list[str]) -> list[str]:
    """The command as one would type it, without the place of this installation."""
    return [Path(command[0]).name, *command[1:]]
