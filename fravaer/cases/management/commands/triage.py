"""Count everybody and store who has come over a line: `manage.py triage [--on DATE]`."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from fravaer.cases import triage
from fravaer.cases.rulebook import RulesDisagree
from fravaer.schools import schooldays


class Command(BaseCommand):
    help = "Store which pupils have come over a line, counting up to and including a day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--on",
            metavar="DATE",
            help="the last day counted, as 2026-03-10; without it the latest school day, today included",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            day = (
                date.fromisoformat(options["on"])
                if options["on"]
                else schooldays.day_in_view(timezone.localdate())
            )
        except ValueError as error:
            raise CommandError(f"{options['on']} is not a date: write it as 2026-03-10.") from error
        try:
            found = triage.run(day, timezone.now())
        except (triage.DayHasPassed, RulesDisagree) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Counted up to and including {day}: {found.crossed} new crossings, {found.ended} ended."
        )
