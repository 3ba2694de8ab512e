"""How far can the figures be trusted, and what is done about absence?

Registers and messages of the schools' whole roll, whatever year groups are asked for; and the work with cases as counts. A count
of few cases is hidden from those who may know no pupil, as every small number is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.utils import timezone

from fravaer.absence.tallies import rounded_tenths
from fravaer.cases import effort_figures
from fravaer.core.periods import Period
from fravaer.reports import values
from fravaer.reports.besides import Besides
from fravaer.reports.blocks import Efforts, Group, Quality, Sms, Value
from fravaer.reports.cells import Sums
from fravaer.reports.initiatives import Line
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


def efforts(
    besides: Besides,
    schools: Collection[int],
    counted: Period,
    initiatives: Iterable[Line],
    *,
    limit: int,
    frozen: effort_figures.Efforts | None = None,
) -> Efforts:
    """Block 8, as it stood when the period ended; counts above nothing and below `limit` are hidden. One query, or none of
    a frozen quarter."""
    found = frozen or effort_figures.of(schools, counted, timezone.get_current_timezone_name())
    attendance = besides.attendance_of(schools)
    lines = list(initiatives)
    few = 0 < found.contacted < limit or 0 < found.crossings - found.contacted < limit

    def count(name: str, number: int, whole: int | None = None) -> Value:
        # What is left tells as much as what is counted.
        hidden = 0 < number < limit or (whole is not None and 0 < whole - number < limit)
        return values.count(name, number, whole, hidden=hidden)

    return Efforts(
        groups=tuple(
            Group(key, str(name), count(f"efforts.{key}", getattr(found, key)))
            for key, (name, _stages) in effort_figures.GROUPS.items()
        ),
        first_contact=Value(
            "efforts.first_contact",
            None if found.median_days is None or few else 100 * found.median_days,
            unit="hundredths",
            method="median",
            part=None if few else found.contacted,
            whole=None if few else found.crossings,
            is_hidden=few,
        ),
        planned=_planned(found, limit),
        overdue=count("efforts.overdue", found.overdue),
        closed=count("efforts.closed", found.closed),
        better_attendance=count("efforts.better_attendance", attendance.better, attendance.told),
        better_attachment=count("efforts.better_attachment", found.attached, found.read),
        initiatives_open=values.count("efforts.initiatives_open", sum(line.is_open for line in lines)),
        initiatives_settled=values.count(
            "efforts.initiatives_settled", sum(not line.is_open for line in lines)
        ),
    )


def _planned(found: effort_figures.Efforts, limit: int) -> Value:
    few = 0 < found.planned < limit or 0 < found.crossings - found.planned < limit
    value = Value(
        "efforts.planned",
        rounded_tenths(found.planned, found.crossings),
        method="count",
        part=found.planned,
        whole=found.crossings,
    )
    return value.hidden() if few else value
