"""What does an address ask of the quarter: which days, which unit, which year groups, compared with what, by which method?

The whole state of a report stands in its address, so that it can be sent to a colleague, who sees her own units alone: an area
or a school out of reach is not found. An address gives back what it was read from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from fravaer.core.asking import question
from fravaer.core.periods import Period, Quarter, SchoolYear
from fravaer.core.scope import Scope
from fravaer.reports import units
from fravaer.reports.units import Place
from fravaer.schools.models import Area, School

Name = Quarter | SchoolYear
Compare = Literal["year", "target", "municipality", "country"]
Method = Literal["days", "ministry"]

COMPARES: tuple[Compare, ...] = ("year", "target", "municipality", "country")
METHODS: tuple[Method, ...] = ("days", "ministry")
# The year before which nothing can have been registered here.
EARLIEST = 2000
YEAR_GROUPS = range(11)
# Lower, middle and upper stage, as the ministry groups them.
STAGES: Mapping[str, tuple[int, ...]] = {
    "0-3": (0, 1, 2, 3),
    "4-6": (4, 5, 6),
    "7-10": (7, 8, 9, 10),
}


@dataclass(frozen=True, slots=True)
class Choices:
    """The areas and schools the reader may ask for."""

    areas: tuple[Area, ...] = ()
    schools: tuple[School, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked. `schools` are those of the place within reach; `years` are year groups, None for all."""

    name: Name
    place: Place
    schools: tuple[int, ...]
    years: tuple[int, ...] | None = None
    compare: Compare = "year"
    method: Method = "days"
    # For the filter bar, and for names of rows.
    choices: Choices = field(default=Choices(), compare=False, repr=False)

    @property
    def period(self) -> Period:
        return self.name.period

    @property
    def years_code(self) -> str:
        """The year groups as an address writes them; "" for all."""
        if self.years is None:
            return ""
        return str(self.years[0]) if len(self.years) == 1 else f"{self.years[0]}-{self.years[-1]}"

    @property
    def area(self) -> Area | None:
        """The area asked for, or the one the school asked for lies in."""
        by, pk = self.place.key
        if by == "school":
            pk = next(school.area_id for school in self.choices.schools if school.pk == pk)
        return next((area for area in self.choices.areas if by != "all" and area.pk == pk), None)

    @property
    def school(self) -> School | None:
        by, pk = self.place.key
        return next((school for school in self.choices.schools if (by, pk) == ("school", school.pk)), None)

    def named(self) -> list[School]:
        """The schools asked for, by name."""
        wanted = set(self.schools)
        return [school for school in self.choices.schools if school.pk in wanted]

    def query(self, **changed: str) -> str:
        """The address's part after the question mark, with what differs; "" when there is none."""
        found = {
            "area": self.area.code if self.area and self.place.key[0] == "area" else "",
            "school": str(self.place.key[1]) if self.place.key[0] == "school" else "",
            "years": self.years_code,
            "compare": self.compare if self.compare != "year" else "",
            "method": self.method if self.method != "days" else "",
        } | changed
        return urlencode({key: value for key, value in found.items() if value})

    def of(self, name: Name) -> Asked:
        """The same of other days."""
        return replace(self, name=name)


def parse(name: Name, query: Mapping[str, str], scope: Scope, *, today: date) -> Asked:
    """What the address asks, for this reader. Two queries.

    Raises Http404 for days far from any register, and for a unit, year group, comparison or method that there is not for her.
    """
    if not EARLIEST <= name.year <= today.year + 1:
        raise Http404
    areas, schools = tuple(_areas(scope)), tuple(_schools(scope))
    if not areas:
        areas = tuple({school.area_id: school.area for school in schools}.values())
    choices = Choices(areas, schools)
    place, chosen = _place(choices, query.get("area", ""), query.get("school", ""), scope)
    compare, method = query.get("compare", "") or "year", query.get("method", "") or "days"
    if compare not in COMPARES or method not in METHODS:
        raise Http404
    return Asked(
        name=name,
        place=place,
        schools=tuple(school.pk for school in chosen),
        years=_years(query.get("years", "")),
        compare=compare,
        method=method,
        choices=choices,
    )


@question
def _areas(scope: Scope) -> QuerySet[Area, Area]:
    """The areas within reach, by name."""
    return Area.objects.visible_to(scope).order_by("name", "pk")


@question
def _schools(scope: Scope) -> QuerySet[School, School]:
    """The schools within reach, by name."""
    return School.objects.visible_to(scope).select_related("area").order_by("sort_name", "pk")


def _place(choices: Choices, area: str, school: str, scope: Scope) -> tuple[Place, list[School]]:
    of_area = next((one for one in choices.areas if one.code == area), None) if area else None
    if area and of_area is None:
        raise Http404
    if school:
        of_school = next((one for one in choices.schools if str(one.pk) == school), None)
        if of_school is None:
            raise Http404
        # Who chose another area while a school was chosen means the area.
        if of_area is None or of_school.area_id == of_area.pk:
            return units.of_school(of_school), [of_school]
    if of_area is not None and _holds_area(scope, of_area):
        return units.of_area(of_area), [one for one in choices.schools if one.area_id == of_area.pk]
    if area:
        raise Http404
    if scope.municipality:
        return units.whole(), list(choices.schools)
    if scope.areas:
        first = next(one for one in choices.areas if _holds_area(scope, one))
        return units.of_area(first), [one for one in choices.schools if one.area_id == first.pk]
    if len(choices.schools) == 1:
        return units.of_school(choices.schools[0]), list(choices.schools)
    if not choices.schools:
        raise Http404
    return Place(units.OWN, "own", _("My schools")), list(choices.schools)


def _holds_area(scope: Scope, area: Area) -> bool:
    return scope.municipality or area.pk in scope.areas


def _years(code: str) -> tuple[int, ...] | None:
    if not code:
        return None
    if code in STAGES:
        return STAGES[code]
    first, separator, last = code.partition("-")
    last = last if separator else first
    if not (first.isdecimal() and last.isdecimal() and code.isascii() and len(code) <= 5):
        raise Http404
    years = tuple(range(int(first), int(last) + 1))
    if not years or years[-1] not in YEAR_GROUPS:
        raise Http404
    return years
