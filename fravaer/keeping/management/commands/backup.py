"""Dump the database into a folder with the role that sees every row, and say how many rows of what the dump must hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from fravaer.keeping import dumping


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="where the dump and its list of rows are put")
        parser.add_argument(
            "--url",
            default="",
            help="the database as the backup role (fravaer_backup); without it FRAVAER_BACKUP_URL",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = dumping.dump(dumping.url(options["url"]), options["folder"], timezone.now())
        except dumping.CannotSeeAll as error:
            raise CommandError(f"Nothing was dumped: {error}") from error
        except dumping.Failed as error:
            raise CommandError(f"The backup failed: {error}") from error
        self.stdout.write(f"{made.file.name}: {made.tables} tables, {made.rows} rows, sha256 {made.sha256}")
