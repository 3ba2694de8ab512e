"""What stands around every page of a case: whose it is, how far it has come, what comes next, and its pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from fravaer.accounts import opening
from fravaer.accounts.fields import visible_fields
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.cases import bar, lifecycle, measures
from fravaer.cases.domains import may, reads
from fravaer.cases.models import Case, State
from fravaer.core.http import Request

__all__ = ["Tab", "case_for", "framed"]


class _Page(NamedTuple):
    """One page of a case: its key and label, and whether one has to read what is inside to be offered it."""

    key: str
    label: str | Promise
    inside: bool = True
    # Who may do this in the case is offered it in any case; where it is named and `inside` is false, nobody else is.
    action: Action | None = None


# The pages of a case in their order, each named `cases:<key>`; one whose address does not exist is left out.
PAGES = (
    _Page("case", pgettext_lazy("a case", "Overview"), inside=False),
    _Page("timeline", gettext_lazy("Timeline")),
    _Page("plan", gettext_lazy("Plan")),
    _Page("meetings", gettext_lazy("Meetings")),
    _Page("evaluation", gettext_lazy("Evaluation")),
    _Page("people", gettext_lazy("People"), action=Action.CASE_PARTIES),
    _Page("papers", gettext_lazy("Letters and files")),
    _Page("log", gettext_lazy("Log"), inside=False, action=Action.CASE_LOG),
)


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of the case as the row of tabs shows it."""

    label: str
    url: str
    current: bool
    count: int | None = None


def case_for(request: Request, case_uuid: UUID, action: Action = Action.CASE_READ) -> Case:
    """The case, with the pupil's place on the day in view, its crossing and who is responsible.

    Raises Http404 when it is not visible to the actor, as for one that does not exist, and PermissionDenied when she may
    not do `action` in it.
    """
    found = (
        Case.objects.visible_to(request.scope, request.day)
        .with_place(request.day)
        .select_related("pupil", "responsible", "crossing__rule", "crossing__reading", "crossing__school")
    )
    case = get_object_or_404(found, uuid=case_uuid)
    if action != Action.CASE_READ and not may(request.scope, action, case.pupil_id):
        raise PermissionDenied
    opening.opened(request, case.pupil_id)
    return case


def framed(
    request: Request,
    case: Case,
    template: str,
    context: Mapping[str, Any],
    *,
    tab: str,
    status: int = 200,
) -> HttpResponse:
    """A page of the case under its frame; `template` extends `cases/frame.html`, `tab` is the page's key among the tabs.

    The context gains `case`, `bar`, `tabs`, `reads_inside`, `is_open`, `shown` (the fields she may be shown) and `turn`, which is
    asked for only where it is written. That the actor was shown the pupil is noted.
    """
    scope = request.scope
    trail.saw(scope, "case" if tab == "case" else f"case.{tab}", [case.pupil_id], subject_id=case.uuid)
    inside = reads(case, scope)
    around = {
        "case": case,
        "bar": bar.of(case, scope, request.day),
        "tabs": tabs(request, case, tab),
        "reads_inside": inside,
        "is_open": case.state == State.OPEN,
        "turn": cache(partial(lifecycle.turn, case)),
        "shown": visible_fields(scope, case),
        "may_history": scope.may(Action.PUPIL_HISTORY),
        "has_measure": case.pupil_id in measures.known_to(scope, request.day, [case.pupil_id]),
    }
    return render(request, template, {**around, **context}, status=status)


def tabs(request: Request, case: Case, current: str) -> list[Tab]:
    """The pages of the case that the actor is offered."""
    inside = reads(case, request.scope)
    found = []
    for page in PAGES:
        offered = page.action is not None and may(request.scope, page.action, case.pupil_id)
        if not (offered or (inside if page.inside else page.action is None)):
            continue
        try:
            url = reverse(f"cases:{page.key}", args=[case.uuid])
        except NoReverseMatch:
            continue
        found.append(Tab(str(page.label), url, page.key == current))
    return found
