"""Bring everything that is sealed under the newest keys: `manage.py reencrypt [--left] [--indexes]`."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Set
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from fravaer.audit import former
from fravaer.cases import documents
from fravaer.core import resealing, secrets
from fravaer.core.secrets import NoKeys, Unreadable
from fravaer.keeping import packages
from fravaer.reports import exporting


class Command(BaseCommand):
    help = (
        "Seal what lies under an older key with the newest one: rows in batches, then files of cases. May be stopped at any "
        "moment and goes on where it was. Once --left shows nothing, the older keys may leave their files."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--left", action="store_true", help="say what still needs an older key, and change nothing"
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
            name = f"{left.model._meta.label}.{left.field.name}"
            if left.count:
                self.stdout.write(f"{name} {left.count} ({', '.join(left.keys)})")
            # What a row was before is evidence: it stays as it was sealed then, and its key with it.
            formers = former.keys_of(left.model._meta.db_table, left.field.attname)
            self._named(f"{name} in what rows were", formers, left.newest)
        newest = {secrets.newest(exporting.PURPOSE)[0].hex()}
        self._named("files of cases", documents.keys_needed(Path(settings.FRAVAER_DOCUMENTS)), newest)
        # Gone within a day.
        self._named("files to be fetched", exporting.keys_needed(Path(settings.FRAVAER_EXPORTS)), newest)

        if settings.FRAVAER_ARCHIVE:
            # Handed over and taken away by the municipality, or opened by it with the key.
            needed = packages.keys_needed(Path(settings.FRAVAER_ARCHIVE))
            self._named("packages for the archive", needed, newest)

    def _named(self, name: str, by_key: dict[str, int], newest: Set[str]) -> None:
        older = {key: many for key, many in sorted(by_key.items()) if key not in newest}
        if older:
            self.stdout.write(f"{name} {sum(older.values())} ({', '.join(key or 'open' for key in older)})")

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
