"""Do all tests pass, against a real Postgres and a real Redis-compatible server?"""

import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from tools.processes import Supervisor, run_in_front
from tools.servers import Servers, folder_of_its_own, servers_in
from tools.surroundings import BROWSER_CURE, Problem, chromium

_WORKERS = "3"
"""More than the two processors a machine has at least: a good part of the tests wait for other processes."""


def describe(parser: ArgumentParser) -> None:
    """What the verb takes: everything, for pytest."""
    parser.usage = "./dev test [arguments of pytest]"
    parser.epilog = "Without -n the tests run on three processes. With CI set, a missing browser is an error."


def run(arguments: Namespace) -> int:
    """Run pytest with servers of its own; answers pytest's exit code."""
    browser = chromium()
    if browser is None and os.environ.get("CI"):
        raise Problem(f"The browser tests need Chromium, and CI is set: {BROWSER_CURE}")
    with (
        folder_of_its_own("test") as folder,
        servers_in(folder, Supervisor(), is_fast=True, is_kept=False) as servers,
    ):
        return _pytest(arguments.rest, environment=_environment(servers, browser))


def _environment(servers: Servers, browser: Path | None) -> dict[str, str]:
    """This environment, with the servers in it and without what would lead the tests elsewhere."""
    environment = {**os.environ, "DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    environment.pop("FRAVAER_CHROMIUM", None)
    if browser:
        environment["FRAVAER_CHROMIUM"] = str(browser)
    return environment


def _pytest(arguments: list[str], *, environment: dict[str, str]) -> int:
    spread = [] if any(part.startswith(("-n", "--numprocesses")) for part in arguments) else ["-n", _WORKERS]
    # A file stays in one process: some share one running product among their tests. Their order is tests/conftest.py's.
    together = ["--dist=loadfile", "--no-loadscope-reorder"]
    command = [sys.executable, "-m", "pytest", *together, *spread, *arguments]
    return run_in_front(command, environment=environment)
