"""What of the data behind a frozen quarter has been disposed of since, and when?

Registers and other data go when their time is up (`keeping`), and what was frozen of them stands. Then a figure has no days
behind it any more, and drawing it again would give another one without anything having been corrected: it is said instead. The
only writer of what has gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from fravaer.core.periods import Period
from fravaer.reports.models import Disposed

REGISTERS = "absence.registers"
# Kinds of data a frozen quarter is made of.
KINDS = (REGISTERS, "cases.measure", "cases.case", "sms.message")


@dataclass(frozen=True, slots=True)
class Gone:
    """A kind of data of which some behind a period went, and when that began."""

    kind: str
    since: datetime


def note(kind: str, before: date, now: datetime) -> None:
    """Data of the kind that ended on `before` at the latest have gone."""
    if kind in KINDS:
        Disposed.objects.bulk_create([Disposed(kind=kind, before=before, at=now)], ignore_conflicts=True)


def behind(period: Period) -> list[Gone]:
    """What of the data behind the period has gone, the registers first. One query."""
    found: dict[str, datetime] = {}
    for kind, at in Disposed.objects.filter(before__gt=period.since).order_by("at").values_list("kind", "at"):
        found.setdefault(kind, at)
    return [Gone(kind, found[kind]) for kind in KINDS if kind in found]


def registers_of(periods: Iterable[Period]) -> dict[Period, datetime]:
    """Since when the registers behind each of these periods have gone, where any have. One query."""
    rows = list(Disposed.objects.filter(kind=REGISTERS).order_by("at").values_list("before", "at"))
    firsts = {period: next((at for before, at in rows if before > period.since), None) for period in periods}
    return {period: at for period, at in firsts.items() if at is not None}
