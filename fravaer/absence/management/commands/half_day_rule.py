"""Show the rules of half-days, or lay down another from a day on."""

from __future__ import annotations

from argparse import ArgumentParser, BooleanOptionalAction
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from fravaer.absence import halfdays
from fravaer.absence.checkpoints import ORDER, HalfDays
from fravaer.absence.halfdays import Contradiction

WORDS = {
    Contradiction.RANGE: "There is no such year group. Use 0 to 10, or 11 when nobody is noted at the end of the day.",
    Contradiction.SAME_DAY: "Another rule begins on this day. Rules are never changed afterwards.",
    Contradiction.NOTHING_NEW: "The rule in force that day says the same already.",
    Contradiction.COMPLETED: "A school has completed its registration of days this rule would change.",
    Contradiction.END_TAKEN: "Registers of the end of the day were taken that would decide nothing under this rule.",
}


class Command(BaseCommand):
    help = (
        "Show the rules of half-days, or lay down another from DAY on. Nothing is changed when it is refused."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("day", nargs="?", type=date.fromisoformat, help="the first day, as 2026-08-01")
        parser.add_argument(
            "--first-with-end", type=int, help="the first year group noted at the end of the day as well"
        )
        parser.add_argument(
            "--start-decides",
            action=BooleanOptionalAction,
            default=True,
            help="whether absent at the start and present at the end is a whole day (the default) or half a day",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        day, first = options["day"], options["first_with_end"]
        if (day is None) != (first is None):
            raise CommandError("Give the day and --first-with-end, or neither to see the rules.")
        if day is not None:
            try:
                changed = halfdays.lay_down(
                    HalfDays(first, options["start_decides"], day), role="job.half_day_rule"
                )
            except halfdays.Refused as refused:
                raise CommandError(WORDS[refused.contradiction]) from refused
            self.stdout.write(f"Laid down. {changed} rows and sums were counted anew.")
        for rule in [ORDER, *halfdays.rules()]:
            since = rule.valid_from.isoformat() if rule.valid_from else "from the beginning"
            decides = "the start decides the day" if rule.start_decides else "each half decides itself"
            self.stdout.write(f"{since}: end of the day from year group {rule.first_with_end}; {decides}")
