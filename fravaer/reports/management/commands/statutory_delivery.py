"""Say what stands between the schools and the delivery of a school year, or make their data sets and write them to a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from fravaer.core import walls
from fravaer.core.periods import SchoolYear
from fravaer.core.scope import Scope
from fravaer.reports import datasets, delivering, precheck, stil
from fravaer.reports.precheck import Obstacle, Standing
from fravaer.schools.models import School

WORDS = {
    Obstacle.NOTHING: "had no register due in the year",
    Obstacle.NUMBER: "its institution number is none",
    Obstacle.PENDING: "{pending} absences without a reason",
    Obstacle.DISCREPANCIES: "{discrepancies} contradictions not settled",
    Obstacle.NOT_OVER: "its last school day is not over",
    Obstacle.NOT_COMPLETED: "its leader has not completed the school year",
    Obstacle.UNEQUAL: "its rows do not add up to its absence: run align",
}


class Command(BaseCommand):
    help = (
        "Say what stands between the schools and the delivery of a school year to the ministry. With --out, make the data set of "
        "each school nothing stands in the way of, and write it there with a receipt. Ends with 1 when a school is not ready."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("year", help="the school year, as 2025-26")
        parser.add_argument(
            "--school",
            action="append",
            metavar="NUMBER",
            help="one school by its institution number; again for another",
        )
        parser.add_argument("--out", type=Path, metavar="DIR", help="the folder the files are written to")
        parser.add_argument(
            "--form",
            action="append",
            choices=delivering.FORMS,
            help="machine (the default), excel or xlsx; again for another",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            year = SchoolYear.parse(options["year"])
        except ValueError as error:
            raise CommandError("Give the school year as 2025-26.") from error
        if not walls.reaches_everybody():
            raise CommandError(
                "Come to the database as fravaer_job: the role pages come as sees nobody's rows here."
            )
        folder, forms = options["out"], options["form"] or [delivering.FORMS[0]]
        if folder is not None and not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        now = timezone.localtime()
        schools = self._schools(options["school"])
        behind = 0
        for standing in precheck.standings(schools, year.period, now.date(), now.time()):
            if standing.is_empty and not options["school"]:
                continue
            said = self._delivered(standing, folder, forms) if folder else self._ready(standing)
            behind += not said
        if behind:
            raise CommandError(f"{behind} schools are not ready.", returncode=1)

    def _schools(self, numbers: list[str] | None) -> list[School]:
        found = list(School.objects.order_by("sort_name", "pk"))
        if numbers is None:
            return found
        missing = set(numbers) - {one.institution_number for one in found}
        if missing:
            raise CommandError(f"There is no school {', '.join(sorted(missing))}.")
        return [one for one in found if one.institution_number in numbers]

    def _ready(self, standing: Standing) -> bool:
        """Print how far the school is."""
        if standing.obstacles:
            self._line(standing, "not ready", self._words(standing, standing.obstacles))
            return False
        lacking = standing.lacking
        state = f"{lacking['untaken']} registers never taken, {lacking['without_days']} pupils without a registered day"
        made = (
            f"; made {standing.data_set.made_at:%Y-%m-%d}, {standing.data_set.sha256}"
            if standing.data_set
            else ""
        )
        given = "; delivered" if standing.delivered else ""
        self._line(standing, "ready", state + made + given)
        return True

    def _delivered(self, standing: Standing, folder: Path, forms: list[str]) -> bool:
        """Make and write the school's data set; print its receipt."""
        now = timezone.localtime()
        scope = Scope(role="job.operator")
        school, year = standing.school, standing.year
        try:
            made = datasets.make(
                school,
                year,
                seen_gaps=standing.check.gaps,
                key=uuid4(),
                scope=scope,
                today=now.date(),
                clock=now.time(),
                now=now,
            )
        except datasets.Blocked as blocked:
            self._line(standing, "not ready", self._words(standing, blocked.obstacles))
            return False
        except datasets.Changed:
            self._line(standing, "not ready", "its registers changed meanwhile")
            return False
        cut = stil.Cut(school, year, year)
        months = datasets.fetch(
            made, cut, form=",".join(forms), purpose=datasets.Purpose.DELIVERY, scope=scope, now=now
        )
        try:
            written = delivering.write(folder, made, cut, months, forms)
        except OSError as error:
            raise CommandError(
                f"{school.institution_number}: could not be written ({error.strerror})."
            ) from error
        self._line(
            standing, "written", f"{made.rows} rows, {made.sha256}, {', '.join(one.name for one in written)}"
        )
        return True

    def _words(self, standing: Standing, obstacles: list[Obstacle]) -> str:
        check = standing.check
        return "; ".join(
            WORDS[one].format(pending=check.pending, discrepancies=check.discrepancies) for one in obstacles
        )

    def _line(self, standing: Standing, state: str, words: str) -> None:
        school = standing.school
        self.stdout.write(f"{school.institution_number} {school.name}: {state}: {words}")
