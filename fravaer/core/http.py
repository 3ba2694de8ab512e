"""What does a request carry when it reaches one of our views?"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest

from fravaer.core.scope import Scope


class Request(HttpRequest):
    """A request as our middleware leaves it: with the actor's scope, the moment it came and the school day in view."""

    scope: Scope
    now: datetime
    # The day the pages are about: today, and in a demonstration outside school days the latest school day.
    day: date
    htmx: Any
