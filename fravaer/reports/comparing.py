"""What is a unit's absence set beside, and how far does it lie from it?

The same days last year first, because absence follows the seasons; or the target, the municipality or the country, as the reader
asks. Differences are between the figures as they are shown, so that who subtracts gets the same.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from fravaer.core.templatetags.danish import percent, points, points_apart
from fravaer.reports import wording
from fravaer.reports.blocks import Dashboard, Value


def mark(d: Dashboard) -> int | None:
    """What lines are set beside, in tenths, where it is the same for all of them; None where each has its own."""
    if d.asked.compare == "country":
        return d.total.country.tenths if d.total.country else None
    if d.asked.compare == "municipality":
        return (d.total.municipality or d.total.percent).shown
    return None


def heading(d: Dashboard) -> str:
    """What the column is called in which lines are set beside `mark`; "" where they are set beside last year."""
    if d.asked.compare == "country":
        year = d.total.country.school_year if d.total.country else ""
        return _("Beside the whole country %(year)s") % {"year": year}
    return _("Beside the whole municipality") if d.asked.compare == "municipality" else ""


def apart(value: Value, beside: int | None) -> int | None:
    """How far the figure lies from what it is set beside; None where either has no figure."""
    return None if value.shown is None or beside is None else value.shown - beside


def total(d: Dashboard) -> tuple[str, str]:
    """What stands below the total: what was asked to be compared with, and last year or the municipality beside it."""
    year, whole = _year(d), _municipality(d)
    if d.asked.compare == "target":
        return _target(d), year
    if d.asked.compare == "country":
        return _country(d), year
    if d.asked.compare == "municipality" and whole:
        return whole, year
    return year, whole


def hides(d: Dashboard) -> bool:
    """Whether anything on the page is hidden because it is of too few pupils."""
    rows = (*d.areas, *d.schools)
    return (
        d.total.percent.is_hidden
        or any(row.percent.is_hidden or row.over_ten.is_hidden for row in rows)
        or any(row.percent.is_hidden for row in d.years)
        or any(band.share.is_hidden for band in (*d.bands.now, *d.bands.before))
        or any(pair.with_measure.is_hidden for pair in d.measure or ())
    )


def _year(d: Dashboard) -> str:
    change, before = d.total.change, d.total.before
    if change.shown is None:
        return _("No figure for last year")
    return _("%(points)s since the same days last year (%(before)s)") % {
        "points": points(change.shown),
        "before": wording.figure(before),
    }


def _municipality(d: Dashboard) -> str:
    whole = d.total.municipality
    if whole is None or whole.shown is None:
        return ""
    return _("The whole municipality: %(percent)s") % {"percent": wording.figure(whole)}


def _target(d: Dashboard) -> str:
    distance = d.total.distance
    if distance is None:
        return _("No target")
    words = (
        _("%(points)s over the target of %(target)s")
        if distance.is_over
        else _("%(points)s under the target of %(target)s")
        if distance.is_under
        else _("On the target of %(target)s")
    )
    return words % {"points": points_apart(distance.points), "target": percent(d.total.target)}


def _country(d: Dashboard) -> str:
    country = d.total.country
    if country is None:
        return _("No figure for the whole country")
    difference = apart(d.total.percent, country.tenths)
    return _("%(points)s beside the whole country (%(year)s: %(percent)s)") % {
        "points": points(difference),
        "year": country.school_year,
        "percent": percent(country.tenths),
    }
