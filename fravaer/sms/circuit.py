"""May anything be sent at all right now?

One fault of ours (a revoked token, a wrong sender) or of the provider's must not burn the morning's messages one by one:
the circuit opens, everything waits, and one message an interval tries whether it works again. The only writer of circuits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from fravaer.audit import trail
from fravaer.core.asking import question
from fravaer.sms.models import Attempt, Circuit

TRY_EVERY = timedelta(seconds=60)
# Calls that got no proper answer: so many in a row, or this share of the last minute's.
IN_A_ROW = 5
SHARE_PERCENT = 30
FEWEST = 10
TROUBLE = ("uncertain", "unsent")
# A status call nobody signed is noted so often at most: whoever sends a flood of them makes no flood of writes.
NOTED_EVERY = timedelta(seconds=10)


def allowed(provider: str, now: datetime) -> int | None:
    """How many messages may be claimed: None for any number, 1 for a try, 0 while the circuit is open or stopped.

    Whoever is allowed the try has used it up for the interval.
    """
    state = position(provider)
    if not state:
        return None
    stopped, open_until = state[0]
    if stopped:
        return 0
    if open_until is None:
        return None
    won = Circuit.objects.filter(provider=provider, stopped=False, open_until__lte=now)
    return won.update(open_until=now + TRY_EVERY)


def stopped(provider: str) -> bool:
    """Whether the installation's kill switch is on."""
    return any(stopped for stopped, _ in position(provider))


@question
def position(provider: str) -> QuerySet[Circuit, tuple[bool, datetime | None]]:
    """Whether the provider's circuit is stopped by a person, and until when it is open; no row: neither ever."""
    return _row(provider).values_list("stopped", "open_until")


@dataclass(frozen=True, slots=True)
class Standing:
    """How the circuit stands: stopped by a person; open since when, why, and tried again when; the latest unsigned call."""

    stopped: bool = False
    open_since: datetime | None = None
    reason: str = ""
    next_try: datetime | None = None
    unsigned_at: datetime | None = None


def standing(provider: str) -> Standing:
    """How the circuit stands at this moment. One query."""
    columns = ("stopped", "opened_at", "reason", "open_until", "unsigned_at")
    row = _row(provider).values_list(*columns).first()
    if row is None:
        return Standing()
    stopped, opened_at, reason, open_until, unsigned_at = row
    return Standing(stopped, opened_at if open_until else None, reason, open_until, unsigned_at)


@transaction.atomic
def close(provider: str, *, actor_id: int, role: str) -> None:
    """Close the circuit because a person says that the fault is mended; it opens again if it is not."""
    mend(provider)
    trail.changed(actor_id, "sms.circuit.close", role=role, subject="circuit", subject_id=provider)


def trip(provider: str, reason: str, now: datetime) -> None:
    """Open the circuit; the first try comes an interval later."""
    Circuit.objects.bulk_create([Circuit(provider=provider)], ignore_conflicts=True)
    Circuit.objects.filter(provider=provider).update(open_until=now + TRY_EVERY, reason=reason)
    Circuit.objects.filter(provider=provider, opened_at=None).update(opened_at=now)


def mend(provider: str) -> None:
    """Close the circuit: a message got through."""
    Circuit.objects.filter(provider=provider).filter(Q(open_until__isnull=False)).update(
        open_until=None, opened_at=None, reason=""
    )


def troubled(now: datetime) -> bool:
    """Whether so many of the latest calls got no proper answer that the provider seems to be ill."""
    latest = list(
        Attempt.objects.filter(ended_at__gt=now - timedelta(seconds=60))
        .order_by("-ended_at")
        .values_list("outcome", flat=True)[:500]
    )
    bad = sum(outcome in TROUBLE for outcome in latest)
    in_a_row = len(latest) >= IN_A_ROW and all(outcome in TROUBLE for outcome in latest[:IN_A_ROW])
    return in_a_row or (len(latest) >= FEWEST and bad * 100 > SHARE_PERCENT * len(latest))


def turn(provider: str, number: int, per_second: float, now: datetime, latest: datetime) -> datetime | None:
    """From when so many messages may be sent, at so many a second together with all other processes.

    None when that would be after `latest`: then nothing has been used up. The moment may lie before `now`.
    """
    Circuit.objects.bulk_create([Circuit(provider=provider)], ignore_conflicts=True)
    with transaction.atomic():
        standing = Circuit.objects.select_for_update(no_key=True).get(provider=provider).slot_at
        begins = max(standing or now, now)
        if begins > latest:
            return None
        _row(provider).update(slot_at=begins + timedelta(seconds=number / per_second))
    return begins


def unsigned(provider: str, now: datetime) -> None:
    """Note that somebody who is not the provider told us of a status, or that our address is not the one it signs."""
    Circuit.objects.bulk_create([Circuit(provider=provider)], ignore_conflicts=True)
    _row(provider).filter(Q(unsigned_at=None) | Q(unsigned_at__lt=now - NOTED_EVERY)).update(unsigned_at=now)


def _row(provider: str) -> QuerySet[Circuit]:
    return Circuit.objects.filter(provider=provider)


@transaction.atomic
def stop(provider: str, on: bool, *, actor_id: int | None = None, role: str = "") -> None:
    """Turn the installation's kill switch."""
    Circuit.objects.update_or_create(provider=provider, defaults={"stopped": on})
    trail.changed(
        actor_id, "sms.stop" if on else "sms.start", role=role, subject="circuit", subject_id=provider
    )
