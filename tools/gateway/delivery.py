"""When does a message move on, and when is the customer told?

``plan`` lays out all steps of a message when it is accepted; ``Courier`` carries them out when they are due.
Calls are made by a few lanes, and all calls of one message by the same one, so that they keep their order
unless a fault is to turn it round.
"""

from __future__ import annotations

import queue
import threading
import time
import uuid
import zlib
from collections.abc import Callable

from tools.gateway import callbacks, replies
from tools.gateway.ledger import Ledger, Message, Step
from tools.gateway.numbers import Behaviour, Calls

LANES = 8
RETRY_AFTER_SECONDS = 1.0
EARLY_CALL_SECONDS = 5.0
VALIDITY_EXPIRED = 30036


def plan(message: Message, row: Behaviour, calls: Calls, delay: float) -> list[Step]:
    """The steps of ``message`` from now to its end; ``delay`` is the number of seconds between statuses."""
    start = message.created_at
    moves: list[tuple[float, str, int | None]] = []
    if message.status == "accepted":
        moves.append((start, "queued", None))
    if row.end == "queued":
        moves.append((start + message.validity_seconds, "failed", VALIDITY_EXPIRED))
    elif row.end == "failed":
        moves.append((start + delay, "failed", row.error))
    else:
        sent_at = start if calls is Calls.EARLY else start + delay
        moves.append((sent_at, "sent", None))
        if row.end != "sent":
            moves.append((sent_at + row.delays * delay, row.end, row.error))
    steps = [Step(message.sid, at, "status", status, error) for at, status, error in moves]
    if message.callback_url is None or calls is Calls.NONE:
        return steps
    times = [at for at, _, _ in moves]
    if calls in (Calls.SHUFFLE, Calls.DUP_SHUFFLE):
        last, gap = times[-1], max(delay, 0.05)
        times = [last + gap * n for n in range(len(moves))][::-1]
    for at, (_, status, error) in zip(times, moves, strict=True):
        for _ in range(2 if calls in (Calls.DUP, Calls.DUP_SHUFFLE) else 1):
            steps.append(Step(message.sid, at, "call", status, error, token=str(uuid.uuid4())))
    return steps


class Courier:
    """The threads that carry out the steps of ``ledger``."""

    def __init__(
        self,
        ledger: Ledger,
        account_sid: str,
        auth_token: str,
        clock: Callable[[], float],
        inbound_url: str = "",
    ) -> None:
        self._ledger = ledger
        self._inbound_url = inbound_url
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._clock = clock
        self._wake = threading.Event()
        self._under_way: set[int] = set()
        self._under_way_lock = threading.Lock()
        self._lanes: list[queue.SimpleQueue[Step]] = [queue.SimpleQueue() for _ in range(LANES)]

    def start(self) -> None:
        """Start; the threads end with the process, and what they had not done is still in the ledger."""
        threading.Thread(target=self._walk, daemon=True, name="courier").start()
        for n, lane in enumerate(self._lanes):
            threading.Thread(target=self._call_all, args=(lane,), daemon=True, name=f"lane-{n}").start()

    def ring(self) -> None:
        """Say that there are new steps."""
        self._wake.set()

    def wait_until_told(self, sid: str) -> None:
        """Return once the first call of the message has been made, or after a few seconds."""
        deadline = time.monotonic() + EARLY_CALL_SECONDS
        while not self._ledger.is_told(sid) and time.monotonic() < deadline:
            time.sleep(0.01)

    def _walk(self) -> None:
        while True:
            self._wake.clear()
            with self._under_way_lock:
                started = set(self._under_way)
            now = self._clock()
            due = self._ledger.due(now, started)
            moves = [step for step in due if step.kind == "status"]
            if moves:
                self._ledger.move(moves, now)
            for step in due:
                if step.kind in ("call", "reply"):
                    with self._under_way_lock:
                        self._under_way.add(step.id)
                    self._lanes[zlib.crc32(step.sid.encode()) % LANES].put(step)
            if not due:
                next_at = self._ledger.next_due_at(after=now)
                self._wake.wait(1.0 if next_at is None else min(max(next_at - self._clock(), 0.0), 1.0))

    def _call_all(self, lane: queue.SimpleQueue[Step]) -> None:
        while True:
            step = lane.get()
            self._call(step)
            with self._under_way_lock:
                self._under_way.discard(step.id)

    def _call(self, step: Step) -> None:
        if step.kind == "reply":
            self._tell_of_reply(step)
            return
        message = self._ledger.message(step.sid)
        if message is None or message.callback_url is None:
            return
        to = callbacks.target(message.callback_url)
        params = callbacks.form(message, step, self._account_sid)
        token = step.token or str(uuid.uuid4())
        outcome = callbacks.call(to, params, self._auth_token, token)
        now, tries = self._clock(), step.tries + 1
        again = None
        if callbacks.is_repeated(to, outcome, tries):
            due_at = now + RETRY_AFTER_SECONDS * tries
            again = Step(step.sid, due_at, "call", step.status, step.error, tries, token)
        self._ledger.told(step, outcome, now, again)
        if again:
            self.ring()

    def _tell_of_reply(self, step: Step) -> None:
        reply = self._ledger.reply(step.sid)
        if reply is None:
            return
        to = callbacks.target(self._inbound_url + replies.OVERRIDES)
        token = step.token or str(uuid.uuid4())
        outcome = callbacks.call(to, replies.form(reply, self._account_sid), self._auth_token, token)
        tries, again = step.tries + 1, None
        if callbacks.is_repeated(to, outcome, tries):
            due_at = self._clock() + RETRY_AFTER_SECONDS * tries
            again = Step(step.sid, due_at, "reply", step.status, None, tries, token)
        self._ledger.answer_told(step, outcome, again)
        if again:
            self.ring()
