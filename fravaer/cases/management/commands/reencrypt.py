"""Bring everything that is sealed under the newest keys: `manage.py reencrypt [--left] [--indexes]`."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from fravaer.cases import documents
from fravaer.core import resealing
from fravaer.core.secrets import NoKeys, Unreadable


class Command(BaseCommand):
    help = (
        "Seal what lies under an older key with the newest one: rows in batches, then files of cases. May be stopped at any "
        "moment and goes on where it was. Once --left shows nothing, the older keys may leave their files."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--left", action="store_true", help="count what lies under older keys, and change nothing"
        )
        parser.add_argument(
            "--indexes",
            action="store_true",
            help="also make the hashes numbers are found by anew, of every row",
        )
        parser.add_argument("--batch", type=int, default=resealing.BATCH, help="rows in one transaction")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["left"]:
                self._count()
            else:
                self._reseal(options["batch"], indexes=options["indexes"])
        except (NoKeys, Unreadable) as error:
            raise CommandError(str(error)) from None

    def _count(self) -> None:
        for left in resealing.left():
            if left.count:
                self.stdout.write(f"{left.model._meta.label}.{left.field.name} {left.count}")

    def _reseal(self, batch: int, *, indexes: bool) -> None:
        for model, field in resealing.columns():
            name = f"{model._meta.label}.{field.name}"
            if done := sum(resealing.reseal(model, field, batch=batch)):
                self.stdout.write(f"{name} {done}")
            if indexes and field.found_by and (done := sum(resealing.reindex(model, field, batch=batch))):
                self.stdout.write(f"{name} found again {done}")
        if changed := resealing.refix(resealing.numbers()):
            self.stdout.write(f"numbers {changed}")
        if files := sum(1 for _one in documents.reseal(Path(settings.FRAVAER_DOCUMENTS))):
            self.stdout.write(f"files {files}")
