"""Bring registers, absences and sums in line with calendars and enrolments, at once instead of tonight."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from fravaer.absence import alignment


class Command(BaseCommand):
    help = "Bring registers, absences and sums in line with calendars and enrolments that changed afterwards."

    def handle(self, *args: Any, **options: Any) -> None:
        changed = alignment.align()
        self.stdout.write(f"{changed} rows brought in line.")
