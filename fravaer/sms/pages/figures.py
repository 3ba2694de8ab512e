"""What the messages of a school year come to: by month and school, delivered or not, how fast, and for how much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from fravaer.accounts.roles import Action
from fravaer.core import export
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.periods import Period, school_year_of
from fravaer.schools import schooldays
from fravaer.schools.models import Area, School
from fravaer.sms import codes, limits
from fravaer.sms import figures as rooms
from fravaer.sms.figures import Count, Figures

YEARS_BACK = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; without a count it rests on too few pupils to be shown."""

    label: str
    count: Count | None
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: a school year, and the schools, of which some may be one area's or a single one."""

    period: Period
    areas: list[Area]
    area: Area | None
    schools: list[School]
    school: School | None
    found: Figures
    price: Decimal | None

    @property
    def hides(self) -> bool:
        """Whether months of single schools are among what is asked for."""
        return self.school is not None


@requires(Action.SMS_FIGURES)
@require_GET
def figures(request: Request) -> HttpResponse:
    """The school year by month and by school, how long delivery took, and why it failed."""
    asked = _asked(request)
    chosen = {asked.school.pk} if asked.school else {one.pk for one in asked.schools}
    until = min(asked.period.until, request.day + timedelta(days=1))
    days = schooldays.municipal_days(Period(asked.period.since, max(until, asked.period.since)))
    return render(
        request,
        "sms/figures.html",
        {
            "asked": asked,
            "years": _years(request.day),
            "whole": _whole(asked),
            "veiled": _is_veiled(request, asked),
            "cost": _whole(asked).cost(asked.price),
            "days": days,
            "a_class_and_day": _whole(asked).a_class_and_day(days),
            "months": _months(request, asked),
            "schools": _schools(request, asked) if len(asked.schools) > 1 and not asked.school else [],
            "delivery": (delivery := rooms.delivery(chosen, asked.period)),
            "errors": [
                (codes.words(code) or _("no code"), number, _share(number, delivery.errors))
                for code, number in delivery.errors
            ],
            "few": rooms.FEW,
            "query": request.GET.urlencode(),
        },
    )


@requires(Action.SMS_FIGURES)
@require_GET
def as_csv(request: Request) -> HttpResponse:
    """The same by school and month, as a file."""
    asked = _asked(request)
    names = {one.pk: str(one) for one in asked.schools if asked.school in (None, one)}
    hidden = set() if request.scope.persons else rooms.veiled(asked.found)
    head = [
        *(_("School"), _("Month"), _("Classes using SMS"), _("Sent"), _("Delivered"), _("Not delivered")),
        *(_("Not known"), _("Did not get out in time"), _("SMS paid for"), _("Cost in kroner")),
    ]
    rows = [
        (
            *(
                names[school],
                month.strftime("%Y-%m"),
                count.classes,
                count.sent,
                count.delivered,
                count.failed,
            ),
            *(count.unsettled, count.expired, count.segments, count.cost(asked.price)),
        )
        for (school, month), count in sorted(
            asked.found.cells.items(),
            key=lambda one: (list(names).index(one[0][0]) if one[0][0] in names else 0, one[0][1]),
        )
        if school in names and school not in hidden
    ]
    return export.as_csv(f"sms_{asked.period.since.year}", head, rows)


def _asked(request: Request) -> Asked:
    start = request.GET.get("year", "")
    years = _years(request.day)
    period = school_year_of(
        date(int(start), 8, 1) if start in {value for value, _label in years} else request.day
    )
    areas = list(Area.objects.visible_to(request.scope).order_by("name", "pk"))
    visible = School.objects.visible_to(request.scope).select_related("area").order_by("sort_name", "pk")
    schools = list(visible)
    municipality = schools[0].area.municipality_id if schools else None
    area = next((one for one in areas if str(one.pk) == request.GET.get("area", "")), None)
    if area:
        schools = [one for one in schools if one.area_id == area.pk]
    school = next((one for one in schools if str(one.pk) == request.GET.get("school", "")), None)
    found = rooms.of([one.pk for one in schools], period)
    price = limits.of(municipality).price if municipality else None
    return Asked(period, areas, area, schools, school, found, price)


def _whole(asked: Asked) -> Count:
    return asked.found.schools.get(asked.school.pk, Count()) if asked.school else asked.found.whole


def _is_veiled(request: Request, asked: Asked) -> bool:
    """Whether even the sum of what is asked for rests on too few pupils for this reader."""
    if request.scope.persons:
        return False
    if asked.school:
        return asked.school.pk in rooms.few(asked.found.schools)
    return 0 < asked.found.whole.pupils < rooms.FEW


def _months(request: Request, asked: Asked) -> list[Row]:
    """The months with messages, of the one school or of all of them."""
    counts = asked.found.months
    if asked.school:
        counts = {m: count for (school, m), count in asked.found.cells.items() if school == asked.school.pk}
    hidden: set[date] = set()
    if not request.scope.persons:
        hidden = rooms.few(counts)
        if asked.school and asked.school.pk in rooms.veiled(asked.found):
            hidden = set(counts)
    return [
        Row(date_format(month, "F Y"), None)
        if month in hidden
        else Row(date_format(month, "F Y"), count, count.cost(asked.price))
        for month, count in sorted(counts.items())
    ]


def _schools(request: Request, asked: Asked) -> list[Row]:
    hidden = set() if request.scope.persons else rooms.few(asked.found.schools)
    rows = []
    for one in asked.schools:
        count = None if one.pk in hidden else asked.found.schools.get(one.pk, Count())
        rows.append(Row(str(one), count, count.cost(asked.price) if count else None))
    return rows


def _share(number: int, errors: list[tuple[int | None, int]]) -> Decimal:
    """Of a hundred that failed, cut to a tenth."""
    return Decimal(number * 1000 // sum(count for _code, count in errors)) / 10


def _years(day: date) -> list[tuple[str, str]]:
    latest = school_year_of(day).since.year
    return [(str(year), f"{year}/{(year + 1) % 100:02d}") for year in range(latest, latest - YEARS_BACK, -1)]
