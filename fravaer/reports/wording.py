"""How are a quarter's figures, units and reasons said in words?

The same words in a table, under a chart, beside an explanation and in a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from fravaer.core.periods import Quarter, SchoolYear
from fravaer.core.templatetags.danish import (
    NOTHING,
    count,
    days2,
    percent,
    points,
    points_apart,
    quarter,
)
from fravaer.reports.blocks import Pair, SchoolRow, Value
from fravaer.reports.targets import Distance

# Not to be told, as Danish statistics write it.
HIDDEN = ".."

REASONS: Mapping[str, Promise] = {
    "illness": gettext_lazy("Illness"),
    "leave": gettext_lazy("Leave"),
    "unlawful": gettext_lazy("Unlawful absence"),
    "pending": gettext_lazy("No reason yet"),
}
SHORT_REASONS: Mapping[str, Promise] = {
    "illness": gettext_lazy("Illness"),
    "leave": gettext_lazy("Leave"),
    "unlawful": pgettext_lazy("absence, in a narrow column", "Unlawful"),
    "pending": pgettext_lazy("absence, in a narrow column", "No reason"),
}
STAGES: Mapping[str, Promise] = {
    "0-3": gettext_lazy("Year groups 0 to 3 (lower stage)"),
    "4-6": gettext_lazy("Year groups 4 to 6 (middle stage)"),
    "7-10": gettext_lazy("Year groups 7 to 10 (upper stage)"),
}
SHORT_STAGES: Mapping[str, Promise] = {
    "0-3": gettext_lazy("Lower stage"),
    "4-6": gettext_lazy("Middle stage"),
    "7-10": gettext_lazy("Upper stage"),
}
COMPARES: Mapping[str, Promise] = {
    "year": gettext_lazy("The same days last year"),
    "target": gettext_lazy("The target"),
    "municipality": gettext_lazy("The whole municipality"),
    "country": gettext_lazy("The whole country"),
}
METHODS: Mapping[str, Promise] = {
    "days": gettext_lazy("Days"),
    "ministry": gettext_lazy("The ministry's"),
}
# How any figure is counted: by a method, or plainly.
COUNTED: Mapping[str, Promise] = {
    **METHODS,
    "median": gettext_lazy("Median"),
    "count": pgettext_lazy("how many", "Number"),
}


WRITTEN: Mapping[str, Callable[[int], str]] = {
    "tenths": percent,
    "hundredths": days2,
    "count": count,
    "points": points,
}


def figure(value: Value) -> str:
    """The figure as it is written everywhere: `6,6 %`, `7,21`, `4.012`, `+0,3 procentpoint`, `..` or a dash."""
    if value.is_hidden:
        return HIDDEN
    return NOTHING if value.shown is None else written(get_language(), value.unit, value.shown)


# A page writes hundreds of figures, and most of them more than once.
@lru_cache(maxsize=8192)
def written(language: str | None, unit: str, shown: int) -> str:
    """The number in its unit, in the language that is spoken now."""
    return WRITTEN[unit](shown)


def period(name: Quarter | SchoolYear) -> str:
    """`1. kvartal 2026` or `Skoleåret 2025/26`."""
    if isinstance(name, Quarter):
        return quarter(name)
    return _("The school year %(year)s") % {"year": school_year(name)}


def school_year(name: SchoolYear) -> str:
    """`2025/26`."""
    return f"{name.year}/{(name.year + 1) % 100:02d}"


def short_quarter(name: Quarter, *, with_year: bool) -> str:
    """`1. kv.`, with its year on a line below, as it stands under a chart."""
    words = pgettext("a quarter, short", "Q%(number)d") % {"number": name.number}
    return f"{words}\n{name.year}" if with_year else words


def year_earlier(name: Quarter | SchoolYear) -> Quarter | SchoolYear:
    """The quarter or school year that lies a year back."""
    return Quarter(name.year - 1, name.number) if isinstance(name, Quarter) else name.previous()


def year_group(number: int) -> str:
    """`7. klasse`."""
    return _("Year group %(number)d") % {"number": number}


def years(code: str) -> str:
    """The year groups of an address: all, a stage, or one."""
    return _years(get_language(), code)


@lru_cache(maxsize=1024)
def _years(language: str | None, code: str) -> str:
    if not code:
        return _("All year groups")
    if code in STAGES:
        return str(STAGES[code])
    first, _separator, last = code.partition("-")
    if not last:
        return year_group(int(first))
    return _("Year groups %(first)s to %(last)s") % {"first": first, "last": last}


def band(name: str) -> str:
    """`10-20 %`, or of the last one `Over 60 %`; of bands told together `Over 20 %` or `10 % or more`."""
    first, _separator, last = name.partition("-")
    if last == "100" and first == "10":
        return _("10 percent or more")
    if last == "100":
        return _("Over %(limit)s%%") % {"limit": first}
    return pgettext("a band of shares", "%(limits)s%%") % {"limits": name.replace("-", "\N{EN DASH}")}


def distance(found: Distance) -> str:
    """How far a figure lies from its target, and what that is in days a week."""
    if not found.points:
        return _("on the target")
    apart = {"points": points_apart(found.points)}
    if found.is_under:
        return _("%(points)s under the target") % apart
    said = _("%(points)s over the target") % apart
    if not found.days:
        return said
    reaching = ngettext(
        "(reaching it is about %(days)s absent day fewer a week)",
        "(reaching it is about %(days)s absent days fewer a week)",
        found.days,
    )
    return f"{said} {reaching % {'days': count(found.days)}}"


def row(line: SchoolRow) -> str:
    """What a line of a table is called."""
    return year_group(int(line.name)) if line.kind == "year_group" else line.name


def group(pair: Pair) -> str:
    """Whose pupils are set side by side."""
    if pair.kind == "stage":
        return str(STAGES.get(pair.name, pair.name))
    return pair.name or _("The whole municipality")
