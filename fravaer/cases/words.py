"""How is a rule, a figure or a trend said in words?"""

from __future__ import annotations

from datetime import date

from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fravaer.cases.models import Crossing, Reading, Rule
from fravaer.cases.rules import LegalLimit, Window
from fravaer.core.periods import Quarter
from fravaer.core.templatetags.danish import percent, quarter

# A change smaller than this, in tenths of a percentage point, is nobody's trend.
UNCHANGED = 10


def band(rule: Rule) -> str:
    """What the band is called; a municipality's own band goes by its code."""
    match rule.code:
        case "early_effort":
            return _("Early effort")
        case "absence_team":
            return _("Absence team")
        case "massive":
            return _("Massive absence")
        case _:
            return str(rule.code)


def limits(rule: Rule) -> str:
    """`10–20 %`, `over 20 %` or `mindst 20 %`."""
    if rule.upper is not None:
        return _("%(lower)d–%(upper)d%%") % {"lower": rule.lower, "upper": rule.upper}
    if rule.lower_inclusive:
        return _("at least %(lower)d%%") % {"lower": rule.lower}
    return _("over %(lower)d%%") % {"lower": rule.lower}


def measured_over(rule: Rule, since: date) -> str:
    """`siden august`, `i 1. kvartal 2026` or `de sidste 20 skoledage`."""
    match rule.window:
        case Window.SCHOOL_YEAR:
            return _("since %(month)s") % {"month": date_format(since, "F")}
        case Window.QUARTER:
            return _("in %(quarter)s") % {"quarter": quarter(Quarter.of(since))}
        case _:
            return _("the last %(days)d school days") % {"days": rule.window_days}


def figure(crossing: Crossing) -> str:
    """`12,4 % siden august`, as of the latest count."""
    reading = latest(crossing)
    tenths = crossing.tenths if reading is None or reading.tenths is None else reading.tenths
    return f"{percent(tenths)} {measured_over(crossing.rule, crossing.since)}"


def rule(crossing: Crossing) -> str:
    """`regel 10–20 %`."""
    return _("rule %(limits)s") % {"limits": limits(crossing.rule)}


def latest(crossing: Crossing) -> Reading | None:
    """The crossing's reading, if a triage has counted since it was found."""
    return getattr(crossing, "reading", None)


def trend(reading: Reading | None) -> tuple[str, str]:
    """An arrow and what it says: the last twenty school days against the twenty before."""
    if reading is None or reading.trend_tenths is None:
        return "", _("too early to say")
    change = reading.trend_tenths
    shares = {"earlier": percent(reading.earlier_tenths), "recent": percent(reading.recent_tenths)}
    if change >= UNCHANGED:
        return "↗", _("rising: from %(earlier)s to %(recent)s") % shares
    if change <= -UNCHANGED:
        return "↘", _("falling: from %(earlier)s to %(recent)s") % shares
    return "→", _("steady: from %(earlier)s to %(recent)s") % shares


def days_since(since: date, day: date) -> str:
    """`12 dage`, from the day of the crossing to the day in view."""
    days = max(0, (day - since).days)
    if not days:
        return _("today")
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


def class_name(year_group: int | None, letter: str | None) -> str:
    return "–" if year_group is None else f"{year_group}.{letter}"


def legal(limit: LegalLimit | None) -> str:
    """Which of the law's limits on unlawful absence in a quarter is reached, and whose turn it is."""
    if limit is None:
        return _("Below the law's limits of 10 and 15%.")
    if limit.code == "warning":
        return _("At least 10%: the school leader warns the parents.")
    return _("At least 15%: the school leader notifies the municipality.")
