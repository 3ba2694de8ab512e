"""Say whether the trail is as it was sealed and anchored, and if it is not, where. Exit code 1 when it is not."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from fravaer.audit import anchor, chain, tasks

SAID = {
    "missing": "link {n} is missing",
    "gone": "entry {event_id}, sealed as link {n}, was deleted",
    "changed": "entry {event_id}, or its link {n}, was changed after it was sealed",
    "unsealed": "entry {event_id} was never sealed",
}
OF_ANCHORS = {
    "forged": "the anchor of {at} (link {n}) is not signed by our key",
    "unlinked": "an anchor is missing before that of {at} (link {n})",
    "cut": "the end was cut off: link {n}, anchored at {at}, is not there",
    "rewritten": "the chain was written anew: link {n} is not the one that was anchored at {at}",
}
# More of the same tells nobody more.
MOST = 20


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anchors",
            type=Path,
            help="read the anchors from this file (AUDIT_ANCHOR_FILE), for instance one put together from what was sent",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = []
        for broken in chain.broken(timezone.now()):
            found.append(SAID[broken.kind].format(n=broken.n, event_id=broken.event_id))
            if len(found) == MOST:
                found.append("… and perhaps more")
                break
        path = options["anchors"] or (
            Path(settings.AUDIT_ANCHOR_FILE) if settings.AUDIT_ANCHOR_FILE else None
        )
        if path:
            try:
                lines = anchor.read(path)
            except (OSError, ValueError) as error:
                raise CommandError(f"The anchors cannot be read: {error}") from error
            for astray in anchor.astray(lines, tasks.anchor_key()):
                found.append(OF_ANCHORS[astray.kind].format(n=astray.line.n, at=astray.line.at))
        if found:
            raise CommandError("The trail is not as it was:\n" + "\n".join(found))
        head = chain.head()
        self.stdout.write(f"The trail is whole: {head.n if head else 0} links")
        if not path:
            self.stdout.write(
                "Nothing is anchored outside the database: a cut end, or a chain written anew, cannot be seen."
            )
