"""Show the published figures of the whole country, or add one."""

from __future__ import annotations

from argparse import ArgumentParser
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from fravaer.core.periods import SchoolYear
from fravaer.reports import references
from fravaer.reports.references import Measure

# Later than any figure there is.
LAST = 9000


class Command(BaseCommand):
    help = "Show the newest published figures of the whole country, or add one of a school year with where it was read."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("year", nargs="?", help="the school year, as 2024-25")
        parser.add_argument("measure", nargs="?", choices=Measure.values)
        parser.add_argument("percent", nargs="?", help="as 7,1")
        parser.add_argument("source", nargs="?", help="the publication's name")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["year"] is not None:
            if options["source"] is None:
                raise CommandError("Give the school year, the measure, the percent and the source.")
            try:
                year = SchoolYear.parse(options["year"])
                tenths = Decimal(options["percent"].replace(",", ".")) * 10
                if tenths != int(tenths):
                    raise CommandError("Give one decimal.")
                references.state(
                    year.year,
                    options["measure"],
                    int(tenths),
                    options["source"],
                    by_id=None,
                    now=timezone.now(),
                )
            except (ValueError, InvalidOperation) as error:
                raise CommandError(f"That cannot be: {error}") from error
        for measure, one in references.latest(LAST).items():
            self.stdout.write(
                f"{one.school_year} {measure}: {one.tenths // 10},{one.tenths % 10} %; {one.source}"
            )
