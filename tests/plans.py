"""Which days were closed in the plans the tests know?

Copenhagen's school plans, each exactly 200 school days: first and last school day, and the closed weekdays between.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Plan:
    """A municipal plan as it is published: `last` and the ends of `closed` are the last days inside."""

    first: date
    last: date
    closed: tuple[tuple[date, date], ...]

    @property
    def starts_on(self) -> date:
        """1 August of the school year."""
        return date(self.first.year, 8, 1)

    def closed_weekdays(self) -> list[date]:
        """Every weekday of the school year, from 1 August to 31 July, that is no school day."""
        end = date(self.first.year + 1, 8, 1)
        year = (self.starts_on + timedelta(days=n) for n in range((end - self.starts_on).days))
        return [
            day
            for day in year
            if day.weekday() < 5
            and (
                not self.first <= day <= self.last
                or any(since <= day <= until for since, until in self.closed)
            )
        ]


def _spans(year: int, *spans: tuple[int, int, int, int]) -> tuple[tuple[date, date], ...]:
    """Spans written as day, month, day, month of the school year that begins in `year`."""
    return tuple((date(year + (m1 < 8), m1, d1), date(year + (m2 < 8), m2, d2)) for d1, m1, d2, m2 in spans)


COPENHAGEN_2023 = Plan(
    date(2023, 8, 7),
    date(2024, 6, 28),
    _spans(
        2023,
        (16, 10, 20, 10),
        (18, 12, 3, 1),
        (12, 2, 16, 2),
        (25, 3, 1, 4),
        (26, 4, 26, 4),
        (1, 5, 1, 5),
        (9, 5, 10, 5),
        (20, 5, 20, 5),
        (5, 6, 5, 6),
    ),
)
COPENHAGEN_2025 = Plan(
    date(2025, 8, 11),
    date(2026, 6, 26),
    _spans(
        2025,
        (13, 10, 17, 10),
        (23, 12, 2, 1),
        (9, 2, 13, 2),
        (30, 3, 6, 4),
        (1, 5, 1, 5),
        (14, 5, 15, 5),
        (25, 5, 25, 5),
        (5, 6, 5, 6),
    ),
)
COPENHAGEN_2026 = Plan(
    date(2026, 8, 10),
    date(2027, 6, 25),
    _spans(
        2026,
        (12, 10, 16, 10),
        (21, 12, 4, 1),
        (15, 2, 19, 2),
        (22, 3, 29, 3),
        (6, 5, 7, 5),
        (17, 5, 17, 5),
    ),
)
