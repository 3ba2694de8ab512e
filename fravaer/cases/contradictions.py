"""What does a proposed rule contradict: itself, the other lines of its family, or what is planned already?

Asked before a proposal is made and once more when it is decided, because the book may have changed in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from django.db.models import Q

from fravaer.cases import models, rulebook
from fravaer.cases.rules import Rule, Unit, Window

# No quarter has more school days.
MOST_OF_A_QUARTER = 66


class Contradiction(StrEnum):
    """What is wrong; the page says it in words beside the field."""

    PAST = "past"
    NO_REASON = "no_reason"
    UPSIDE_DOWN = "upside_down"
    NEVER = "never"
    WINDOW_TOO_SHORT = "window_too_short"
    EVIDENCE_TOO_MUCH = "evidence_too_much"
    MARGIN = "margin"
    FAMILY = "family"
    BAND_TAKEN = "band_taken"
    ORDER = "order"
    PLANNED = "planned"
    NOTHING_NEW = "nothing_new"


@dataclass(frozen=True, slots=True)
class Problem:
    """A contradiction and the field it is about; empty for the proposal as a whole."""

    field: str
    contradiction: Contradiction


@dataclass(frozen=True, slots=True)
class Wish:
    """New rules that hold from a day, rows that end on it, and the school whose they are; None is the municipality."""

    rules: tuple[Rule, ...]
    ends: tuple[int, ...]
    valid_from: date
    school_id: int | None = None


def problems(wish: Wish, day: date) -> list[Problem]:
    """Everything the wish contradicts on the day, none when it may be proposed."""
    found = [Problem("valid_from", Contradiction.PAST)] if wish.valid_from <= day else []
    for rule in wish.rules:
        found += _of_itself(rule)
    ending = list(models.Rule.objects.filter(pk__in=wish.ends))
    if len(ending) < len(wish.ends) or any(
        row.valid_until is not None or not row.enabled or row.valid_from >= wish.valid_from for row in ending
    ):
        found.append(Problem("", Contradiction.PLANNED))
    found += _of_families(wish)
    if not found and _says_nothing_new(wish, ending):
        found.append(Problem("", Contradiction.NOTHING_NEW))
    return list(dict.fromkeys(found))


def _of_itself(rule: Rule) -> Iterable[Problem]:
    if not rule.reasons:
        yield Problem("reasons", Contradiction.NO_REASON)
    if rule.upper is not None and (
        rule.upper < rule.lower
        or (rule.upper == rule.lower and not (rule.lower_inclusive and rule.upper_inclusive))
    ):
        yield Problem("upper", Contradiction.UPSIDE_DOWN)
    if rule.unit == Unit.PERCENT and (rule.lower > 100 or (rule.lower == 100 and not rule.lower_inclusive)):
        yield Problem("lower", Contradiction.NEVER)
    if rule.unit == Unit.PERCENT and rule.upper is not None and rule.upper > 100:
        yield Problem("upper", Contradiction.NEVER)
    most = _most(rule)
    if most is not None and (rule.lower > most or (rule.lower == most and not rule.lower_inclusive)):
        yield Problem("lower", Contradiction.WINDOW_TOO_SHORT)
    if rule.window == Window.LAST_DAYS and rule.minimum_possible_days > (rule.window_days or 0):
        yield Problem("minimum_possible_days", Contradiction.EVIDENCE_TOO_MUCH)
    if not 1 <= rule.easing_margin <= rule.lower:
        yield Problem("easing_margin", Contradiction.MARGIN)


def _most(rule: Rule) -> int | None:
    """The most a pupil can reach in the rule's window; None where that says nothing. A row of days may begin before it."""
    if rule.unit not in (Unit.DAYS, Unit.SPELLS) or rule.window == Window.SCHOOL_YEAR:
        return None
    days = MOST_OF_A_QUARTER if rule.window == Window.QUARTER else rule.window_days or 0
    return days if rule.unit == Unit.DAYS else (days + 1) // 2


def _of_families(wish: Wish) -> Iterable[Problem]:
    """Whether the lines of a family, as they would be from the day on, measure the same and rise from band to band."""
    for family in dict.fromkeys(rule.family for rule in wish.rules):
        standing = list(
            models.Rule.objects.filter(
                Q(valid_until=None) | Q(valid_until__gt=wish.valid_from), family=family, enabled=True
            ).exclude(pk__in=wish.ends)
        )
        new = [rule for rule in wish.rules if rule.family == family]
        measured = {rulebook.shared(row) for row in standing}
        measured |= {rulebook.shared(rule, wish.school_id) for rule in new}
        if len(measured) > 1:
            yield Problem("window", Contradiction.FAMILY)
        bands = [row.band for row in standing] + [rule.band for rule in new]
        if len(set(bands)) < len(bands):
            taken = {row.band for row in standing if row.valid_from > wish.valid_from}
            yield Problem(
                "" if taken & {rule.band for rule in new} else "band",
                Contradiction.PLANNED if taken else Contradiction.BAND_TAKEN,
            )
        elif not _rises(
            [(row.band, row.lower) for row in standing] + [(rule.band, rule.lower) for rule in new]
        ):
            yield Problem("lower", Contradiction.ORDER)


def _rises(lines: Sequence[tuple[int, int]]) -> bool:
    lowers = [lower for _, lower in sorted(lines)]
    return all(low < high for low, high in pairwise(lowers))


def _says_nothing_new(wish: Wish, ending: Sequence[models.Rule]) -> bool:
    if not wish.rules:
        return not ending
    said = {_without_version(rulebook.plain(row)) for row in ending}
    return {_without_version(rule) for rule in wish.rules} == said


def _without_version(rule: Rule) -> tuple[object, ...]:
    columns = rulebook.columns(rule) | {"version": 0, "ruleset": ""}
    return tuple(tuple(value) if isinstance(value, list) else value for value in columns.values())
