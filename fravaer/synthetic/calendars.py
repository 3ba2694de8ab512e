"""On which days is there school in a municipality that does not exist?

In the school years whose plan Copenhagen published, as planned there; in any other by the same custom: summer from the last
Saturday of June, weeks 42 and 7, Christmas, the week before Easter, the public holidays, and the first school day such that
there are exactly 200.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from fravaer.core.periods import school_year_start

SCHOOL_DAYS = 200
SATURDAY = 5

SUMMER = "Sommerferie"
AUTUMN = "Efterårsferie"
CHRISTMAS = "Juleferie"
WINTER = "Vinterferie"
EASTER = "Påskeferie"
PRAYER = "Store bededag"
MAY_DAY = "1. maj"
ASCENSION = "Kristi himmelfartsferie"
WHITSUN = "2. pinsedag"
CONSTITUTION = "Grundlovsdag"

# First and last school day and what is closed between them, by the year in which the school year begins.
PUBLISHED: dict[int, tuple[date, date, list[tuple[str, date, date]]]] = {
    2023: (
        date(2023, 8, 7),
        date(2024, 6, 28),
        [
            (AUTUMN, date(2023, 10, 16), date(2023, 10, 20)),
            (CHRISTMAS, date(2023, 12, 18), date(2024, 1, 3)),
            (WINTER, date(2024, 2, 12), date(2024, 2, 16)),
            (EASTER, date(2024, 3, 25), date(2024, 4, 1)),
            (PRAYER, date(2024, 4, 26), date(2024, 4, 26)),
            (MAY_DAY, date(2024, 5, 1), date(2024, 5, 1)),
            (ASCENSION, date(2024, 5, 9), date(2024, 5, 10)),
            (WHITSUN, date(2024, 5, 20), date(2024, 5, 20)),
            (CONSTITUTION, date(2024, 6, 5), date(2024, 6, 5)),
        ],
    ),
    2025: (
        date(2025, 8, 11),
        date(2026, 6, 26),
        [
            (AUTUMN, date(2025, 10, 13), date(2025, 10, 17)),
            (CHRISTMAS, date(2025, 12, 23), date(2026, 1, 2)),
            (WINTER, date(2026, 2, 9), date(2026, 2, 13)),
            (EASTER, date(2026, 3, 30), date(2026, 4, 6)),
            (MAY_DAY, date(2026, 5, 1), date(2026, 5, 1)),
            (ASCENSION, date(2026, 5, 14), date(2026, 5, 15)),
            (WHITSUN, date(2026, 5, 25), date(2026, 5, 25)),
            (CONSTITUTION, date(2026, 6, 5), date(2026, 6, 5)),
        ],
    ),
    2026: (
        date(2026, 8, 10),
        date(2027, 6, 25),
        [
            (AUTUMN, date(2026, 10, 12), date(2026, 10, 16)),
            (CHRISTMAS, date(2026, 12, 21), date(2027, 1, 4)),
            (WINTER, date(2027, 2, 15), date(2027, 2, 19)),
            (EASTER, date(2027, 3, 22), date(2027, 3, 29)),
            (ASCENSION, date(2027, 5, 6), date(2027, 5, 7)),
            (WHITSUN, date(2027, 5, 17), date(2027, 5, 17)),
        ],
    ),
}


def closed_days(year: int) -> dict[date, str]:
    """The weekdays without school, each with its reason, in the school year that begins on 1 August `year`."""
    starts_on, ends_on = date(year, 8, 1), date(year + 1, 7, 31)
    if year in PUBLISHED:
        first, last, closures = PUBLISHED[year]
    else:
        closures = _customary(year)
        last = _last_day(year)
        first = _first_day(last, _days(closures))
    spans = [
        (SUMMER, starts_on, first - timedelta(days=1)),
        *closures,
        (SUMMER, last + timedelta(days=1), ends_on),
    ]
    return _days(spans)


def school_days(year: int) -> list[date]:
    """The school days of the school year that begins on 1 August `year`, in order."""
    closed = closed_days(year)
    weekdays = (day for day in _between(date(year, 8, 1), date(year + 1, 7, 31)) if day.weekday() < SATURDAY)
    return [day for day in weekdays if day not in closed]


def latest_school_day(today: date) -> date:
    """The latest school day up to `today`."""
    year = school_year_start(today).year
    days = [day for before in (year - 1, year) for day in school_days(before)]
    return max(day for day in days if day <= today)


def easter_sunday(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, by the computation of Meeus, Jones and Butcher."""
    golden, century, of_century = year % 19, year // 100, year % 100
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - correction + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def _customary(year: int) -> list[tuple[str, date, date]]:
    after = year + 1
    easter = easter_sunday(after)
    autumn, winter = date.fromisocalendar(year, 42, 1), date.fromisocalendar(after, 7, 1)
    closures = [
        (AUTUMN, autumn, autumn + timedelta(days=4)),
        (CHRISTMAS, date(year, 12, 23), date(after, 1, 2)),
        (WINTER, winter, winter + timedelta(days=4)),
        (EASTER, easter - timedelta(days=6), easter + timedelta(days=1)),
        (MAY_DAY, date(after, 5, 1), date(after, 5, 1)),
        (ASCENSION, easter + timedelta(days=39), easter + timedelta(days=40)),
        (WHITSUN, easter + timedelta(days=50), easter + timedelta(days=50)),
        (CONSTITUTION, date(after, 6, 5), date(after, 6, 5)),
    ]
    # The fourth Friday after Easter was a public holiday for the last time in 2023.
    if after <= 2023:
        prayer = easter + timedelta(days=26)
        closures.append((PRAYER, prayer, prayer))
    return closures


def _last_day(year: int) -> date:
    """The day before the last Saturday of June."""
    end = date(year + 1, 6, 30)
    return end - timedelta(days=(end.weekday() - SATURDAY) % 7 + 1)


def _first_day(last: date, closed: dict[date, str]) -> date:
    day, left = last, SCHOOL_DAYS
    while True:
        left -= day.weekday() < SATURDAY and day not in closed
        if left == 0:
            return day
        day -= timedelta(days=1)


def _days(spans: list[tuple[str, date, date]]) -> dict[date, str]:
    return {
        day: reason
        for reason, first, last in spans
        for day in _between(first, last)
        if day.weekday() < SATURDAY
    }


def _between(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)
