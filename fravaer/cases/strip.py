"""Which days of the school year was the child away, at a glance, and how near is the law's limit?

A letter a day, so that it prints and needs no colour; and the quarter's clock of unlawful absence against all the school days
the quarter holds (order on pupils' absence in the Folkeskole, in force 1 January 2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from fravaer.absence import history
from fravaer.absence.reasons import Reason
from fravaer.absence.tallies import cut_tenths
from fravaer.cases import forecasts
from fravaer.core.periods import Period, Quarter, school_year_of
from fravaer.schools import schooldays

LETTERS = {Reason.PENDING: "A", Reason.ILLNESS: "S", Reason.LEAVE: "F", Reason.UNLAWFUL: "U"}
PRESENT = "·"
UNTAKEN = "?"


@dataclass(frozen=True, slots=True)
class Cell:
    """One school day: its letter, small for half a day, and what the letter's colour is."""

    day: date
    letter: str
    kind: str


@dataclass(frozen=True, slots=True)
class Month:
    first: date
    cells: tuple[Cell, ...]


def months(pupil_id: int, day: date) -> list[Month]:
    """The school year's months up to `day`, each with the pupil's school days. One query."""
    period = Period(school_year_of(day).since, day + timedelta(days=1))
    cells = [_cell(one) for one in reversed(history.days(pupil_id, period))]
    return [
        Month(first, tuple(of_month))
        for first, of_month in groupby(cells, key=lambda cell: cell.day.replace(day=1))
    ]


def _cell(one: history.Day) -> Cell:
    if one.absent and one.reason is not None:
        letter = LETTERS[one.reason]
        return Cell(one.day, letter if one.absent > 1 else letter.lower(), one.reason.name.lower())
    return Cell(one.day, UNTAKEN, "untaken") if one.unknown else Cell(one.day, PRESENT, "present")


@dataclass(frozen=True, slots=True)
class Box:
    """The quarter's clock: unlawful half-days of the possible so far with their percent in tenths, the school days of the
    quarter that are left, and for each of the law's percents how many half-days more reach it (0: reached, None: unknown).
    """

    quarter: Quarter
    unlawful: int
    possible: int
    tenths: int | None
    days_left: int
    limits: tuple[tuple[int, int | None], ...]


def box(pupil_id: int, day: date) -> Box:
    """The quarter's clock of the pupil on `day`."""
    quarter = Quarter.of(day)
    counted = forecasts.of([pupil_id], day)[pupil_id]
    ahead = Period(min(day + timedelta(days=1), quarter.period.until), quarter.period.until)
    spent = counted.quarter
    return Box(
        quarter,
        spent.unlawful,
        spent.possible,
        cut_tenths(spent.unlawful, spent.possible) if spent.possible else None,
        len(schooldays.of_pupils([pupil_id], ahead)[pupil_id]),
        tuple(zip(forecasts.LEGAL_PERCENTS, counted.unlawful_left, strict=True)),
    )
