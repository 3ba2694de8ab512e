"""Does the provider have of a day what we say it has, and do we know all it has?

Its own list against our rows, both ways. What it has and we did not know becomes ours where number and text agree; the rest is
counted for a person to look at. The same comparison is the first step after a restore: the copy is older than the morning,
and what it believes still to be sent may have been sent long ago.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from django.utils import timezone

from fravaer.audit import trail
from fravaer.sms import circuit, outbox
from fravaer.sms.gateway import Found, Gateway
from fravaer.sms.models import Message
from fravaer.sms.states import OF_PROVIDER, OPEN, OUR_ENDS, TRANSITIONS, UNSENT, State

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Balance:
    """A day's messages: with the provider, with us as known to it, brought in line now, and on one side alone after that."""

    theirs: int
    ours: int
    moved: int
    # They have it and no row of ours is it; we say they have it and their list does not.
    only_theirs: int
    only_ours: int

    @property
    def even(self) -> bool:
        return not (self.only_theirs or self.only_ours)


def settle(gateway: Gateway, day: date, now: datetime, *, restored: bool = False) -> Balance:
    """Bring our rows of the day in line with the provider's list of it, and say what is left on one side alone.

    With `restored` also what by our rows has never left: only while nothing is being sent. Raises LookupFailed.
    """
    since = timezone.make_aware(datetime.combine(day, time.min))
    entries = {one.sid: one for one in gateway.written_since(since)}
    bound: dict[str, tuple[UUID, str]] = {
        str(sid): (pk, state)
        for pk, sid, state in Message.objects.filter(
            provider=gateway.name, provider_sid__isnull=False, sending_at__gte=since
        ).values_list("pk", "provider_sid", "state")
    }
    moved = 0
    for sid, (pk, state) in bound.items():
        if sid in entries and _is_news(entries[sid], State(state)):
            moved += _told(gateway, pk, entries[sid], now)
    # An id bound on an earlier day: sent before midnight, listed after it.
    known = set(Message.objects.filter(provider_sid__in=list(entries)).values_list("provider_sid", flat=True))
    strangers = [entry for sid, entry in sorted(entries.items()) if sid not in known]
    adopted = _adopted(gateway, strangers, day, now, restored=restored)
    result = Balance(
        theirs=len(entries),
        ours=len(bound) + adopted,
        moved=moved + adopted,
        only_theirs=len(strangers) - adopted,
        only_ours=len(set(bound) - set(entries)),
    )
    logger.log(
        logging.INFO if result.even else logging.ERROR,
        "sms: of %s the provider has %d and we %d; %d moved, %d are theirs alone, %d ours alone",
        day, result.theirs, result.ours, result.moved, result.only_theirs, result.only_ours,
    )  # fmt: skip
    trail.changed(
        None,
        "sms.balance",
        role=outbox.JOB,
        subject="sms",
        detail={"theirs": result.theirs, "ours": result.ours, "alone": result.only_theirs + result.only_ours},
    )
    return result


def begin_restored(gateway: Gateway, day: date, now: datetime) -> Balance:
    """The first thing after a restore: stop all sending, then take over what has been sent since the copy was made.

    Sending goes on when a person turns the kill switch off again (`circuit.stop(…, False)`).
    """
    circuit.stop(gateway.name, True, role=outbox.JOB)
    return settle(gateway, day, now, restored=True)


def _is_news(entry: Found, state: State) -> bool:
    return OF_PROVIDER.get(entry.status, State.ACCEPTED) in TRANSITIONS[state]


def _adopted(gateway: Gateway, strangers: list[Found], day: date, now: datetime, *, restored: bool) -> int:
    """Give each of the provider's messages nobody knows to a row of the day with its number and text that has none."""
    looked_for = {*OPEN, *OUR_ENDS, *(UNSENT if restored else ())}
    without: dict[tuple[str, str], list[UUID]] = defaultdict(list)
    rows = Message.objects.filter(
        day=day, state__in=looked_for, provider_sid=None, to_e164__in={entry.to for entry in strangers}
    )
    if not restored:
        # The others have never been handed over.
        rows = rows.filter(sending_at__isnull=False)
    for pk, to, body in rows.order_by("sending_at", "created_at", "pk").values_list("pk", "to_e164", "body"):
        without[to, body or ""].append(pk)
    adopted = 0
    for entry in strangers:
        if candidates := without[entry.to, entry.body]:
            pk = candidates.pop(0)
            adopted += (
                outbox.adopt(pk, entry, gateway.name, now) if restored else _told(gateway, pk, entry, now)
            )
    return adopted


def _told(gateway: Gateway, pk: UUID, entry: Found, now: datetime) -> bool:
    return outbox.learn(
        pk, provider=gateway.name, sid=entry.sid, status=entry.status, code=entry.code, via="list", now=now
    )
