"""Which dated rules are in force on a day?

The municipality's own rules, as rows. A changed limit is a new version from a date on, so that a crossing keeps the rule it
was found by and last year's lists stay as they were. Two persons change them (`cases.proposals`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import asdict, fields
from datetime import date

from django.db.models import Max, Q, QuerySet

from fravaer.cases import models, rules, rulesets
from fravaer.core.periods import Period, Quarter, school_year_of, school_year_start
from fravaer.schools import schooldays

# Long before any data: the rules that came with the product have no first day of their own.
ALWAYS = date(2000, 1, 1)
# What the rules of a family have in common; else nobody could say which band is the higher.
SHARED = ("window", "window_days", "unit", "reasons", "school_id", "purpose")


class RulesDisagree(ValueError):
    """Rules of one family measure different things: nobody could say which band is the higher."""


def in_force(day: date, purpose: rules.Purpose | None = None) -> dict[str, list[models.Rule]]:
    """The enabled rules of the day by family, the lowest band first; all of them, or those of one purpose.

    Raises RulesDisagree when the rules of a family do not share their window, unit, reasons, school and purpose.
    """
    found: dict[str, list[models.Rule]] = defaultdict(list)
    for rule in standing(day).order_by("family", "band"):
        found[rule.family].append(rule)
    for family, members in found.items():
        if len({shared(rule) for rule in members}) > 1:
            raise RulesDisagree(f"the rules of {family} do not measure the same")
    return {
        family: members
        for family, members in found.items()
        if purpose is None or members[0].purpose == purpose
    }


def shared(rule: models.Rule | rules.Rule, school_id: int | None = None) -> tuple[object, ...]:
    """What the rule has in common with the others of its family; a plain rule's school comes beside it."""
    values = {
        "reasons": tuple(sorted(rule.reasons)),
        "school_id": school_id if isinstance(rule, rules.Rule) else rule.school_id,
    }
    return tuple(values[name] if name in values else str(getattr(rule, name)) for name in SHARED)


def planned(day: date) -> QuerySet[models.Rule]:
    """The rules that come into force after the day, the earliest first."""
    return models.Rule.objects.filter(valid_from__gt=day, enabled=True).order_by(
        "valid_from", "family", "band"
    )


def past(day: date) -> QuerySet[models.Rule]:
    """The rules that have been in force and are no longer, the latest end first."""
    return models.Rule.objects.filter(valid_until__lte=day, enabled=True).order_by(
        "-valid_until", "family", "band"
    )


def family_on(family: str, day: date) -> list[models.Rule]:
    """The rules of the family in force on the day, the lowest band first."""
    return list(standing(day).filter(family=family).order_by("band"))


def standing(day: date) -> QuerySet[models.Rule]:
    """The enabled rules of the day."""
    return models.Rule.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=day), valid_from__lte=day, enabled=True
    )


def plain(rule: models.Rule) -> rules.Rule:
    """The rule as a plain value."""
    return from_columns({field.name: getattr(rule, field.name) for field in fields(rules.Rule)})


def from_columns(columns: dict[str, object]) -> rules.Rule:
    """The plain rule of a row's columns, as a proposal keeps them; others than a rule's are left out."""
    wanted = {field.name: columns[field.name] for field in fields(rules.Rule) if field.name in columns}
    reasons, tells = wanted["reasons"], wanted["tells"]
    assert isinstance(reasons, list | tuple)
    assert isinstance(tells, list | tuple)
    wanted |= {
        "reasons": tuple(reasons),
        "unit": rules.Unit(str(wanted["unit"])),
        "purpose": rules.Purpose(str(wanted["purpose"])),
        "tells": tuple(tells),
        "window": rules.Window(str(wanted["window"])),
    }
    return rules.Rule(**wanted)  # type: ignore[arg-type]


def columns(rule: rules.Rule) -> dict[str, object]:
    """The rule as its row's columns, fit for JSON."""
    return {
        **asdict(rule),
        "reasons": list(rule.reasons),
        "tells": list(rule.tells),
        "unit": rule.unit.value,
        "window": rule.window.value,
        "purpose": rule.purpose.value,
    }


def measured_period(rule: models.Rule | rules.Rule, day: date) -> Period | None:
    """The days the rule measures when it is asked about `day`, that day included; None when there are not enough yet.

    A share of too few days says nothing; five days in a row are five days in a row in the first week of a school year as
    well, so that rules that count days or spells look at what there is.
    """
    match rule.window:
        case rules.Window.SCHOOL_YEAR:
            return Period(school_year_start(day), _after(day))
        case rules.Window.QUARTER:
            since = max(Quarter.of(day).since, school_year_start(day))
            return Period(since, _after(day))
        case _:
            found = schooldays.latest(rule.window_days or 0, day, within=school_year_of(day))
            if found is None and rule.unit != rules.Unit.PERCENT:
                return Period(school_year_start(day), _after(day))
            return found


def ship_defaults() -> int:
    """Add the rules every installation has that are missing. Returns how many were added; a second call adds none.

    Migrations ship them to every installation; this brings them back where rows were emptied.
    """
    before = models.Rule.objects.count()
    models.Rule.objects.bulk_create(
        [models.Rule(**columns(rule), valid_from=ALWAYS) for rule in rulesets.SHIPPED],
        ignore_conflicts=True,
    )
    return models.Rule.objects.count() - before


def write(new: Iterable[rules.Rule], ends: Collection[int], *, on: date, school_id: int | None) -> list[int]:
    """End those rows on the day and let the new rules hold from it, each as its next version. Returns the new rows' ids.

    The caller has locked the book and made sure that nothing contradicts it.
    """
    models.Rule.objects.filter(pk__in=ends).update(valid_until=on)
    made = []
    for rule in new:
        latest = models.Rule.objects.filter(family=rule.family, code=rule.code).aggregate(Max("version"))
        row = models.Rule.objects.create(
            **{**columns(rule), "version": (latest["version__max"] or 0) + 1},
            valid_from=on,
            school_id=school_id,
        )
        made.append(row.pk)
    return made


def take_back(made: Collection[int], ends: Collection[int]) -> None:
    """Let the rows that were to end go on, and those that were to begin never begin."""
    models.Rule.objects.filter(pk__in=made).update(enabled=False)
    models.Rule.objects.filter(pk__in=ends).update(valid_until=None)


def _after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
