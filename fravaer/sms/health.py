"""Is everything well that sends messages, and if not, what is to be done?

Figures and moments alone: no name, no number and no text, so that it can stand before people who may know no pupil.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import Count

from fravaer.core.walls import DatabaseRole, acting_as
from fravaer.sms import circuit, invariants, owner
from fravaer.sms.circuit import Standing
from fravaer.sms.invariants import Backlog, Broken
from fravaer.sms.models import Message
from fravaer.sms.states import State

# The one alarm that matters: something could go, and has not.
DUE_SECONDS = 60
# Beat ticks every 15 seconds.
BEAT_SECONDS = 60
# A status call nobody has signed is a fault of today's until it is an hour old.
UNSIGNED = timedelta(hours=1)


class Fault(StrEnum):
    """What is wrong, each by the name it is shown and printed under."""

    NO_ACCOUNT = "no_account"
    STOPPED = "stopped"
    CIRCUIT = "circuit"
    OVERDUE = "overdue"
    NOBODY_SENDS = "nobody_sends"
    BEAT = "beat"
    UNSIGNED = "unsigned"
    INVARIANT = "invariant"


# Decided by a person, or by whoever installed it: to be seen, but not to be woken for.
CHOSEN = frozenset({Fault.NO_ACCOUNT, Fault.STOPPED})


@dataclass(frozen=True, slots=True)
class Health:
    """How sending stands. `beat_age` are seconds since the last beat, None when none is known; `owners` living processes."""

    account: bool
    circuit: Standing
    backlog: Backlog
    counts: dict[State, int]
    owners: int
    beat_age: float | None
    broken: list[Broken]
    faults: list[Fault]

    @property
    def well(self) -> bool:
        """Whether nobody has to be woken."""
        return not set(self.faults) - CHOSEN

    def count(self, *states: State) -> int:
        """Messages of the day in these states."""
        return sum(self.counts.get(state, 0) for state in states)


@acting_as(DatabaseRole.REPORT)
def look(day: date, now: datetime, *, provider: str, account: bool, beat_age: float | None) -> Health:
    """How sending stands at this moment. About fifteen queries, however many messages."""
    standing = circuit.standing(provider)
    backlog = invariants.backlog(now)
    owners = owner.alive()
    broken = invariants.broken(now, day)
    found = {
        Fault.NO_ACCOUNT: not account,
        Fault.STOPPED: standing.stopped,
        Fault.CIRCUIT: standing.open_since is not None,
        Fault.OVERDUE: backlog.oldest_seconds > DUE_SECONDS,
        Fault.NOBODY_SENDS: account and not owners,
        Fault.BEAT: beat_age is None or beat_age > BEAT_SECONDS,
        Fault.UNSIGNED: standing.unsigned_at is not None and now - standing.unsigned_at < UNSIGNED,
        Fault.INVARIANT: bool(broken),
    }
    return Health(
        account=account,
        circuit=standing,
        backlog=backlog,
        counts=_counts(day),
        owners=owners,
        beat_age=beat_age,
        broken=broken,
        faults=[fault for fault, holds in found.items() if holds],
    )


def _counts(day: date) -> dict[State, int]:
    rows = Message.objects.filter(day=day).order_by().values_list("state").annotate(Count("pk"))
    return {State(state): count for state, count in rows}
