"""Could a guardian get it twice?

The only writer of a message's state. Every step is one conditional update (or one statement) that names the states it may
start from, so that of two who want it one is told that the other was first. The mark is committed before the provider is
called; what was marked is never sent again without proof that the provider does not have it.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from contextlib import nullcontext
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q, QuerySet

from fravaer.audit import trail
from fravaer.core import secrets
from fravaer.sms import due, numbers
from fravaer.sms.claims import Claimed, Marked
from fravaer.sms.drafts import Draft, rows
from fravaer.sms.gateway import Answer, Found, Verdict
from fravaer.sms.models import Attempt, Message, ProviderEvent
from fravaer.sms.states import OPEN, OUR_ENDS, OUT, TRANSITIONS, UNSENT, Because, Kind, State, Word, before

LEASE = timedelta(seconds=60)
# Nothing is handed over when less than this is left of its time.
LEAST_LEFT = timedelta(seconds=30)
MOST_ATTEMPTS = 3
# When the provider is asked about a message it has accepted and said no more about.
SILENCES = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=24))
FIRST_LOOKUP = timedelta(seconds=10)
JOB = "job.sms"


def queue(drafts: Collection[Draft], now: datetime) -> int:
    """Write the drafts down as held messages; those that exist already stay as they are. Returns how many are new."""
    if not drafts:
        return 0
    messages = rows(drafts, now)
    keys = [message.dedupe_key for message in messages]
    with transaction.atomic():
        known = set(Message.objects.filter(dedupe_key__in=keys).values_list("dedupe_key", flat=True))
        new = sorted(
            (message for message in messages if message.dedupe_key not in known),
            key=lambda message: message.dedupe_key,
        )
        if new:
            Message.objects.bulk_create(new, ignore_conflicts=True)
            trail.changed(
                None,
                "sms.queue",
                role=JOB,
                subject="sms",
                pupil_ids=[message.pupil_id for message in new],
                detail={"messages": len(new)},
            )
    return len(new)


def cancel(ids: Iterable[uuid.UUID], because: Because, now: datetime) -> int:
    """Cancel those of the messages that have not been marked. Returns how many."""
    return _stepped(Message.objects.filter(pk__in=list(ids)), State.CANCELLED, because=because, final_at=now)


def release(now: datetime) -> int:
    """Let held messages go whose time has come. Those of a rehearsal end here. Returns how many were let go."""
    _stepped(due.rehearsed(now), State.CANCELLED, because=Because.DRY_RUN, final_at=now)
    return _stepped(due.held(now, now + LEAST_LEFT), State.QUEUED)


# One statement that commits by itself; what others hold at this moment is passed over. However few the planner believes to
# wait, it is to walk the index in its order: to sort them it would look through the whole queue for every claim.
CLAIM = """
SET LOCAL enable_sort = off;
WITH due(id) AS (%s LIMIT %%s FOR UPDATE SKIP LOCKED)
UPDATE sms_message SET state = 'claimed', claim_token = %%s, lease_until = %%s
FROM due WHERE sms_message.id = due.id AND state = 'queued'
RETURNING not_before, sms_message.id, claim_token, kind, pupil_id, guardian_id, school_class_id, day, to_e164, coalesce(body, ''),
  expires_at, throttled
"""


def claim(now: datetime, limit: int) -> list[Claimed]:
    """Take up to `limit` queued messages, the earliest first, for this caller alone."""
    statement, parameters = due.queued.statement(now, now + LEAST_LEFT)
    with connection.cursor() as cursor:
        cursor.execute(CLAIM % statement, [*parameters, limit, uuid.uuid4(), now + LEASE])
        rows = sorted(cursor.fetchall())
    return [_claimed(row) for row in rows]


def _claimed(row: tuple[Any, ...]) -> Claimed:
    _not_before, key, token, kind, pupil, guardian, school_class, day, to, body, expires_at, throttled = row
    number = secrets.unfix(to, secrets.NUMBER)
    return Claimed(
        key, token, Kind(kind), pupil, guardian, school_class, day, number, body, expires_at, throttled
    )


def waiting(now: datetime, at_most: int) -> int:
    """How many messages could be sent at this moment, counted no further than `at_most`."""
    return due.waiting(now, now + LEAST_LEFT, at_most)


def put_back(claimed: Iterable[Claimed], now: datetime) -> int:
    """Give up claims on messages that were not marked."""
    held = list(claimed)
    rows = Message.objects.filter(
        pk__in=[one.id for one in held], claim_token__in={one.token for one in held}, state=State.CLAIMED
    )
    return _stepped(rows, State.QUEUED, not_before=now)


# The mark and the row of the attempt, in one statement that commits by itself. Without the owner's lock nothing is marked.
MARK = """
WITH marked AS (
  UPDATE sms_message SET state = 'sending', attempts = attempts + 1, sending_at = %(now)s, owner = %(owner)s,
    ended_at = NULL, negative_lookups = 0, next_check = NULL
  WHERE id = %(id)s AND state = 'claimed' AND claim_token = %(token)s AND lease_until > %(now)s
    AND expires_at > %(now)s + %(least_left)s AND sms_owner_alive(%(owner)s)
  RETURNING id, attempts
)
INSERT INTO sms_attempt (message_id, n, owner, marked_at, outcome, error_class)
SELECT id, attempts, %(owner)s, %(now)s, '', '' FROM marked RETURNING id, n
"""


def mark(claimed: Claimed, owner_number: int, now: datetime) -> Marked | None:
    """Commit that the message is about to be handed over; None when it must not be."""
    parameters: dict[str, Any] = {
        "id": claimed.id,
        "token": claimed.token,
        "owner": owner_number,
        "now": now,
        "least_left": LEAST_LEFT,
    }
    with connection.cursor() as cursor:
        cursor.execute(MARK, parameters)
        row = cursor.fetchone()
    return None if row is None else Marked(claimed, row[0], row[1])


def unmark(claimed: Claimed, now: datetime) -> bool:
    """Return to the queue what may have been marked under this claim: the database went away, and no call was made."""
    rows = Message.objects.filter(pk=claimed.id, claim_token=claimed.token, state__in=OPEN)
    Attempt.objects.filter(message__in=rows, n=F("message__attempts")).update(
        ended_at=now, outcome=Verdict.UNSENT.value, error_class="unmarked"
    )
    return bool(_stepped(rows, State.QUEUED, attempts=F("attempts") - 1, not_before=now, ended_at=now))


def take_back(marked: Marked, now: datetime, not_before: datetime, *, counted: bool = False) -> bool:
    """Return a marked message to the queue: proven that the provider does not have it."""
    return bool(
        _stepped(
            _own(marked),
            State.QUEUED,
            attempts=F("attempts") - (0 if counted else 1),
            not_before=not_before,
            ended_at=now,
        )
    )


def throttle(marked: Marked, now: datetime, not_before: datetime) -> bool:
    """The same, told by the provider that it is too much at once."""
    return take_back(marked, now, not_before) and bool(
        Message.objects.filter(pk=marked.claimed.id).update(throttled=F("throttled") + 1)
    )


def reject(marked: Marked, answer: Answer, now: datetime) -> bool:
    """The provider will not take it for this recipient."""
    with transaction.atomic():
        done = _stepped(
            _own(marked),
            State.REJECTED,
            error_code=answer.code,
            ended_at=now,
            final_at=now,
            resolved_by="answer",
        )
        if done:
            numbers.learn(marked.claimed.to, answer.code, now)
    return bool(done)


def doubt(marked: Marked, now: datetime) -> bool:
    """The call ended without an answer that proves anything; the provider is asked soon."""
    return bool(_stepped(_own(marked), State.UNCERTAIN, ended_at=now, next_check=now + FIRST_LOOKUP))


def ended(marked: Marked, answer: Answer, now: datetime) -> None:
    """Complete the attempt's row, whatever came of it."""
    Attempt.objects.filter(pk=marked.attempt_id).update(
        ended_at=now,
        http_status=answer.http_status,
        error_code=answer.code,
        outcome=answer.verdict.value,
        error_class=answer.error,
    )
    Message.objects.filter(pk=marked.claimed.id, ended_at=None).update(ended_at=now)


# The provider's word, in one statement that commits by itself; with an answer, the attempt's end as well.
TOLD = """
WITH moved AS (
  UPDATE sms_message SET state = %(state)s, provider = %(provider)s, provider_sid = %(sid)s, provider_status = %(status)s,
    error_code = %(code)s, resolved_by = %(via)s, final_at = %(final_at)s, next_check = %(next_check)s,
    accepted_at = CASE WHEN provider_sid IS NULL THEN %(now)s ELSE accepted_at END,
    ended_at = CASE WHEN %(via)s = 'answer' THEN %(now)s ELSE ended_at END
  WHERE id = %(id)s AND state = ANY(%(before)s) AND sending_at IS NOT NULL AND coalesce(provider_sid, %(sid)s) = %(sid)s
  RETURNING id
), told AS (
  INSERT INTO sms_providerevent (message_id, provider_sid, status, error_code, via, received_at)
  SELECT id, %(sid)s, %(status)s, coalesce(%(code)s, 0), %(via)s, %(now)s FROM moved ON CONFLICT DO NOTHING
), completed AS (
  UPDATE sms_attempt SET ended_at = %(now)s, http_status = %(http_status)s, error_code = %(code)s, outcome = 'accepted'
  FROM moved WHERE sms_attempt.id = %(attempt)s AND message_id = moved.id
)
SELECT count(*) FROM moved
"""


def accept(marked: Marked, answer: Answer, provider: str, now: datetime) -> None:
    """The provider has taken the message and has named it."""
    word = Word(provider, answer.sid, answer.status or "accepted", None, "answer")
    if not _learn(marked.claimed.id, word, now, marked.attempt_id, answer.http_status):
        # Only if the id turned out to be bound to a twin: then its own look-up decides.
        doubt(marked, now)
        ended(marked, answer, now)


def learn(
    message_id: uuid.UUID,
    *,
    provider: str,
    sid: str,
    status: str,
    code: int | None,
    via: str,
    now: datetime,
) -> bool:
    """Take over what the provider says of a message: by its answer, a callback, a fetch or its list.

    States only move forward and the first end stays; the same word twice changes nothing. A word about a message we had
    given up moves it to the truth and is noted in the trail. True when the row moved.
    """
    return _learn(message_id, Word(provider, sid, status, code, via), now)


def _learn(
    pk: uuid.UUID, word: Word, now: datetime, attempt: int | None = None, http_status: int | None = None
) -> bool:
    about = {"id": pk, "now": now, "attempt": attempt, "http_status": http_status, **asdict(word)}
    try:
        # Nothing follows from most words but their step, which is then one statement.
        if word.state in OUT and _told(about, word, frozenset(State) - OUR_ENDS):
            return True
        with transaction.atomic():
            return _learned(about, word)
    except IntegrityError:
        # Another message is bound to this id: a look-up took one of two equal texts for the other. Its own look-up,
        # which counts how many there are, will find what is left.
        return False


def _told(about: dict[str, Any], word: Word, standing: Collection[State]) -> bool:
    """Whether the word moved the message from one of these states."""
    steps = [state.value for state in standing if word.state in TRANSITIONS[state]]
    final = not TRANSITIONS[word.state]
    ends = {
        "final_at": about["now"] if final else None,
        "next_check": None if final else about["now"] + SILENCES[0],
    }
    with transaction.atomic() if connection.in_atomic_block else nullcontext(), connection.cursor() as cursor:
        cursor.execute(TOLD, {**about, **ends, "state": word.state.value, "before": steps})
        return bool(cursor.fetchone()[0])


def _learned(about: dict[str, Any], word: Word) -> bool:
    pk, now = about["id"], about["now"]
    row = Message.objects.select_for_update(no_key=True).filter(pk=pk, sending_at__isnull=False)
    columns = row.values_list("state", "provider_sid", "to_e164", "pupil_id").first()
    if columns is None:
        return False
    standing, bound, to, pupil = State(columns[0]), *columns[1:]
    if not _told(about, word, [standing]):
        event = ProviderEvent(
            message_id=pk, provider_sid=word.sid, status=word.status, via=word.via, received_at=now
        )
        event.error_code = word.code or 0
        ProviderEvent.objects.bulk_create([event], ignore_conflicts=True)
        if bound is not None and bound != word.sid:
            trail.changed(None, "sms.second_sid", role=JOB, subject="sms", subject_id=pk)
        return False
    if word.state in (State.UNDELIVERED, State.FAILED):
        numbers.learn(to, word.code, now)
    if standing in OUR_ENDS:
        detail = {"before": standing.value, "after": word.state.value}
        trail.changed(
            None, "sms.late_truth", role=JOB, subject="sms", subject_id=pk, pupil_ids=[pupil], detail=detail
        )
    return True


def adopt(message_id: uuid.UUID, found: Found, provider: str, now: datetime) -> bool:
    """Take over what the provider has of a message that by our own rows never left: they are older than its truth.

    Only after the database was restored from a copy. True when the row moved.
    """
    with transaction.atomic():
        row = Message.objects.filter(pk=message_id, provider_sid=None)
        _stepped(row, State.CANCELLED, final_at=now)
        row.filter(sending_at=None).update(sending_at=found.created_at or now, attempts=1)
        return learn(
            message_id,
            provider=provider,
            sid=found.sid,
            status=found.status,
            code=found.code,
            via="restore",
            now=now,
        )


def expire(now: datetime) -> int:
    """End what did not get out in time; a person rings instead. Returns how many."""
    late = Message.objects.filter(expires_at__lte=now + LEAST_LEFT).filter(
        Q(state__in=[State.HELD, State.QUEUED]) | Q(state=State.CLAIMED, lease_until__lt=now)
    )
    return _stepped(late, State.EXPIRED, final_at=now)


def end_leases(now: datetime) -> int:
    """Return claims whose holder has died before marking: nothing was sent."""
    return _stepped(Message.objects.filter(state=State.CLAIMED, lease_until__lt=now), State.QUEUED)


def doubt_stale(now: datetime, older_than: timedelta) -> int:
    """Doubt what was marked so long ago that its call must be over or its process dead."""
    stale = Message.objects.filter(state=State.SENDING, sending_at__lt=now - older_than)
    return _stepped(stale, State.UNCERTAIN, next_check=now)


def put_off(message_id: uuid.UUID, next_check: datetime | None) -> None:
    """Note when the provider is to be asked about the message next."""
    Message.objects.filter(pk=message_id).update(next_check=next_check)


def denied(message_id: uuid.UUID, sending_at: datetime) -> int:
    """Count one more look-up in which the provider did not have this attempt. Returns the count, 0 when it is settled."""
    rows = Message.objects.filter(pk=message_id, state=State.UNCERTAIN, sending_at=sending_at)
    if not rows.update(negative_lookups=F("negative_lookups") + 1):
        return 0
    return rows.values_list("negative_lookups", flat=True).first() or 0


def give_up(message_id: uuid.UUID, now: datetime) -> bool:
    """Say that nobody will know."""
    rows = Message.objects.filter(pk=message_id, state=State.UNCERTAIN)
    return bool(_stepped(rows, State.UNKNOWN, final_at=now, next_check=None, resolved_by="rule"))


def requeue(message_id: uuid.UUID, sending_at: datetime, now: datetime) -> bool:
    """Queue again what the provider has denied having twice; only if no newer attempt has begun."""
    rows = Message.objects.filter(pk=message_id, state=State.UNCERTAIN, sending_at=sending_at)
    return bool(_stepped(rows, State.QUEUED, not_before=now, next_check=None, resolved_by="list"))


def forget_bodies(before: datetime, municipality_id: int) -> int:
    """Forget the words of messages written before, once nothing can come of them; their hash stays. Returns how many."""
    rows = Message.objects.filter(created_at__lt=before, body__isnull=False)
    rows = rows.filter(school__area__municipality_id=municipality_id).exclude(state__in=UNSENT | OPEN)
    return rows.update(body=None)


def forget_events(before: datetime) -> int:
    """Forget what the provider told of messages before; what they came to stays. Returns how many statuses went."""
    return ProviderEvent.objects.filter(received_at__lt=before).delete()[0]


def _own(marked: Marked) -> QuerySet[Message]:
    """The marked message, while it is still being sent by this very attempt."""
    return Message.objects.filter(
        pk=marked.claimed.id, state=State.SENDING, claim_token=marked.claimed.token, attempts=marked.n
    )


def _stepped(rows: QuerySet[Message], state: State, **changes: Any) -> int:
    """Move those of the rows that may take the step, and write the changes with it. Returns how many moved."""
    return rows.filter(state__in=before(state)).update(state=state, **changes)
