"""Say how much is held about a child, table by table; or write the file of a request that has been handed out."""

import json
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from fravaer.audit import trail
from fravaer.core.scope import Scope
from fravaer.oversight import insight
from fravaer.oversight.models import Insight
from fravaer.schools.models import Pupil


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("pupil", type=UUID, metavar="PUPIL", help="the pupil's key")
        parser.add_argument(
            "--out", type=Path, help="write the latest file that was handed out about the child here, as JSON"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        pupil = Pupil.objects.filter(uuid=options["pupil"]).first()
        if pupil is None:
            raise CommandError("There is no pupil with this key.")
        trail.saw(Scope(role="job.operator"), "insight.command", [pupil.pk])
        if options["out"] is None:
            rows = insight.everything(pupil.pk)
            for (title, side), many in Counter((row.title, row.side) for row in rows).items():
                self.stdout.write(f"{many:6} {title} ({side})")
            return
        found = Insight.objects.filter(pupil=pupil, content__isnull=False).order_by("-released_at").first()
        if found is None:
            raise CommandError(
                "Nothing about this child has been looked through and handed out, or its time is up."
            )
        options["out"].write_text(
            json.dumps(insight.opened(found), ensure_ascii=False, indent=1), encoding="utf-8"
        )
