"""What is read for one page of figures, before it is put into blocks?

The draws of the days asked for, of the same days a year earlier and of eight quarters; what they come to; what is hidden; and
what the units aim at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from fravaer.absence import percentage
from fravaer.core.periods import Period, Quarter, a_year_before, school_year_start
from fravaer.core.scope import Scope
from fravaer.reports import besides, cells, footnotes, frozen, patterns, targets, values
from fravaer.reports.asked import Asked
from fravaer.reports.besides import Besides
from fravaer.reports.blocks import Point, Since, Value
from fravaer.reports.cells import Counted, Sums
from fravaer.reports.drawn import Drawn
from fravaer.reports.hiding import Hiding
from fravaer.reports.modes import Mode
from fravaer.reports.patterns import Told
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
        # What is published is the same whoever has it made.
        self.is_own = scope.persons and not scope.municipality and mode.name == "internal"
        self.own = frozenset(asked.schools) if self.is_own else frozenset()
        # Who works with the pupils reads the registers as they stand, as long as there are any.
        frozen_ones = {} if self.is_own else frozen.sources(self.periods)
        if self.is_own and asked.period.until <= school_year_start(today):
            frozen_ones = {
                period: one for period, one in frozen.sources(self.periods).items() if one.summary.gone_at
            }
        self.source = frozen_ones.get(asked.period)
        self.frozen_draws = {period: one.now for period, one in frozen_ones.items()}
        if self.source is not None:
            self.frozen_draws[self.earlier] = self.source.before
            self.asked = frozen.as_it_was(asked, self.source)

    def read(self, draws: Sequence[Drawn]) -> None:
        self.live = next(one for one in draws if one.period == self.counted)
        by_period = {one.period: one for one in draws} | self.frozen_draws
        draws = list(by_period.values())
        self.drawn_now, self.drawn_before = by_period[self.counted], by_period[self.earlier]
        self.points = [by_period[period] for period in self.point_periods]
        # Of everybody's schools, not only the reader's: what is hidden is the same for all.
        self.besides = self._besides()
        self.area_of = self.besides.area_of
        self.cells = cells.remembered(
            draws,
            [self.drawn_now, self.drawn_before],
            self.asked.schools,
            self.asked.years,
            middles=[self.drawn_now],
        )
        self.now, self.before = self.of(self.drawn_now), self.of(self.drawn_before)
        told = patterns.of_draws(draws, self.area_of, self.mode)
        self.hiding = self._hiding(told, self.drawn_now, draws)
        self.hiding_before = self._hiding(told, self.drawn_before, draws)
        self.hiding_points = [self._hides(told[one.id]) for one in self.points]
        self.running_points = [
            period.until < quarter.period.until
            for quarter, period in zip(self.quarters, self.point_periods, strict=True)
        ]
        self.ends = [max(one.since, one.until - timedelta(days=1)) for one in self.point_periods]
        since = min(period.since for period in self.periods)
        self.aims = targets.over(Period(since, max(self.asked.period.until, since)))
        if self.source is not None:
            self.aims = self.source.aims(self.aims)
        self.last_day = max(self.counted.since, self.counted.until - timedelta(days=1))
        keys: list[Key] = [WHOLE, *dict.fromkeys(self._keys())]
        self.footnotes = self.source.notes(keys) if self.source else footnotes.under(keys, self.asked.period)
        self.marks = footnotes.marks(self.footnotes)

    def _besides(self) -> Besides:
        sums = self.drawn_now.sums
        return besides.of(self.drawn_now.id) if sums is None else besides.read(sums)

    def _hiding(self, told: Mapping[int, Told], draw: Drawn, draws: Iterable[Drawn]) -> Hiding:
        """What a draw hides. One that others add up to is told no finer than they are."""
        inside = [
            told[one.id]
            for one in draws
            if one.id != draw.id
            and draw.period.since <= one.period.since < one.period.until <= draw.period.until
        ]
        return self._hides(told[draw.id].no_finer_than(inside))

    def _hides(self, told: Told) -> Hiding:
        return Hiding(told, self.asked.years, self.own, frozenset(self.asked.schools))

    def since_frozen(self, percent: Value) -> Since | None:
        """What the frozen figure would be today, and how far that is from it. Two queries.

        None where nothing is frozen, and where the registers behind have been disposed of.
        """
        if self.source is None or self.source.summary.gone_at:
            return None
        now = cells.counted([], [self.live.id], self.asked.schools, self.asked.years)[self.live.id, False]
        told = patterns.of_draws([self.live], self.area_of, self.mode)[self.live.id]
        hidden = percent.is_hidden or not told.tells(self.asked.place.key, self.asked.years)
        live = values.percent("", now.of_schools(self.asked.schools), hidden=hidden)
        return Since(live.shown, values.change("", live, percent).shown)

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
        for quarter, end, draw, hiding, is_running in zip(
            self.quarters, self.ends, self.points, self.hiding_points, self.running_points, strict=True
        ):
            known = self.of(draw).cells_of_school
            first, *others = [known[school] for school in wanted & known.keys()] or [Sums()]
            sums = sum(others, first)
            hidden = hides or hiding.hides(key)
            shown, is_uncertain = (None, False) if hidden else values.point(sums)
            found.append(Point(quarter, shown, self.aims.of(key, end), is_uncertain, hidden, is_running))
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
