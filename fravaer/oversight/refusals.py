"""What has somebody asked for that she may not have, or that is not hers?

Noted with who, in which role, which page, and whose key it was where there is such a child or case; never what was typed. What
is a stranger's and what does not exist are answered alike and looked up alike, so that neither the answer nor its cost tells
them apart. That it cannot be noted changes nothing about the refusal.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponseBase

from fravaer.audit import trail
from fravaer.cases import keys
from fravaer.core.access import View
from fravaer.core.scope import Scope
from fravaer.core.walls import DatabaseRole, acting_as
from fravaer.schools.models import Pupil

logger = logging.getLogger(__name__)

FORBIDDEN, NOT_THERE = 403, 404
REACHED = "reached_its_view"


class RefusalsNoted:
    """Note every page that was refused to somebody, and every child or case that was not hers to see."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        reached = getattr(request, REACHED, False)
        if reached and response.status_code in (FORBIDDEN, NOT_THERE) and request.resolver_match:
            parts = request.resolver_match.kwargs
            scope: Scope = request.scope  # type: ignore[attr-defined]
            names_one = "pupil_uuid" in parts or "case_uuid" in parts
            if scope.actor_id is not None and (names_one or response.status_code == FORBIDDEN):
                note(scope, request.resolver_match.view_name, parts, response.status_code)
        return response

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> None:
        """A form another site made her browser send is refused before this, and is no question of hers."""
        setattr(request, REACHED, True)


def note(scope: Scope, page: str, parts: dict[str, Any], status: int) -> None:
    """Note that the page was refused; `parts` are those of its address."""
    try:
        key, pupil_id = _about(parts)
        about = [] if pupil_id is None else [pupil_id]
        trail.refused(scope, page, about, subject_id="" if pupil_id is None else key, status=status)
    except (DatabaseError, trail.Unwritten) as error:
        logger.error("a refusal could not be noted (%s)", type(error).__name__)


def _about(parts: dict[str, Any]) -> tuple[str, int | None]:
    """The key in the address, and the pupil it leads to, if there is one."""
    pupil: UUID | None = parts.get("pupil_uuid")
    case: UUID | None = parts.get("case_uuid")
    if pupil is None and case is None:
        return "", None
    with acting_as(DatabaseRole.REPORT):
        if pupil is not None:
            return str(pupil), Pupil.objects.filter(uuid=pupil).values_list("pk", flat=True).first()
        assert case is not None
        return str(case), keys.pupil_of(case)
