"""How is a number, a day or a time written for people?

Filters that only write: a figure arrives already cut (see `absence.percentage`), and none of them rounds, so a page
can never show another figure than the one that was compared with a limit. In English they write English.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache

from django import template
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.dateformat import time_format
from django.utils.formats import number_format
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from fravaer.core.periods import Period, Quarter, school_year_of

register = template.Library()

NOTHING = "–"
NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


def _cut(value: Decimal | int, places: int) -> Decimal:
    """A figure that has at most `places` decimals; a whole number counts the smallest unit (66 tenths are 6.6).

    Raises TypeError for floats, ValueError for a figure that nobody has cut yet.
    """
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        raise TypeError(f"{value!r} is neither a decimal nor a whole number")
    figure = Decimal(value).scaleb(-places) if isinstance(value, int) else value
    written = figure.quantize(Decimal(1).scaleb(-places))
    if written != figure:
        raise ValueError(f"{value!r} has more than {places} decimals: cut it first")
    return written


def _number(value: Decimal, places: int) -> str:
    return number_format(value, decimal_pos=places, use_l10n=True, force_grouping=True)


def _local(value: datetime | date) -> datetime | date:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value


@register.filter
def percent(value: Decimal | int | None) -> str:
    """`6,6 %` from Decimal("6.6") or from 66 tenths; a dash when there is no figure."""
    return NOTHING if value is None else _percent(get_language(), value)


# Figures are written hundreds of times on a page, and most of them more than once; 66 and Decimal(66) are not the same.
@lru_cache(maxsize=4096, typed=True)
def _percent(language: str | None, value: Decimal | int) -> str:
    # The space does not break: a lone percent sign never begins a line.
    return pgettext("a share", "%(number)s%%") % {"number": _number(_cut(value, 1), 1)}


@register.filter
def points(value: Decimal | int | None) -> str:
    """`+0,3 procentpoint`: the difference between two percentages, from a Decimal or from tenths."""
    return NOTHING if value is None else _points(get_language(), value)


@lru_cache(maxsize=4096, typed=True)
def _points(language: str | None, value: Decimal | int) -> str:
    figure = _cut(value, 1)
    sign = "+" if figure > 0 else MINUS if figure < 0 else ""
    return _("%(number)s percentage points") % {"number": sign + _number(abs(figure), 1)}


@register.filter
def points_apart(value: Decimal | int | None) -> str:
    """`0,3 procentpoint`: how far two percentages lie apart, without a sign."""
    if value is None:
        return NOTHING
    return _("%(number)s percentage points") % {"number": _number(abs(_cut(value, 1)), 1)}


@register.filter
def days2(value: Decimal | int | None) -> str:
    """`7,21`: an average number of days with two decimals, from a Decimal or from hundredths."""
    return NOTHING if value is None else _number(_cut(value, 2), 2)


@register.filter
def count(value: int | None) -> str:
    """`4.012` from 4012; a dash when there is no figure."""
    return NOTHING if value is None else number_format(value, use_l10n=True, force_grouping=True)


@register.filter
def half_days(value: int | None) -> str:
    """`3½ dage` from 7 half-days."""
    if value is None:
        return NOTHING
    whole, half = divmod(value, 2)
    number = (_number(Decimal(whole), 0) if whole or not half else "") + ("½" if half else "")
    # Half a day and one day are "1 dag"; from one and a half it is "dage".
    return ngettext("%(number)s day", "%(number)s days", 1 if value in (1, 2) else 2) % {"number": number}


@register.filter
def half_days_number(value: int | None) -> str:
    """`3,5` from 7 half-days: the number alone, for a column of a table."""
    return NOTHING if value is None else _number(Decimal(value) / 2, 1)


@register.filter
def clock(value: datetime | time | None) -> str:
    """`kl. 8.07`, in local time."""
    if value is None:
        return NOTHING
    moment = _local(value) if isinstance(value, datetime) else value
    return time_format(moment, pgettext("a time of day, in Django's letters", "G:i"))  # type: ignore[arg-type]


@register.filter
def longdate(value: date | None) -> str:
    """`tirsdag 10. marts 2026`."""
    if value is None:
        return NOTHING
    local = _local(value)
    return _longdate(get_language(), local.date() if isinstance(local, datetime) else local)


@lru_cache(maxsize=1024)
def _longdate(language: str | None, day: date) -> str:
    return date_format(day, pgettext("a day, in Django's letters", "l j F Y"))


@register.filter
def shortdate(value: date | None) -> str:
    """`08-03-2026`."""
    if value is None:
        return NOTHING
    local = _local(value)
    return _shortdate(get_language(), local.date() if isinstance(local, datetime) else local)


@lru_cache(maxsize=4096)
def _shortdate(language: str | None, day: date) -> str:
    return date_format(day, pgettext("a short day, in Django's letters", "j M Y"))


@register.filter
def day_before(value: date | None) -> date | None:
    """The last day of something that ends before `value`, for people, who say until and including."""
    return None if value is None else value - timedelta(days=1)


@register.filter
def ending(value: datetime | None) -> str:
    """`31-08-2027` for what holds until that day is over, `31-08-2027 kl. 10.00` for what ends within it."""
    if value is None:
        return NOTHING
    moment = _local(value)
    if isinstance(moment, datetime) and moment.time() == time(0):
        return shortdate(moment.date() - timedelta(days=1))
    return f"{shortdate(moment)} {clock(value)}"


@register.filter
def phone(value: str) -> str:
    """`+45 68 28 53 65`; a number of another country as it is."""
    digits = value.removeprefix("+45")
    if digits == value or len(digits) != 8 or not digits.isdigit():
        return value
    return NBSP.join(("+45", *(digits[place : place + 2] for place in range(0, 8, 2))))


@register.filter
def week(value: date | int | None) -> str:
    """`uge 7`: the ISO week of a day, or a week's number."""
    if value is None:
        return NOTHING
    return _("week %(number)d") % {"number": value if isinstance(value, int) else value.isocalendar().week}


@register.filter
def quarter(value: Quarter | date | None) -> str:
    """`1. kvartal 2026`, of a quarter or of the one a day lies in."""
    if value is None:
        return NOTHING
    return _quarter(get_language(), value if isinstance(value, Quarter) else Quarter.of(value))


@lru_cache(maxsize=1024)
def _quarter(language: str | None, asked: Quarter) -> str:
    return _("Quarter %(number)d of %(year)d") % {"number": asked.number, "year": asked.year}


@register.filter
def schoolyear(value: Period | date | None) -> str:
    """`2025/26`, of a school year or of the one a day lies in."""
    if value is None:
        return NOTHING
    since = (value if isinstance(value, Period) else school_year_of(value)).since
    return f"{since.year}/{(since.year + 1) % 100:02d}"
