"""The office's morning: every class of the school, and the reminders for those that lack their register."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from fravaer.absence import arrangements, reminders, tasks
from fravaer.absence import board as rooms
from fravaer.absence.board import Line
from fravaer.absence.reminders import PAUSE, Last
from fravaer.accounts import grants, reaching
from fravaer.accounts.grants import Holder
from fravaer.accounts.roles import Action, Role
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.schools.models import School, SchoolClass

LINES_A_PAGE = 200
# So many classes a message names; the rows say who was reminded all the same.
MOST_NAMED = 5

CHIPS = {
    "missing": gettext_lazy("Missing"),
    "unexplained": gettext_lazy("With unexplained absence"),
    "taken": gettext_lazy("Registered"),
    "rest": gettext_lazy("Not to be registered now"),
}
SORTS = {
    "class": lambda row: (
        row.line.school_class.year_group,
        row.line.school_class.letter,
        row.line.checkpoint,
    ),
    "absent": lambda row: -row.line.absent,
    "unexplained": lambda row: -row.line.pending,
    "time": lambda row: row.line.taken_at.timestamp() if row.line.taken_at else 0,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the board, with who teaches the class and when it was last asked about."""

    line: Line
    teachers: list[Holder]
    last: Last | None
    # Asked about so recently that asking again would be refused.
    waits: bool
    # Names and numbers of those who can be rung about a register that is missing.
    phones: Sequence[tuple[str, str]] = ()

    @property
    def substituted(self) -> list[Holder]:
        return [one for one in self.teachers if one.role is Role.SUBSTITUTE]


@dataclass(frozen=True, slots=True)
class Chip:
    label: str
    count: int
    url: str
    current: bool


@requires(Action.BOARD)
@require_GET
def board(request: Request) -> HttpResponse:
    """Every class of the school today, those that lack their register first."""
    schools = list(School.objects.visible_to(request.scope).order_by("sort_name", "pk"))
    chosen = _chosen_school(request.GET, schools)
    lines = _lines(request, chosen)
    asked = reminders.latest({line.school_class.pk for line in lines}, request.day)
    teachers = grants.of_classes({line.school_class.pk for line in lines}, request.now)
    rows = [_row(line, teachers, asked, request.now) for line in lines]
    missing = [row for row in rows if row.line.missing]
    shown = _chip_of(request.GET)
    sort = request.GET.get("sort", "")
    narrowed = [row for row in rows if _fits(row.line, shown)]
    if sort in SORTS:
        narrowed.sort(key=SORTS[sort])
    page = Paginator(narrowed, LINES_A_PAGE).get_page(request.GET.get("page"))
    page.object_list = _with_phones(list(page.object_list))
    return render(
        request,
        "absence/board.html",
        {
            "rows": page.object_list,
            "page": page,
            "chips": _chips(request.GET, lines, shown),
            "missing": len(missing),
            "to_remind": [row.line.key for row in missing if not row.waits],
            "unexplained": sum(line.pending for line in lines),
            "taken": sum(line.state == "taken" for line in lines),
            "due": sum(line.state not in ("closed", "empty", "not_open") for line in lines),
            "schools": schools,
            "chosen": chosen,
            "several": len(schools) > 1 and chosen is None,
            "sort": sort,
            "sorts": {name: _url(request.GET, sort=name) for name in SORTS},
            "query": request.GET.urlencode(),
            "updated_at": timezone.localtime(request.now),
        },
    )


@requires(Action.BOARD)
@require_POST
def remind(request: Request) -> HttpResponse:
    """Ask the teachers of one class, of those chosen, or of all that lacked their register when the page was made."""
    wanted = (
        request.POST.getlist("missing")
        if "all" in request.POST
        else [request.POST["one"]]
        if "one" in request.POST
        else request.POST.getlist("chosen")
    )
    assert request.scope.actor_id is not None
    lines = [line for line in _lines(request, None) if line.key in set(wanted)]
    if not lines:
        messages.warning(request, _("Choose the classes to remind first."))
        return _back(request)
    done = reminders.remind(
        lines, request.day, user_id=request.scope.actor_id, role=request.scope.role, now=request.now
    )
    if done.asked:
        tasks.ring()
        messages.success(request, _reminded(done.asked))
    for left, words in (
        (done.too_soon, _("Reminded less than ten minutes ago: %(classes)s.")),
        (
            done.nobody,
            _("No teacher has access to %(classes)s. Register for the class, or let a substitute in."),
        ),
        (done.not_missing, _("The register is not missing: %(classes)s.")),
    ):
        if left:
            messages.warning(request, words % {"classes": _names(left)})
    return _back(request)


def _lines(request: Request, school: School | None) -> list[Line]:
    classes = SchoolClass.objects.visible_to(request.scope).in_year_of(request.day)
    if school is not None:
        classes = classes.filter(school=school)
    found = list(rooms.with_facts(classes, request.day))
    arranged = arrangements.of_schools({one.school_id for one in found})
    return rooms.whole_day(found, request.day, _school_time(request), arranged)


def _row(
    line: Line, teachers: dict[int, list[Holder]], asked: dict[tuple[int, int], Last], now: datetime
) -> Row:
    last = asked.get((line.school_class.pk, line.checkpoint))
    waits = last is not None and last.people > 0 and last.at > now - PAUSE
    return Row(line, teachers.get(line.school_class.pk, []), last, waits)


def _with_phones(rows: Sequence[Row]) -> list[Row]:
    """The rows, those that lack their register with whom to ring. One query."""
    numbers = reaching.phones(one.user_id for row in rows if row.line.missing for one in row.teachers)
    return [
        replace(
            row,
            phones=[
                (one.name, numbers[one.user_id])
                for one in row.teachers
                if row.line.missing and one.user_id in numbers
            ],
        )
        for row in rows
    ]


def _fits(line: Line, chip: str) -> bool:
    match chip:
        case "missing":
            return line.missing
        case "unexplained":
            return line.pending > 0
        case "taken":
            return line.state == "taken"
        case "rest":
            return line.state in ("closed", "empty", "not_open")
    return True


def _chips(asked: QueryDict, lines: list[Line], shown: str) -> list[Chip]:
    everything = Chip(_("All"), len(lines), _url(asked, show=""), not shown)
    return [everything] + [
        Chip(str(label), sum(_fits(line, name) for line in lines), _url(asked, show=name), shown == name)
        for name, label in CHIPS.items()
    ]


def _chip_of(asked: QueryDict) -> str:
    name = asked.get("show", "")
    return name if name in CHIPS else ""


def _chosen_school(asked: QueryDict, schools: list[School]) -> School | None:
    return next((one for one in schools if str(one.pk) == asked.get("school", "")), None)


def _url(asked: QueryDict, **changed: str) -> str:
    """The board's address with some of what was asked changed, and nothing in it that the board does not know."""
    kept = {name: asked.get(name, "") for name in ("school", "show", "sort")} | changed
    query = urlencode({name: value for name, value in kept.items() if value})
    return reverse("absence:board") + (f"?{query}" if query else "")


def _back(request: Request) -> HttpResponse:
    response = redirect(_url(QueryDict(request.POST.get("query", "")[:500])))
    response.status_code = 303
    return response


def _reminded(asked: Sequence[tuple[Line, Sequence[Holder]]]) -> str:
    """How many classes are reminded, and which, as far as a message holds them; each row says it as well."""
    count = {"count": len(asked)}
    if len(asked) > MOST_NAMED:
        return _("%(count)d classes are reminded.") % count
    words = ngettext(
        "%(count)d class is reminded: %(classes)s.",
        "%(count)d classes are reminded: %(classes)s.",
        len(asked),
    )
    named = (f"{line.school_class} ({', '.join(one.name for one in people)})" for line, people in asked)
    return words % {**count, "classes": ", ".join(named)}


def _names(lines: list[Line]) -> str:
    return ", ".join(str(line.school_class) for line in lines)


def _school_time(request: Request) -> time:
    """The time of day at the schools; when the day in view is not today, it is always eight in the morning there."""
    now = timezone.localtime(request.now)
    return now.time() if now.date() == request.day else time(8)
