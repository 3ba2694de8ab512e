"""Which days does a quarter, a school year or any other span of time hold?

Plain values without Django: half-open spans of dates (`until` is the first day outside). Quarters are calendar quarters
and school years run from 1 August to 31 July (order on pupils' absence in the Folkeskole, in force 1 January 2020).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The days from `since` up to, and without, `until`."""

    since: date
    until: date

    def __post_init__(self) -> None:
        if self.until < self.since:
            raise ValueError(f"a period cannot end ({self.until}) before it begins ({self.since})")

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.since <= day < self.until

    def days(self) -> Iterator[date]:
        day = self.since
        while day < self.until:
            yield day
            day += timedelta(days=1)

    def clipped(self, other: Period) -> Period | None:
        """The days in both, or None when there are none."""
        since, until = max(self.since, other.since), min(self.until, other.until)
        return Period(since, until) if since < until else None

    def whole_months(self) -> tuple[date, date]:
        """First days of the first whole month inside and of the month after the last; equal when there is none."""
        first = self.since if self.since.day == 1 else next_month(self.since)
        last = self.until.replace(day=1)
        return (first, last) if first < last else (self.since, self.since)


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A calendar quarter, 1–4 of a year."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= 4 or not 1900 <= self.year <= 9998:
            raise ValueError(f"there is no quarter {self.number} of {self.year}")

    @classmethod
    def of(cls, day: date) -> Quarter:
        return cls(day.year, (day.month - 1) // 3 + 1)

    @classmethod
    def parse(cls, text: str) -> Quarter:
        """The quarter written as `2026K1`. Raises ValueError for anything else."""
        year, separator, number = text.partition("K")
        if not (separator and len(year) == 4 and len(number) == 1 and (year + number).isascii()):
            raise ValueError(f"{text!r} is not a quarter")
        return cls(int(year), int(number))

    def __str__(self) -> str:
        return f"{self.year}K{self.number}"

    @property
    def period(self) -> Period:
        return Period(self.since, next_month(date(self.year, 3 * self.number, 1)))

    @property
    def since(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    def next(self) -> Quarter:
        return Quarter(self.year + 1, 1) if self.number == 4 else Quarter(self.year, self.number + 1)

    def previous(self) -> Quarter:
        return Quarter(self.year - 1, 4) if self.number == 1 else Quarter(self.year, self.number - 1)


@dataclass(frozen=True, slots=True, order=True)
class SchoolYear:
    """A school year by the year it begins in: 2025 is 2025/26, from 1 August to 31 July."""

    year: int

    def __post_init__(self) -> None:
        if not 1900 <= self.year <= 9997:
            raise ValueError(f"there is no school year {self.year}")

    @classmethod
    def of(cls, day: date) -> SchoolYear:
        return cls(school_year_start(day).year)

    @classmethod
    def parse(cls, text: str) -> SchoolYear:
        """The school year written as `2025-26`. Raises ValueError for anything else."""
        since, separator, until = text.partition("-")
        if not (separator and len(since) == 4 and len(until) == 2 and (since + until).isdecimal()):
            raise ValueError(f"{text!r} is not a school year")
        if not text.isascii() or (int(since) + 1) % 100 != int(until):
            raise ValueError(f"{text!r} is not a school year")
        return cls(int(since))

    def __str__(self) -> str:
        return f"{self.year}-{(self.year + 1) % 100:02d}"

    @property
    def period(self) -> Period:
        return Period(self.since, date(self.year + 1, 8, 1))

    @property
    def since(self) -> date:
        return date(self.year, 8, 1)

    def next(self) -> SchoolYear:
        return SchoolYear(self.year + 1)

    def previous(self) -> SchoolYear:
        return SchoolYear(self.year - 1)


def next_month(day: date) -> date:
    """The first day of the month after the one `day` lies in."""
    return date(day.year + 1, 1, 1) if day.month == 12 else date(day.year, day.month + 1, 1)


def school_year_start(day: date) -> date:
    """1 August of the school year that `day` lies in."""
    return date(day.year if day.month >= 8 else day.year - 1, 8, 1)


def school_year_of(day: date) -> Period:
    """The school year that `day` lies in."""
    since = school_year_start(day)
    return Period(since, date(since.year + 1, 8, 1))


def a_year_before(period: Period) -> Period:
    """The same dates a year earlier; 29 February becomes the 28th."""
    return Period(_year_before(period.since), _year_before(period.until))


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return date(day.year - 1, 2, 28)
