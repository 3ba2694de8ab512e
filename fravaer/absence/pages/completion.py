"""How far schools are with a quarter or a school year, and completing it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from fravaer.absence import closing, completion
from fravaer.absence.completion import Check, Open, Untaken
from fravaer.absence.pages.today import school_time
from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.listing import ROWS_A_PAGE
from fravaer.core.periods import Period, Quarter, school_year_of
from fravaer.core.templatetags.danish import quarter, schoolyear
from fravaer.schools.models import School

LONGEST_REASON = 500
# This quarter and a year back.
QUARTERS_BACK = 5


class ReopenForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why is it opened again?"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": gettext_lazy("Write why the registration is opened again."),
            "max_length": gettext_lazy(
                "The text is too long: %(show_value)d characters, and %(limit_value)d is the most. Nothing of it is lost."
            ),
        },
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """A quarter of the school year, or the whole of it, as it stands in the address and is said."""

    token: str
    label: str
    period: Period
    is_year: bool = False


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    current: bool
    count: int | None = None


@requires(Action.COMPLETION_READ)
@require_GET
def overview(request: Request) -> HttpResponse:
    """How far each school is. Whoever has one school sees what it lacks at once."""
    schools = list(School.objects.visible_to(request.scope).order_by("sort_name", "pk"))
    may_list = request.scope.may(Action.COMPLETION_LIST)
    if len(schools) == 1 and may_list:
        return _page(request, schools[0])
    choices, chosen = _choices(request)
    ids = [school.pk for school in schools]
    checks = completion.checks(ids, chosen.period, request.day, school_time(request))
    closed = closing.standing(ids, chosen.period)
    lines = [(school, checks[school.pk], closed.get(school.pk)) for school in schools]
    return render(
        request,
        "absence/completions.html",
        {
            "lines": lines,
            "chosen": chosen,
            "tabs": _tabs(choices, chosen, reverse("absence:completion")),
            "done": len(closed),
            "may_list": may_list,
        },
    )


@requires(Action.COMPLETION_LIST)
@require_GET
def school_page(request: Request, school_id: int) -> HttpResponse:
    """What one school still lacks, each line leading to where it is mended, and the button that completes the period."""
    return _page(request, _school(request, school_id))


@requires(Action.COMPLETION_CLOSE)
@require_POST
def close(request: Request, school_id: int) -> HttpResponse:
    """Complete the period. What the leader was shown must still be so."""
    school = _school(request, school_id)
    _all, chosen = _choices(request)
    gaps = request.POST.get("gaps", "")
    if not (gaps.isascii() and gaps.isdigit()) or (gaps != "0" and "seen" not in request.POST):
        problem = _("Say that you have seen what is missing before you complete the period.")
        return _page(request, school, problem=problem, status=422)
    try:
        closing.close(
            school.pk,
            chosen.period,
            seen_gaps=int(gaps[:9]),
            scope=request.scope,
            today=request.day,
            clock=school_time(request),
            now=request.now,
        )
    except closing.NotOver:
        problem = _("There are school days left in the period. Nothing is locked.")
        return _page(request, school, problem=problem, status=422)
    except closing.Blocked as blocked:
        problem = (
            _("Something has to be settled first. Nothing is locked.")
            if blocked.check.blocked
            else _("What is missing has changed since you looked. Nothing is locked. Look at it again.")
        )
        return _page(request, school, problem=problem, status=409)
    except closing.AlreadyClosed:
        messages.info(request, _("Somebody has completed it already."))
    else:
        messages.success(
            request, _("%(period)s is completed, and its registers are locked.") % {"period": chosen.label}
        )
    return _back(school, chosen)


@requires(Action.COMPLETION_CLOSE)
@require_POST
def reopen(request: Request, school_id: int, closing_uuid: UUID) -> HttpResponse:
    """Open a completed period again, with a reason."""
    school = _school(request, school_id)
    _all, chosen = _choices(request)
    form = ReopenForm(request.POST)
    if not form.is_valid():
        return _page(request, school, reopen_form=form, status=422)
    try:
        closing.reopen(
            closing_uuid,
            school.pk,
            reason=form.cleaned_data["reason"],
            scope=request.scope,
            now=request.now,
        )
    except ObjectDoesNotExist as error:
        raise Http404 from error
    except closing.AlreadyOpen:
        messages.info(request, _("Somebody has opened it again already."))
    else:
        messages.success(request, _("The registration is open again. Complete it anew when it is corrected."))
    return _back(school, chosen)


def _page(
    request: Request,
    school: School,
    *,
    problem: str = "",
    reopen_form: ReopenForm | None = None,
    status: int = 200,
) -> HttpResponse:
    choices, chosen = _choices(request)
    clock = school_time(request)
    check = completion.checks([school.pk], chosen.period, request.day, clock)[school.pk]
    base = reverse("absence:completion-school", args=[school.pk])
    counts = {
        "pending": (_("Without a reason"), check.pending),
        "discrepancies": (_("Contradictions"), check.discrepancies),
        "untaken": (_("Never registered"), check.untaken),
        "pupils": (_("Pupils without a day"), check.without_days),
    }
    asked = request.GET.get("what", "")
    what = asked if asked in counts else next((key for key, (_l, n) in counts.items() if n), "untaken")
    # The numbers are the school's; whom the actor is kept away from she is not shown among them.
    rows = [
        row
        for row in _rows(request, school, chosen.period, what)
        if not (isinstance(row, Open) and row.pupil_id in request.scope.blocked)
    ]
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    trail.saw(
        request.scope,
        "completion",
        [row.pupil_id for row in page.object_list if isinstance(row, Open)],
        subject_id=school.pk,
    )
    past = closing.history(school.pk, chosen.period)
    standing = closing.standing([school.pk], chosen.period).get(school.pk)
    return render(
        request,
        "absence/completion.html",
        {
            "school": school,
            "chosen": chosen,
            "tabs": _tabs(choices, chosen, base),
            "check": check,
            "checks": _lines(check),
            "lists": [
                Tab(label, f"{base}?period={chosen.token}&what={key}#list", key == what, count)
                for key, (label, count) in counts.items()
            ],
            "what": what,
            "page": page,
            "closing": standing,
            "past": past,
            "may_close": request.scope.may(Action.COMPLETION_CLOSE),
            "reopen_form": reopen_form or ReopenForm(),
            "problem": problem,
        },
        status=status,
    )


def _rows(request: Request, school: School, period: Period, what: str) -> list[Open] | list[Untaken]:
    clock = school_time(request)
    match what:
        case "pending":
            return completion.pending(school.pk, period, request.day, clock)
        case "discrepancies":
            return completion.discrepancies(school.pk, period)
        case "pupils":
            return completion.without_days(school.pk, period, request.day, clock)
        case _:
            return completion.untaken(school.pk, period, request.day, clock)


def _lines(check: Check) -> list[tuple[str, str, str]]:
    """The check-list: what is asked, how it stands in words, and `ok`, `bad` (has to be settled) or `warn` (may stay)."""
    return [
        (
            _("Every absence has a reason"),
            _("%(count)d without a reason, %(late)d of them past the deadline")
            % {"count": check.pending, "late": check.overdue}
            if check.pending
            else _("Yes"),
            "bad" if check.pending else "ok",
        ),
        (
            _("No contradictions are open"),
            _("%(count)d open") % {"count": check.discrepancies} if check.discrepancies else _("Yes"),
            "bad" if check.discrepancies else "ok",
        ),
        (
            _("Every register is taken"),
            _("%(count)d never taken") % {"count": check.untaken} if check.untaken else _("Yes"),
            "warn" if check.untaken else "ok",
        ),
        (
            _("Every pupil has at least one registered day"),
            _("%(count)d without a day") % {"count": check.without_days} if check.without_days else _("Yes"),
            "warn" if check.without_days else "ok",
        ),
    ]


def _school(request: Request, school_id: int) -> School:
    return get_object_or_404(School.objects.visible_to(request.scope), pk=school_id)


def _choices(request: Request) -> tuple[list[Choice], Choice]:
    """This quarter and the four before it, this school year and the one before, and the one of them that is asked for."""
    found: list[Choice] = []
    one = Quarter.of(request.day)
    for _number in range(QUARTERS_BACK):
        found.append(Choice(str(one), quarter(one), one.period))
        one = one.previous()
    this_year = school_year_of(request.day)
    for year in (this_year, school_year_of(this_year.since - timedelta(days=1))):
        label = _("School year %(year)s") % {"year": schoolyear(year)}
        found.append(Choice(str(year.since.year), label, year, is_year=True))
    asked = (request.POST if request.method == "POST" else request.GET).get("period", "")
    return found, next((choice for choice in found if choice.token == asked), found[0])


def _tabs(choices: list[Choice], chosen: Choice, base: str) -> list[Tab]:
    return [Tab(one.label, f"{base}?period={one.token}", one.token == chosen.token) for one in choices]


def _back(school: School, chosen: Choice) -> HttpResponse:
    response = redirect(f"{reverse('absence:completion-school', args=[school.pk])}?period={chosen.token}")
    response.status_code = 303
    return response
