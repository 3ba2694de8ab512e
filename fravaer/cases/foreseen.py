"""What does a proposed change do, as its readers are shown it?

The numbers of a preview (`cases.preview`), fit to be frozen into the proposal: counts by school and year group, new ones a
week, and classes with several. Never a name or a pupil. Each reader is shown her own schools' part and the sum of all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from fravaer.cases import models, preview, rulebook
from fravaer.cases.contradictions import Wish
from fravaer.cases.rules import Rule
from fravaer.core.walls import DatabaseRole, acting_as


@dataclass(frozen=True, slots=True)
class Line:
    """One line before and after: the rule it was and the rule it would be (None: there is none), and whom each catches.

    `schools` is caught by school, `year_groups` by school and year group; `weeks` are the new ones of each week by school.
    """

    before: Rule | None
    after: Rule | None
    was: int
    caught: int
    added: int
    dropped: int
    schools: dict[int, int] = field(default_factory=dict)
    year_groups: dict[int, dict[int, int]] = field(default_factory=dict)
    classes: list[tuple[int, int]] = field(default_factory=list)
    weeks: list[tuple[date, dict[int, int]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Effect:
    """What the change does on the day: its lines, how many any of the new ones catches, and of how many pupils."""

    day: date
    pupils: int
    caught: int
    lines: list[Line]
    # Whom the new lines catch; never frozen, and shown only to who may see the pupil.
    of_pupils: frozenset[int] = frozenset()


@acting_as(DatabaseRole.REPORT)
def of(wish: Wish, day: date) -> Effect:
    """What the wish would do on the day. A statement a line for the year, and one for what stands today."""
    ending = {row.pk: row for row in models.Rule.objects.filter(pk__in=wish.ends)}
    lines, everybody = [], set()
    followed: set[int] = set()
    for rule in wish.rules:
        before = next(
            (row for row in ending.values() if (row.family, row.band) == (rule.family, rule.band)), None
        )
        if before:
            followed.add(before.pk)
        year = preview.over_a_year(rule, day, wish.school_id)
        was = _caught(before, day)
        everybody |= set(year.caught.pupils)
        lines.append(_line(before, rule, was, year))
    for row in ending.values():
        if row.pk not in followed:
            was = _caught(row, day)
            lines.append(_line(row, None, was, preview.Year(preview.Caught(), [])))
    return Effect(
        day=day,
        pupils=preview.enrolled(day, wish.school_id),
        caught=len(everybody),
        lines=lines,
        of_pupils=frozenset(everybody),
    )


def _caught(row: models.Rule | None, day: date) -> set[int]:
    return set() if row is None else set(preview.caught(rulebook.plain(row), day, row.school_id).pupils)


def _line(before: models.Rule | None, after: Rule | None, was: set[int], year: preview.Year) -> Line:
    now = set(year.caught.pupils)
    year_groups: dict[int, dict[int, int]] = {}
    for school_class in year.caught.pupils.values():
        of_school = year_groups.setdefault(year.caught.schools[school_class], {})
        group = year.caught.year_groups[school_class]
        of_school[group] = of_school.get(group, 0) + 1
    return Line(
        before=rulebook.plain(before) if before else None,
        after=after,
        was=len(was),
        caught=len(now),
        added=len(now - was),
        dropped=len(was - now),
        schools=dict(year.caught.by_school()),
        year_groups=year_groups,
        classes=year.caught.classes(),
        weeks=year.weeks,
    )


def frozen(effect: Effect) -> dict[str, Any]:
    """The effect as JSON, without any pupil."""
    return {
        "day": effect.day.isoformat(),
        "pupils": effect.pupils,
        "caught": effect.caught,
        "lines": [
            {
                "before": rulebook.columns(line.before) if line.before else None,
                "after": rulebook.columns(line.after) if line.after else None,
                "was": line.was,
                "caught": line.caught,
                "added": line.added,
                "dropped": line.dropped,
                "schools": {str(school): number for school, number in line.schools.items()},
                "year_groups": {
                    str(school): {str(group): number for group, number in groups.items()}
                    for school, groups in line.year_groups.items()
                },
                "classes": line.classes,
                "weeks": [
                    [end.isoformat(), {str(school): number for school, number in news.items()}]
                    for end, news in line.weeks
                ],
            }
            for line in effect.lines
        ],
    }


def thawed(said: Mapping[str, Any]) -> Effect:
    """The effect that was frozen."""
    return Effect(
        day=date.fromisoformat(said["day"]),
        pupils=said["pupils"],
        caught=said["caught"],
        lines=[
            Line(
                before=rulebook.from_columns(line["before"]) if line["before"] else None,
                after=rulebook.from_columns(line["after"]) if line["after"] else None,
                was=line["was"],
                caught=line["caught"],
                added=line["added"],
                dropped=line["dropped"],
                schools=_numbered(line["schools"]),
                year_groups={
                    int(school): _numbered(groups) for school, groups in line["year_groups"].items()
                },
                classes=[(key, number) for key, number in line["classes"]],
                weeks=[(date.fromisoformat(end), _numbered(news)) for end, news in line["weeks"]],
            )
            for line in said["lines"]
        ],
    )


def _numbered(counts: Mapping[str, int]) -> dict[int, int]:
    return {int(key): number for key, number in counts.items()}


def summed(counts: Iterable[Mapping[int, int]]) -> dict[int, int]:
    """The sum of several counts, by their keys in order."""
    found: dict[int, int] = {}
    for one in counts:
        for key, number in one.items():
            found[key] = found.get(key, 0) + number
    return dict(sorted(found.items()))


def year_groups(line: Line, school_ids: Collection[int]) -> dict[int, int]:
    """Caught by year group, at these schools together."""
    return summed(groups for school, groups in line.year_groups.items() if school in school_ids)


def weekly(line: Line, school_ids: Collection[int] | None) -> list[tuple[date, int]]:
    """New ones of each week at these schools together, or at all of them."""
    return [
        (end, sum(number for school, number in news.items() if school_ids is None or school in school_ids))
        for end, news in line.weeks
    ]
