"""Which words about messages are old enough to be forgotten?

The words of messages and of replies go after as many days as the municipality has set, the provider's statuses after a year.
What stays is what proves: that a message left, when, with which hash of its words, and that a reply came and who settled it
(data protection regulation article 5(1)(e)). Runs every night; a second run finds nothing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import transaction

from fravaer.audit import trail
from fravaer.schools.models import Municipality
from fravaer.sms import limits, outbox, replies

JOB = "job.sms"
KEEPS_EVENTS = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many messages and replies lost their words, and how many statuses went."""

    bodies: int
    replies: int
    events: int


@transaction.atomic
def forget(now: datetime) -> Forgotten:
    """Forget what is old enough at `now`, and note the counts where there were any."""
    bodies = answers = 0
    for pk, holding in limits.of_all(Municipality.objects.values_list("pk", flat=True)).items():
        bodies += outbox.forget_bodies(now - timedelta(days=holding.keeps_bodies), pk)
        # A reply is to the municipality this installation serves.
        answers += replies.forget_words(now - timedelta(days=holding.keeps_replies))
    found = Forgotten(bodies, answers, outbox.forget_events(now - KEEPS_EVENTS))
    if any(asdict(found).values()):
        trail.changed(None, "sms.forget", role=JOB, subject="sms", detail=asdict(found))
    return found
