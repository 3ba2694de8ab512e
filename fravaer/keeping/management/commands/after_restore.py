"""Let a restored copy learn what was decided after it was made, and with --go-live be the installation from now on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from fravaer.core import journal
from fravaer.keeping import outside


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--go-live", action="store_true", help="the copy is the installation from now on")
        parser.add_argument(
            "--without-journal",
            action="store_true",
            help="there is no journal: what was deleted or withdrawn after the copy was made is there again",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder, now = Path(settings.FRAVAER_JOURNAL), timezone.now()
        try:
            if not outside.is_there(folder) and not options["without_journal"]:
                raise CommandError(f"There is no journal in FRAVAER_JOURNAL ({folder}).")
            learnt = outside.learn(folder, now)
        except outside.IsNoCopy:
            raise CommandError("This database is the installation itself; it has nothing to learn.") from None
        except journal.Broken as error:
            raise CommandError(f"The journal cannot be followed: {error}.") from error
        self.stdout.write(
            f"{learnt.lines} lines learnt: {learnt.grants} grants withdrawn, {learnt.accounts} accounts closed, "
            f"{learnt.holds} holds placed"
        )
        for kind, count in sorted(learnt.things.items()):
            self.stdout.write(f"disposed of again: {kind} {count}")
        if options["go_live"]:
            outside.go_live(folder, now)
            self.stdout.write(
                "This copy is the installation from now on. Before anything else is started: manage.py sms_balance --restored"
            )
        else:
            self.stdout.write("It is a copy still: no job runs and no SMS leaves before --go-live.")
