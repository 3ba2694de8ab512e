"""Who has reached 10 and 15 percent unlawful absence in a quarter, and how many are they at each school?

By name for those who work with the school's pupils; for everybody else in counts, of which those of few pupils are hidden. The
figures are those of the law's two steps (`cases.evidence`): unlawful half-days of the quarter's registered half-days, at every
school the pupil went to, compared in whole numbers. A pupil stands at the school she went to last in the quarter. Legal basis:
order on pupils' absence in the Folkeskole, in force 1 January 2020.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from fravaer.absence import percentage
from fravaer.cases import evidence, rules
from fravaer.cases.evidence import Figures
from fravaer.core.periods import Period, Quarter
from fravaer.core.walls import DatabaseRole, acting_as
from fravaer.reports import suppression
from fravaer.reports.modes import Mode
from fravaer.reports.sheets import Cell, Column, Kind, Sheet
from fravaer.reports.suppression import Part
from fravaer.schools.models import Area, CalendarDay, Enrolment, Pupil, School

TEN, FIFTEEN = rules.WARNING.percent, rules.REFERRAL.percent


@dataclass(frozen=True, slots=True)
class Line:
    """A pupil who has reached the first limit, with the class she was in last and her figures of the quarter."""

    pupil: Pupil
    class_name: str
    figures: Figures

    @property
    def limit(self) -> int:
        """The highest limit reached, in percent."""
        return FIFTEEN if self.figures.reaches(FIFTEEN) else TEN


@dataclass(frozen=True, slots=True)
class Count:
    """How many pupils have reached 10 and 15 percent. None is hidden; of a school there is no number of the second."""

    name: str
    pupils: int
    ten: int | None
    fifteen: int | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """An area's schools and itself, as far as they may be told."""

    area: Count
    schools: tuple[Count, ...]

    @property
    def hides(self) -> bool:
        return any(one.ten is None for one in (self.area, *self.schools)) or self.area.fifteen is None


def of_school(school: School, quarter: Quarter, today: date) -> list[Line]:
    """The school's pupils who have reached 10 percent or more by `today`, the highest first. Two queries."""
    counted = percentage.spent(quarter.period, today)
    places = {
        place.pupil_id: place
        for place in _last_places(counted)
        .filter(pupil__enrolments__school_class__school=school)
        .select_related("pupil", "school_class")
        if place.school_class.school_id == school.pk
    }
    shown = evidence.figures(quarter, today, list(places), at_least=TEN)
    lines = [
        Line(places[pupil].pupil, str(places[pupil].school_class), figures)
        for pupil, figures in shown.items()
    ]
    return sorted(lines, key=lambda line: (-(line.figures.tenths or 0), line.pupil.sort_given, line.pupil.pk))


@acting_as(DatabaseRole.REPORT)
def counts(areas: Sequence[Area], quarter: Quarter, today: date, mode: Mode) -> tuple[list[Counts], Count]:
    """Of these areas and of the municipality. What is hidden is the same for every reader. Three queries."""
    counted = percentage.spent(quarter.period, today)
    schools = list(School.objects.order_by("sort_name", "pk"))
    at = dict(_last_places(counted).values_list("pupil_id", "school_class__school_id"))
    shown = evidence.figures(quarter, today, at_least=TEN)
    of_school: dict[int, Part] = {}
    of_area: dict[int, tuple[Part, Part]] = {}
    everybody = Counter(at.values())
    ten = Counter(at[pupil] for pupil in shown if pupil in at)
    fifteen = Counter(
        at[pupil] for pupil, figures in shown.items() if pupil in at and figures.reaches(FIFTEEN)
    )
    by_area: dict[int, list[School]] = defaultdict(list)
    for school in schools:
        by_area[school.area_id].append(school)
        of_school[school.pk] = Part(ten[school.pk], everybody[school.pk])
    for area, members in by_area.items():
        pupils = sum(everybody[one.pk] for one in members)
        of_area[area] = (
            Part(sum(ten[one.pk] for one in members), pupils),
            Part(sum(fifteen[one.pk] for one in members), pupils),
        )
    whole = Part(ten.total(), everybody.total()), Part(fifteen.total(), everybody.total())
    hidden, apart = _hidden(of_school, of_area, whole, by_area, mode)
    nobody = Part(0, 0)
    found = [
        Counts(
            _count(
                area.name,
                *of_area.get(area.pk, (nobody, nobody)),
                ("area", area.pk) in hidden,
                area.pk in apart,
            ),
            tuple(
                Count(
                    one.name,
                    everybody[one.pk],
                    None if ("school", one.pk) in hidden else ten[one.pk],
                )
                for one in by_area[area.pk]
            ),
        )
        for area in areas
    ]
    return found, _count(_("The whole municipality"), *whole, ("all", 0) in hidden, bool(apart))


def sheet(lines: Iterable[Line]) -> Sheet:
    """The list by name as a table."""
    columns = [
        Column("pupil", _("Pupil")),
        Column("class", _("Class")),
        Column("unlawful", _("Unlawful absence"), Kind.HALVES),
        Column("registered_days", _("Registered days"), Kind.HALVES),
        Column("percent", _("Percent"), Kind.TENTHS),
        Column("limit", _("Limit reached, percent"), Kind.COUNT),
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            str(line.pupil),
            line.class_name,
            line.figures.unlawful,
            line.figures.possible,
            line.figures.tenths,
            line.limit,
        )
        for line in lines
    ]
    return Sheet("unlawful", _("Unlawful absence"), columns, rows)


def _last_places(counted: Period) -> QuerySet[Enrolment]:
    """Where each pupil was last in the days counted, one row a pupil; only in classes that had school then."""
    held = CalendarDay.objects.filter(is_school_day=True, day__gte=counted.since, day__lt=counted.until)
    within = Q(starts_on__lt=counted.until, until__gt=counted.since)
    within &= Q(school_class__calendar__in=held.values("calendar"))
    if counted.since == counted.until:
        within = Q(pk__in=())
    return Enrolment.objects.filter(within).order_by("pupil_id", "-until").distinct("pupil_id")


def _count(name: str, ten: Part, fifteen: Part, hides: bool, apart: bool) -> Count:
    return Count(
        name, ten.everybody, None if hides else ten.inside, None if hides or apart else fifteen.inside
    )


def _hidden(
    of_school: Mapping[int, Part],
    of_area: Mapping[int, tuple[Part, Part]],
    whole: tuple[Part, Part],
    by_area: Mapping[int, Sequence[School]],
    mode: Mode,
) -> tuple[set[tuple[str, int]], set[int]]:
    """The units whose number at 10 percent is hidden, and the areas whose number at 15 percent is as well.

    An area that is hidden hides its schools: their sum would be it. Between 10 and 15 percent are the pupils of the one number
    less the other, who may not be few either; where they are in one area, the municipality's second number is hidden too.
    """
    limit = mode.part
    hidden: set[tuple[str, int]] = set()
    areas = suppression.hidden_parts({key: ten for key, (ten, _fifteen) in of_area.items()}, whole[0], limit)
    if areas is None:
        hidden.add(("all", 0))
    for area, members in by_area.items():
        parts = {one.pk: of_school[one.pk] for one in members}
        inside = suppression.hidden_parts(parts, of_area[area][0], limit)
        if inside is None or areas is None or area in areas:
            hidden.add(("area", area))
            inside = frozenset(parts)
        hidden |= {("school", one) for one in inside}
    seconds = {key: fifteen for key, (_ten, fifteen) in of_area.items()}
    apart = suppression.hidden_parts(seconds, whole[1], limit)
    if apart is None:
        return hidden, set(of_area)
    between = {key for key, (ten, fifteen) in of_area.items() if 0 < ten.inside - fifteen.inside < limit}
    return hidden, set(apart) | between
