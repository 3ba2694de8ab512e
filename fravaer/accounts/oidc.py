"""What does the municipality's login say of this person, and is it really the login that says it?

OpenID Connect, authorisation code with PKCE. Everything in the answer is checked against what was asked: the signature by the
login's own published keys and by no weaker method, who it is from (`iss`) and for (`aud`, `azp`), that it is of this very
question (`state`, `nonce`), and of now (`exp`, `iat`). What does not hold raises `Refused` with a word of ours; nothing of what
the login said is repeated in logs or on pages.
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
import requests
from django.utils.crypto import constant_time_compare

SECONDS = 10
SKEW_SECONDS = 60
# Signatures of a key pair alone: what is signed with a shared secret, or with nothing, is no proof.
METHODS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
KEPT_FOR = timedelta(hours=1)
# Keys are asked for anew at most so often when a token names one that is not known.
KEYS_AGAIN = timedelta(minutes=1)
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
ENDED = "http://schemas.openid.net/event/backchannel-logout"

Claims = dict[str, Any]


class Refused(Exception):
    """The login's answer does not hold; `word` says what."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


@dataclass(frozen=True, slots=True)
class Provider:
    """A login and what it knows us as."""

    issuer: str
    client_id: str
    client_secret: str
    scopes: str
    # Which level is asked for, as the login writes it; empty asks for none.
    acr_values: str = ""


@dataclass(slots=True)
class _Known:
    """What a login publishes of itself, and when it was read."""

    metadata: Claims
    keys: list[Any]
    read_at: datetime
    keys_at: datetime


_known: dict[str, _Known] = {}


@dataclass(frozen=True, slots=True)
class Question:
    """What is remembered of a question until its answer comes."""

    state: str
    nonce: str
    verifier: str


def question() -> Question:
    return Question(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))


def address(provider: Provider, asked: Question, back: str, now: datetime, *, anew: bool = False) -> str:
    """Where the browser is sent to sign in; `anew` asks for a proof although she is signed in there already."""
    digest = hashlib.sha256(asked.verifier.encode()).digest()
    params = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": back,
        "scope": provider.scopes,
        "state": asked.state,
        "nonce": asked.nonce,
        "code_challenge": urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    if provider.acr_values:
        params["acr_values"] = provider.acr_values
    if anew:
        params |= {"prompt": "login", "max_age": "0"}
    return _with(_endpoint(provider, "authorization_endpoint", now), params)


def leaving(provider: Provider, back: str, now: datetime) -> str:
    """Where the browser ends its session at the login as well; empty where the login has no such place."""
    try:
        end = _endpoint(provider, "end_session_endpoint", now)
    except Refused:
        return ""
    return _with(end, {"client_id": provider.client_id, "post_logout_redirect_uri": back})


def answer(provider: Provider, asked: Question, code: str, back: str, now: datetime) -> Claims:
    """What the login says of her who comes back with this code. Raises Refused."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "client_id": provider.client_id,
        "code_verifier": asked.verifier,
    }
    known = _published(provider, now)
    methods = known.metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    auth = None
    if "client_secret_basic" in methods:
        auth = (provider.client_id, provider.client_secret)
    else:
        form["client_secret"] = provider.client_secret
    tokens = _json("post", _endpoint(provider, "token_endpoint", now), data=form, auth=auth)
    claims = _checked(provider, tokens.get("id_token"), now, require=("sub", "nonce"))
    if not constant_time_compare(str(claims["nonce"]), asked.nonce):
        raise Refused("nonce")
    access = tokens.get("access_token")
    if isinstance(access, str) and "userinfo_endpoint" in known.metadata:
        headers = {"Authorization": f"Bearer {access}"}
        more = _json("get", _endpoint(provider, "userinfo_endpoint", now), headers=headers)
        if more.get("sub") != claims["sub"]:
            raise Refused("userinfo")
        # What is signed counts; the rest is only added to it.
        signed_alone = {"acr", "amr", "auth_time", "sid", "iss", "aud"}
        claims = {name: value for name, value in more.items() if name not in signed_alone} | claims
    return claims


def ended(provider: Provider, token: str, now: datetime) -> tuple[str, str]:
    """Whose session has ended at the login, and which: subject and session, either may be empty. Raises Refused."""
    claims = _checked(provider, token, now, require=("events",))
    events = claims["events"]
    if not isinstance(events, Mapping) or ENDED not in events or "nonce" in claims:
        raise Refused("events")
    found = str(claims.get("sub") or ""), str(claims.get("sid") or "")
    if not any(found):
        raise Refused("sub")
    return found


def _checked(provider: Provider, token: object, now: datetime, *, require: tuple[str, ...]) -> Claims:
    if not isinstance(token, str):
        raise Refused("token")
    try:
        head = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError as error:
        raise Refused("token") from error
    method = head.get("alg")
    if method not in METHODS:
        raise Refused("alg")
    key = _key(provider, head.get("kid"), str(method), now)
    try:
        claims: Claims = jwt.decode(
            token,
            key,
            algorithms=[str(method)],
            audience=provider.client_id,
            issuer=provider.issuer,
            leeway=SKEW_SECONDS,
            options={"require": ["iss", "aud", "exp", "iat", *require]},
        )
    except jwt.InvalidTokenError as error:
        raise Refused(REASONS.get(type(error).__name__, "token")) from error
    parties = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if (len(parties) > 1 or "azp" in claims) and claims.get("azp") != provider.client_id:
        raise Refused("azp")
    return claims


REASONS = {
    "ExpiredSignatureError": "exp",
    "ImmatureSignatureError": "iat",
    "InvalidIssuedAtError": "iat",
    "InvalidIssuerError": "iss",
    "InvalidAudienceError": "aud",
    "InvalidSignatureError": "signature",
    "MissingRequiredClaimError": "missing",
}


def _key(provider: Provider, kid: object, method: str, now: datetime) -> Any:
    """The key of that name by which the login signs; asked for anew when it is not known yet."""
    known = _published(provider, now)
    found = _fitting(known.keys, kid, method)
    if found is None and now - known.keys_at > KEYS_AGAIN:
        known.keys, known.keys_at = _keys(known.metadata), now
        found = _fitting(known.keys, kid, method)
    if found is None:
        raise Refused("key")
    return found


def _fitting(keys: list[Any], kid: object, method: str) -> Any | None:
    kind = "EC" if method.startswith("ES") else "RSA"
    fitting = [
        key
        for key in keys
        if key.key_type == kind and key.public_key_use in (None, "sig") and kid in (None, key.key_id)
    ]
    return fitting[0].key if len(fitting) == 1 else None


def _published(provider: Provider, now: datetime) -> _Known:
    known = _known.get(provider.issuer)
    if known is None or not timedelta(0) <= now - known.read_at < KEPT_FOR:
        metadata = _json("get", f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
        if metadata.get("issuer") != provider.issuer:
            raise Refused("issuer")
        known = _known[provider.issuer] = _Known(metadata, _keys(metadata), now, now)
    return known


def _keys(metadata: Claims) -> list[Any]:
    published = _json("get", _safe(metadata.get("jwks_uri")))
    found = []
    for one in published.get("keys", []):
        try:
            found.append(jwt.PyJWK(one))
        except jwt.PyJWTError:
            continue
    return found


def _endpoint(provider: Provider, name: str, now: datetime) -> str:
    return _safe(_published(provider, now).metadata.get(name))


def _safe(address: object) -> str:
    """The address, if nobody on the way can read or change what is sent there."""
    parts = urlsplit(address) if isinstance(address, str) else None
    if parts is None or not (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    ):
        raise Refused("address")
    return str(address)


def _json(method: str, address: str, **asked: Any) -> Claims:
    try:
        response = requests.request(method, _safe(address), timeout=SECONDS, allow_redirects=False, **asked)
        found = response.json() if response.status_code == 200 else None
    except (requests.RequestException, ValueError) as error:
        raise Refused("answer") from error
    if not isinstance(found, dict):
        raise Refused("answer")
    return found


def _with(address: str, params: Mapping[str, str]) -> str:
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(params)}"
