"""Compare a day with the SMS provider's own list; after a restore, before anything is sent."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from fravaer.accounts.middleware import day_in_view
from fravaer.sms import balance, circuit, morning, providers
from fravaer.sms.gateway import LookupFailed


class Command(BaseCommand):
    help = (
        "Compares today's messages (or another day's) with the SMS provider's list, both ways, and takes over what it knows. "
        "With --restored, to be run before web and workers are started on a restored database: stops all sending first and "
        "takes over what was sent after the copy was made. --go lets sending go on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--day", type=date.fromisoformat, help="another day than today")
        parser.add_argument("--restored", action="store_true", help="the database was restored from a copy")
        parser.add_argument("--go", action="store_true", help="let sending go on, after --restored")

    def handle(self, *args: Any, day: date | None, restored: bool, go: bool, **options: Any) -> None:
        gateway = providers.gateway()
        if gateway is None:
            raise CommandError(
                "No SMS account is named: set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM."
            )
        if go:
            circuit.stop(gateway.name, False, role="job.sms")
            self.stdout.write("Messages are sent again.")
            return
        now = timezone.now()
        try:
            if restored:
                circuit.stop(gateway.name, True, role="job.sms")
                # What the restored registers call for is written down first, so that it can be recognised as sent.
                morning.prepare(day_in_view(timezone.localdate(now)), now)
                found = balance.begin_restored(gateway, day or day_in_view(timezone.localdate(now)), now)
            else:
                found = balance.settle(gateway, day or timezone.localdate(now), now)
        except LookupFailed as failure:
            raise CommandError(f"The provider could not be asked ({failure}). Nothing was sent.") from failure
        self.stdout.write(
            f"The provider has {found.theirs}, we have {found.ours} of them; {found.moved} were brought in line.\n"
            f"Theirs alone: {found.only_theirs}. Ours alone: {found.only_ours}."
        )
        if restored:
            self.stdout.write(
                "Sending is stopped. Take the day's registers again where the copy lacks them, run this once more, and "
                "let sending go on with --go when nothing is theirs alone, or you know what it is."
            )
