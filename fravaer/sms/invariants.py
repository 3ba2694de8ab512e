"""Is anything true of the messages that must never be?

What the outbox promises, asked of its rows every minute: each answer is empty, or somebody is to look. Figures and ids of
messages alone: no name, number or text is in an answer, so that it can stand on a page and in a log.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from fravaer.absence import unexplained
from fravaer.sms import choices, halts, wording
from fravaer.sms.models import Circuit, Message, ProviderEvent, Withheld
from fravaer.sms.outbox import LEAST_LEFT
from fravaer.sms.states import OF_PROVIDER, OUR_ENDS, OUT, TOLD_BY_PROVIDER, TRANSITIONS, Kind, State

# So long a step may take before somebody is told: the net is drawn every quarter of a minute.
PATIENCE = timedelta(seconds=60)
# What is older was looked at in its own days; nothing changes it any more.
DAYS = 3
SAMPLE = 5
ENDS = frozenset(state for state, later in TRANSITIONS.items() if not later)


class Invariant(StrEnum):
    """What must never be, each by the name it is logged and shown under."""

    # Could have gone for more than a minute, and has not.
    OVERDUE = "overdue"
    # Marked as being sent for longer than any call takes.
    SENDING = "sending"
    # In doubt past its deadline: a person should be ringing.
    UNCERTAIN = "uncertain"
    # An unexplained absence of a class that uses SMS, with neither a message nor a reason for none.
    UNTOLD = "untold"
    # Called received, without the provider's id for it.
    UNPROVEN = "unproven"
    # One id of the provider's on two messages.
    SHARED = "shared"
    # One message, and the provider has named it twice: somebody got it twice.
    DOUBLED = "doubled"
    # Other segments than its text takes: the costs would be wrong.
    SEGMENTS = "segments"
    # An end the provider contradicts.
    CONTRADICTED = "contradicted"


@dataclass(frozen=True, slots=True)
class Broken:
    """An invariant that does not hold: of how many, and the ids of a few (messages; pupils of `UNTOLD` are only counted)."""

    name: Invariant
    count: int
    samples: list[uuid.UUID]


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits though it could go: how many messages, and for how long the oldest has, in seconds."""

    messages: int
    oldest_seconds: float


def broken(now: datetime, day: date | None = None) -> list[Broken]:
    """The invariants that do not hold; `day` is today unless another day is looked at. A dozen queries."""
    day = day or timezone.localdate(now)
    recent = Message.objects.filter(day__gt=day - timedelta(days=DAYS))
    found = [
        _of(Invariant.OVERDUE, _due(now - PATIENCE)),
        _of(Invariant.SENDING, recent.filter(state=State.SENDING, sending_at__lt=now - PATIENCE)),
        _of(Invariant.UNCERTAIN, recent.filter(state=State.UNCERTAIN, expires_at__lt=now - PATIENCE)),
        Broken(Invariant.UNTOLD, len(_untold(day, now - PATIENCE)), []),
        _of(Invariant.UNPROVEN, recent.filter(state__in=OUT, provider_sid=None)),
        _of(Invariant.SHARED, _shared(recent)),
        _of(Invariant.DOUBLED, _doubled(recent)),
        _wrongly_counted(recent.filter(day=day)),
        _of(Invariant.CONTRADICTED, _contradicted(recent)),
    ]
    return [one for one in found if one.count]


def backlog(now: datetime) -> Backlog:
    """What waits at this moment though it could go. Over a minute in the window is the one figure to be woken for."""
    due = list(_due(now).values_list("not_before", flat=True))
    return Backlog(len(due), max((now - min(due)).total_seconds(), 0.0) if due else 0.0)


def _due(moment: datetime) -> QuerySet[Message]:
    """What could have gone since that moment; nothing does while somebody has stopped it."""
    corrected_is_out = Exists(Message.objects.filter(pk=OuterRef("corrects_id"), state__in=OUT))
    waits = Q(state=State.HELD) & (Q(corrects=None) | corrected_is_out)
    claimed = Q(state=State.CLAIMED, lease_until__lt=moment)
    due = Message.objects.filter(waits | Q(state=State.QUEUED) | claimed)
    due = due.exclude(choices.paused()).exclude(choices.rehearsed()).exclude(halts.halted())
    if Circuit.objects.filter(stopped=True).exists():
        return due.none()
    return due.filter(not_before__lt=moment, expires_at__gt=moment + LEAST_LEFT)


def _untold(day: date, before: datetime) -> set[int]:
    """Pupils of whose unexplained absence nothing is written down, though their registers were saved before that."""
    absences = unexplained.on(day, settled=before)
    chosen = choices.of({one.school_class_id for one in absences})
    about = {one.pupil_id for one in absences if one.school_class_id in chosen}
    if not about:
        return set()
    told = Message.objects.filter(day=day, kind=Kind.ABSENCE, pupil_id__in=about)
    withheld = Withheld.objects.filter(day=day, pupil_id__in=about)
    return about - {*told.values_list("pupil_id", flat=True), *withheld.values_list("pupil_id", flat=True)}


def _shared(recent: QuerySet[Message]) -> QuerySet[Message]:
    named = recent.exclude(provider_sid=None).values("provider", "provider_sid")
    twice = named.annotate(messages=Count("pk")).filter(messages__gt=1)
    return recent.filter(provider_sid__in=twice.values("provider_sid"))


def _doubled(recent: QuerySet[Message]) -> QuerySet[Message]:
    other = ProviderEvent.objects.filter(message=OuterRef("pk")).exclude(
        provider_sid=OuterRef("provider_sid")
    )
    return recent.exclude(provider_sid=None).filter(Exists(other))


def _contradicted(recent: QuerySet[Message]) -> QuerySet[Message]:
    """Ends of ours although the provider has it, and ends other than the first the provider told of."""
    events = ProviderEvent.objects.filter(message=OuterRef("pk"))
    words = {state: [word for word, meant in OF_PROVIDER.items() if meant == state] for state in ENDS}
    final = events.filter(status__in=[word for some in words.values() for word in some])
    first = Subquery(final.order_by("received_at", "pk").values("status")[:1])
    differs = Q()
    for state, some in words.items():
        differs |= Q(first__in=some) & ~Q(state=state)
    named = recent.annotate(first=first)
    return named.filter(Q(state__in=OUR_ENDS) & Exists(events) | Q(state__in=TOLD_BY_PROVIDER) & differs)


def _wrongly_counted(of_day: QuerySet[Message]) -> Broken:
    rows = of_day.exclude(body=None).values_list("pk", "body", "segments")
    return _listed(
        Invariant.SEGMENTS, (pk for pk, body, stored in rows if wording.segments(body or "")[1] != stored)
    )


def _of(name: Invariant, rows: QuerySet[Message]) -> Broken:
    return _listed(name, rows.order_by(F("day").desc(), "pk").values_list("pk", flat=True))


def _listed(name: Invariant, ids: Iterable[uuid.UUID]) -> Broken:
    found = list(ids)
    return Broken(name, len(found), found[:SAMPLE])
