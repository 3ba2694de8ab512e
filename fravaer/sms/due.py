"""Which messages may leave at this moment?

Their time has come and is not over, nobody has paused or rehearses, nobody is still asked, and what they correct is out. Read
here, moved by the outbox alone. `until` is how long a message must still be worth sending.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from fravaer.core.asking import question
from fravaer.sms import choices, halts
from fravaer.sms.models import Message
from fravaer.sms.states import OUT, State


def held(now: datetime, until: datetime) -> QuerySet[Message]:
    """Held messages that need not wait any longer."""
    rows = Message.objects.filter(state=State.HELD, not_before__lte=now, expires_at__gt=until)
    # A subquery, not a join: of two who update the row, the second must test the state it then has.
    corrected_is_out = Exists(Message.objects.filter(pk=OuterRef("corrects_id"), state__in=OUT))
    return rows.filter(Q(corrects=None) | corrected_is_out).exclude(choices.paused()).exclude(halts.halted())


def rehearsed(now: datetime) -> QuerySet[Message]:
    """Messages of a rehearsal, whose way ends where others would leave."""
    rows = Message.objects.filter(state__in=[State.HELD, State.QUEUED], not_before__lte=now)
    return rows.filter(choices.rehearsed())


@question
def queued(now: datetime, until: datetime) -> QuerySet[Message, UUID]:
    """Queued messages that may be claimed, the earliest first."""
    rows = Message.objects.filter(state=State.QUEUED, not_before__lte=now, expires_at__gt=until)
    rows = rows.exclude(choices.paused()).exclude(choices.rehearsed()).exclude(halts.halted())
    return rows.order_by("not_before", "id").values_list("id", flat=True)


def waiting(now: datetime, until: datetime, at_most: int) -> int:
    """How many messages could be sent, counted no further than `at_most`."""
    rows = Message.objects.filter(
        state__in=[State.HELD, State.QUEUED], not_before__lte=now, expires_at__gt=until
    )
    return len(rows.values_list("pk")[:at_most])
