"""Is there anything in this request that nobody can have typed?

The sign of nothing (NUL) stands on no keyboard and in no form of ours, and the database takes it in no text: a page that looked
for it, or saved it, would fail. It is refused at the door, for every page alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponseBase, QueryDict

NOTHING = "\x00"


class Typable:
    """Answer a request with NUL in its address or its fields as one that cannot be read (400)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        # What an upload or a signed call carries is asked by whoever reads it.
        fields: Iterable[QueryDict] = (
            (request.GET, request.POST) if request.method == "POST" else (request.GET,)
        )
        if NOTHING in request.path_info or any(_holds(one) for one in fields):
            raise SuspiciousOperation("the request holds NUL")


def _holds(fields: QueryDict) -> bool:
    return any(
        NOTHING in name or any(NOTHING in value for value in values) for name, values in fields.lists()
    )
