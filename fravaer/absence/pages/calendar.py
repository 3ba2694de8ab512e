"""The school calendar: what the plan of a unit says, what a change would do, and making it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from fravaer.absence import replanning
from fravaer.absence.replanform import SpanForm
from fravaer.accounts.roles import Action
from fravaer.core import uploads
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.periods import Period, school_year_start
from fravaer.schools import plan, planfiles
from fravaer.schools.models import Level, PlanChange, School, SchoolClass, SchoolYear
from fravaer.schools.plan import Day, Unit, Wishes


@dataclass(frozen=True, slots=True)
class Desk:
    """The plan one works with: whose, of which school year, and whether one may change it."""

    unit: Unit
    token: str
    name: str
    year: SchoolYear
    editable: bool

    @property
    def url(self) -> str:
        return self._address("calendar-unit", [self.token])

    @property
    def preview_url(self) -> str:
        municipal = self.unit.level == Level.MUNICIPALITY
        return (
            self._address("calendar-preview-municipal")
            if municipal
            else self._address("calendar-preview", [self.token])
        )

    @property
    def save_url(self) -> str:
        municipal = self.unit.level == Level.MUNICIPALITY
        return (
            self._address("calendar-propose") if municipal else self._address("calendar-save", [self.token])
        )

    def _address(self, name: str, parts: Sequence[str] = ()) -> str:
        return f"{reverse(f'absence:{name}', args=parts)}?year={self.year.starts_on.year}"

    def plan_of(self, level: Level) -> str:
        """The address of the wider plan of this level."""
        token = {Level.MUNICIPALITY: "municipality", Level.SCHOOL: f"school-{self.unit.school_id}"}
        wider = token.get(level, f"school-{self.unit.school_id}-{self.unit.year_group}")
        return self._address("calendar-unit", [wider])

    @property
    def period(self) -> Period:
        return Period(self.year.starts_on, self.year.until)


@dataclass(frozen=True, slots=True)
class Span:
    """Days in a row of which the plan says the same: whose rule it is, and who set it when (None: it came with the roster)."""

    since: date
    last: date
    day: Day
    setter: PlanChange | None
    who: str
    # Where the rule stands, when it is a wider plan's.
    url: str = ""


@dataclass(frozen=True, slots=True)
class Month:
    first: date
    weeks: list[tuple[int, list[Day | None]]]
    school_days: int


@requires(Action.CALENDAR_READ)
@require_GET
def entry(request: Request) -> HttpResponse:
    """One's own school's plan, or the municipality's."""
    if request.scope.may(Action.CALENDAR_SCHOOL):
        school = School.objects.visible_to(request.scope).order_by("sort_name", "pk").first()
        if school:
            return _page(request, _desk(request, f"school-{school.pk}"))
    return _page(request, _desk(request, "municipality"))


@requires(Action.CALENDAR_READ)
@require_GET
def unit_page(request: Request, unit: str) -> HttpResponse:
    """The plan of one unit: every month, every rule with its reason and who set it, and the form that changes it."""
    return _page(request, _desk(request, unit))


@requires(Action.CALENDAR_SCHOOL)
@require_POST
def preview(request: Request, unit: str) -> HttpResponse:
    """What a change of the plan of a school, a year group or a class would do, before it is made."""
    return _preview(request, _desk(request, unit))


@requires(Action.CALENDAR_PROPOSE)
@require_POST
def preview_municipal(request: Request) -> HttpResponse:
    """What a change of the municipality's plan would do, before it is proposed."""
    return _preview(request, _desk(request, "municipality"))


@requires(Action.CALENDAR_SCHOOL)
@require_POST
def save(request: Request, unit: str) -> HttpResponse:
    """Make the change that was shown."""
    return _save(request, _desk(request, unit))


@requires(Action.CALENDAR_PROPOSE)
@require_POST
def propose(request: Request) -> HttpResponse:
    """Propose the change of the municipality's plan that was shown."""
    return _save(request, _desk(request, "municipality"))


def _preview(request: Request, desk: Desk) -> HttpResponse:
    """A span of days, a file, or the change to be undone."""
    form = None
    if file := uploads.chosen(request, "file"):
        try:
            reading = planfiles.read(uploads.words(file, planfiles.LARGEST), desk.period)
        except uploads.Refused as refused:
            return _page(request, desk, problems=[planfiles.refused(refused.why)], status=422)
        if reading.problems:
            return _page(request, desk, problems=reading.problems, status=422)
        if reading.outside:
            messages.info(
                request,
                _("Days of other school years were left out: %(count)d.") % {"count": reading.outside},
            )
        wishes: Wishes = reading.wishes
    elif "undo" in request.POST:
        wishes = _undone(desk, request.POST["undo"])
    else:
        form = SpanForm(request.POST, year=desk.period)
        if not form.is_valid():
            return _page(request, desk, form=form, status=422)
        wishes = form.wishes()
    return _effect(request, desk, wishes, form=form)


def _save(request: Request, desk: Desk) -> HttpResponse:
    reading = planfiles.read_csv(request.POST.get("days", ""), desk.period)
    if reading.problems:
        raise SuspiciousOperation("the days of a change are not ours")
    try:
        made = replanning.replan(
            desk.year,
            desk.unit,
            reading.wishes,
            seen=request.POST.get("seen", ""),
            scope=request.scope,
            now=request.now,
        )
    except plan.NothingChanges:
        messages.info(request, _("The plan says so already."))
    except plan.PlanConflict:
        return _effect(request, desk, reading.wishes, conflict=True)
    except replanning.Locked:
        return _effect(request, desk, reading.wishes)
    else:
        if made.state == PlanChange.State.PROPOSED:
            messages.success(request, _("The change is proposed. Another person has to decide it."))
        else:
            messages.success(request, _("The plan is changed, and every register is counted anew."))
    return _back(desk)


@requires(Action.CALENDAR_DECIDE)
@require_http_methods(["GET", "POST"])
def proposal_page(request: Request, change_uuid: UUID) -> HttpResponse:
    """A proposed change of the municipality's plan with its effect, and the decision of a second person."""
    found = plan.proposal(change_uuid)
    if found is None:
        raise Http404
    desk = _desk(request, "municipality", found.school_year)
    if request.method == "GET":
        return _effect(request, desk, plan.wishes_of(found), proposal=found)
    agreed = "agree" in request.POST
    try:
        replanning.decide(
            found, agreed=agreed, seen=request.POST.get("seen", ""), scope=request.scope, now=request.now
        )
    except (plan.PlanConflict, replanning.Locked):
        return _effect(request, desk, plan.wishes_of(found), proposal=found, conflict=True)
    except plan.SecondPersonNeeded:
        messages.error(request, _("You proposed the change yourself. Another person has to decide it."))
        return _effect(request, desk, plan.wishes_of(found), proposal=found, status=422)
    if agreed:
        messages.success(request, _("The plan is changed, and every register is counted anew."))
    else:
        messages.success(request, _("The proposal is refused."))
    return _back(desk)


def _page(
    request: Request,
    desk: Desk,
    *,
    form: SpanForm | None = None,
    problems: Sequence[planfiles.Problem] = (),
    status: int = 200,
) -> HttpResponse:
    days = plan.days(desk.year, desk.unit)
    past = plan.history(desk.year, desk.unit)
    names = replanning.people(past)
    undoable = next((one for one in past if one.state == PlanChange.State.MADE), None)
    proposed = [one for one in past if one.state == PlanChange.State.PROPOSED]
    return render(
        request,
        "absence/calendar.html",
        {
            "desk": desk,
            "years": plan.years(),
            "units": _units(request, desk),
            "months": _months(days),
            "total": sum(day.is_school_day for day in days),
            "spans": _spans(desk, days, past, names),
            "form": form or SpanForm(year=desk.period),
            "problems": problems,
            "past": [(one, names.get(one.asked_by, ""), names.get(one.decided_by or 0, "")) for one in past],
            "undoable": undoable,
            "proposed": proposed,
            "may_decide": request.scope.may(Action.CALENDAR_DECIDE),
        },
        status=status,
    )


def _effect(
    request: Request,
    desk: Desk,
    wishes: Wishes,
    *,
    form: SpanForm | None = None,
    proposal: PlanChange | None = None,
    conflict: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The effect of a change, with the button that makes it. Nothing is written."""
    found = plan.changes(desk.year, desk.unit, wishes)
    if not found and not proposal:
        messages.info(request, _("The plan says so already."))
        return _page(request, desk, form=form)
    effect = replanning.effect(desk.year, desk.unit, {one.day: one.after for one in found}, request.day)
    return render(
        request,
        "absence/calendar_effect.html",
        {
            "desk": desk,
            "changes": found,
            "effect": effect,
            "days": planfiles.written({one.day: one.after for one in found}),
            "seen": plan.fingerprint(found),
            "proposal": proposal,
            "proposer": replanning.people([proposal]).get(proposal.asked_by, "") if proposal else "",
            "own_proposal": bool(proposal and proposal.asked_by == request.scope.actor_id),
            "conflict": conflict,
            "municipal": desk.unit.level == Level.MUNICIPALITY,
        },
        status=409 if conflict or effect.locked else status,
    )


def _desk(request: Request, token: str, year: SchoolYear | None = None) -> Desk:
    """The unit named in the address, if the reader reaches it, in the school year asked for."""
    year = year or _year(request)
    own = request.scope.may(Action.CALENDAR_SCHOOL)
    kind, *numbers = token.split("-")
    if not all(number.isascii() and number.isdigit() and len(number) < 10 for number in numbers):
        raise Http404
    match kind, [int(number) for number in numbers]:
        case "municipality", []:
            may = request.scope.may(Action.CALENDAR_PROPOSE)
            return Desk(plan.MUNICIPALITY, token, _("The whole municipality"), year, may)
        case "school", [school_id]:
            school = get_object_or_404(School.objects.visible_to(request.scope), pk=school_id)
            return Desk(Unit(Level.SCHOOL, school.pk), token, school.name, year, own)
        case "school", [school_id, year_group] if year_group <= 10:
            school = get_object_or_404(School.objects.visible_to(request.scope), pk=school_id)
            name = _("%(school)s, year group %(number)d") % {"school": school.name, "number": year_group}
            return Desk(Unit(Level.YEAR_GROUP, school.pk, year_group), token, name, year, own)
        case "class", [class_id]:
            one = get_object_or_404(
                SchoolClass.objects.visible_to(request.scope).select_related("school", "school_year"),
                pk=class_id,
            )
            unit = Unit(Level.CLASS, one.school_id, one.year_group, one.pk)
            return Desk(unit, token, f"{one.school.name}, {one}", one.school_year, own)
    raise Http404


def _year(request: Request) -> SchoolYear:
    years = {one.starts_on.year: one for one in plan.years()}
    asked = request.GET.get("year", "")
    wanted = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else 0
    found = years.get(wanted) or years.get(school_year_start(request.day).year)
    if found is None:
        raise Http404
    return found


def _units(request: Request, desk: Desk) -> list[tuple[str, str, bool]]:
    """The plans one can go to from here: address, name, and whether it is this one."""
    schools = School.objects.visible_to(request.scope).order_by("sort_name", "pk")
    found = [("municipality", _("The whole municipality"))]
    found += [(f"school-{school.pk}", school.name) for school in schools]
    if desk.unit.school_id:
        classes = list(
            SchoolClass.objects.visible_to(request.scope)
            .filter(school_id=desk.unit.school_id, school_year=desk.year)
            .order_by("year_group", "letter")
        )
        for number in dict.fromkeys(one.year_group for one in classes):
            label = _("Year group %(number)d") % {"number": number}
            found.append((f"school-{desk.unit.school_id}-{number}", f"– {label}"))
        found += [(f"class-{one.pk}", f"– {one}") for one in classes]
    return [(token, name, token == desk.token) for token, name in found]


def _months(days: list[Day]) -> list[Month]:
    months: dict[date, dict[int, list[Day | None]]] = {}
    counts: dict[date, int] = {}
    for day in days:
        first = day.day.replace(day=1)
        counts[first] = counts.get(first, 0) + day.is_school_day
        weeks = months.setdefault(first, {})
        if day.day.weekday() < plan.SATURDAY or day.is_school_day:
            week = weeks.setdefault(day.day.isocalendar().week, [None] * 7)
            week[day.day.weekday()] = day
    return [Month(first, list(weeks.items()), counts[first]) for first, weeks in months.items()]


def _spans(desk: Desk, days: list[Day], past: list[PlanChange], names: dict[int, str]) -> list[Span]:
    """The rules in force, days in a row together; weekends between two of the same do not part them."""
    setters = plan.setters(past)
    found: list[Span] = []
    bridge = False
    for day in days:
        if day.level is None:
            bridge = bridge and day.day.weekday() >= plan.SATURDAY
            continue
        setter = setters.get(day.day) if day.own else None
        last = found[-1] if found else None
        same = last and (last.day.level, last.day.is_school_day, last.day.reason, last.setter) == (
            day.level,
            day.is_school_day,
            day.reason,
            setter,
        )
        if last and same and bridge:
            found[-1] = replace(last, last=day.day)
        else:
            by = (setter.decided_by or setter.asked_by) if setter else 0
            found.append(Span(day.day, day.day, day, setter, names.get(by, ""), desk.plan_of(day.level)))
        bridge = True
    return found


def _undone(desk: Desk, text: str) -> Wishes:
    """What stood before the latest change of the unit."""
    latest = next(
        (one for one in plan.history(desk.year, desk.unit) if one.state == PlanChange.State.MADE), None
    )
    if latest is None or str(latest.uuid) != text:
        raise Http404
    return plan.wishes_of(latest, undone=True)


def _back(desk: Desk) -> HttpResponse:
    response = redirect(desk.url)
    response.status_code = 303
    return response
