"""Bring earlier absence in from another system."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fravaer.absence.bulk import AlreadyTaken
from fravaer.absence.importing import Imported, take_over
from fravaer.core import walls
from fravaer.core.templatetags.danish import shortdate
from fravaer.schools.importing import values
from fravaer.schools.importing.problems import RosterRefused, Unreadable


def a_day(text: str) -> date:
    try:
        return values.day(text)
    except Unreadable as unreadable:
        raise ArgumentTypeError(str(unreadable)) from None


class Command(BaseCommand):
    help = "Import earlier absence from a CSV file (docs/tidligere-fravaer.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the CSV file of absences")
        parser.add_argument("--mapping", type=Path, help="a CSV file of local codes and what each stands for")
        registers = parser.add_mutually_exclusive_group()
        registers.add_argument(
            "--registers", type=Path, help="a CSV file of the registers that were taken: school, class, day"
        )
        registers.add_argument(
            "--all-registers-taken",
            action="store_true",
            help="every register of the schools in the file was taken, on every school day it covers",
        )
        parser.add_argument("--from", dest="since", type=a_day, help="the first day the file covers")
        parser.add_argument("--to", dest="last", type=a_day, help="the last day the file covers")
        parser.add_argument(
            "--dry-run", action="store_true", help="tell what would come in, and change nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for path in (options["file"], options["mapping"], options["registers"]):
            if path is not None and not path.is_file():
                raise CommandError(_("%(file)s is not there, or is no file.") % {"file": path.name})
        if not walls.owns("absence_register"):
            raise CommandError(
                _(
                    "Earlier absence comes in as the owner of the tables: run this with the DATABASE_URL that migrates. "
                    "Nothing was imported."
                )
            )
        now = timezone.now()
        try:
            imported = take_over(
                options["file"],
                mapping_path=options["mapping"],
                registers_path=options["registers"],
                all_taken=options["all_registers_taken"],
                since=options["since"],
                last=options["last"],
                today=timezone.localdate(now),
                now=now,
                dry_run=options["dry_run"],
            )
        except RosterRefused as refused:
            n = len(refused.problems)
            closing = ngettext(
                "%(n)d problem. Nothing was imported.", "%(n)d problems. Nothing was imported.", n
            )
            raise CommandError("\n".join([*map(str, refused.problems), closing % {"n": n}])) from None
        except AlreadyTaken:
            raise CommandError(
                _("A register was taken meanwhile. Nothing was imported; run the import again.")
            ) from None
        for line in _told(imported):
            self.stdout.write(line)
        if options["dry_run"]:
            self.stdout.write(_("Dry run: nothing was changed."))


def _told(imported: Imported) -> list[str]:
    days = list(imported.period.days())
    told = [
        _("Days: %(first)s – %(last)s") % {"first": shortdate(days[0]), "last": shortdate(days[-1])},
        _("Classes: %(n)d") % {"n": imported.classes},
        _("Registers: %(n)d new") % {"n": imported.registers},
        _("Absences: %(n)d new, %(known)d known already") % {"n": imported.absences, "known": imported.known},
    ]
    if imported.silent:
        told.append(
            _(
                "Weeks of a class without an absence: %(n)d. They stay unregistered; "
                "name their registers with --registers, or all with --all-registers-taken."
            )
            % {"n": imported.silent}
        )
    return told
