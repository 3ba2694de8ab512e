"""How do the tests start the launcher's verbs, and see what is left of them?"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


class Launched:
    """A verb of the launcher that is running, with a folder of its own."""

    def __init__(self, home: Path, *arguments: str, **more: str) -> None:
        self.home = home
        self.url = ""
        home.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(dir=home.parent, suffix=".output")
        self._output = Path(name)
        with os.fdopen(number, "wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tools", *arguments],
                cwd=ROOT,
                env=environment(home, **more),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def said(self) -> str:
        return self._output.read_text()

    def wait_for(self, pattern: str, *, seconds: float) -> str:
        """What the first group of the pattern matches in what it says, as soon as it says so."""

        def said_it() -> bool:
            return re.search(pattern, self.said()) is not None or self.process.poll() is not None

        eventually(said_it, seconds=seconds, what=lambda: f"{pattern!r} in: {self.said()}")
        match = re.search(pattern, self.said())
        assert match is not None, f"It ended: {self.said()}"
        return match[1] if match.groups() else match[0]

    def interrupt(self) -> None:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def offspring(self) -> dict[int, str]:
        """The living processes that belong to it or were left by it, with their command lines.

        They are known by their environment, which names the folder, or by standing in it: Postgres writes over
        its environment.
        """
        mark = f"FRAVAER_HOME={self.home}".encode()
        found = {}
        for place in Path("/proc").iterdir():
            if not place.name.isdigit() or int(place.name) == os.getpid():
                continue
            try:
                is_inside = place.joinpath("cwd").readlink().is_relative_to(self.home)
                if is_inside or mark in place.joinpath("environ").read_bytes().split(b"\0"):
                    command = place.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode()
                    found[int(place.name)] = command.strip()
            except OSError:
                continue
        found.pop(self.process.pid, None)
        return found


@contextmanager
def launched(home: Path, *arguments: str, **more: str) -> Iterator[Launched]:
    """A verb, started; killed at the end if it still runs."""
    running = Launched(home, *arguments, **more)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.interrupt()
            try:
                running.process.wait(20)
            except subprocess.TimeoutExpired:
                running.kill()


def environment(home: Path, **more: str) -> dict[str, str]:
    """An environment in which the launcher starts servers of its own."""
    kept = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL", "CI")
    }
    return {**kept, "FRAVAER_HOME": str(home), **more}


def eventually(holds: Callable[[], bool], *, seconds: float, what: str | Callable[[], str]) -> None:
    """Wait until it holds; fail with what was waited for when it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"Not in {seconds} seconds: {what if isinstance(what, str) else what()}")
        time.sleep(0.05)
