"""Which messages were sent so long ago that nothing of them is to be left, and how do they go?

The words of a message are forgotten long before (`forgetting`); this is the row itself: that one was sent, to whom and when.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from fravaer.core.disposal import Item, erase
from fravaer.sms.models import Message


def sent_before(day: date) -> list[Item]:
    """The messages about days before `day`. One query."""
    rows = Message.objects.filter(day__lt=day, corrects=None).values_list("pk", "day", "pupil_id")
    return [Item(of, str(pk), frozenset({pupil})) for pk, of, pupil in rows]


def dispose(keys: Collection[str]) -> dict[str, int]:
    """Let these messages go, with what took them back, their attempts, statuses and steps. Rows by table."""
    return erase(Message.objects.filter(pk__in=list(keys)))
