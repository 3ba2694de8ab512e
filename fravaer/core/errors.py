"""What does a person see when something went wrong?"""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _bare("errors/400.html", 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        return unavailable(request)
    return _bare("errors/500.html", 500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """What answers while the database, or what keeps the trail, does not."""
    response = _bare("errors/503.html", 503)
    response["Retry-After"] = "30"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _bare("errors/csrf.html", 403)


def _bare(template: str, status: int) -> HttpResponse:
    """A page without the request's context: the fault may lie in the database, the session or the scope."""
    return HttpResponse(loader.get_template(template).render({}), status=status)
