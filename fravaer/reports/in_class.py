"""How did a class come through a quarter or a school year, pupil by pupil and day by day?

The last step down from a figure, for those who work with the pupils by name: the class's own line of the school's page, and the
pupils and days it is made of. A pupil's days in another class are not here, so that the lines add up to the class.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from operator import attrgetter

from fravaer.absence import classes, percentage
from fravaer.absence.classes import Away
from fravaer.absence.tallies import Tally
from fravaer.core.periods import Period, a_year_before
from fravaer.core.scope import Scope
from fravaer.reports import lines
from fravaer.reports.asked import Name
from fravaer.reports.blocks import SchoolRow
from fravaer.schools.models import Pupil, SchoolClass


@dataclass(frozen=True, slots=True)
class Line:
    """A pupil of a class with her half-days in it, and the days she was away."""

    pupil: Pupil
    school_class_id: int
    tally: Tally
    days: tuple[Away, ...]


@dataclass(frozen=True, slots=True)
class Behind:
    """The pupils of some classes by given name, as far as the reader still reaches them; `others` have left and are unnamed."""

    lines: tuple[Line, ...]
    others: tuple[Tally, ...]

    @property
    def total(self) -> Tally:
        return sum([*(line.tally for line in self.lines), *self.others], Tally())


@dataclass(frozen=True, slots=True)
class Seen:
    """A class over a period; `row` is its line on the school's page, None while it had no school day."""

    school_class: SchoolClass
    counted: Period
    earlier: Period
    row: SchoolRow | None
    behind: Behind


def seen(school_class: SchoolClass, name: Name, scope: Scope, today: date) -> Seen:
    """The class over the part of the period that has begun. Six queries."""
    counted = percentage.spent(name.period, today)
    earlier = a_year_before(counted)
    rows = lines.of_classes(school_class.school_id, counted, earlier)
    row = next((one for one in rows if one.code == str(school_class.pk)), None)
    return Seen(school_class, counted, earlier, row, behind([school_class.pk], counted, scope, today))


def behind(class_ids: Collection[int], counted: Period, scope: Scope, today: date) -> Behind:
    """The pupils and days of these classes. Three queries."""
    found = classes.pupils(class_ids, counted)
    away = _by_pupil(classes.days(class_ids, counted))
    reached = Pupil.objects.visible_to(scope, today).in_bulk([one.pupil_id for one in found])
    named = [
        Line(
            reached[one.pupil_id],
            one.school_class_id,
            one.tally,
            tuple(away.get((one.pupil_id, one.school_class_id), ())),
        )
        for one in found
        if one.pupil_id in reached
    ]
    by_name = attrgetter("pupil.sort_given", "pupil.pk")
    return Behind(
        tuple(sorted(named, key=by_name)),
        tuple(one.tally for one in found if one.pupil_id not in reached),
    )


def _by_pupil(days: Iterable[Away]) -> Mapping[tuple[int, int], list[Away]]:
    found: dict[tuple[int, int], list[Away]] = defaultdict(list)
    for one in days:
        found[one.pupil_id, one.school_class_id].append(one)
    return found
