"""The plan of a case: how it is seen, what is supposed, agreed and tried, and when the child is expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts.roles import Action
from fravaer.cases import agreed, consents, goals, interventions, suspicions, voices, weekplans
from fravaer.cases.consents import Given
from fravaer.cases.domains import reads
from fravaer.cases.models import AgreedAction, Case, Goal, Intervention, Suspicion, WeekPlan
from fravaer.cases.pages import entries
from fravaer.cases.pages.agreement_forms import (
    ActionForm,
    ActionSettleForm,
    GoalForm,
    GoalSettleForm,
    WeekPlanDecideForm,
    WeekPlanEndForm,
    WeekPlanForm,
)
from fravaer.cases.pages.entries import Around, Entry, Forms
from fravaer.cases.pages.frame import case_for, framed
from fravaer.cases.pages.plan_forms import (
    DECISIONS,
    WRITES,
    ConsentForm,
    ConsentWithdrawForm,
    InterventionForm,
    InterventionStopForm,
    SuspicionEndForm,
    SuspicionForm,
    ViewForm,
)
from fravaer.cases.suspicions import Function
from fravaer.core.access import requires
from fravaer.core.http import Request


@requires(Action.CASE_READ)
@require_GET
def plan(request: Request, case_uuid: UUID) -> HttpResponse:
    """The plan of a case."""
    return _page(request, case_for(request, case_uuid))


@requires(Action.CASE_NOTE)
@require_POST
def write(request: Request, case_uuid: UUID, what: str) -> HttpResponse:
    """Save one of the plan's forms."""
    return _saved(request, case_for(request, case_uuid, Action.CASE_NOTE), WRITES, what)


@requires(Action.WEEK_PLAN_DECIDE)
@require_POST
def decide(request: Request, case_uuid: UUID, what: str) -> HttpResponse:
    """Grant, refuse or end a week plan."""
    return _saved(request, case_for(request, case_uuid, Action.WEEK_PLAN_DECIDE), DECISIONS, what)


def _saved(request: Request, case: Case, forms: dict[str, type[Entry]], what: str) -> HttpResponse:
    if what not in forms:
        raise Http404
    return entries.written(request, case, forms[what], _page, reverse("cases:plan", args=[case.uuid]))


@dataclass(frozen=True, slots=True)
class Row:
    """Something on the page, with the form that changes it if the actor may, and whether it should have been done already."""

    what: Suspicion | Given | Goal | AgreedAction | Intervention
    form: Entry | None
    word: str = ""
    overdue: bool = False
    under: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One week plan, its weekdays in words, and the forms of the leader."""

    plan: WeekPlan
    days: Sequence[tuple[str, str]]
    halves: int
    decide: Entry | None
    end: Entry | None
    stands: bool


def _page(
    request: Request,
    case: Case,
    *,
    refused: Entry | None = None,
    meanwhile: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page; a form that was refused comes back as it was typed, in its place."""
    scope, day = request.scope, request.day
    around = Around.of(request, case)
    if not reads(case, scope):
        return framed(request, case, "cases/plan.html", {}, tab="plan", status=status)
    forms = Forms(around, refused)
    actions = _actions(case, forms)
    shown_goals = goals.of(case)
    context = {
        "heard": voices.of(case, scope),
        "suspicions": [
            Row(
                one,
                None if one.ended_at else forms.about(SuspicionEndForm, one.key),
                str(Function(one.function).label),
            )
            for one in suspicions.of(case)
        ],
        "consents": [
            Row(
                one,
                forms.about(ConsentWithdrawForm, one.consent.uuid, also_closed=True)
                if one.holds in (consents.Holds.STANDS, consents.Holds.SOON)
                else None,
                one.holds.value,
            )
            for one in consents.of(case, day)
        ],
        "goals": [
            Row(
                one,
                None if one.settled_at else forms.about(GoalSettleForm, one.uuid),
                overdue=one.settled_at is None and one.due_on < day,
                under=[row for row in actions if _of(row) == one.pk],
            )
            for one in shown_goals
        ],
        "actions": [row for row in actions if _of(row) is None],
        "plans": [_plan_row(one, forms, around) for one in weekplans.of(case)],
        "noted_once": _noted_once(case, around),
        "interventions": [
            Row(
                one,
                None if one.until else forms.about(InterventionStopForm, one.uuid),
                str(interventions.Because(one.stopped_because).label) if one.stopped_because else "",
            )
            for one in interventions.of(case, scope)
        ],
        "view_form": forms.new(ViewForm),
        "suspicion_form": forms.new(SuspicionForm),
        "consent_form": forms.new(ConsentForm),
        "goal_form": forms.new(GoalForm),
        "action_form": forms.new(ActionForm),
        "week_plan_form": forms.new(WeekPlanForm),
        "intervention_form": forms.new(InterventionForm),
        "refused": refused,
        "meanwhile": meanwhile,
        "typed": refused.typed() if refused and not around.may_write(refused.action) else [],
        "today": day,
    }
    return framed(request, case, "cases/plan.html", context, tab="plan", status=status)


def _actions(case: Case, forms: Forms) -> list[Row]:
    around = forms.around
    rows = agreed.of_pupils([case.pupil_id], around.scope).filter(case=case)
    return [
        Row(
            one,
            None if one.settled_at else forms.about(ActionSettleForm, one.uuid, also_closed=True),
            overdue=one.settled_at is None and one.due_on < around.day,
        )
        for one in rows
    ]


def _of(row: Row) -> int | None:
    return row.what.goal_id if isinstance(row.what, AgreedAction) else None


def _plan_row(plan: WeekPlan, forms: Forms, around: Around) -> PlanRow:
    stands = bool(plan.granted) and plan.ended_on is None and plan.until > around.day
    return PlanRow(
        plan=plan,
        days=[(str(WEEKDAYS[number]), str(part.label)) for number, part in enumerate(weekplans.parts(plan))],
        halves=weekplans.halves(plan),
        decide=forms.about(WeekPlanDecideForm, plan.uuid) if plan.granted is None else None,
        end=forms.about(WeekPlanEndForm, plan.uuid, also_closed=True) if stands else None,
        stands=stands,
    )


def _noted_once(case: Case, around: Around) -> bool:
    year_group = getattr(case, "year_group_now", None)
    return year_group is not None and weekplans.is_noted_once(year_group, around.day)
