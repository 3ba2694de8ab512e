"""How is the customer told of a change, and whom may the gateway call at all?

Only plain http:// to a loopback address: the address is taken from the URL literally, never looked up, and
redirects are not followed, so that nothing can lead a demo or a test off the machine.
"""

from __future__ import annotations

import base64
import hmac
import http.client
import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from tools.gateway.ledger import Message, Step

SIGNATURE = "X-Twilio-Signature"


class NotLoopback(ValueError):
    """The URL leads, or might lead, off this machine."""


@dataclass(frozen=True)
class Target:
    """Where to call: ``url`` is what is signed, ``retries`` and ``policy`` come from the fragment; timeouts
    in seconds.

    Twilio's defaults: one repetition, only if no connection could be made; 5 s to connect, 15 s to answer.
    """

    url: str
    address: str
    port: int
    path: str
    retries: int
    policy: frozenset[str]
    connect_timeout: float
    read_timeout: float


def target(url: str) -> Target:
    """``url`` taken apart. Raises NotLoopback."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 80
        address = "127.0.0.1" if host == "localhost" else str(ipaddress.ip_address(host))
    except ValueError:
        raise NotLoopback(url) from None
    ip = ipaddress.ip_address(address)
    is_own = ip == ipaddress.ip_address("::1") or (ip.version == 4 and ip.is_loopback)
    if parts.scheme != "http" or not is_own or "@" in parts.netloc or not re.fullmatch(r"[!-~]+", url):
        raise NotLoopback(url)
    overrides = {name: values[-1] for name, values in parse_qs(parts.fragment).items()}
    return Target(
        url=url.partition("#")[0],
        address=address,
        port=port,
        path=urlunsplit(("", "", parts.path or "/", parts.query, "")),
        retries=_number(overrides.get("rc"), 1, 0, 5),
        policy=frozenset(overrides.get("rp", "ct").split(",")),
        connect_timeout=_number(overrides.get("ct"), 5_000, 100, 10_000) / 1000,
        read_timeout=_number(overrides.get("rt"), 15_000, 100, 15_000) / 1000,
    )


def _number(text: str | None, default: int, least: int, most: int) -> int:
    if text is None or not text.isascii() or not text.isdigit():
        return default
    return min(max(int(text), least), most)


def form(message: Message, step: Step, account_sid: str) -> dict[str, str]:
    """The parameters of the call that tells of ``step``."""
    told = {
        "AccountSid": account_sid,
        "ApiVersion": "2010-04-01",
        "From": message.sender,
        "MessageSid": message.sid,
        "MessageStatus": step.status,
        "SmsSid": message.sid,
        "SmsStatus": step.status,
        "To": message.recipient,
    }
    if message.service is not None:
        told["MessagingServiceSid"] = message.service
    if step.error is not None:
        told["ErrorCode"] = str(step.error)
    return told


def signature(url: str, params: dict[str, str], auth_token: str) -> str:
    """Twilio's signature: base64 of HMAC-SHA1 over the URL and every name and value by name."""
    signed = url + "".join(name + params[name] for name in sorted(params))
    return base64.b64encode(hmac.digest(auth_token.encode(), signed.encode(), "sha1")).decode()


def call(to: Target, params: dict[str, str], auth_token: str, token: str) -> str:
    """Make one call and say what came of it: a status, "ct" (no connection) or "rt" (no answer)."""
    connection = http.client.HTTPConnection(to.address, to.port, timeout=to.connect_timeout)
    try:
        try:
            connection.connect()
        except OSError:
            return "ct"
        connection.sock.settimeout(to.read_timeout)
        headers = {
            "Host": urlsplit(to.url).netloc,
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            "I-Twilio-Idempotency-Token": token,
            SIGNATURE: signature(to.url, params, auth_token),
        }
        try:
            connection.request("POST", to.path, urlencode(params), headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return "rt"
        return str(answer.status)
    finally:
        connection.close()


def is_repeated(to: Target, outcome: str, tries: int) -> bool:
    """Whether a call that ended in ``outcome`` is made again after ``tries`` calls."""
    if outcome in ("ct", "rt"):
        kind = outcome
    elif outcome[0] in "45":
        kind = f"{outcome[0]}xx"
    else:
        return False
    return tries <= to.retries and ("all" in to.policy or kind in to.policy)
