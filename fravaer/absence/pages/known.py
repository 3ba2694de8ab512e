"""What the school knows of beforehand: the list of it, a new entry in one line, and changing one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_tables2 import Table

from fravaer.absence import agreed_week, arrangements, foretold, granting, percentage
from fravaer.absence.filters import KnownFilter
from fravaer.absence.models import Discrepancy, Known
from fravaer.absence.pages.known_forms import ILLNESS, LONGEST_SEARCH, EndForm, EntryForm, uuid_from
from fravaer.absence.pages.known_words import REFUSALS, covered, said
from fravaer.absence.reasons import Source
from fravaer.absence.tables import KnownTable
from fravaer.accounts.fields import Field, visible_fields
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.listing import render_list
from fravaer.core.periods import Period, school_year_of
from fravaer.core.templatetags.danish import shortdate
from fravaer.schools import finding, schooldays
from fravaer.schools.finding import Found
from fravaer.schools.models import Pupil, School, SchoolClass

# So many pupils are offered to choose among; who wants fewer writes more.
MOST_FOUND = 8
FORWARD = timedelta(days=400)


@requires(Action.KNOWN_READ)
@require_GET
def known_list(request: Request) -> HttpResponse:
    """Today's and coming known absence, and a line to enter more in."""
    form = None
    if request.scope.may(Action.KNOWN_ENTER):
        form = _entry_form(request)
    return _list(request, form)


@requires(Action.KNOWN_ENTER)
@require_POST
def enter(request: Request) -> HttpResponse:
    """Save one entry. A name that fits several pupils asks which; whatever is wrong, everything typed stays."""
    form = _entry_form(request, request.POST)
    if not form.is_valid():
        if {"key", "pupil"} & form.errors.keys():
            raise SuspiciousOperation("the entry's hidden fields are not ours")
        return _list(request, form, status=422)
    among = Pupil.objects.visible_to(request.scope, request.day)
    found: list[Found]
    if chosen := form.cleaned_data.get("pupil"):
        one = finding.pupil(among, chosen, request.day)
        found = [one] if one else []
    else:
        found = finding.pupils(among, form.cleaned_data["who"], request.day, most=MOST_FOUND + 1)
    if len(found) != 1:
        if found:
            trail.saw(request.scope, "known search", [one.pupil_id for one in found])
            form.add_error("who", _("Several pupils fit. Choose one of them below, or write more."))
        else:
            form.add_error("who", _("No pupil of yours fits. Check the spelling and the class."))
        return _list(request, form, found=found[:MOST_FOUND], status=422)
    return _save(request, form, found[0])


@requires(Action.KNOWN_ENTER)
@require_POST
def find(request: Request) -> HttpResponse:
    """Pupils whom the words fit, for the search field. By POST, so that no name stands in an address."""
    text = request.POST.get("who", "")[:LONGEST_SEARCH]
    among = Pupil.objects.visible_to(request.scope, request.day)
    found = finding.pupils(among, text, request.day, most=MOST_FOUND)
    if found:
        trail.saw(request.scope, "known search", [one.pupil_id for one in found])
    options = [
        {
            "pupil": str(one.uuid),
            "name": one.name,
            "class": one.class_name,
            "protected": one.protected and Field.PROTECTED in visible_fields(request.scope, one.pupil_id),
        }
        for one in found
    ]
    return JsonResponse({"pupils": options})


@requires(Action.KNOWN_ENTER)
@require_POST
def preview(request: Request) -> HttpResponse:
    """Which school days an entry would cover, in words; empty while that cannot be said."""
    form = _entry_form(request, request.POST)
    form.is_valid()
    wanted = uuid_from(request.POST.get("pupil", ""))
    if wanted is None or not form.cleaned_data.get("since") or form.errors.get("last"):
        return JsonResponse({"says": ""})
    one = finding.pupil(Pupil.objects.visible_to(request.scope, request.day), wanted, request.day)
    if one is None:
        return JsonResponse({"says": ""})
    days = schooldays.of_pupils([one.pupil_id], form.period)[one.pupil_id]
    return JsonResponse({"says": covered(days)})


@requires(Action.KNOWN_READ)
@require_GET
def one(request: Request, uuid: UUID) -> HttpResponse:
    """One report, request or activity: what it covers, who said it, and what may be done about it."""
    return one_page(request, _known(request, uuid))


@requires(Action.KNOWN_ENTER)
@require_POST
def end(request: Request, uuid: UUID) -> HttpResponse:
    """Move its last day."""
    known = _known(request, uuid)
    form = EndForm(request.POST, around=request.day, auto_id="end_%s")
    if not form.is_valid():
        return one_page(request, known, end_form=form, status=422)
    try:
        entered = foretold.end(
            uuid=uuid,
            until=form.until,
            scope=request.scope,
            teacher_leave_days=limit_of(known),
            now=request.now,
        )
    except REFUSALS as refused:
        form.add_error("last", said(refused))
        return one_page(request, known, end_form=form, status=422)
    messages.success(request, _("Saved. %(days)s") % {"days": covered(entered.school_days)})
    return _back(uuid)


@requires(Action.KNOWN_ENTER)
@require_POST
def withdraw(request: Request, uuid: UUID) -> HttpResponse:
    """It was a mistake, or no longer holds."""
    known = _known(request, uuid)
    try:
        foretold.withdraw(
            uuid=known.uuid, scope=request.scope, teacher_leave_days=limit_of(known), now=request.now
        )
        messages.success(request, _("Withdrawn. The registers no longer suggest it."))
    except REFUSALS as refused:
        messages.error(request, said(refused))
    return _back(uuid)


@requires(Action.KNOWN_ENTER)
@require_POST
def undo(request: Request, uuid: UUID) -> HttpResponse:
    """Take back the withdrawal, or the decision."""
    known = _known(request, uuid)
    try:
        foretold.undo(
            uuid=known.uuid, scope=request.scope, teacher_leave_days=limit_of(known), now=request.now
        )
        messages.success(request, _("Undone."))
    except REFUSALS as refused:
        messages.error(request, said(refused))
    return _back(uuid)


def limit_of(known: Any) -> int:
    """The school days a teacher of the pupil's school may grant."""
    return arrangements.of(known.school_now_id).teacher_leave_days if known.school_now_id else 0


def tabs(request: Request, current: str) -> list[dict[str, Any]]:
    """The pages of known absence this person has, with how much waits on each."""
    asked = Known.objects.visible_to(request.scope, request.day).filter(state=Known.State.ASKED)
    found: list[dict[str, Any]] = [
        {"label": _("Known absence"), "name": "absence:known", "count": None},
        {"label": _("Requests for leave"), "name": "absence:leave", "count": asked.count()},
    ]
    if request.scope.may(Action.DISCREPANCY_SETTLE):
        waiting = Discrepancy.objects.visible_to(request.scope, request.day).filter(settled_at=None)
        found.append(
            {"label": _("Contradictions"), "name": "absence:contradictions", "count": waiting.count()}
        )
    return [{**one, "url": reverse(one["name"]), "current": one["name"] == current} for one in found]


def one_page(
    request: Request, known: Any, *, end_form: EndForm | None = None, decision: Any = None, status: int = 200
) -> HttpResponse:
    """The page of one entry, with a form that came back."""
    scope = request.scope
    whose = schooldays.of_pupils if known.pupil_id else schooldays.of_classes
    unit = known.pupil_id or known.school_class_id
    days = whose([unit], Period(known.since, known.until)).get(unit, [])
    holds = known.state in (Known.State.ASKED, Known.State.STANDS)
    limit = limit_of(known)
    decides = granting.may_decide(scope, len(days), limit)
    decided = known.kind == Known.Kind.LEAVE and known.decided_at is not None
    # What a leader has agreed on for parts of the week is changed where it was agreed.
    agreed = known.kind == Known.Kind.ACTIVITY and known.decided_at is not None
    if agreed:
        days = agreed_week.days_of(known, days)
    may_change = (
        scope.may(Action.KNOWN_ENTER)
        and not agreed
        and (not decided or granting.may_take_back(scope, len(days), limit, known.decided_by_id))
    )
    if known.pupil_id:
        trail.saw(scope, "known", [known.pupil_id], subject_id=known.uuid)
    withdrawn = known.state == Known.State.WITHDRAWN
    return render(
        request,
        "absence/known_one.html",
        {
            "known": known,
            "days": days,
            "last": known.until - timedelta(days=1),
            "source": Source(known.source).label,
            "part_of_week": agreed_week.words(known),
            "end_form": (
                end_form
                or EndForm(
                    around=request.day,
                    initial={"last": shortdate(known.until - timedelta(days=1))},
                    auto_id="end_%s",
                )
            )
            if holds and may_change
            else None,
            "may_withdraw": holds and may_change,
            "may_undo": may_change and withdrawn and known.replaced_by_id is None,
            "may_reopen": may_change and decided and not withdrawn,
            "not_hers": holds and decided and not may_change and scope.may(Action.KNOWN_ENTER),
            "may_decide": decides and known.state == Known.State.ASKED,
            "reads_text": known.kind == Known.Kind.ACTIVITY or scope.may(Action.LEAVE_DECIDE),
            "decision": decision,
            "so_far": _so_far(request, known.pupil_id) if decides and known.pupil_id else None,
        },
        status=status,
    )


def _so_far(request: Request, pupil_id: int) -> percentage.Tally:
    """The pupil's absence of the school year up to the day in view."""
    return percentage.tally(percentage.spent(school_year_of(request.day), request.day), pupil_id)


def _save(request: Request, form: EntryForm, found: Found) -> HttpResponse:
    data = form.cleaned_data
    common: dict[str, Any] = {
        "uuid": data["key"],
        "pupil_id": found.pupil_id,
        "period": form.period,
        "source": data["source"],
        "local_reason_id": data.get("local_reason"),
        "scope": request.scope,
        "now": request.now,
    }
    try:
        entered = (
            foretold.report(**common)
            if data["kind"] == ILLNESS
            else foretold.ask(**common, text=data["text"])
        )
    except REFUSALS as refused:
        form.add_error("since", said(refused))
        return _list(request, form, found=[found], status=422)
    response = redirect("absence:known")
    response["Location"] += f"?done={entered.uuid}"
    if entered.already and entered.uuid != data["key"]:
        messages.info(request, _("That was known already."))
    if entered.joined:
        messages.info(request, _("It overlaps an earlier report. The two are one now."))
    if entered.explained:
        messages.info(request, _("The register had her absent without a reason. The reason is noted now."))
    here = Discrepancy.objects.visible_to(request.scope, request.day).filter(
        pupil_id=found.pupil_id,
        kind=Discrepancy.Kind.HERE_DESPITE_REPORT,
        settled_at=None,
        day__gte=entered.period.since,
        day__lt=entered.period.until,
    )
    if here.exists():
        messages.warning(request, _("The register has her as here. It stands among the contradictions."))
    response.status_code = 303
    return response


def _list(
    request: Request,
    form: EntryForm | None,
    *,
    found: Sequence[Found] = (),
    status: int = 200,
) -> HttpResponse:
    rows = Known.objects.visible_to(request.scope, request.day)
    classes = SchoolClass.objects.visible_to(request.scope).in_year_of(request.day)
    done = uuid_from(request.GET.get("done", ""))
    entered = rows.with_place(request.day).select_related("pupil").filter(uuid=done).first() if done else None
    days: list[date] = []
    if entered is not None and entered.pupil_id:
        days = schooldays.of_pupils([entered.pupil_id], Period(entered.since, entered.until))[
            entered.pupil_id
        ]
    response = render_list(
        request,
        "absence/known.html",
        rows=rows.with_place(request.day).select_related("pupil", "local_reason"),
        table=KnownTable,
        filters=partial(KnownFilter, classes=classes.order_by("year_group", "letter", "pk"), day=request.day),
        order=("since", "pupil__sort_given"),
        empty=_("No absence is known of today or later."),
        shown=partial(counting, request, "known list"),
        context={
            "form": form,
            "found": found,
            "tabs": tabs(request, "absence:known"),
            "entered": entered,
            "covered": covered(days),
            "may_import": request.scope.may(Action.KNOWN_IMPORT),
        },
    )
    response.status_code = status
    return response


def counting(request: Request, what: str, table: Table, shown: list[Any]) -> None:
    """Count the school days of the rows on the page, and note who was seen."""
    if not shown:
        return
    whole = Period(min(row.since for row in shown), max(row.until for row in shown))
    pupils = schooldays.of_pupils({row.pupil_id for row in shown if row.pupil_id}, whole)
    classes = schooldays.of_classes({row.school_class_id for row in shown if row.school_class_id}, whole)
    table.days = {
        row.pk: sum(
            row.since <= day < row.until
            for day in agreed_week.days_of(
                row,
                pupils.get(row.pupil_id, []) if row.pupil_id else classes.get(row.school_class_id, []),
            )
        )
        for row in shown
    }
    trail.saw(request.scope, what, pupils)


def _entry_form(request: Request, posted: Any = None) -> EntryForm:
    schools = list(School.objects.visible_to(request.scope).values_list("pk", flat=True)[:2])
    # Where one has several schools, their own words would not say whose they are.
    words = arrangements.local_reasons(schools[0], request.day) if len(schools) == 1 else []
    initial = {"key": uuid4(), "since": shortdate(request.day), "kind": ILLNESS}
    return EntryForm(posted, around=request.day, words=words, initial=initial)


def _known(request: Request, uuid: UUID) -> Known:
    rows = Known.objects.visible_to(request.scope, request.day).with_place(request.day)
    return get_object_or_404(
        rows.select_related("pupil", "school_class", "local_reason", "entered_by", "decided_by"), uuid=uuid
    )


def _back(uuid: UUID) -> HttpResponse:
    response = redirect("absence:known-one", uuid)
    response.status_code = 303
    return response
