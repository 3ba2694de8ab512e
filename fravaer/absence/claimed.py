"""Which registers were taken, as far as the files of earlier absence say?

A file of absences does not say it: where nobody stands in it, everybody was there, or nobody looked. A register that was not
taken makes nobody present (absence.percentage), so nothing is called taken without a word for it. Unless a second file lists
the registers, a class counts as registered in the weeks in which the file has a line of it, and in no other: the chance that
a class of twenty has nobody away for a week is small, and a coverage too low is seen and mended, one too high is not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.utils.translation import gettext as _

from fravaer.absence.checkpoints import Checkpoint, HalfDays, due
from fravaer.core.periods import Period, school_year_of
from fravaer.schools.importing import values
from fravaer.schools.importing.files import Column, lines
from fravaer.schools.importing.problems import Problems, Unreadable
from fravaer.schools.importing.rows import Row
from fravaer.schools.models import SchoolClass

# The class, the day and the checkpoint of a register.
Key = tuple[int, date, Checkpoint]
Days = Mapping[int, Collection[date]]
COLUMNS = (
    Column("school", "skole", longest=10),
    Column("class", "klasse", longest=20),
    Column("day", "dag", longest=10),
    Column("part", "del", optional=True, longest=10),
)
BOTH = tuple(Checkpoint)
PARTS: dict[str, tuple[Checkpoint, ...]] = {
    **dict.fromkeys(("morgen", "start"), (Checkpoint.START,)),
    **dict.fromkeys(("slut", "end"), (Checkpoint.END,)),
    **dict.fromkeys(("dag", "hel", "day"), BOTH),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a file of registers, understood: the class it means, None where there is no such class."""

    row: Row
    school_class: SchoolClass | None
    day: date
    checkpoints: tuple[Checkpoint, ...]


def listed(path: Path, problems: Problems, today: date) -> list[Listed]:
    """The lines of a file of registers. Two queries; problems are noted by line."""
    found = []
    for line in lines(path, COLUMNS, problems):
        row = Row(line, problems)
        school, named = row.read("school", values.institution_number), row.read("class", values.class_name)
        day, parts = row.read("day", values.day), row.read_any("part", _part, BOTH)
        if day is not None and day > today:
            row.wrong("day", _("The day lies ahead. Correct it, or delete the line."))
        if row.sound and school and named and day:
            found.append((row, school, named, day, parts))
    classes = {
        (one.school.institution_number, one.school_year.starts_on, one.year_group, one.letter.casefold()): one
        for one in SchoolClass.objects.filter(
            school__institution_number__in={school for _row, school, *_rest in found}
        ).select_related("school", "school_year")
    }
    understood = []
    for row, school, (year_group, letter), day, parts in found:
        key = (school, school_year_of(day).since, year_group, letter.casefold())
        if key not in classes:
            row.wrong(
                "class", _("There is no such class at the school in that school year. Correct the line.")
            )
        understood.append(Listed(row, classes.get(key), day, parts))
    return understood


def of_lines(
    listing: Iterable[Listed], period: Period, open_days: Days, rule_of: Mapping[date, HalfDays]
) -> set[Key]:
    """The registers the lines name; a line that cannot be right is noted."""
    found = set()
    for one in listing:
        if one.school_class is None:
            continue
        asked = due(one.school_class.year_group, rule_of[one.day])
        checkpoints = [checkpoint for checkpoint in one.checkpoints if checkpoint in asked]
        if one.day not in period:
            one.row.wrong("day", _("The day lies outside the days the file is to cover."))
        elif one.day not in open_days.get(one.school_class.pk, ()):
            one.row.wrong("day", _("There was no school on that day. Correct it, or delete the line."))
        elif not checkpoints:
            one.row.wrong("part", _("The class's year group is noted once a day. Write dag, or nothing."))
        found |= {(one.school_class.pk, one.day, checkpoint) for checkpoint in checkpoints}
    return found


def by_weeks(places: Iterable[tuple[int, date]], open_days: Days) -> tuple[set[tuple[int, date]], int]:
    """The class-days of the weeks in which the class has an absence, and how many class-weeks have none.

    `places` are the class and day of every absence, `open_days` the school days of every class they may concern.
    """
    weeks = {(school_class, day.isocalendar()[:2]) for school_class, day in places}
    all_days = {(school_class, day) for school_class, days in open_days.items() for day in days}
    taken = {(one, day) for one, day in all_days if (one, day.isocalendar()[:2]) in weeks}
    silent = {(one, day.isocalendar()[:2]) for one, day in all_days} - weeks
    return taken, len(silent)


def _part(text: str) -> tuple[Checkpoint, ...]:
    try:
        return PARTS[text.casefold()]
    except KeyError:
        raise Unreadable(_("Write morgen, slut or dag.")) from None
