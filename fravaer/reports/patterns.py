"""What may be told of each draw?

The pattern of a draw says how finely each place is told (`coarsening`) and its distribution (`merging`). It is made once for a
draw and a pair of limits, of the whole municipality, and kept; so it is the same for every reader, page and file. Made from
numbers of pupils alone: who moved is counted in one of her cells, and a cell she leaves empty stays a cell of too few. The only
writer of patterns.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from fravaer.core.asking import question
from fravaer.core.remembering import Memory
from fravaer.reports import bands
from fravaer.reports.coarsening import STAGES, Leaf, Level, coarsest, levels
from fravaer.reports.drawn import Drawn
from fravaer.reports.drawn import Key as DrawKey
from fravaer.reports.merging import Detail, Node, details
from fravaer.reports.models import Cell, Mover, Pattern
from fravaer.reports.modes import Mode
from fravaer.reports.units import WHOLE, Key
from fravaer.schools.models import School

# Moves when another pattern would be made of the same numbers.
VERSION = 2
# By their numbers, as they are written.
LEVELS, DETAILS = tuple(Level), tuple(Detail)
# Written as a school's key times a hundred and its year group.
CELL = 100


@dataclass(frozen=True, slots=True)
class Told:
    """How finely a draw is told. Places that are not in it had no pupils, and hide nothing."""

    levels: Mapping[Key, Level]
    details: Mapping[Node, Detail]

    def tells(self, key: Key, years: tuple[int, ...] | None = None) -> bool:
        """Whether figures of a place's pupils may be shown; of all, of a stage, or of other year groups."""
        return self.levels.get(key, Level.YEARS) >= level_of(years)

    def detail(self, key: Key, years: tuple[int, ...] | None = None) -> Detail:
        """How finely the distribution may be shown; of some year groups only of the municipality's."""
        if not self.tells(key, years):
            return Detail.NONE
        if years is None:
            return self.details.get(key, Detail.SIX)
        if key != WHOLE:
            return Detail.NONE
        if years in STAGES:
            return self.details.get(("stage", STAGES.index(years)), Detail.SIX)
        return self.details.get(("year", years[0]), Detail.SIX) if len(years) == 1 else Detail.NONE

    def no_finer_than(self, others: Iterable[Told]) -> Told:
        """The same for a period that the others add up to: what one of them hides could be found by subtracting."""
        return Told(coarsest([self.levels, *(other.levels for other in others)]), self.details)

    def written(self) -> dict[str, dict[str, int]]:
        """As JSON holds it."""
        return {
            "levels": {f"{by}-{pk}": int(level) for (by, pk), level in sorted(self.levels.items())},
            "details": {f"{by}-{pk}": int(one) for (by, pk), one in sorted(self.details.items())},
        }


def _size(_key: object, told: Told) -> int:
    return 200 * (len(told.levels) + len(told.details))


# By draw, who lies where, and the two limits.
_remembered = Memory[tuple[DrawKey, str, int, int], Told](most=8_000_000, size=_size)


def read(written: Mapping[str, Any]) -> Told:
    """What `Told.written` wrote."""
    return Told(
        {_key(name): LEVELS[level] for name, level in written["levels"].items()},
        {_key(name): DETAILS[detail] for name, detail in written["details"].items()},
    )


def level_of(years: tuple[int, ...] | None) -> Level:
    """The level at which these year groups are told. Any but all, and a stage, can be made of single ones."""
    if years is None:
        return Level.TOTAL
    return Level.STAGES if years in STAGES else Level.YEARS


def of_draws(draws: Collection[Drawn], area_of: Mapping[int, int], mode: Mode) -> dict[int, Told]:
    """The pattern of each draw. One query where one is not remembered, and three more where any has to be made.

    `area_of` holds every school of the municipality.
    """
    places = sha256(repr(sorted(area_of.items())).encode()).hexdigest()[:16]
    keys = {one.id: (one.key, places, mode.part, mode.group) for one in draws}
    known = _remembered.of(keys.values())
    found = {draw: known[key] for draw, key in keys.items() if key in known}
    bases = {
        one.id: f"{VERSION} {bands.VERSION} {one.at.isoformat()} {places}"
        for one in draws
        if one.id not in found
    }
    if bases:
        found |= {
            draw: _remembered.keep(keys[draw], told) for draw, told in _of(bases, area_of, mode).items()
        }
    return found


def _of(bases: Mapping[int, str], area_of: Mapping[int, int], mode: Mode) -> dict[int, Told]:
    """The patterns of draws by what they are made from: those that are kept, and the others made now."""
    found = {
        draw: read(contents)
        for draw, basis, contents in _kept(tuple(bases), mode.part, mode.group)
        if basis == bases[draw]
    }
    missing = bases.keys() - found.keys()
    if missing:
        made = _made(missing, area_of, mode)
        _keep({draw: (bases[draw], told) for draw, told in made.items()}, mode)
        found |= made
    return found


@question
def _kept(draws: tuple[int, ...], part: int, group: int) -> QuerySet[Pattern, tuple[int, str, Any]]:
    """The patterns of these draws."""
    rows = Pattern.objects.filter(draw_id__in=draws, part=part, group=group)
    return rows.values_list("draw_id", "basis", "contents")


def prepare(draws: Collection[Drawn], modes: Iterable[Mode]) -> None:
    """Make the patterns of these draws before anybody waits for them."""
    area_of = dict(School.objects.values_list("pk", "area_id"))
    for mode in modes:
        of_draws(draws, area_of, mode)


def _keep(made: Mapping[int, tuple[str, Told]], mode: Mode) -> None:
    rows = [
        Pattern(draw_id=draw, part=mode.part, group=mode.group, basis=basis, contents=told.written())
        for draw, (basis, told) in sorted(made.items())
    ]
    try:
        with transaction.atomic():
            Pattern.objects.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=["draw", "part", "group"],
                update_fields=["basis", "contents"],
            )
    except IntegrityError:
        # The draw has been taken away meanwhile; its pattern is made again for who still needs it.
        return


def _made(draws: Collection[int], area_of: Mapping[int, int], mode: Mode) -> dict[int, Told]:
    """Two queries."""
    sizes, counts = _counted(draws)
    found = {}
    for draw in draws:
        known = {leaf: pupils for leaf, pupils in sizes[draw].items() if leaf[0] in area_of}
        made = levels(area_of, known, mode.group)
        spread = {leaf: row for leaf, row in counts[draw].items() if leaf[0] in area_of}
        found[draw] = Told(made, details(area_of, spread, made, group=mode.group, part=mode.part))
    return found


def _counted(
    draws: Collection[int],
) -> tuple[dict[int, dict[Leaf, int]], dict[int, dict[Leaf, list[int]]]]:
    """By draw the pupils of each cell that had any, and by band, each pupil once: who moved in the largest of her cells."""
    sizes: dict[int, dict[Leaf, int]] = {draw: {} for draw in draws}
    counts: dict[int, dict[Leaf, list[int]]] = {draw: {} for draw in draws}
    cells = Cell.objects.filter(draw_id__in=draws, with_measure=False, pupils__gt=0)
    for draw, school, year, pupils, banded in cells.values_list(
        "draw_id", "school_id", "year_group", "pupils", "bands"
    ):
        sizes[draw][school, year] = pupils
        if any(banded):
            counts[draw][school, year] = banded
    movers = Mover.objects.filter(draw_id__in=draws, with_measure=False).order_by("draw_id", "cells")
    for draw, numbers, found, pupils in movers.values_list("draw_id", "cells", "share", "pupils"):
        leaves = [divmod(number, CELL) for number in numbers]
        largest = max(leaves, key=lambda leaf: (sizes[draw].get(leaf, 0), leaf))
        for leaf in leaves:
            if leaf != largest and leaf in sizes[draw]:
                sizes[draw][leaf] -= pupils
        if found is not None:
            row = counts[draw].setdefault(largest, [0] * len(bands.BANDS))
            row[bands.place(found)] += pupils
    return sizes, counts


@lru_cache(maxsize=4096)
def _key(name: str) -> Any:
    by, pk = name.rsplit("-", 1)
    return by, int(pk)
