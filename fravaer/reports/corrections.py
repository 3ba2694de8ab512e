"""What has changed since a quarter was frozen?

Registers are corrected, calendars change, schools merge. The frozen figures stand, and beside them stands what the same days give
today: for the municipality, for each area as it was when the quarter was frozen, and for each school, in tenths of a percentage
point between the two figures as they are shown. Told only where both may be told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from fravaer.absence.tallies import rounded_tenths
from fravaer.core.periods import Period
from fravaer.reports import drawn, patterns
from fravaer.reports.drawn import Drawn
from fravaer.reports.models import Cell, Draw, Snapshot
from fravaer.reports.modes import Mode
from fravaer.reports.units import WHOLE, Key

REASONS = ("illness", "leave", "unlawful", "pending")
# The words of a draw's state, in their order: what it was drawn from.
SOURCES = ("registers", "form", "roster", "measures")


@dataclass(frozen=True, slots=True)
class Change:
    """A unit's percent when it was frozen and now, in tenths; None where it may not be told or there is none."""

    key: Key
    name: str
    was: int | None
    now: int | None
    is_hidden: bool = False

    @property
    def points(self) -> int | None:
        return None if self.was is None or self.now is None else self.now - self.was


@dataclass(frozen=True, slots=True)
class Corrections:
    """The units in the order asked for, how many cells differ, and which kinds of data have moved since."""

    changes: tuple[Change, ...]
    # Schools' year groups whose figures are not what they were.
    cells: int
    sources: tuple[str, ...]
    drawn_at: datetime

    def of(self, key: Key) -> Change | None:
        return next((one for one in self.changes if one.key == key), None)


def since(row: Snapshot, names: Mapping[Key, str], *, mode: Mode, now: datetime) -> Corrections:
    """What has changed in these units, by name, since the snapshot. At most ten queries, and more where it is drawn anew."""
    period = Period(row.since, row.until)
    [live] = drawn.current([period], now)
    return between(row, live, names, mode=mode)


def between(row: Snapshot, live: Drawn, names: Mapping[Key, str], *, mode: Mode) -> Corrections:
    """The same, of a draw there is already."""
    area_of = {int(school): of["area"] for school, of in row.contents["schools"].items()}
    before, after = _cells(row.draw_id), _cells(live.id)
    frozen = patterns.read(row.contents["patterns"]["internal"]["told"])
    told = patterns.of_draws([live], area_of, mode)[live.id]

    def change(key: Key, name: str) -> Change:
        was, now = (_percent(_schools(key, area_of), cells) for cells in (before, after))
        if not (frozen.tells(key) and told.tells(key)):
            return Change(key, name, None, None, is_hidden=True)
        return Change(key, name, was, now)

    keys = before.keys() | after.keys()
    states = dict(Draw.objects.filter(pk__in=[row.draw_id, live.id]).values_list("pk", "state"))
    moved = zip(SOURCES, states[row.draw_id].split(), states[live.id].split(), strict=True)
    changed = sum(before.get(cell) != after.get(cell) for cell in keys)
    return Corrections(
        changes=tuple(change(key, name) for key, name in names.items()),
        cells=changed,
        sources=tuple(name for name, was, now in moved if was != now) if changed else (),
        drawn_at=live.at,
    )


def _schools(key: Key, area_of: Mapping[int, int]) -> set[int]:
    by, pk = key
    if key == WHOLE:
        return set(area_of)
    return {pk} if by == "school" else {school for school, area in area_of.items() if area == pk}


def _cells(draw_id: int) -> dict[tuple[int, int], tuple[int, ...]]:
    """Everybody's half-days of each school and year group: possible, absent, and by reason with the pupils."""
    rows = Cell.objects.filter(draw_id=draw_id, with_measure=False)
    return {
        (school, year): tuple(numbers)
        for school, year, *numbers in rows.values_list(
            "school_id", "year_group", "possible", *REASONS, "due", "pupils"
        )
    }


def _percent(schools: Iterable[int], cells: Mapping[tuple[int, int], tuple[int, ...]]) -> int | None:
    wanted = set(schools)
    sums: defaultdict[str, int] = defaultdict(int)
    for (school, _year), (possible, *absent, _due, _pupils) in cells.items():
        if school in wanted:
            sums["possible"] += possible
            sums["absent"] += sum(absent)
    return rounded_tenths(sums["absent"], sums["possible"])
