"""How does one try the whole product on this machine, without installing anything?"""

import json
import os
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools.postgres import discard
from tools.processes import say
from tools.servers import held_lock
from tools.stack import Stack, chosen_port, stack_in
from tools.surroundings import HOME, Problem

FOLDER = HOME / "demo"
_LOCK = HOME / "demo.lock"
_ABOUT = HOME / "demo.json"


def describe(parser: ArgumentParser) -> None:
    """What the verb takes."""
    parser.add_argument("--port", type=int, help="where the pages are on 127.0.0.1 (8000, or a free one)")
    parser.add_argument("--pupils", type=int, default=4000, help="how many pupils a new municipality gets")
    parser.add_argument("--reset", action="store_true", help="throw the demo's data away and start over")
    parser.add_argument(
        "--check",
        action="store_true",
        help="start a second one beside it with data of its own, prove that it works, and stop it",
    )


def run(arguments: Namespace) -> int:
    """Run the demo until Ctrl-C, or prove that it would work."""
    if arguments.check:
        from tools.proving import proved

        return proved()
    began = time.monotonic()
    with only_demo() as folder:
        if arguments.reset:
            _reset(folder)
        port = chosen_port(arguments.port)
        with stack_in(folder, port=port, pupils=arguments.pupils) as stack, _told(stack):
            stack.supervisor.wait_until(stack.is_well, what="The first job by beat", seconds=90)
            say(_welcome(stack, time.monotonic() - began))
            stack.supervisor.look_after_for_good()
        return 0


@contextmanager
def only_demo() -> Iterator[Path]:
    """The demo's folder, for one process at a time.

    Raises:
        Problem: another one is running; the message says where.
    """
    HOME.mkdir(exist_ok=True)
    lock = held_lock(_LOCK)
    if lock is None:
        about = running_demo()
        if about is None:
            raise Problem(
                "The demo is just starting, or ./dev manage is at work on its data: try again soon."
            )
        raise Problem(
            f"A demo runs already at {about['url']} (process {about['process']}). Ctrl-C there stops it."
        )
    with lock:
        # What a killed one said of itself.
        _ABOUT.unlink(missing_ok=True)
        FOLDER.mkdir(exist_ok=True)
        yield FOLDER


def running_demo() -> Mapping[str, Any] | None:
    """What the running demo says of itself, or None where none runs or has said it yet."""
    HOME.mkdir(exist_ok=True)
    lock = held_lock(_LOCK)
    if lock is not None:
        lock.close()
        return None
    try:
        return dict(json.loads(_ABOUT.read_text()))
    except (OSError, ValueError):
        return None


@contextmanager
def _told(stack: Stack) -> Iterator[None]:
    """Let other commands find the running demo."""
    about = {"process": os.getpid(), "url": stack.url, "settings": dict(stack.settings)}
    _ABOUT.touch(mode=0o600)
    _ABOUT.write_text(json.dumps(about))
    try:
        yield
    finally:
        _ABOUT.unlink(missing_ok=True)


def _reset(folder: Path) -> None:
    for name in ("DATABASE_URL", "REDIS_URL"):
        if os.environ.get(name):
            raise Problem(f"--reset would not touch what {name} names: empty that yourself, or unset {name}.")
    discard(folder)
    folder.mkdir()


def _welcome(stack: Stack, seconds: float) -> str:
    return f"""
fravaer runs since {seconds:.0f} seconds.

  The pages           {stack.url}
                      sign in as anybody by a click; begin as the teacher and take a register
  The parents' phones {stack.gateway_url}
                      what the local SMS gateway has delivered; nothing leaves this machine
  E-mails             {stack.gateway_url}/mail
                      reminders, and links into accounts with a password
  Commands            ./dev manage COMMAND, with this demo's database
  Logs                {os.path.relpath(FOLDER / "logs")}

Ctrl-C stops everything, ./dev demo starts it again with the same data, ./dev demo --reset with new ones.
"""
