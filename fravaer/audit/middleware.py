"""What does a person see whose reading could not be noted?"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template import loader

from fravaer.audit.trail import Unwritten

logger = logging.getLogger(__name__)


class NothingUnnoted:
    """Answer 503, and nothing of what was asked for, where the trail cannot be written."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Unwritten):
            return None
        cause = type(exception.__cause__).__name__
        logger.error("the trail cannot be written (%s): a page was refused", cause)
        # No request context: what is wrong with the database may be wrong with the session as well.
        answer = HttpResponse(loader.get_template("errors/unnoted.html").render({}), status=503)
        answer.headers["Retry-After"] = "60"
        return answer
