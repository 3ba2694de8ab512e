"""What does the Messages API answer?

Create, fetch and list of the resource /2010-04-01/Accounts/{account}/Messages, with the names, formats and
error codes of Twilio's public API reference. Nothing here knows of sockets; ``tools.gateway.server`` does.
"""

from __future__ import annotations

import random
import re
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from tools.gateway import callbacks, numbers
from tools.gateway.answers import Answer, Outcome, Reset, Silence, as_json, error
from tools.gateway.delivery import Courier, plan
from tools.gateway.faults import Faults
from tools.gateway.ledger import Ledger, Message
from tools.gateway.numbers import Calls, Mishap
from tools.gateway.segments import segments

Number = TypeVar("Number", int, None)

LONGEST_BODY = 1600
LONGEST_VALIDITY = 36_000
LARGEST_PAGE = 1000
REFUSED_SENDERS = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}
ERROR_TEXTS = {
    30001: "Queue overflow",
    30003: "Unreachable destination handset",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30036: "Validity Period Expired",
}


class Messages:
    """The resource of one account, on ``ledger``; ``senders`` are the numbers it owns, or none for any."""

    def __init__(
        self,
        ledger: Ledger,
        courier: Courier,
        account_sid: str,
        senders: frozenset[str],
        faults: Faults,
        clock: Callable[[], float],
        dice: random.Random,
    ) -> None:
        self._ledger = ledger
        self._courier = courier
        self._account_sid = account_sid
        self._senders = senders
        self._clock = clock
        self._dice = dice
        self._resting = faults
        self._faults = faults.turned(
            {knob: to for knob, to in ledger.knobs().items() if hasattr(faults, knob)}
        )
        self._creates_under_way = 0
        self._counter_lock = threading.Lock()
        self.root = f"/2010-04-01/Accounts/{account_sid}/Messages"

    # Knobs

    @property
    def faults(self) -> Faults:
        return self._faults

    def turn(self, wanted: Any) -> Faults:
        """Turn the knobs named in ``wanted``, a parsed JSON object. Raises faults.BadKnob."""
        self._faults = self._faults.turned(wanted)
        resting = asdict(self._resting)
        turned = {knob: to for knob, to in asdict(self._faults).items() if to != resting[knob]}
        self._ledger.keep_knobs(turned)
        return self._faults

    def reset(self) -> None:
        """Put every knob back to how the gateway was started, and forget every message."""
        self._faults = self._resting
        self._ledger.keep_knobs({})
        self._ledger.clear()

    def ring(self) -> None:
        """Say that there is something to be told."""
        self._courier.ring()

    # Create

    def create(self, form: Mapping[str, str]) -> Outcome:
        """POST: take one message. ``form`` holds the parameters as sent."""
        with self._counter_lock:
            is_crowded = 0 < self._faults.concurrency_limit <= self._creates_under_way
            self._creates_under_way += 1
        try:
            if not is_crowded:
                self.idle()
            return self._create(form, is_crowded)
        finally:
            with self._counter_lock:
                self._creates_under_way -= 1

    def idle(self) -> None:
        """Take the time that the knobs tell every answer to take."""
        time.sleep(self._faults.latency_ms / 1000)

    def _create(self, form: Mapping[str, str], is_crowded: bool) -> Outcome:
        faults, to, now = self._faults, form.get("To", ""), self._clock()
        n = int(form["Attempt"]) if form.get("Attempt", "").isdigit() else None
        mishap = numbers.mishap(to, self._ledger.earlier_creates(to)) or faults.mishap(self._dice)
        if is_crowded:
            mishap = Mishap.TOO_MANY
        refusal = None if mishap and not mishap.accepts else self._refusal(form)
        if refusal is not None:
            code, about = refusal
            self._ledger.refuse(to, form.get("Body", ""), n, f"400 {code}", now)
            return error(code, about)
        if mishap and not mishap.accepts:
            self._ledger.refuse(to, form.get("Body", ""), n, mishap.value, now)
            return self._mishap_answer(mishap)
        message, calls = self._accepted(form, n, mishap)
        self._courier.ring()
        if calls is Calls.EARLY:
            self._courier.wait_until_told(message.sid)
        if mishap:
            return self._mishap_answer(mishap)
        return as_json(self._resource(message), 201)

    def _accepted(
        self, form: Mapping[str, str], n: int | None, mishap: Mishap | None
    ) -> tuple[Message, Calls]:
        faults, now = self._faults, self._clock()
        row = numbers.behaviour(form["To"])
        if row is numbers.ORDINARY and self._dice.random() < faults.undelivered_rate:
            row = replace(row, end="undelivered", error=30003)
        calls = row.calls or faults.calls(self._dice)
        service = form.get("MessagingServiceSid")
        message = Message(
            seq=0,
            sid="SM" + secrets.token_hex(16),
            sender=form.get("From", ""),
            service=service,
            recipient=form["To"],
            body=form["Body"],
            segments=segments(form["Body"]),
            status="accepted" if service else "queued",
            error=None,
            created_at=now,
            updated_at=now,
            sent_at=None,
            callback_url=form.get("StatusCallback") or None,
            validity_seconds=int(form.get("ValidityPeriod") or LONGEST_VALIDITY),
            attempt=n,
        )
        outcome = mishap.value if mishap else "201"
        self._ledger.accept(message, plan(message, row, calls, faults.delay_seconds), outcome)
        return message, calls

    def _refusal(self, form: Mapping[str, str]) -> tuple[int, str] | None:
        """Twilio's code, and what it is about, when the message itself cannot be taken."""
        to, body, url = form.get("To", ""), form.get("Body", ""), form.get("StatusCallback", "")
        if not to:
            return 21604, ""
        if not body:
            return 21602, ""
        if (
            code := self._sender_refusal(form.get("From", ""), form.get("MessagingServiceSid", ""))
        ) is not None:
            return code, form.get("From", "")
        if len(body) > LONGEST_BODY:
            return 21617, ""
        validity = form.get("ValidityPeriod", "")
        if validity and not (
            validity.isascii() and validity.isdigit() and 1 <= int(validity) <= LONGEST_VALIDITY
        ):
            return 21624, validity
        if url:
            try:
                callbacks.target(url)
            except callbacks.NotLoopback:
                return 21609, url
        if not numbers.is_well_formed(to):
            return 21211, to
        if self._ledger.has_stopped(to, form.get("From", "")):
            return 21610, to
        code = numbers.behaviour(to).refusal
        return None if code is None else (code, to)

    def _sender_refusal(self, sender: str, service: str) -> int | None:
        if not sender:
            return None if re.fullmatch(r"MG[0-9a-f]{32}", service) else 21603
        if sender in REFUSED_SENDERS:
            return REFUSED_SENDERS[sender]
        if numbers.is_well_formed(sender):
            return 21606 if self._senders and sender not in self._senders else None
        is_name = re.fullmatch(r"[A-Za-z0-9 ]{1,11}", sender) and re.search("[A-Za-z]", sender)
        if not is_name:
            return 21212
        return 21606 if self._senders and sender not in self._senders else None

    def _mishap_answer(self, mishap: Mishap) -> Outcome:
        if mishap is Mishap.TOO_MANY:
            return error(20429)
        if mishap is Mishap.UNAVAILABLE:
            return error(20503)
        if mishap in (Mishap.ERROR_BEFORE, Mishap.ERROR_AFTER):
            return error(20500)
        if mishap in (Mishap.HANG_BEFORE, Mishap.HANG_AFTER):
            return Silence(self._faults.hang_seconds)
        if mishap is Mishap.GARBLED_AFTER:
            return Answer(201, b"<html><title>201 Created</title>", "text/html")
        return Reset()

    # Fetch and list

    def fetch(self, sid: str) -> Answer:
        """GET one message."""
        message = self._ledger.message(sid)
        return as_json(self._resource(message)) if message else error(20404, f"{self.root}/{sid}.json")

    def listing(self, query: Mapping[str, str]) -> Answer:
        """GET the messages, newest first; a page ends at ``PageSize`` and links to the next."""
        size = min(max(_whole(query.get("PageSize"), 50), 1), LARGEST_PAGE)
        page = _whole(query.get("Page"), 0)
        below = _whole(query.get("PageToken", "").removeprefix("PA"), None)
        sent_from, sent_before = _sent_between(query)
        found = self._ledger.listing(
            recipient=query.get("To") or None,
            sender=query.get("From") or None,
            sent_from=sent_from,
            sent_before=sent_before,
            created_by=self._clock() - self._faults.list_lag_seconds,
            below=below,
            limit=size + 1,
        )
        shown = found[:size]
        asked = {
            name: value for name, value in query.items() if name not in ("Page", "PageToken", "PageSize")
        }
        link = f"{self.root}.json?" + urlencode({**asked, "PageSize": size})
        following = f"{link}&Page={page + 1}&PageToken=PA{shown[-1].seq}" if len(found) > size else None
        return as_json(
            {
                "messages": [self._resource(message) for message in shown],
                "page": page,
                "page_size": size,
                "start": page * size,
                "end": page * size + max(len(shown) - 1, 0),
                "uri": f"{link}&Page={page}",
                "first_page_uri": f"{link}&Page=0",
                "next_page_uri": following,
                "previous_page_uri": None,
            }
        )

    def _resource(self, message: Message) -> dict[str, Any]:
        """The message as Twilio writes it: numbers as strings, times as RFC 2822 in GMT."""
        uri = f"{self.root}/{message.sid}"
        return {
            "account_sid": self._account_sid,
            "api_version": "2010-04-01",
            "body": message.body,
            "date_created": _rfc2822(message.created_at),
            "date_sent": _rfc2822(message.sent_at),
            "date_updated": _rfc2822(message.updated_at),
            "direction": "outbound-api",
            "error_code": message.error,
            "error_message": ERROR_TEXTS.get(message.error) if message.error else None,
            "from": message.sender or None,
            "messaging_service_sid": message.service,
            "num_media": "0",
            "num_segments": "0" if message.status == "accepted" else str(message.segments),
            "price": None,
            "price_unit": "USD",
            "sid": message.sid,
            "status": message.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": message.recipient,
            "uri": f"{uri}.json",
        }


def _rfc2822(at: float | None) -> str | None:
    return None if at is None else format_datetime(datetime.fromtimestamp(int(at), UTC))


def _whole(text: str | None, default: Number) -> int | Number:
    return int(text) if text and text.isascii() and text.isdigit() else default


def _sent_between(query: Mapping[str, str]) -> tuple[float | None, float | None]:
    """The half-open span of seconds that DateSent, DateSent> and DateSent< leave; all are whole days in GMT,
    included.

    A message that has not been sent has no DateSent and is in no span.
    """
    since, until = [], []
    for name in ("DateSent", "DateSent>", "DateSent<"):
        try:
            day = date.fromisoformat(query.get(name, "")[:10])
        except ValueError:
            continue
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        if name != "DateSent<":
            since.append(start.timestamp())
        if name != "DateSent>":
            until.append((start + timedelta(days=1)).timestamp())
    return max(since, default=None), min(until, default=None)
