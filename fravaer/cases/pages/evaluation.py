"""The evaluation of a case: absence and attachment side by side, and whether it holds after the case was closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts.roles import Action
from fravaer.cases import curves, evaluation, followups, lifecycle
from fravaer.cases.belonging import HIGHEST, LOWEST, QUESTIONS
from fravaer.cases.curves import Dots
from fravaer.cases.domains import may, reads
from fravaer.cases.evaluation import Evaluation
from fravaer.cases.models import Case, FollowUp, Level, ScaleAnswer, State, Voice
from fravaer.cases.pages import entries
from fravaer.cases.pages.entries import Around, Entry, Forms
from fravaer.cases.pages.evaluation_forms import ANSWERERS, WRITES, AttachmentForm, FollowUpForm, ScaleForm
from fravaer.cases.pages.frame import case_for, framed
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.templatetags.danish import percent


@requires(Action.CASE_READ)
@require_GET
def page(request: Request, case_uuid: UUID) -> HttpResponse:
    """The evaluation as it stands today."""
    return _page(request, case_for(request, case_uuid))


@requires(Action.CASE_NOTE)
@require_POST
def write(request: Request, case_uuid: UUID, what: str) -> HttpResponse:
    """Save a judgement of the attachment, or answers to the five questions."""
    case = case_for(request, case_uuid, Action.CASE_NOTE)
    if what not in WRITES:
        raise Http404
    return entries.written(request, case, WRITES[what], _page, _home(case))


@requires(Action.CASE_FOLLOW_UP)
@require_POST
def follow_up(request: Request, case_uuid: UUID) -> HttpResponse:
    """Say whether it holds, some weeks after the case was closed."""
    case = case_for(request, case_uuid)
    look = followups.of(case)
    if look is None:
        raise Http404
    if not followups.may_settle(look, request.scope):
        raise PermissionDenied
    return entries.written(request, case, FollowUpForm, _page, _home(case))


def _home(case: Case) -> str:
    return reverse("cases:evaluation", args=[case.uuid])


def _page(
    request: Request,
    case: Case,
    *,
    refused: Entry | None = None,
    meanwhile: str = "",
    status: int = 200,
) -> HttpResponse:
    scope, day = request.scope, request.day
    look = followups.of(case) if case.state == State.CLOSED else None
    if not reads(case, scope):
        return framed(request, case, "cases/evaluation.html", {}, tab="evaluation", status=status)
    around = Around.of(request, case)
    forms = Forms(around, refused)
    found = evaluation.of(case, scope, day)
    context = {
        "found": found,
        "curve": None if found.is_empty else curves.curve(found),
        "caption": caption(found),
        "charts": _charts(found),
        "answers": [_answered(one) for one in reversed(found.answers)],
        "questions": list(QUESTIONS.values()),
        "attachment_form": forms.new(AttachmentForm),
        "scale_form": forms.new(ScaleForm),
        "look": look,
        "follow_up_form": _follow_up_form(look, around, refused),
        "is_due": look is not None and look.due_on <= day,
        "reopen_seen": lifecycle.version(case, scope)
        if look is not None and look.holds is False and may(scope, Action.CASE_CLOSE, case.pupil_id)
        else None,
        "refused": refused,
        "meanwhile": meanwhile,
        "typed": _typed(refused, around),
    }
    return framed(request, case, "cases/evaluation.html", context, tab="evaluation", status=status)


def caption(found: Evaluation) -> str:
    """The curve in one sentence."""
    case = found.efforts[0]
    if not (case.before.says and case.during.says):
        return _(
            "Absence week by week. It is too early to say how it went before and after the case was opened."
        )
    return _(
        "Absence week by week: %(before)s before the case was opened, %(during)s in the latest %(days)d school days."
    ) % {
        "before": percent(case.before.tally.tenths),
        "during": percent(case.during.tally.tenths),
        "days": case.length,
    }


def _charts(found: Evaluation) -> Sequence[Dots]:
    """A drawing of the judgements, then one of each question somebody has answered."""
    if found.is_empty:
        return []
    days = curves.span(found)
    charts = []
    if found.readings:
        said = [(one.said_on, Voice(one.voice), one.level) for one in found.readings]
        charts.append(
            curves.dots(
                _("Attachment, from none (0) to good (3)"), said, days, min(Level.values), max(Level.values)
            )
        )
    for name, question in QUESTIONS.items():
        answered = [
            (one.said_on, Voice(one.voice), value)
            for one in found.answers
            if (value := getattr(one, name)) is not None
        ]
        if answered:
            charts.append(curves.dots(str(question), answered, days, LOWEST, HIGHEST))
    return charts


def _answered(one: ScaleAnswer) -> dict[str, Any]:
    labels = {value: str(label) for value, label in ANSWERERS}
    return {
        "day": one.said_on,
        "who": labels[one.voice],
        "values": [getattr(one, name) for name in QUESTIONS],
        "text": one.text,
    }


def _follow_up_form(look: FollowUp | None, around: Around, refused: Entry | None) -> Entry | None:
    if look is None or look.settled_at is not None or not followups.may_settle(look, around.scope):
        return None
    return refused if isinstance(refused, FollowUpForm) else FollowUpForm(around=around)


def _typed(refused: Entry | None, around: Around) -> list[tuple[str, str]]:
    if refused is None or isinstance(refused, FollowUpForm) or around.may_write(refused.action):
        return []
    return refused.typed()
