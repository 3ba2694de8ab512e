"""Fill an empty database with a municipality that does not exist: `manage.py make_municipality --pupils 4000 --seed 1`."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from fravaer.core import copying
from fravaer.synthetic import figures
from fravaer.synthetic.making import NotEmpty, make


class Command(BaseCommand):
    help = (
        "Fill an empty database with an invented municipality whose absence resembles the published figures, "
        "and print how near it came."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--pupils", type=int, default=4000, metavar="N", help="about so many pupils (4000)"
        )
        parser.add_argument(
            "--seed", type=int, default=1, metavar="S", help="another number, another municipality (1)"
        )
        parser.add_argument(
            "--school-years",
            type=int,
            default=2,
            metavar="K",
            help="the school year in view and those before it (2)",
        )
        parser.add_argument(
            "--until",
            metavar="DATE",
            help="the day it is seen from, as 2026-03-10 (today); outside school days the latest school day",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        today = timezone.localdate()
        try:
            until = date.fromisoformat(options["until"]) if options["until"] else today
        except ValueError as error:
            raise CommandError(f"{options['until']} is not a date: write it as 2026-03-10.") from error
        for name, least in (("pupils", 10), ("school_years", 1)):
            if options[name] < least:
                raise CommandError(f"--{name.replace('_', '-')} must be at least {least}.")
        began = time.monotonic()

        def say(what: str) -> None:
            if options["verbosity"]:
                self.stderr.write(f"{time.monotonic() - began:6.1f} s  {what}")

        try:
            made = make(
                pupils=options["pupils"],
                seed=options["seed"],
                school_years=options["school_years"],
                until=until,
                now=timezone.now(),
                today=today,
                say=say,
            )
        except NotEmpty as error:
            raise CommandError(
                "This database holds schools or pupils already. An invented municipality is only put into an "
                "empty database: name another one in DATABASE_URL, or empty this one."
            ) from error
        if not connection.in_atomic_block:
            say("Letting Postgres tidy up")
            copying.tidy()
        if options["verbosity"]:
            say("Counting how near it came")
            for line in figures.table(made):
                self.stdout.write(line)
        say(f"Done. The day in view is {made.view}.")
