"""Has anybody changed what was noted?

The only writer of seals. Every minute what was noted since is sealed, in the order of sealing: the hash of an entry is taken over
the entry and the hash before it, so that nothing behind a link can be changed, removed or put in without every later link being
another. Requests take no part in it: entries that wait for one another would make pages wait for one another. What an owner of
the database could still do, make the whole chain anew or cut its end off, shows against the heads that lie elsewhere (`anchor`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from django.db import connection, transaction

from fravaer.audit.models import Event

# Before the first link.
NOTHING = bytes(32)
BATCH = 20_000
# What is not sealed by then stands outside the chain; the job runs every minute.
PATIENCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Head:
    """The last link: its number and its hash."""

    n: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Broken:
    """One thing that is not as it was sealed: its kind (`changed`, `gone`, `missing`, `unsealed`), and where."""

    kind: str
    n: int
    event_id: int | None = None


def seal(now: datetime) -> int:
    """Seal everything that was noted and is not sealed yet. Returns how many."""
    sealed = 0
    while batch := _seal_some(now):
        sealed += batch
        if batch < BATCH:
            break
    return sealed


def _seal_some(now: datetime) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        # One chain, and one who adds to it.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('fravaer.audit.chain'))")
        cursor.execute("SELECT n, hash, since, low FROM audit_head()")
        n, last, since, low = cursor.fetchone()
        events = list(Event.objects.raw("SELECT * FROM audit_unsealed(%s, %s)", [since, BATCH]))
        hashes = []
        link = bytes(last or NOTHING)
        for event in events:
            link = linked(link, event)
            hashes.append(link)
        if events:
            cursor.execute(
                "SELECT audit_seal_all(%s, %s::bigint[], %s::bytea[], %s, %s)",
                # With more to come, the next batch looks from the same place.
                [
                    *((n or 0) + 1, [event.pk for event in events], hashes, now),
                    low if len(events) < BATCH else since,
                ],
            )
    return len(events)


def linked(before: bytes, event: Event) -> bytes:
    """The hash of an entry behind another hash."""
    return sha256(before + canonical(event)).digest()


def canonical(event: Event) -> bytes:
    """The entry as it is sealed: every field, always in the same bytes."""
    moments = [moment and moment.astimezone(UTC).isoformat() for moment in (event.at, event.noted_at)]
    fields = [
        *(event.pk, *moments, event.actor_id, event.role, event.action, event.subject, event.subject_id),
        *(event.pupil_ids, event.detail, event.grant_ids, event.purpose, event.reason),
    ]
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


def head() -> Head | None:
    """The last link, or None before the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT n, hash FROM audit_head()")
        n, last = cursor.fetchone()
    return Head(n, bytes(last)) if n else None


def links(numbers: Sequence[int]) -> dict[int, bytes]:
    """The hashes of some links, by number; those that are not there are left out."""
    found = {}
    with connection.cursor() as cursor:
        for number in numbers:
            cursor.execute("SELECT n, hash FROM audit_links(%s, 1)", [number - 1])
            if (row := cursor.fetchone()) and row[0] == number:
                found[number] = bytes(row[1])
    return found


def broken(now: datetime) -> Iterator[Broken]:
    """What is not as it was sealed, link by link from the first, and then what was never sealed."""
    before, expected = NOTHING, 1
    while rows := _links(expected - 1):
        events = {event.pk: event for event in _events([event_id for _n, event_id, _hash in rows])}
        for n, event_id, kept in rows:
            if n != expected:
                yield Broken("missing", expected)
            elif event_id not in events:
                yield Broken("gone", n, event_id)
            elif linked(before, events[event_id]) != kept:
                yield Broken("changed", n, event_id)
            before, expected = kept, n + 1
    for event in Event.objects.raw("SELECT * FROM audit_unsealed(0, %s)", [BATCH]):
        if (event.noted_at or event.at) < now - PATIENCE:
            yield Broken("unsealed", 0, event.pk)


def _links(after: int) -> list[tuple[int, int, bytes]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT n, event_id, hash FROM audit_links(%s, %s)", [after, BATCH])
        return [(n, event_id, bytes(kept)) for n, event_id, kept in cursor.fetchall()]


def _events(ids: list[int]) -> list[Event]:
    return list(Event.objects.raw("SELECT * FROM audit_events(%s::bigint[])", [ids]))
