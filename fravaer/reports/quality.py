"""How far can the figures be trusted, and what is done about absence?

Registers and messages of the schools' whole roll, whatever year groups are asked for; and the work with cases as counts. A count
of few cases is hidden from those who may know no pupil, and others from which it could be found (`withholding`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property

from fravaer.absence.tallies import rounded_tenths
from fravaer.cases import effort_figures
from fravaer.cases.effort_figures import Attendance
from fravaer.reports import values
from fravaer.reports.besides import Besides
from fravaer.reports.blocks import Efforts, Group, Quality, Sms, Value
from fravaer.reports.cells import Sums
from fravaer.reports.initiatives import Line
from fravaer.reports.units import OWN, Key
from fravaer.reports.withholding import Counts, withheld
from fravaer.sms.figures import FEW


def quality(besides: Besides, schools: Collection[int], sums: Sums, *, is_own: bool, hidden: bool) -> Quality:
    """Block 7, of these schools; `sums` are their cells'."""
    registers = besides.registers_of(schools)
    messages = besides.messages_of(schools)
    few = 0 < messages.pupils < FEW and not is_own
    days = messages.classes * besides.school_days
    rate = (100 * messages.sent) // days if days else None
    return Quality(
        coverage=values.coverage("quality.coverage", sums, hidden=hidden),
        due=values.count("quality.due", registers.due),
        taken=values.count("quality.taken", registers.taken, registers.due),
        missing=values.count("quality.missing", registers.due - registers.taken, registers.due),
        timely=timely("quality.timely", registers.timely, registers.mornings),
        pending=values.count("quality.pending", registers.pending),
        sms=Sms(
            classes=values.count("sms.classes", messages.classes, hidden=few),
            sent=values.count("sms.sent", messages.sent, hidden=few),
            delivered=values.count("sms.delivered", messages.delivered, messages.sent, hidden=few),
            failed=values.count("sms.failed", messages.failed, messages.sent, hidden=few),
            per_class_and_day=Value(
                "sms.per_class_and_day",
                None if few else rate,
                unit="hundredths",
                method="count",
                part=None if few else messages.sent,
                whole=None if few else days,
                is_hidden=few,
            ),
        ),
        is_low=values.is_low(sums.tally),
    )


def timely(name: str, in_time: int, mornings: int) -> Value:
    """Of the morning's registers that were due, the share taken by the school's own deadline."""
    return Value(name, rounded_tenths(in_time, mornings), method="count", part=in_time, whole=mornings)


def efforts(work: Work, place: Key, schools: Collection[int], initiatives: Iterable[Line]) -> Efforts:
    """Block 8 of a place with these schools, as it stood when the period ended."""
    found, better = work.of(schools)
    lines = list(initiatives)

    def count(name: str, kind: str, number: int, whole: int | None = None) -> Value:
        return values.count(f"efforts.{name}", number, whole, hidden=work.hides(kind, place, schools))

    few = work.hides("crossings", place, schools)
    planned = Value(
        "efforts.planned",
        rounded_tenths(found.planned, found.crossings),
        method="count",
        part=found.planned,
        whole=found.crossings,
    )
    first_contact = Value(
        "efforts.first_contact",
        None if found.median_days is None else 100 * found.median_days,
        unit="hundredths",
        method="median",
        part=found.contacted,
        whole=found.crossings,
    )
    return Efforts(
        groups=tuple(
            Group(key, str(name), count(key, key, getattr(found, key)))
            for key, (name, _stages) in effort_figures.GROUPS.items()
        ),
        first_contact=first_contact.hidden() if few else first_contact,
        planned=planned.hidden() if few else planned,
        overdue=count("overdue", "overdue", found.overdue),
        closed=count("closed", "closed", found.closed),
        better_attendance=count("better_attendance", "attendance", better.better, better.told),
        better_attachment=count("better_attachment", "attachment", found.attached, found.read),
        initiatives_open=values.count("efforts.initiatives_open", sum(line.is_open for line in lines)),
        initiatives_settled=values.count(
            "efforts.initiatives_settled", sum(not line.is_open for line in lines)
        ),
    )


# What is counted, and what is told together with it: what is left of a whole tells as much as what is counted.
KINDS: Mapping[str, Callable[[effort_figures.Efforts, Attendance], Counts]] = {
    "early": lambda one, _better: (one.early,),
    "team": lambda one, _better: (one.team,),
    "youth": lambda one, _better: (one.youth,),
    "overdue": lambda one, _better: (one.overdue,),
    "closed": lambda one, _better: (one.closed,),
    "attendance": lambda _one, better: (better.better, better.told - better.better),
    "attachment": lambda one, _better: (one.attached, one.read - one.attached),
    "crossings": lambda one, _better: (
        one.contacted,
        one.crossings - one.contacted,
        one.planned,
        one.crossings - one.planned,
    ),
}


class Work:
    """The work with cases at every school of the municipality, and which of its counts a reader may not have.

    What is hidden is the same for everybody; a `limit` of 0 hides nothing, for those who work with the children.
    """

    def __init__(self, drawn: Besides, limit: int) -> None:
        self.drawn, self.limit = drawn, limit
        self.hidden: dict[str, frozenset[Key]] = {}

    def of(self, schools: Iterable[int]) -> tuple[effort_figures.Efforts, Attendance]:
        wanted = list(schools)
        return self.drawn.efforts_of(wanted), self.drawn.attendance_of(wanted)

    @cached_property
    def _worked(self) -> dict[int, tuple[effort_figures.Efforts, Attendance]]:
        """The work of every school that has any."""
        efforts, attendance = self.drawn.efforts, self.drawn.attendance
        none, nobody = effort_figures.Efforts(), Attendance()
        return {
            school: (efforts.get(school, none), attendance.get(school, nobody))
            for school in efforts.keys() | attendance.keys()
        }

    def hides(self, kind: str, place: Key, schools: Collection[int]) -> bool:
        """Whether what is counted of the place with these schools is hidden."""
        if not self.limit:
            return False
        if kind not in self.hidden:
            count = KINDS[kind]
            rows = {school: count(*pair) for school, pair in self._worked.items()}
            # Of a kind most schools have nothing, which hides nothing and can tell of nobody.
            counts = {school: row for school, row in rows.items() if any(row)}
            self.hidden[kind] = withheld(counts, self.drawn.area_of, self.limit)
        places: list[Key] = [("school", school) for school in schools] if place == OWN else [place]
        return any(one in self.hidden[kind] for one in places)
