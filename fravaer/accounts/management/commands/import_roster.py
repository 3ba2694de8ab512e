"""Bring the municipality in line with the files of its roster."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fravaer.accounts.roster import Imported, RosterShrinks, take_over
from fravaer.schools.importing import wording
from fravaer.schools.importing.apply import ImportRunning
from fravaer.schools.importing.problems import RosterRefused


class Command(BaseCommand):
    help = (
        "Import schools, classes, pupils, guardians, staff and calendar from CSV files (docs/skoledata.md)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, help="the folder of the six files")
        parser.add_argument(
            "--dry-run", action="store_true", help="tell what would change, and change nothing"
        )
        parser.add_argument(
            "--allow-shrinking",
            action="store_true",
            help="import even though more than half of a school's pupils, the staff or the guardians would go",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            imported = take_over(
                options["directory"],
                today=timezone.localdate(now),
                now=now,
                dry_run=options["dry_run"],
                allow_shrinking=options["allow_shrinking"],
                keeps_cpr=settings.KEEP_CPR,
            )
        except RosterRefused as refused:
            raise CommandError("\n".join(_refusal(refused))) from None
        except RosterShrinks as shrinks:
            raise CommandError(
                "\n".join(
                    [
                        *wording.shrinking(shrinks.shrinking, shrinks.schools),
                        _(
                            "Nothing was imported. If the files are right, import them with --allow-shrinking."
                        ),
                    ]
                )
            ) from None
        except ImportRunning:
            raise CommandError(_("Another import is running. Wait until it is done.")) from None
        for line in _told(imported, every_key=options["verbosity"] > 1):
            self.stdout.write(line)
        if options["dry_run"]:
            self.stdout.write(_("Dry run: nothing was changed."))


def _refusal(refused: RosterRefused) -> list[str]:
    n = len(refused.problems)
    closing = ngettext("%(n)d problem. Nothing was imported.", "%(n)d problems. Nothing was imported.", n)
    return [*map(str, refused.problems), closing % {"n": n}]


def _told(imported: Imported, *, every_key: bool) -> list[str]:
    accounts, n = imported.accounts, len(imported)
    lines = [
        *wording.sentences(imported.difference, imported.schools, every_key=every_key),
        wording.counts(_("Accounts"), accounts.made, accounts.changed, accounts.closed),
        wording.counts(_("Grants"), accounts.grants.given, accounts.grants.moved, accounts.grants.withdrawn),
        _("CPR numbers: %(n)d") % {"n": imported.numbers} if imported.numbers else "",
        ngettext("%(n)d change", "%(n)d changes", n) % {"n": n},
    ]
    return [line for line in lines if line]
