"""Seal what was noted since the last time, and keep the head where the database does not reach."""

from typing import Any

from django.core.management.base import BaseCommand

from fravaer.audit import tasks


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{tasks.seal()} sealed")
        if kept := tasks.anchor():
            self.stdout.write(f"anchored: {kept}")
