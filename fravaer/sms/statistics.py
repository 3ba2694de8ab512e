"""How many messages went which way on a day?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count

from fravaer.sms.querysets import MessageQuerySet
from fravaer.sms.states import OPEN, OUT, TO_RING, UNSENT, State


@dataclass(frozen=True, slots=True)
class Counts:
    """Messages of one school: on their way to the provider, in doubt, with it, delivered, and those a person follows up."""

    school_id: int
    school: str
    waiting: int = 0
    open: int = 0
    out: int = 0
    delivered: int = 0
    to_ring: int = 0
    cancelled: int = 0

    @property
    def total(self) -> int:
        return self.waiting + self.open + self.out + self.delivered + self.to_ring + self.cancelled


def of_schools(messages: MessageQuerySet) -> list[Counts]:
    """The counts of the messages by school, schools in Danish order. One query."""
    rows = (
        messages.order_by()
        .values_list("school__sort_name", "school_id", "school__name", "state")
        .annotate(Count("pk"))
    )
    by_school: dict[tuple[str, int, str], dict[State, int]] = {}
    for sort_name, school_id, name, state, number in rows:
        by_school.setdefault((sort_name, school_id, name), {})[State(state)] = number
    return [
        Counts(
            school_id,
            name,
            waiting=_sum(states, UNSENT),
            open=_sum(states, OPEN),
            out=_sum(states, OUT - {State.DELIVERED}),
            delivered=_sum(states, {State.DELIVERED}),
            to_ring=_sum(states, TO_RING),
            cancelled=_sum(states, {State.CANCELLED}),
        )
        for (_, school_id, name), states in sorted(by_school.items())
    ]


def _sum(states: dict[State, int], some: Iterable[State]) -> int:
    return sum(states.get(state, 0) for state in some)
