"""What is read for one page of figures, before it is put into blocks?

The draws of the days asked for, of the same days a year earlier and of eight quarters; what they come to; what is hidden; and
what the units aim at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from fravaer.absence import percentage
from fravaer.core.periods import Period, Quarter, a_year_before
from fravaer.core.scope import Scope
from fravaer.reports import besides, cells, footnotes, targets, values
from fravaer.reports.asked import Asked
from fravaer.reports.blocks import Point, Value
from fravaer.reports.cells import Counted, Sums
from fravaer.reports.drawn import Drawn
from fravaer.reports.hiding import Hiding
from fravaer.reports.modes import Mode
from fravaer.reports.units import WHOLE, Key

POINTS = 8


class Reading:
    """Two spans of days laid side by side, and the points of the lines."""

    def __init__(self, asked: Asked, scope: Scope, *, today: date, mode: Mode) -> None:
        self.asked, self.scope, self.today, self.mode = asked, scope, today, mode
        self.counted = percentage.spent(asked.period, today)
        self.earlier = a_year_before(self.counted)
        self.quarters = quarters_of(asked, today)
        self.point_periods = [percentage.spent(quarter.period, today) for quarter in self.quarters]
        self.periods = list(dict.fromkeys([self.counted, self.earlier, *self.point_periods]))
        self.is_own = scope.persons and not scope.municipality
        self.own = frozenset(asked.schools) if self.is_own else frozenset()

    def read(self, draws: Sequence[Drawn]) -> None:
        by_period = {one.period: one for one in draws}
        self.drawn_now, self.drawn_before = by_period[self.counted], by_period[self.earlier]
        self.points = [by_period[period] for period in self.point_periods]
        # Of everybody's schools, not only the reader's: what is hidden is the same for all.
        self.besides = besides.of(self.drawn_now.id)
        self.area_of = self.besides.area_of
        self.cells = cells.counted(
            [one.id for one in draws],
            [self.drawn_now.id, self.drawn_before.id],
            self.asked.schools,
            self.asked.years,
        )
        self.now, self.before = self.of(self.drawn_now), self.of(self.drawn_before)
        self.hiding = Hiding(self.now, self.area_of, self.mode, self.own)
        self.hiding_before = Hiding(self.before, self.area_of, self.mode, self.own)
        since = min(period.since for period in self.periods)
        self.aims = targets.over(Period(since, max(self.asked.period.until, since)))
        self.last_day = max(self.counted.since, self.counted.until - timedelta(days=1))
        keys: list[Key] = [WHOLE, *dict.fromkeys(self._keys())]
        self.footnotes = footnotes.under(keys, self.asked.period)
        self.marks = footnotes.marks(self.footnotes)

    def of(self, draw: Drawn, measured: bool = False) -> Counted:
        return self.cells[draw.id, measured]

    def _keys(self) -> Iterable[Key]:
        yield self.asked.place.key
        if self.asked.place.key == WHOLE:
            yield from (("area", area.pk) for area in self.asked.choices.areas)
        yield from (("school", school) for school in self.asked.schools)

    def line(self, key: Key, schools: Iterable[int]) -> tuple[Point, ...]:
        """The unit's percent in each quarter. Hidden where it is now: what was small may be told of by what it has become."""
        hides = self.hiding.hides(key)
        wanted = set(schools)
        found = []
        for quarter, period, draw in zip(self.quarters, self.point_periods, self.points, strict=True):
            sums = Sums()
            for school, one in self.of(draw).cells_of_school.items():
                if school in wanted:
                    sums += one
            # As many half-days as so many pupils have in a week, or the point is of too few.
            hidden = hides or (not self.is_own and 0 < sums.pupils < self.mode.group)
            value = values.percent("", sums, hidden=hidden)
            target = self.aims.of(key, max(period.since, period.until - timedelta(days=1)))
            found.append(
                Point(
                    quarter,
                    value.shown,
                    target,
                    value.is_uncertain,
                    is_hidden=value.is_hidden,
                    is_running=period.until < quarter.period.until,
                )
            )
        return tuple(found)


def quarters_of(asked: Asked, today: date) -> list[Quarter]:
    """The eight quarters that end with the one asked for; of a school year with its last that has begun."""
    last = asked.name if isinstance(asked.name, Quarter) else Quarter.of(date(asked.name.year + 1, 4, 1))
    if not isinstance(asked.name, Quarter) and last.since > today:
        last = max(Quarter.of(today), Quarter.of(asked.name.since))
    found = [last]
    while len(found) < POINTS:
        found.append(found[-1].previous())
    return found[::-1]


def distance_of(percent: Value, target: int | None) -> targets.Distance | None:
    if target is None or percent.shown is None:
        return None
    return targets.distance(percent.shown, percent.pupils or 0, target)
