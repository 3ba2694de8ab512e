"""What every answer has to tell the browser."""

from __future__ import annotations

from django.http import HttpResponseBase

SAID = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "object-src": "'none'",
    "frame-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
# What is to be kept and not shown has a stricter policy of its own.
KEPT = "sandbox; default-src 'none'"


def lacking(response: HttpResponseBase) -> list[str]:
    """What the answer does not say, or says otherwise."""
    found = [name for name, value in SAID.items() if response.headers.get(name) != value]
    policy = response.headers.get("Content-Security-Policy", "")
    parts = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    if policy != KEPT:
        found += [name for name, value in POLICY.items() if parts.get(name) != value]
    if "unsafe" in policy or "camera=()" not in response.headers.get("Permissions-Policy", ""):
        found.append("unsafe, or a permission")
    if "Server" in response.headers or "X-Powered-By" in response.headers:
        found.append("what it runs on")
    return found


def is_kept_nowhere(response: HttpResponseBase) -> bool:
    """Whether no cache may keep the answer."""
    return "no-store" in response.headers.get("Cache-Control", "")
