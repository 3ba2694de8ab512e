"""Which dated rules are in force on a day?

The municipality's own rules, as rows. A changed limit is a new version from a date on, so that a crossing keeps the rule it
was found by and last year's lists stay as they were.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, fields
from datetime import date

from django.db.models import Q

from fravaer.cases import models, rules
from fravaer.core.periods import Period, Quarter, school_year_of, school_year_start
from fravaer.schools import schooldays

# Long before any data: the default rules have no first day of their own.
ALWAYS = date(2000, 1, 1)


class RulesDisagree(ValueError):
    """Rules of one family measure different days: nobody could say which band is the higher."""


def in_force(day: date) -> dict[str, list[models.Rule]]:
    """The enabled rules of the day by family, the lowest band first.

    Raises RulesDisagree when the rules of a family do not share their window.
    """
    found: dict[str, list[models.Rule]] = defaultdict(list)
    valid = models.Rule.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=day), valid_from__lte=day, enabled=True
    )
    for rule in valid.order_by("family", "band"):
        found[rule.family].append(rule)
    for family, members in found.items():
        if len({(rule.window, rule.window_days) for rule in members}) > 1:
            raise RulesDisagree(f"the rules of {family} do not measure the same days")
    return dict(found)


def plain(rule: models.Rule) -> rules.Rule:
    """The rule as a plain value."""
    columns = {field.name: getattr(rule, field.name) for field in fields(rules.Rule)}
    columns |= {
        "reasons": tuple(rule.reasons),
        "unit": rules.Unit(rule.unit),
        "purpose": rules.Purpose(rule.purpose),
        "tells": tuple(rule.tells),
        "window": rules.Window(rule.window),
    }
    return rules.Rule(**columns)


def measured_period(rule: models.Rule, day: date) -> Period | None:
    """The days the rule measures when it is asked about `day`, that day included; None when there are not enough yet."""
    match rule.window:
        case rules.Window.SCHOOL_YEAR:
            return Period(school_year_start(day), _after(day))
        case rules.Window.QUARTER:
            since = max(Quarter.of(day).since, school_year_start(day))
            return Period(since, _after(day))
        case _:
            return schooldays.latest(rule.window_days or 0, day, within=school_year_of(day))


def ship_defaults() -> int:
    """Add the default rules that are missing. Returns how many were added; a second call adds none.

    Migrations ship them to every installation; this brings them back where rows were emptied.
    """
    before = models.Rule.objects.count()
    models.Rule.objects.bulk_create(
        [
            models.Rule(
                **{**asdict(rule), "reasons": list(rule.reasons), "tells": list(rule.tells)},
                valid_from=ALWAYS,
            )
            for rule in rules.DEFAULTS
        ],
        ignore_conflicts=True,
    )
    return models.Rule.objects.count() - before


def _after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
