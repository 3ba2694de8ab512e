"""Extract the product's strings, keep their translations and compile them; or check that all is fresh."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = (
        "Update locale/<app>/{da,en} from the source and compile it, and list the strings that lack Danish. "
        "With --check nothing is written and anything stale, missing, fuzzy or obsolete is an error."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("apps", nargs="*", help="only these apps' catalogues (default: all)")
        parser.add_argument(
            "--check", action="store_true", help="write nothing; fail if anything is not in order"
        )

    def handle(self, *args: Any, apps: list[str], check: bool, **options: Any) -> None:
        try:
            from fravaer.core import catalogues
        except ModuleNotFoundError as error:
            raise CommandError(
                f"{error.name} is missing: install the development requirements, which hold Babel."
            ) from error
        try:
            root = Path(settings.BASE_DIR)
            if unknown := set(apps) - set(catalogues.apps(root)):
                raise CommandError(f"There is no app called {sorted(unknown)[0]}.")
            report = catalogues.update(root, write=not check, only=apps)
        except SyntaxError as error:
            raise CommandError(str(error)) from error
        for path in report.written:
            self.stdout.write(f"wrote {path}")
        for problem in report.problems:
            (self.stderr if check else self.stdout).write(problem)
        if check and report.problems:
            raise CommandError(f"{len(report.problems)} things in the catalogues are not in order.")
        if not report.problems:
            self.stdout.write("All strings have their Danish.")
