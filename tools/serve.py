"""How does one keep a database and a broker running for a day of development?"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from tools.processes import Supervisor, say
from tools.servers import folder_of_its_own, servers_in


def describe(parser: ArgumentParser) -> None:
    """What the verb takes."""
    parser.add_argument("--env-file", type=Path, metavar="FILE", help="also write the addresses into FILE")


def run(arguments: Namespace) -> int:
    """Start fresh servers, say where they are, and keep them until the end."""
    supervisor = Supervisor()
    with (
        folder_of_its_own("serve") as folder,
        servers_in(folder, supervisor, is_fast=True, is_kept=False) as servers,
    ):
        text = f"DATABASE_URL={servers.database_url}\nREDIS_URL={servers.redis_url}\n"
        say(text.rstrip())
        if arguments.env_file:
            arguments.env_file.write_text(text)
        supervisor.look_after_for_good()
    return 0
