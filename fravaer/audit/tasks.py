"""The trail's background work: sealing what was noted, keeping the head elsewhere, and looking whether all is as it was."""

from __future__ import annotations

import logging
from pathlib import Path

from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.utils import timezone

from fravaer.audit import anchor as anchors
from fravaer.audit import chain
from fravaer.core.tasks import alarm

logger = logging.getLogger(__name__)


@shared_task
def seal() -> int:
    """Seal what was noted since."""
    return chain.seal(timezone.now())


def anchor_key() -> bytes:
    """What anchors are signed with; read anew each time, so that it lies in no variable."""
    return Path(settings.AUDIT_ANCHOR_KEY_FILE).read_bytes().strip()


@shared_task
def anchor() -> str:
    """Keep the chain's head outside the database; answers the line, or nothing when it stands there already."""
    head = chain.head()
    if head is None or not (settings.AUDIT_ANCHOR_FILE or settings.AUDIT_ANCHOR_MAIL):
        return ""
    now, key = timezone.now(), anchor_key()
    if settings.AUDIT_ANCHOR_FILE:
        kept = anchors.keep(Path(settings.AUDIT_ANCHOR_FILE), head, now, key)
    else:
        kept = anchors.anchored(head, now, "", key)
    if kept is None:
        return ""
    if settings.AUDIT_ANCHOR_MAIL:
        send_mail("fravaer: the trail's head", kept.line, None, [settings.AUDIT_ANCHOR_MAIL])
    return kept.line


@shared_task
def verify() -> None:
    """Let the health page say when the trail is not as it was sealed and anchored."""
    wrong = next(chain.broken(timezone.now()), None) is not None
    if not wrong and settings.AUDIT_ANCHOR_FILE:
        try:
            lines = anchors.read(Path(settings.AUDIT_ANCHOR_FILE))
        except (OSError, ValueError):
            wrong = True
        else:
            wrong = next(anchors.astray(lines, anchor_key()), None) is not None
    if wrong:
        logger.error("the trail is not as it was: run verify_trail")
    alarm("trail", "not as it was sealed: run verify_trail" if wrong else "")
