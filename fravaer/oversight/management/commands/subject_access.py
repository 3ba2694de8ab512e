"""Say how much is held about a child, table by table; or write the file of a request that has been handed out."""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from fravaer.audit import trail
from fravaer.core.held import PPR, SCHOOL, SOCIAL
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
            self._asked(pupil)
            return
        found = Insight.objects.filter(pupil=pupil, content__isnull=False).order_by("-released_at").first()
        if found is None:
            raise CommandError(
                "Nothing about this child has been looked through and handed out, or its time is up."
            )
        _written(options["out"], json.dumps(insight.opened(found), ensure_ascii=False, indent=1))

    def _asked(self, pupil: Pupil) -> None:
        """Say of the latest request who has looked through and who has still to, and what is restricted."""
        one = Insight.objects.filter(pupil=pupil).order_by("-asked_on", "-pk").first()
        if one is None:
            return
        self.stdout.write(f"asked {one.asked_on}, to be answered by {one.due_on}")
        wrote = bool(insight.with_ppr({pupil.pk}))
        awaited = insight.awaited(one, timezone.localdate(), wrote=wrote)
        for side in (SCHOOL, SOCIAL, *([PPR] if wrote else [])):
            restricted = [row.key for row in insight.rows_of(one, side) if row.sealed]
            read = sum(key in one.read for key in restricted)
            at = getattr(one, f"{side}_at")
            looked = "looked through" if at else "not looked through in time, held back"
            how = "waits" if side in awaited else looked
            self.stdout.write(f"{side}: {how}; {len(restricted)} restricted rows, {read} read")
        self.stdout.write(f"handed out {one.released_at:%Y-%m-%d}" if one.released_at else "not handed out")


def _written(path: Path, text: str) -> None:
    """For its owner alone, and whole or not at all."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CommandError("There is a file of this name already.") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
