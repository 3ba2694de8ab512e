"""Make the keys numbers, notes and files are sealed with, or one more of some of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from fravaer.core import secrets


class Command(BaseCommand):
    help = __doc__
    # It makes what a check would miss.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--folder", help="where to write them; FIELD_KEYS without it")
        parser.add_argument(
            "--rotate",
            nargs="+",
            metavar="FILE",
            choices=secrets.files(),
            help="files that get one more key, with which everything is sealed from the next start on",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder = options["folder"] or settings.FIELD_KEYS
        if not folder:
            raise CommandError("FIELD_KEYS names no folder, and --folder none either")
        written = secrets.make(Path(folder), options["rotate"], rotate=bool(options["rotate"]))
        for name in written:
            self.stdout.write(name)
        if not written:
            self.stdout.write("every file holds a key already; --rotate adds one")
