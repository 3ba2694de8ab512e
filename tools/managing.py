"""How does one run a management command against the demo's data, whether the demo runs or not?"""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping

from tools.demo import only_demo, running_demo
from tools.processes import Supervisor, run_in_front
from tools.servers import secrets_of, servers_in
from tools.stack import environment_with, settings_for
from tools.surroundings import free_port


def describe(parser: ArgumentParser) -> None:
    """What the verb takes: everything, for manage.py."""
    parser.usage = "./dev manage COMMAND [arguments]"


def run(arguments: Namespace) -> int:
    """Run manage.py with the demo's settings; answers its exit code."""
    demo = running_demo()
    if demo:
        return _managed(arguments.rest, demo["settings"])
    supervisor = Supervisor()
    with only_demo() as folder, servers_in(folder, supervisor, is_fast=False, is_kept=True) as servers:
        settings = settings_for(servers, secrets_of(folder), free_port(), free_port(), free_port())
        return _managed(arguments.rest, settings)


def _managed(arguments: list[str], settings: Mapping[str, str]) -> int:
    command = [sys.executable, "manage.py", *arguments]
    return run_in_front(command, environment=environment_with(settings))
