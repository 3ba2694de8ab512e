"""How does a message get from the outbox to the provider, once?

Claim a few, ask for each whether it is still to be sent, commit the mark, call outside any transaction, write down what the
answer proves, and keep trying to while the database is away. Threads and processes may do this side by side; the queue in the
database keeps them apart. Celery and `manage.py sms_sender` are two drivers of the same `drain`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import DataError, Error, IntegrityError, NotSupportedError, ProgrammingError, connection
from django.urls import reverse

from fravaer.absence import unexplained
from fravaer.schools import contacts
from fravaer.sms import addressees, choices, circuit, monthly, numbers, optouts, outbox, wording
from fravaer.sms.choices import Chosen
from fravaer.sms.claims import Claimed, Marked
from fravaer.sms.gateway import Answer, Gateway, Verdict
from fravaer.sms.owner import Owner
from fravaer.sms.states import Because, Kind

BATCH = 5
# Longer than this between mark and call, and the process has been frozen: the mark is taken back.
FREEZE_SECONDS = 2.0
# An answer to "is it still to be sent?" is good for so long.
FRESH_SECONDS = 1.0
# What was held is looked through for what may go so often, by all threads of a process together.
RELEASE_SECONDS = 1.0
# An answer is worth trying for so long to write it down: with it lost, nobody may say whether the call is over.
WRITES_FOR_SECONDS = 60.0
LONGEST_WRITE_PAUSE = 2.0
# What no other try and no other connection would mend.
LASTING = (DataError, IntegrityError, NotSupportedError, ProgrammingError)
UNREACHED_AGAIN = timedelta(seconds=5)
REFUSED_AGAIN = timedelta(seconds=60)
LONGEST_PAUSE = 30.0

# What each kind of message depends on at the moment it is sent.
ASK: dict[Kind, Callable[[date, set[int]], Collection[int]]] = {
    Kind.ABSENCE: unexplained.still,
    Kind.CORRECTION: unexplained.turned_up,
    Kind.MONTHLY: monthly.still,
}

logger = logging.getLogger(__name__)


class Pace:
    """How many calls this process makes at once: halved when the provider has too much, slowly more when it copes."""

    def __init__(self, most: int = 16) -> None:
        self._most = most
        self._limit = most
        self._under_way = 0
        self._coped = 0
        self._lock = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Whether one more may call now."""
        with self._lock:
            allowed = self._under_way < self._limit
            self._under_way += allowed
        try:
            yield allowed
        finally:
            with self._lock:
                self._under_way -= allowed

    def slower(self) -> None:
        with self._lock:
            self._limit, self._coped = max(1, self._limit // 2), 0

    def coped(self) -> None:
        with self._lock:
            self._coped += 1
            if self._coped >= 20:
                self._limit, self._coped = min(self._most, self._limit + 1), 0


class Rounds:
    """Whose turn it is to look for what was held: one of the process's threads, once a second."""

    def __init__(self) -> None:
        self._next = 0.0
        self._latest = 0
        self._lock = threading.Lock()

    def begin(self, *, at_once: bool) -> bool:
        """Whether the caller is to look now; `at_once`, that is also sooner after a look of its own."""
        with self._lock:
            now, me = time.monotonic(), threading.get_ident()
            if now < self._next and not (at_once and me == self._latest):
                return False
            self._next, self._latest = now + RELEASE_SECONDS, me
            return True


@dataclass(frozen=True)
class Sender:
    """What a process sends with: the provider, its own lock, the clock and the address callbacks reach us at.

    `per_second` is the most the provider takes from this sender, of all processes together; 0 for any number.
    """

    gateway: Gateway
    owner: Owner
    clock: Callable[[], datetime]
    public_base_url: str
    pace: Pace = field(default_factory=Pace)
    stop: threading.Event = field(default_factory=threading.Event)
    per_second: float = 0.0
    rounds: Rounds = field(default_factory=Rounds)


def drain(sender: Sender, *, seconds: float = 10.0) -> int:
    """Send what is due until nothing is left, the time is up or the process is to stop. Returns how many calls were made.

    Raises RuntimeError inside a transaction: a mark that is not committed protects nobody.
    """
    if connection.in_atomic_block:
        raise RuntimeError("messages are not sent inside a transaction")
    calls, until, begins = 0, time.monotonic() + seconds, True
    with sender.pace.turn() as allowed:
        while allowed and not sender.stop.is_set() and time.monotonic() < until:
            now = sender.clock()
            if sender.rounds.begin(at_once=begins):
                outbox.release(now)
            begins = False
            most = circuit.allowed(sender.gateway.name, now)
            claimed = outbox.claim(now, BATCH if most is None else min(most, BATCH))
            if not claimed or not _in_turn(sender, claimed, until - time.monotonic()):
                break
            calls += _send_all(sender, claimed, is_try=most is not None)
    return calls


def _in_turn(sender: Sender, claimed: list[Claimed], seconds: float) -> bool:
    """Wait until so many may be sent; False, and the claims given up, when that would take longer than there is time."""
    if not sender.per_second:
        return True
    now = sender.clock()
    begins = circuit.turn(
        sender.gateway.name, len(claimed), sender.per_second, now, now + timedelta(seconds=seconds)
    )
    if begins is None:
        outbox.put_back(claimed, now)
        return False
    sender.stop.wait((begins - now).total_seconds())
    return True


def _send_all(sender: Sender, claimed: list[Claimed], *, is_try: bool) -> int:
    calls = 0
    due: set[Claimed] = set()
    asked_at: float | None = None
    for number, one in enumerate(claimed):
        is_old = asked_at is None or time.monotonic() - asked_at > FRESH_SECONDS
        if sender.stop.is_set() or (is_old and circuit.stopped(sender.gateway.name)):
            outbox.put_back(claimed[number:], sender.clock())
            break
        if is_old:
            due, asked_at = _still_due(claimed[number:], sender.clock()), time.monotonic()
        if one in due:
            verdict = _send(sender, one)
            calls += verdict is not None
            if verdict in (Verdict.BLOCKED, Verdict.REFUSED):
                outbox.put_back(claimed[number + 1 :], sender.clock())
                break
            if is_try and verdict in (Verdict.ACCEPTED, Verdict.REJECTED, Verdict.THROTTLED):
                circuit.mend(sender.gateway.name)
    return calls


def _still_due(claimed: list[Claimed], now: datetime) -> set[Claimed]:
    """Those that are to be sent at this moment; the others are cancelled, or put back where the school has paused."""
    chosen = choices.of({one.school_class_id for one in claimed})
    open_still = _open_still(claimed)
    welcome = _welcome(claimed, chosen)
    due: set[Claimed] = set()
    for one in claimed:
        school_class = chosen.get(one.school_class_id)
        if one not in open_still:
            because = Because.AWAY_AGAIN if one.kind == Kind.CORRECTION else Because.EXPLAINED
        elif school_class is None or (one.kind == Kind.MONTHLY and not school_class.monthly):
            because = Because.NOT_CHOSEN
        elif one not in welcome:
            because = Because.NOT_TOLD
        elif wording.refusal(one.body) or not one.body:
            because = Because.TEXT
        elif school_class.paused:
            outbox.put_back([one], now)
            continue
        else:
            due.add(one)
            continue
        outbox.cancel([one.id], because, now)
    return due


def _open_still(claimed: list[Claimed]) -> set[Claimed]:
    """Absences nobody has explained meanwhile, corrections of pupils who are still here, and months that count as before."""
    together: dict[tuple[Kind, date], list[Claimed]] = defaultdict(list)
    for one in claimed:
        together[one.kind, one.day].append(one)
    found: set[Claimed] = set()
    for (kind, day), some in together.items():
        pupils = ASK[kind](day, {one.pupil_id for one in some})
        found.update(one for one in some if one.pupil_id in pupils)
    return found


def _welcome(claimed: list[Claimed], chosen: Mapping[int, Chosen]) -> set[Claimed]:
    """Messages whose guardian is to be told on this number; a correction follows the first message whatever its number."""
    told = addressees.told(
        {one.pupil_id: chosen[one.school_class_id] for one in claimed if one.school_class_id in chosen},
        max(one.day for one in claimed),
    )
    reached = {(contact.pupil_id, contact.e164) for contact in told.contacts}
    guardians = {(contact.pupil_id, contact.guardian_id) for contact in told.contacts}
    guardians |= {
        (none.pupil_id, none.guardian_id)
        for none in told.untold
        if none.guardian_id and none.why != contacts.Why.DECLINED
    }
    silent = optouts.everywhere({one.to for one in claimed if one.kind == Kind.CORRECTION})
    return {
        one
        for one in claimed
        if (one.pupil_id, one.to) in reached
        or (
            one.kind == Kind.CORRECTION
            and (one.pupil_id, one.guardian_id) in guardians
            and one.to not in silent
        )
    }


def _send(sender: Sender, claimed: Claimed) -> Verdict | None:
    """Mark, call, settle. None when the message was not to be sent after all."""
    # Before the mark: the first of a process loads every page for it.
    callback_url = sender.public_base_url + reverse("sms:status", args=[claimed.id])
    begun = time.monotonic()
    marked = _marked(sender, claimed)
    if marked is None:
        return None
    now = sender.clock()
    if time.monotonic() - begun > FREEZE_SECONDS:
        _written_down(lambda: _thawed(marked, now))
        return None
    answer = sender.gateway.send(
        key=str(claimed.id),
        to=claimed.to,
        body=claimed.body,
        callback_url=callback_url,
        validity_seconds=int((claimed.expires_at - now).total_seconds()),
        attempt=marked.n,
    )
    ended_at = sender.clock()
    if answer.verdict == Verdict.ACCEPTED:
        sender.pace.coped()
    elif answer.verdict == Verdict.THROTTLED:
        sender.pace.slower()
    _written_down(lambda: _settle(sender, marked, answer, ended_at))
    if answer.verdict in circuit.TROUBLE and circuit.troubled(ended_at):
        circuit.trip(sender.gateway.name, "trouble", ended_at)
    logger.info("sms %s to %s: %s", claimed.id, numbers.masked(claimed.to), answer.verdict.value)
    return answer.verdict


def _marked(sender: Sender, claimed: Claimed) -> Marked | None:
    """The mark. Where the database went away and nobody knows whether it stands, it is taken back: nothing was called."""
    try:
        return outbox.mark(claimed, sender.owner.number, sender.clock())
    except Error as failure:
        if isinstance(failure, LASTING):
            raise
        connection.close()
        _written_down(lambda: _unmarked(claimed, sender.clock()))
        return None


def _unmarked(claimed: Claimed, now: datetime) -> None:
    if not outbox.unmark(claimed, now):
        outbox.put_back([claimed], now)


def _written_down(write: Callable[[], object]) -> None:
    """Do it, and again while the database is away. Every step is conditional: one that was taken already changes nothing."""
    pause, until = 0.1, time.monotonic() + WRITES_FOR_SECONDS
    while True:
        try:
            write()
            return
        except Error as failure:
            if isinstance(failure, LASTING) or time.monotonic() > until:
                raise
            logger.warning("sms: the database is away (%s), trying again", type(failure).__name__)
            connection.close()
        time.sleep(pause)
        pause = min(LONGEST_WRITE_PAUSE, 2 * pause)


def _thawed(marked: Marked, now: datetime) -> None:
    outbox.take_back(marked, now, now)
    outbox.ended(marked, Answer(Verdict.UNSENT, error="frozen"), now)


def _settle(sender: Sender, marked: Marked, answer: Answer, now: datetime) -> None:
    """Write down what the answer proves."""
    if answer.verdict == Verdict.ACCEPTED:
        outbox.accept(marked, answer, sender.gateway.name, now)
        return
    match answer.verdict:
        case Verdict.UNCERTAIN:
            outbox.doubt(marked, now)
        case Verdict.REJECTED:
            outbox.reject(marked, answer, now)
        case Verdict.THROTTLED:
            outbox.throttle(marked, now, now + _pause(marked.claimed))
        case Verdict.UNSENT:
            outbox.take_back(marked, now, now + UNREACHED_AGAIN)
        case Verdict.BLOCKED:
            circuit.trip(sender.gateway.name, f"{answer.http_status}/{answer.code}", now)
            logger.error("sms: the provider refuses the account (%s, %s)", answer.http_status, answer.code)
            outbox.take_back(marked, now, now)
        case Verdict.REFUSED:
            _refused(sender, marked, answer, now)
    outbox.ended(marked, answer, now)


def _refused(sender: Sender, marked: Marked, answer: Answer, now: datetime) -> None:
    """An unknown refusal may be about this one message or about all: one at a time finds out, and none blocks the rest."""
    if marked.n >= outbox.MOST_ATTEMPTS:
        outbox.reject(marked, answer, now)
        return
    circuit.trip(sender.gateway.name, f"{answer.http_status}/{answer.code}", now)
    logger.error("sms %s: refused with unknown code %s", marked.claimed.id, answer.code)
    outbox.take_back(marked, now, now + REFUSED_AGAIN, counted=True)


def _pause(claimed: Claimed) -> timedelta:
    """1, 2, 4 … 30 seconds, each message at its own moment within the second after."""
    jitter = (claimed.id.int % 1000) / 1000
    return timedelta(seconds=min(LONGEST_PAUSE, 2.0**claimed.throttled) + jitter)
