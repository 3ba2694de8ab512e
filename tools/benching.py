"""How fast is the product on this machine? The measuring itself is in ``bench/``."""

import os
import sys
from argparse import ArgumentParser, Namespace

from tools.processes import Supervisor, run_in_front
from tools.servers import folder_of_its_own, servers_in


def describe(parser: ArgumentParser) -> None:
    """What the verb takes: everything, for the measurements."""
    parser.usage = "./dev bench [--pupils N] [--school-years K] [--json FILE]"


def run(arguments: Namespace) -> int:
    """Measure with servers of its own; answers the measurements' exit code."""
    with (
        folder_of_its_own("bench") as folder,
        servers_in(folder, Supervisor(), is_fast=True, is_kept=False) as servers,
    ):
        environment = {
            **os.environ,
            "DATABASE_URL": servers.database_url,
            "REDIS_URL": servers.redis_url,
        }
        return run_in_front([sys.executable, "-m", "bench", *arguments.rest], environment=environment)
