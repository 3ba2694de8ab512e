"""How does a group of pupils become a figure that can be explained?

Percentages and days come from the sums' own tallies (`absence.tallies`): a group's percent is rounded half up to tenths, days a
pupil to hundredths, coverage is cut. Here they only get a name, the real numbers of their formula, and are taken away again
where they may not be told.
"""

from __future__ import annotations

from fravaer.absence.tallies import GroupTally, Tally, rounded_tenths
from fravaer.reports.blocks import Value
from fravaer.reports.cells import Counted, Reach, Sums

# Below this coverage (tenths of a percent) a rate is shown in grey with a warning: too many registers are missing.
LOW_COVERAGE_TENTHS = 950


def is_low(tally: Tally) -> bool:
    coverage = tally.coverage_tenths
    return coverage is not None and coverage < LOW_COVERAGE_TENTHS


def percent(name: str, sums: Sums, *, absent: int | None = None, hidden: bool = False) -> Value:
    """Absent of possible half-days; `absent` where it is of one reason alone."""
    part = sums.tally.absent if absent is None else absent
    return _value(
        Value(
            name,
            rounded_tenths(part, sums.tally.possible),
            part=part,
            whole=sums.tally.possible,
            pupils=sums.pupils,
            coverage=sums.tally.coverage_tenths,
            is_uncertain=is_low(sums.tally),
        ),
        hidden,
    )


def point(sums: Sums) -> tuple[int | None, bool]:
    """What `percent` shows, and whether that is uncertain: of a line that is all."""
    return rounded_tenths(sums.tally.absent, sums.tally.possible), is_low(sums.tally)


def days(name: str, sums: Sums, *, absent: int | None = None, hidden: bool = False) -> Value:
    """Absent days a pupil: `part` in half-days, `whole` in pupils."""
    part = sums.tally.absent if absent is None else absent
    return _value(
        Value(
            name,
            GroupTally(Tally(illness=part), sums.pupils).days_hundredths,
            unit="hundredths",
            part=part,
            whole=sums.pupils,
            pupils=sums.pupils,
            coverage=sums.tally.coverage_tenths,
            is_uncertain=is_low(sums.tally),
        ),
        hidden,
    )


def ministry(name: str, sums: Sums, *, hidden: bool = False) -> Value:
    """The mean of the pupils' percentages weighted by months: `part` in billionths of a pupil-month, `whole` in pupil-months."""
    return _value(
        Value(
            name,
            sums.ministry_tenths,
            method="ministry",
            part=sums.weighted,
            whole=sums.months,
            pupils=sums.pupils,
            coverage=sums.tally.coverage_tenths,
            is_uncertain=is_low(sums.tally),
        ),
        hidden,
    )


def median(name: str, of: Counted, sums: Sums, *, hidden: bool = False) -> Value:
    """The middle pupil's percent, of the pupils who have one (`pupils`)."""
    return _value(
        Value(
            name,
            None if of.middle is None else of.middle // 2,
            method="median",
            pupils=sum(of.banded),
            coverage=sums.tally.coverage_tenths,
            is_uncertain=is_low(sums.tally),
        ),
        hidden,
    )


def share(name: str, reach: Reach, sums: Sums, *, hidden: bool = False) -> Value:
    """Pupils of pupils, in tenths of a percent rounded half up."""
    return _value(
        Value(
            name,
            rounded_tenths(reach.over_ten, reach.pupils),
            method="count",
            part=reach.over_ten,
            whole=reach.pupils,
            pupils=reach.pupils,
            coverage=sums.tally.coverage_tenths,
            is_uncertain=is_low(sums.tally),
        ),
        hidden,
    )


def count(name: str, number: int, whole: int | None = None, *, hidden: bool = False) -> Value:
    return _value(Value(name, number, unit="count", method="count", part=number, whole=whole), hidden)


def coverage(name: str, sums: Sums, *, hidden: bool = False) -> Value:
    """Possible of due half-days, cut."""
    return _value(
        Value(
            name,
            sums.tally.coverage_tenths,
            method="count",
            part=sums.tally.possible,
            whole=sums.tally.due,
            pupils=sums.pupils,
            coverage=sums.tally.coverage_tenths,
            is_uncertain=is_low(sums.tally),
        ),
        hidden,
    )


def change(name: str, now: Value, before: Value) -> Value:
    """The difference of two figures as they are shown, so that a reader who subtracts gets the same."""
    known = now.shown is not None and before.shown is not None
    return Value(
        name,
        now.shown - before.shown if now.shown is not None and before.shown is not None else None,
        unit="points",
        method=now.method,
        part=now.shown if known else None,
        whole=before.shown if known else None,
        is_uncertain=now.is_uncertain or before.is_uncertain,
        is_hidden=now.is_hidden or before.is_hidden,
    )


def _value(value: Value, hidden: bool) -> Value:
    return value.hidden() if hidden else value
