"""Measure the product on a synthetic municipality, and print each figure beside its yardstick and its budget.

Ratios within one run are what counts; the seconds belong to this machine. Nothing here is a test: a budget that is not kept
is printed as such, and the exit code says so.

A whole country's triage is measured in two runs, each in an empty database:
`./dev bench --only statements --json small.json`, then
`./dev bench --pupils 530000 --school-years 1 --only statements --per-pupil-of small.json`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import perf_counter

# Near the end of a school year, when a year to date is a whole year and every quarter of it has been taken.
UNTIL = date(2026, 6, 24)
PARTS = (
    "statements",
    "pages",
    "rush",
    "hands",
    "loading",
    "messages",
    "worklists",
    "reporting",
    "files",
    "walls",
    "audit",
)
# Printed where it is asked for: no figure of it has a budget.
PLANS = "plans"


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--pupils", type=int, default=50_000, help="size of the municipality (50000)")
    parser.add_argument("--school-years", type=int, default=2, help="school years of data (2)")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    parser.add_argument(
        "--per-pupil-of",
        type=Path,
        metavar="FILE",
        help="compare triage a pupil with the figures an earlier run of another size wrote with --json",
    )
    parser.add_argument("--only", choices=(*PARTS, PLANS), nargs="+", default=PARTS, help="some parts of it")
    arguments = parser.parse_args()

    os.environ.setdefault("SECRET_KEY", "only-for-measuring-" + "x" * 40)
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    os.environ.update(
        DJANGO_SETTINGS_MODULE="bench.settings", DEMO="true", TWILIO_BASE_URL="http://127.0.0.1:1"
    )
    # An account of nobody's: status calls are signed with its token, and nothing is sent to the port above.
    os.environ.update(
        TWILIO_ACCOUNT_SID="AC" + "0" * 32, TWILIO_AUTH_TOKEN="for measuring", TWILIO_FROM="Skolen"
    )
    os.environ["DEBUG"] = "false"
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from bench import (
        figures,
        files,
        hands,
        loading,
        messages,
        pages,
        plans,
        reporting,
        rush,
        statements,
        walls,
        worklists,
    )
    from fravaer.accounts.middleware import day_in_view

    call_command("migrate", verbosity=0)
    begun = perf_counter()
    call_command(
        "make_municipality",
        pupils=arguments.pupils,
        seed=1,
        school_years=arguments.school_years,
        until=UNTIL.isoformat(),
        verbosity=0,
    )
    seconds = perf_counter() - begun
    day = day_in_view(timezone.localdate())
    measured: dict[str, Callable[[], list[figures.Figure]]] = {
        "statements": lambda: statements.measured(day, timezone.now()),
        "pages": pages.measured,
        "rush": lambda: rush.measured(day),
        "hands": hands.measured,
        "loading": lambda: loading.measured(seconds),
        "messages": lambda: messages.measured(day, timezone.now()),
        "worklists": lambda: worklists.measured(day, timezone.now()),
        "reporting": lambda: reporting.measured(day, timezone.now()),
        "files": lambda: files.measured(day, timezone.now()),
        "walls": walls.measured,
        "audit": walls.noted,
        PLANS: plans.printed,
    }
    found: list[figures.Figure] = []
    for part in (*PARTS, PLANS):
        if part in arguments.only:
            of_part = measured[part]()
            if of_part:
                # At once: what comes later may take minutes, or fail.
                print(figures.table(of_part), flush=True)
            found += of_part
    if arguments.per_pupil_of and "statements" in arguments.only:
        of_size = [figures.per_pupil(found, statements.TRIAGE, arguments.pupils, arguments.per_pupil_of)]
        print(figures.table(of_size), flush=True)
        found += of_size
    if arguments.json:
        figures.write(found, arguments.json, arguments.pupils)
    return 0 if all(one.kept for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
