"""A municipality's login on this machine, which can be told to misbehave.

It signs what it is told to, as it is told to. What it is asked for is remembered, so that it can say no as a real one would:
a code works once, and for whoever holds the question's secret alone.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT, SECRET = "fravaer", "a-secret-of-the-login-that-is-long-enough"
KEY, OTHER_KEY = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _n in range(2))


class Login:
    """The login: `says` are the claims of the person who signs in next, `signs` how it signs them."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.says: dict[str, Any] = {}
        self.signs: dict[str, Any] = {}
        # What it tells besides, unsigned; and what it tells of the person who came last.
        self.userinfo: dict[str, Any] = {}
        self.told: dict[str, Any] = {}
        self.asked: dict[str, list[str]] = {}
        self.codes: dict[str, dict[str, list[str]]] = {}

    def code(self, location: str) -> tuple[str, str]:
        """Somebody has signed in after being sent there: the code and the state she comes back with."""
        self.asked = parse_qs(urlsplit(location).query)
        code = f"code-{len(self.codes)}"
        self.codes[code] = self.asked
        return code, self.asked["state"][0]

    def token(self, claims: dict[str, Any]) -> str:
        now = int(time.time())
        standing = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300}
        content = {name: value for name, value in {**standing, **claims}.items() if value is not None}
        how = {"algorithm": "RS256", "key": KEY, "kid": "first", **self.signs}
        signed: str = jwt.encode(content, how["key"], how["algorithm"], headers={"kid": how["kid"]})
        return signed

    def answered(self, form: dict[str, list[str]]) -> dict[str, Any] | None:
        """The tokens for a code, once, for whoever holds the question's secret."""
        asked = self.codes.pop(form["code"][0], None)
        if asked is None or form["redirect_uri"] != asked["redirect_uri"]:
            return None
        digest = hashlib.sha256(form["code_verifier"][0].encode()).digest()
        if [urlsafe_b64encode(digest).rstrip(b"=").decode()] != asked["code_challenge"]:
            return None
        claims = {"nonce": asked["nonce"][0], **self.says}
        self.told = {"sub": claims.get("sub"), "name": "Lis Lund", "acr": "invented", **self.userinfo}
        return {"access_token": "access", "token_type": "Bearer", "id_token": self.token(claims)}

    def published(self) -> dict[str, Any]:
        at = self.issuer
        return {
            "issuer": at,
            "authorization_endpoint": f"{at}/authorize",
            "token_endpoint": f"{at}/token",
            "userinfo_endpoint": f"{at}/userinfo",
            "end_session_endpoint": f"{at}/leave",
            "jwks_uri": f"{at}/keys",
        }

    def keys(self) -> dict[str, Any]:
        key = json.loads(RSAAlgorithm.to_jwk(KEY.public_key()))
        return {"keys": [{**key, "kid": "first", "use": "sig"}]}


class _Handler(BaseHTTPRequestHandler):
    login: Login

    def do_GET(self) -> None:
        pages: dict[str, dict[str, Any]] = {
            "/.well-known/openid-configuration": self.login.published(),
            "/keys": self.login.keys(),
            "/userinfo": self.login.told,
        }
        self.answer(pages.get(self.path))

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.answer(self.login.answered(form) if self.path == "/token" else None)

    def answer(self, content: dict[str, Any] | None) -> None:
        body = json.dumps(content or {"error": "no"}).encode()
        self.send_response(200 if content else 400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def running() -> Iterator[Login]:
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    login = Login(f"http://127.0.0.1:{server.server_port}")
    handler.login = login  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield login
    finally:
        server.shutdown()
        server.server_close()
