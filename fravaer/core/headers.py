"""What does every answer tell the browser to refuse?

Beside the content security policy and what Django sends by itself: no camera, place or payment, no use by pages from elsewhere,
and nothing kept in a cache unless the answer itself says that it may be.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

# What no page of ours uses, so that nothing that finds its way into one can.
UNUSED = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media",
    "fullscreen", "geolocation", "gyroscope", "hid", "idle-detection", "interest-cohort", "keyboard-map", "local-fonts",
    "magnetometer", "microphone", "midi", "payment", "picture-in-picture", "screen-wake-lock", "serial", "sync-xhr", "usb",
    "xr-spatial-tracking",
)  # fmt: skip
ALWAYS = {
    "Permissions-Policy": ", ".join(f"{one}=()" for one in UNUSED),
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}
# Pages of children say so themselves and more; this is for whatever says nothing: the way in, refusals, errors.
UNLESS_SAID = {"Cache-Control": "no-store"}


class Headers:
    """Put the headers on every answer, also static files, refusals and errors. Stands first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in ALWAYS.items():
            response.headers[name] = value
        for name, value in UNLESS_SAID.items():
            response.headers.setdefault(name, value)
        return response
