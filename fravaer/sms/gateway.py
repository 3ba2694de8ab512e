"""How does a message reach the provider, and what does its answer mean?

The only place that knows the provider's client. Creating a message there is not idempotent, so everything hangs on one
distinction: what proves that the provider does not have it, what proves that it has, and what proves neither. Another
provider is another class that does what `Gateway` asks; no other room knows which one it is.
"""

from __future__ import annotations

import re
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol
from urllib.parse import urlencode

from requests.utils import DEFAULT_CA_BUNDLE_PATH
from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import make_headers, parse_url
from urllib3.util.ssl_ import create_urllib3_context

API = "https://api.twilio.com"
CONNECT_SECONDS = 3.05
# The provider may work for 26 seconds; a call that ran out of time costs a look-up, not a message.
READ_SECONDS = 20.0
# Repeat a callback that did not reach us up to five times, whatever was the matter.
CALLBACK_OVERRIDES = "#rc=5&rp=all"
LOOKUP_LIMIT = 200


class Verdict(StrEnum):
    """What one call proves."""

    # The provider has the message and has named it.
    ACCEPTED = "accepted"
    # Not a byte of the request left this machine.
    UNSENT = "unsent"
    # Refused for the moment, by the provider's word never processed.
    THROTTLED = "throttled"
    # This recipient cannot be written to.
    REJECTED = "rejected"
    # The account, the sender or the credentials are at fault: no message would get through.
    BLOCKED = "blocked"
    # Refused for a reason we do not know.
    REFUSED = "refused"
    # It may have it or not.
    UNCERTAIN = "uncertain"


RECIPIENT_CODES = frozenset({21211, 21408, 21610, 21612, 21614, 21635})
ACCOUNT_CODES = frozenset({20003, 20005, 21212, 21602, 21603, 21606, 21608, 21609, 21611, 21617, 21624})
# Codes after which the number is not tried again until somebody repairs it.
DEAD_NUMBER_CODES = frozenset({21211, 21610, 21614, 21635, 30005, 30006})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one call. `error` is the name of an exception's class, never its text, which may hold a number."""

    verdict: Verdict
    sid: str = ""
    status: str = ""
    http_status: int | None = None
    code: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A message as the provider knows it."""

    sid: str
    to: str
    body: str
    status: str
    code: int | None
    created_at: datetime | None


class LookupFailed(Exception):
    """The provider could not be asked; nothing follows from it."""


class Gateway(Protocol):
    """What a provider must be able to do.

    `send` never raises; whatever happens is an answer and proves one thing. The others raise LookupFailed where the provider
    could not be asked. `key` names the message whatever the attempt: a provider with `supports_idempotency` takes it once
    however often it is sent, so that what got no answer is sent again at once instead of being looked for.
    """

    name: str
    supports_idempotency: bool

    def send(
        self, *, key: str, to: str, body: str, callback_url: str, validity_seconds: int, attempt: int
    ) -> Answer: ...

    def written_to(self, to: str, since: datetime) -> list[Found]: ...

    def written_since(self, since: datetime) -> list[Found]: ...

    def message(self, sid: str) -> Found | None: ...

    def signed(self, url: str, parameters: Mapping[str, str], signature: str) -> bool: ...


def verdict(http_status: int | None, code: int | None, *, sid: str = "", written: bool = True) -> Verdict:
    """What an answer proves; `http_status` is None when there was none, `written` whether the request was on the wire."""
    if http_status is None:
        return Verdict.UNCERTAIN if written else Verdict.UNSENT
    if http_status in (200, 201):
        return Verdict.ACCEPTED if sid else Verdict.UNCERTAIN
    if http_status == 429:
        return Verdict.THROTTLED
    if http_status in (401, 403) or (400 <= http_status < 500 and code in ACCOUNT_CODES):
        return Verdict.BLOCKED
    if 400 <= http_status < 500:
        return Verdict.REJECTED if code in RECIPIENT_CODES else Verdict.REFUSED
    return Verdict.UNCERTAIN


class Twilio:
    """Twilio's Messages API, or one that speaks it."""

    name = "twilio"
    # A header for it exists on Twilio's own calls to us; for creates nothing is promised.
    supports_idempotency = False

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        sender: str,
        base_url: str = "",
        read_seconds: float | None = None,
    ) -> None:
        self._auth_token = auth_token
        self._account_sid = account_sid
        self._sender = sender
        # No region or edge from this process's surroundings: the base URL alone says where messages go.
        client = Client(
            account_sid,
            auth_token,
            http_client=_Wire(base_url or API, read_seconds or READ_SECONDS),
            environment={"TWILIO_REGION": ""},
        )
        # Made once: the client makes its parts on first use, which two threads could do at the same time.
        self._messages = client.api.v2010.account.messages
        self._one = client.api.v2010.account

    def send(
        self, *, key: str, to: str, body: str, callback_url: str, validity_seconds: int, attempt: int
    ) -> Answer:
        """Hand one message over. Never raises: whatever happens is an answer, and proves one thing."""
        _wire.written = False
        try:
            made = self._messages.create(
                to=to,
                from_=self._sender,
                body=body,
                status_callback=callback_url + CALLBACK_OVERRIDES,
                validity_period=min(max(validity_seconds, 1), 36_000),
                attempt=attempt,
            )
        except (TwilioRestException, TwilioServiceException) as refusal:
            status, code = int(refusal.status), refusal.code if isinstance(refusal.code, int) else None
            return Answer(verdict(status, code), http_status=status, code=code)
        except Exception as failure:
            # Whatever it was: what decides is whether a byte had left.
            return Answer(verdict(None, None, written=_wire.written), error=type(failure).__name__)
        sid = (
            made.sid if isinstance(made.sid, str) and re.fullmatch(r"[A-Z]{2}[0-9a-f]{32}", made.sid) else ""
        )
        return Answer(verdict(201, None, sid=sid), sid=sid, status=str(made.status or ""), http_status=201)

    def written_to(self, to: str, since: datetime) -> list[Found]:
        """What the provider has for this number since then, newest first. Raises LookupFailed."""
        return list(self._written(since, to=to, limit=LOOKUP_LIMIT, page_size=50))

    def written_since(self, since: datetime) -> list[Found]:
        """Everything the provider has taken from us since then, newest first. Raises LookupFailed.

        By the moment of creation: a message that waits with the provider has not been sent on any day yet.
        """
        return list(self._written(since, page_size=1000))

    def _written(self, since: datetime, **which: Any) -> Iterator[Found]:
        try:
            for message in self._messages.stream(**which):
                if message.direction == "inbound":
                    continue
                found = _found(message)
                if found.created_at is not None and found.created_at < since - timedelta(seconds=1):
                    return
                yield found
        except Exception as failure:
            raise LookupFailed(type(failure).__name__) from failure

    def message(self, sid: str) -> Found | None:
        """One message by the provider's own id; None when it knows none. Raises LookupFailed."""
        try:
            return _found(self._one.messages(sid).fetch())
        except TwilioRestException as refusal:
            if refusal.status == 404:
                return None
            raise LookupFailed(str(refusal.status)) from refusal
        except Exception as failure:
            raise LookupFailed(type(failure).__name__) from failure

    def signed(self, url: str, parameters: Mapping[str, str], signature: str) -> bool:
        """Whether the provider, who knows our token, made this call to `url` about our account."""
        if not self._auth_token or parameters.get("AccountSid") != self._account_sid:
            return False
        return bool(RequestValidator(self._auth_token).validate(url, parameters, signature))


def _found(message: MessageInstance) -> Found:
    code = message.error_code
    return Found(
        str(message.sid or ""),
        str(message.to or ""),
        str(message.body or ""),
        str(message.status or ""),
        int(code) if isinstance(code, int | str) and str(code).isdecimal() else None,
        message.date_created,
    )


class _Written(threading.local):
    """Whether this thread's latest request has begun to leave the machine."""

    written = False


_wire = _Written()


class _NotesWriting:
    """A connection that notes the moment before the first byte of a request is written."""

    sock: Any

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        _wire.written = True
        super().send(data)  # type: ignore[misc]


class _Connection(_NotesWriting, HTTPConnection):
    pass


class _SecureConnection(_NotesWriting, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Wire(HttpClient):  # type: ignore[misc]
    """The client's own HTTP, for threads: a kept connection each, timeouts, no repetition, no log, no redirects.

    Neither proxies nor passwords from this process's surroundings; certificates by the authorities that come with the product.
    """

    def __init__(self, base_url: str, read_seconds: float) -> None:
        self._base = parse_url(base_url)
        self._timeouts = Timeout(connect=CONNECT_SECONDS, read=read_seconds)
        self._of_thread = threading.local()
        self._trusted: ssl.SSLContext | None = None
        if self._base.scheme == "https":
            # Read once for all connections: there are hundreds of authorities.
            self._trusted = create_urllib3_context()
            self._trusted.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)

    def request(
        self,
        method: str,
        uri: str,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        if not uri.startswith(f"{API}/"):
            raise ValueError("the client wants to reach another host")
        path = (self._base.path or "").rstrip("/") + uri.removeprefix(API)
        if params:
            path += ("&" if "?" in path else "?") + urlencode(params, doseq=True)
        credentials = make_headers(basic_auth=":".join(auth)) if auth else {}
        answer = self._pool().urlopen(
            method.upper(),
            path,
            body=urlencode(data, doseq=True) if data else None,
            headers={**(headers or {}), **credentials, "Accept-Encoding": "gzip"},
            timeout=self._timeouts,
            retries=False,
            redirect=False,
        )
        return Response(answer.status, answer.data.decode("utf-8", "replace"), answer.headers)

    def _pool(self) -> HTTPConnectionPool:
        pool: HTTPConnectionPool | None = getattr(self._of_thread, "pool", None)
        if pool is None:
            if self._base.scheme not in ("https", "http"):
                raise ValueError("an address begins with https:// or http://")
            host, port = self._base.host or "", self._base.port
            pool = self._of_thread.pool = (
                _SecurePool(host, port, maxsize=1, ssl_context=self._trusted)
                if self._trusted
                else _Pool(host, port, maxsize=1)
            )
        return pool
