"""Open a package that was put by for the archive: `manage.py open_package BATCH OUT.zip`."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from fravaer.audit import trail
from fravaer.keeping import packages
from fravaer.keeping.models import Disposal
from fravaer.keeping.packages import Package


class Command(BaseCommand):
    help = (
        "Compare the package of a batch with its proof, and write its content to OUT, a zip with rows, files, names and a list, "
        "readable for whoever runs this alone. That it was opened is noted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "batch", type=UUID, metavar="BATCH", help="the batch, as its page and its package are named"
        )
        parser.add_argument("out", type=Path, metavar="OUT", help="where to write it; must not be there")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.FRAVAER_ARCHIVE:
            raise CommandError("FRAVAER_ARCHIVE names no folder")
        folder, batch = Path(settings.FRAVAER_ARCHIVE), options["batch"]
        proof = Disposal.objects.filter(batch__uuid=batch).exclude(package="").first()
        if proof is None:
            raise CommandError("Nothing was put by for the archive under this batch.")
        if not packages.is_whole(folder, Package(proof.package, proof.package_sha256)):
            raise CommandError("The package is not there, or is not what was put by.")
        trail.changed(None, "keeping.package.open", role="job.operator", subject="batch", subject_id=batch)
        try:
            listed = packages.opened(folder, batch, options["out"])
        except (packages.Broken, OSError) as error:
            raise CommandError(str(error)) from None
        for label, many in listed["rows"].items():
            self.stdout.write(f"{many:6} {label}")
        self.stdout.write(f"{len(listed['files']):6} files")
