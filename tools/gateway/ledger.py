"""What has the provider accepted, and what has it still to do?

The only writer of the state file. One SQLite connection behind one lock; every method is one transaction,
committed when it returns, so that a killed process forgets nothing it has answered for. Times are seconds
since 1970, passed in.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

SCHEMA = """
create table if not exists message (
    seq integer primary key autoincrement, sid text not null unique, sender text not null, service text,
    recipient text not null, body text not null, segments integer not null, status text not null, error
    integer, created_at real not null, updated_at real not null, sent_at real, callback_url text,
    validity_seconds integer not null, attempt integer);
create index if not exists message_recipient on message (recipient, seq);
create table if not exists change (
    id integer primary key, sid text not null, status text not null, error integer, at real not null);
create index if not exists change_sid on change (sid);
create table if not exists step (
    id integer primary key autoincrement, sid text not null, due_at real not null, kind text not null,
    status text not null, error integer, tries integer not null default 0, token text);
create index if not exists step_due on step (due_at);
create table if not exists call (
    id integer primary key, sid text not null, status text not null, at real not null, outcome text not null);
create index if not exists call_sid on call (sid);
create table if not exists attempt (
    id integer primary key, recipient text not null, body text not null, n integer, at real not null,
    outcome text not null, sid text);
create index if not exists attempt_recipient on attempt (recipient);
create table if not exists reply (
    id integer primary key, sid text not null unique, sender text not null, recipient text not null,
    body text not null, at real not null, stops integer, outcome text not null);
create index if not exists reply_sender on reply (sender, id);
create table if not exists knobs (only_row integer primary key check (only_row = 1), faults text not null);
"""


@dataclass(frozen=True)
class Message:
    """One accepted message as it stands."""

    seq: int
    sid: str
    sender: str
    service: str | None
    recipient: str
    body: str
    segments: int
    status: str
    error: int | None
    created_at: float
    updated_at: float
    sent_at: float | None
    callback_url: str | None
    validity_seconds: int
    attempt: int | None


@dataclass(frozen=True)
class Step:
    """Something to do at ``due_at``: ``kind`` is "status" (the message moves on) or "call" (the customer is
    told).

    ``tries`` counts the calls already made and ``token`` names them all as one.
    """

    sid: str
    due_at: float
    kind: str
    status: str
    error: int | None = None
    tries: int = 0
    token: str | None = None
    id: int = 0


@dataclass(frozen=True)
class Reply:
    """What a phone has answered; ``stops`` is 1 for a no to the provider, 0 for a yes again. ``outcome`` is that of the last
    call that told of it.
    """

    sid: str
    sender: str
    recipient: str
    body: str
    at: float
    stops: int | None
    outcome: str


@dataclass(frozen=True)
class Phone:
    """One number with its messages, oldest first, and its last answers; ``total`` counts also the messages left out."""

    number: str
    messages: list[Message]
    total: int
    replies: list[Reply]


class Ledger:
    """The state of the provider in the file ``path``, or in memory."""

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = normal")
        self._db.executescript(SCHEMA)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("begin immediate")
            try:
                yield self._db
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")

    def _rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(query, values).fetchall()

    def close(self) -> None:
        with self._lock:
            self._db.close()

    # Creates

    def accept(self, message: Message, steps: list[Step], outcome: str) -> None:
        """Take ``message`` (but for its ``seq``), plan its ``steps`` and note the create that brought it."""
        row = asdict(message)
        del row["seq"]
        columns = ", ".join(row)
        with self._transaction() as db:
            db.execute(
                f"insert into message ({columns}) values ({', '.join('?' * len(row))})", tuple(row.values())
            )
            m = message
            self._note_change(db, m.sid, m.status, m.error, m.created_at)
            self._plan(db, steps)
            self._note_attempt(db, m.recipient, m.body, m.attempt, m.created_at, outcome, m.sid)

    def refuse(self, recipient: str, body: str, n: int | None, outcome: str, now: float) -> None:
        """Note a create that was not accepted."""
        with self._transaction() as db:
            self._note_attempt(db, recipient, body, n, now, outcome, None)

    @staticmethod
    def _note_attempt(
        db: sqlite3.Connection,
        recipient: str,
        body: str,
        n: int | None,
        at: float,
        outcome: str,
        sid: str | None,
    ) -> None:
        db.execute(
            "insert into attempt (recipient, body, n, at, outcome, sid) values (?, ?, ?, ?, ?, ?)",
            (recipient, body, n, at, outcome, sid),
        )

    @staticmethod
    def _note_change(db: sqlite3.Connection, sid: str, status: str, error: int | None, at: float) -> None:
        db.execute(
            "insert into change (sid, status, error, at) values (?, ?, ?, ?)", (sid, status, error, at)
        )

    @staticmethod
    def _plan(db: sqlite3.Connection, steps: list[Step]) -> None:
        db.executemany(
            "insert into step (sid, due_at, kind, status, error, tries, token) values (?, ?, ?, ?, ?, ?, ?)",
            [(s.sid, s.due_at, s.kind, s.status, s.error, s.tries, s.token) for s in steps],
        )

    def earlier_creates(self, recipient: str) -> int:
        """How many creates to ``recipient`` have been noted, accepted or not."""
        return int(self._rows("select count(*) from attempt where recipient = ?", recipient)[0][0])

    # Steps

    def due(self, now: float, without: Collection[int] = (), limit: int = 500) -> list[Step]:
        """The steps due at ``now``, earliest first, but for those whose ids are given."""
        rows = self._rows(
            "select * from step where due_at <= ? and id not in (select value from json_each(?))"
            " order by due_at, id limit ?",
            now,
            json.dumps(sorted(without)),
            limit,
        )
        return [Step(**row) for row in rows]

    def next_due_at(self, after: float) -> float | None:
        """When the first step later than ``after`` is due."""
        value: float | None = self._rows("select min(due_at) from step where due_at > ?", after)[0][0]
        return value

    def move(self, steps: list[Step], now: float) -> None:
        """Carry out "status" steps."""
        with self._transaction() as db:
            for step in steps:
                sent = now if step.status == "sent" else None
                db.execute(
                    "update message set status = ?, error = ?, updated_at = ?, sent_at = coalesce(sent_at, ?)"
                    " where sid = ?",
                    (step.status, step.error, now, sent, step.sid),
                )
                self._note_change(db, step.sid, step.status, step.error, now)
                db.execute("delete from step where id = ?", (step.id,))

    def told(self, step: Step, outcome: str, now: float, again: Step | None) -> None:
        """Note the call of a "call" step with its ``outcome``; ``again`` is the repetition, if there is to be
        one.

        A step that ``clear`` has forgotten meanwhile leaves no trace.
        """
        with self._transaction() as db:
            is_known = db.execute("delete from step where id = ?", (step.id,)).rowcount == 1
            if is_known:
                db.execute(
                    "insert into call (sid, status, at, outcome) values (?, ?, ?, ?)",
                    (step.sid, step.status, now, outcome),
                )
                self._plan(db, [again] if again else [])

    # Answers

    def answer(self, reply: Reply, step: Step) -> None:
        """Take an answer, and plan the call that tells of it."""
        row = asdict(reply)
        with self._transaction() as db:
            db.execute(
                f"insert into reply ({', '.join(row)}) values ({', '.join('?' * len(row))})",
                tuple(row.values()),
            )
            self._plan(db, [step])

    def reply(self, sid: str) -> Reply | None:
        rows = self._rows("select * from reply where sid = ?", sid)
        return _reply(rows[0]) if rows else None

    def answer_told(self, step: Step, outcome: str, again: Step | None) -> None:
        """Note what came of the call of a "reply" step; ``again`` is the repetition, if there is to be one."""
        with self._transaction() as db:
            if db.execute("delete from step where id = ?", (step.id,)).rowcount == 1:
                db.execute("update reply set outcome = ? where sid = ?", (outcome, step.sid))
                self._plan(db, [again] if again else [])

    def latest_sender(self, number: str) -> str | None:
        """Who sent the latest message to ``number``; None when it has got none."""
        rows = self._rows("select sender from message where recipient = ? order by seq desc limit 1", number)
        return rows[0]["sender"] if rows else None

    def has_stopped(self, number: str, sender: str) -> bool:
        """Whether ``number`` has said no to ``sender``, and not yes since."""
        rows = self._rows(
            "select stops from reply where sender = ? and recipient = ? and stops is not null"
            " order by id desc limit 1",
            number,
            sender,
        )
        return bool(rows and rows[0]["stops"])

    def is_told(self, sid: str) -> bool:
        """Whether any callback of the message has been made."""
        return bool(self._rows("select 1 from call where sid = ? limit 1", sid))

    # Questions

    def message(self, sid: str) -> Message | None:
        rows = self._rows("select * from message where sid = ?", sid)
        return Message(**rows[0]) if rows else None

    def listing(
        self,
        *,
        recipient: str | None,
        sender: str | None,
        sent_from: float | None,
        sent_before: float | None,
        created_by: float,
        below: int | None,
        limit: int,
    ) -> list[Message]:
        """Messages, newest first; ``below`` is the ``seq`` after which the last page ended."""
        rows = self._rows(
            "select * from message where (?1 is null or recipient = ?1) and (?2 is null or sender = ?2)"
            " and (?3 is null or sent_at >= ?3) and (?4 is null or sent_at < ?4) and created_at <= ?5"
            " and (?6 is null or seq < ?6) order by seq desc limit ?7",
            *(recipient, sender, sent_from, sent_before, created_by, below, limit),
        )
        return [Message(**row) for row in rows]

    def statuses(self) -> dict[str, int]:
        """How many messages stand at each status."""
        return {row[0]: row[1] for row in self._rows("select status, count(*) from message group by status")}

    def phones(
        self, digits: str, statuses: tuple[str, ...], each: int, offset: int, limit: int
    ) -> tuple[list[Phone], int]:
        """Phones whose number contains ``digits`` and that hold a message at one of ``statuses`` (or any),
        newest message first, each with its last ``each`` messages; and the number of all such phones.
        """
        marks = ",".join("?" * len(statuses))
        where = "where recipient like ?" + (f" and status in ({marks})" if statuses else "")
        values = (f"%{digits}%", *statuses)
        total = self._rows(f"select count(distinct recipient) from message {where}", *values)[0][0]
        found = self._rows(
            f"select recipient, max(seq) as last from message {where} group by recipient"
            " order by last desc limit ? offset ?",
            *values,
            limit,
            offset,
        )
        return [self._phone(row["recipient"], each) for row in found], int(total)

    def _phone(self, number: str, each: int) -> Phone:
        rows = self._rows("select * from message where recipient = ? order by seq desc limit ?", number, each)
        total = self._rows("select count(*) from message where recipient = ?", number)[0][0]
        answers = self._rows("select * from reply where sender = ? order by id desc limit ?", number, each)
        return Phone(
            number,
            [Message(**row) for row in reversed(rows)],
            int(total),
            [_reply(row) for row in reversed(answers)],
        )

    def refusals(self, limit: int) -> list[tuple[float, str, str]]:
        """The last creates refused because of the message itself: when, to whom, Twilio's code."""
        rows = self._rows(
            "select at, recipient, outcome from attempt where outcome like '400 %' order by id desc limit ?",
            limit,
        )
        return [(row["at"], row["recipient"], row["outcome"].removeprefix("400 ")) for row in rows]

    def as_json(self) -> dict[str, Any]:
        """Everything, for tests: ``messages`` in the order of acceptance, ``refused`` creates likewise.

        A message's ``attempts`` are all creates with its To and Body, whatever came of them.
        """
        with self._lock:
            messages = [dict(row) for row in self._rows("select * from message order by seq")]
            changes, calls, attempts = (
                [dict(row) for row in self._rows(f"select * from {table} order by id")]
                for table in ("change", "call", "attempt")
            )
        for rows in (changes, calls, attempts):
            for row in rows:
                del row["id"]
        by_sid: dict[str, dict[str, list[Any]]] = {
            m["sid"]: {"history": [], "callbacks": []} for m in messages
        }
        for name, rows in (("history", changes), ("callbacks", calls)):
            for row in rows:
                by_sid[row.pop("sid")][name].append(row)
        by_text: dict[tuple[str, str], list[Any]] = {}
        for row in attempts:
            tried = {"at": row["at"], "n": row["n"], "outcome": row["outcome"], "sid": row["sid"]}
            by_text.setdefault((row["recipient"], row["body"]), []).append(tried)
        return {
            "messages": [
                {
                    "sid": m["sid"],
                    "to": m["recipient"],
                    "from": m["sender"],
                    "body": m["body"],
                    "created": m["created_at"],
                    "status": m["status"],
                    "error_code": m["error"],
                    "segments": m["segments"],
                    "validity_seconds": m["validity_seconds"],
                    "attempt": m["attempt"],
                    "status_callback": m["callback_url"],
                    **by_sid[m["sid"]],
                    "attempts": by_text[(m["recipient"], m["body"])],
                }
                for m in messages
            ],
            "refused": [
                {
                    "to": row["recipient"],
                    "body": row["body"],
                    "at": row["at"],
                    "n": row["n"],
                    "outcome": row["outcome"],
                }
                for row in attempts
                if row["sid"] is None
            ],
            "replies": [asdict(_reply(row)) for row in self._rows("select * from reply order by id")],
        }

    # Knobs

    def knobs(self) -> dict[str, Any]:
        """The fault knobs last kept, or none."""
        rows = self._rows("select faults from knobs")
        kept: dict[str, Any] = json.loads(rows[0][0]) if rows else {}
        return kept

    def keep_knobs(self, faults: dict[str, Any]) -> None:
        with self._transaction() as db:
            db.execute("insert or replace into knobs (only_row, faults) values (1, ?)", (json.dumps(faults),))

    def clear(self) -> None:
        """Forget every message, create, step and call; the knobs stay."""
        with self._transaction() as db:
            for table in ("message", "change", "step", "call", "attempt", "reply"):
                db.execute(f"delete from {table}")


def _reply(row: sqlite3.Row) -> Reply:
    return Reply(**{name: row[name] for name in row.keys() if name != "id"})  # noqa: SIM118
