"""What belongs to a period beside its absence, and is drawn with it?

By school: registers due, taken and in time; messages as the Copenhagen status of 2016 counts them; the work with cases, and
whether children whose cases were closed were away less in the end. Drawn with the cells, so that a page reads it whatever its
size, and a frozen quarter keeps it. And the area each school lay in, which a school may leave.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, astuple, dataclass
from typing import Any

from django.utils import timezone

from fravaer.absence import punctuality
from fravaer.absence.punctuality import Registers
from fravaer.cases import effort_figures
from fravaer.cases.effort_figures import Attendance, Efforts
from fravaer.core.periods import Period
from fravaer.reports.models import Draw
from fravaer.schools import schooldays
from fravaer.schools.models import School
from fravaer.sms import figures as sms

Written = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Messages:
    """Messages of some schools: classes that use them, sent, delivered, failed; `pupils` were written about."""

    classes: int = 0
    pupils: int = 0
    sent: int = 0
    delivered: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Besides:
    """What was drawn beside the cells."""

    area_of: Mapping[int, int]
    registers: Mapping[int, Registers]
    messages: Mapping[int, Messages]
    attendance: Mapping[int, Attendance]
    efforts: Mapping[int, Efforts]
    school_days: int

    def registers_of(self, schools: Iterable[int]) -> Registers:
        found = [self.registers[key] for key in schools if key in self.registers]
        # Most ask for one school.
        return found[0] if len(found) == 1 else Registers(*_added(map(astuple, found)))

    def messages_of(self, schools: Iterable[int]) -> Messages:
        return Messages(*_added(astuple(self.messages[key]) for key in schools if key in self.messages))

    def efforts_of(self, schools: Iterable[int]) -> Efforts:
        return sum((self.efforts[key] for key in schools if key in self.efforts), Efforts())

    def attendance_of(self, schools: Iterable[int]) -> Attendance:
        return Attendance(*_added(astuple(self.attendance[key]) for key in schools if key in self.attendance))


def draw(period: Period) -> Written:
    """Count it, as JSON holds it. The period ends with the day of counting."""
    area_of = dict(School.objects.values_list("pk", "area_id"))
    schools, zone = list(area_of), timezone.get_current_timezone_name()
    messages = sms.of(schools, period).schools
    return {
        "areas": {str(school): area for school, area in area_of.items()},
        "registers": _written(punctuality.of_schools(schools, period, zone)),
        "messages": _written(
            {
                school: Messages(one.classes, one.pupils, one.sent, one.delivered, one.failed)
                for school, one in messages.items()
            }
        ),
        "attendance": _written(effort_figures.attendance(schools, period, zone)),
        "efforts": {
            str(school): as_json(one)
            for school, one in effort_figures.by_school(schools, period, zone).items()
        },
        "school_days": schooldays.municipal_days(period),
    }


def of(draw_id: int) -> Besides:
    """What was drawn. One query."""
    return read(Draw.objects.values_list("sums", flat=True).get(pk=draw_id))


def read(written: Mapping[str, Any]) -> Besides:
    """What `draw` wrote."""
    return Besides(
        area_of={int(school): area for school, area in written["areas"].items()},
        registers={int(key): Registers(*one) for key, one in written["registers"].items()},
        messages={int(key): Messages(*one) for key, one in written["messages"].items()},
        attendance={int(key): Attendance(*one) for key, one in written["attendance"].items()},
        efforts={int(key): _efforts(one) for key, one in written.get("efforts", {}).items()},
        school_days=written["school_days"],
    )


def as_json(efforts: Efforts) -> Written:
    """As JSON gives it back."""
    return {**asdict(efforts), "waited": [list(one) for one in efforts.waited]}


def _efforts(written: Mapping[str, Any]) -> Efforts:
    waited = tuple((days, pupils) for days, pupils in written["waited"])
    return Efforts(**{**written, "waited": waited})


def _written(found: Mapping[int, Any]) -> dict[str, list[int]]:
    return {str(school): list(astuple(one)) for school, one in found.items()}


def _added(rows: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*rows, strict=True)))
