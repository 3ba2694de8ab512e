"""What is a sign read as that no text of ours can hold?

No keyboard writes a NUL, and the database refuses every text with one in it: in an address or a form it is read as a space, so
that nobody makes a fault by sending one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase, QueryDict

NUL = "\0"


class WithoutNul:
    """Reads what an address and a form say without NUL. What somebody has signed is left as it came."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if "%00" in request.META.get("QUERY_STRING", ""):
            request.GET = legible(request.GET)  # type: ignore[assignment]
        if request.method == "POST" and not getattr(view, "csrf_exempt", False):
            request.POST = legible(request.POST)  # type: ignore[assignment]


def legible(said: QueryDict) -> QueryDict:
    """The same with every NUL read as a space; itself where there is none."""
    if not any(NUL in value for _name, values in said.lists() for value in values):
        return said
    read = said.copy()
    for name, values in said.lists():
        read.setlist(name, [value.replace(NUL, " ") for value in values])
    return read
