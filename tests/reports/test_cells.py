"""Do the cells of any schools and year groups come to what the percentage room counts?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from fravaer.absence import percentage
from fravaer.absence.percentage import GroupTally
from fravaer.absence.tallies import Tally
from fravaer.cases import measures
from fravaer.cases.measures import Measure
from fravaer.core.periods import Period
from fravaer.reports import bands, cells, drawn
from fravaer.reports.cells import Counted, Sums
from tests.absence import oracle
from tests.absence.oracle import World, counted
from tests.absence.worlds import FIRST, undone, windows, worlds, write

pytestmark = pytest.mark.django_db

SCHOOLS, YEARS = (1, 2, 3), (0, 6, 7, 9)
NOW = datetime(2025, 10, 1, 6, tzinfo=UTC)


def share(tally: Tally) -> int:
    """Twice the percent in tenths, cut, and one for what was cut off."""
    exactly = Fraction(1000 * tally.absent, tally.possible)
    return 2 * (exactly.numerator // exactly.denominator) + (exactly.denominator > 1)


def middle(shares: list[int]) -> int | None:
    """The middle one, of an even number the lower of the two."""
    return sorted(shares)[(len(shares) - 1) // 2] if shares else None


def there(
    world: World, period: Period, chosen: Callable[[oracle.Class], bool], some: set[int] | None
) -> oracle.Count:
    """What a loop over days counts in the classes chosen."""
    counts = counted(
        world, period.since, period.until, lambda pupil, school_class: chosen(school_class), some
    )
    return counts.get(True, oracle.Count())


def ministry(world: World, period: Period, chosen: Callable[[oracle.Class], bool]) -> tuple[int, Fraction]:
    """Months with registration, and each pupil's share in her school and year group times her months, added up."""
    own = counted(
        world,
        period.since,
        period.until,
        lambda pupil, c: (pupil, c.school, c.year_group) if chosen(c) else None,
    )
    months, weighted = 0, Fraction(0)
    for key, count in own.items():
        if key is None or not count.possible:
            continue
        every = {(day.year, day.month): day for day in period.days()}
        hers = sum(
            1
            for year, month in every
            if (
                counted(
                    world,
                    max(period.since, every[year, month].replace(day=1)),
                    min(period.until, oracle.days_after(every[year, month])),
                    lambda pupil, c: (pupil, c.school, c.year_group) if chosen(c) else None,
                )
                .get(key, oracle.Count())
                .possible
            )
        )
        months += hers
        weighted += hers * Fraction(sum(count.absent), count.possible)
    return months, weighted


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    worlds(),
    windows(),
    st.sets(st.sampled_from(SCHOOLS)),
    st.none() | st.sets(st.sampled_from(YEARS), min_size=1),
    st.sets(st.integers(1, 5)),
)
def test_any_schools_and_year_groups_come_to_what_the_percentage_room_counts(
    world: World, periods: list[Period], schools: set[int], years: set[int] | None, some: set[int]
) -> None:
    known = {e.pupil for e in world.enrolments} & some
    with undone():
        write(world)
        measures.load([Measure(pupil, FIRST.replace(year=2020)) for pupil in known])
        draws = drawn.current(periods, NOW)
        ids = [draw.id for draw in draws]
        found = cells.counted([], ids, schools, years, middles=ids)
        for period, draw in zip(periods, draws, strict=True):
            everybody, measured = found[draw.id, False], found[draw.id, True]
            if years is None:
                expected = percentage.group_tallies(period, "all", schools).get(0, GroupTally(Tally(), 0))
                assert everybody.of_schools(schools).group == expected
            own = measures.with_measure_in(period)
            agree(world, period, everybody, schools, years, None)
            agree(world, period, measured, schools, years, own)
            event("movers" if everybody.movers else "nobody moved")


def agree(
    world: World,
    period: Period,
    found: Counted,
    schools: set[int],
    years: set[int] | None,
    some: set[int] | None,
) -> None:
    def chosen(c: oracle.Class) -> bool:
        return c.school in schools and (years is None or c.year_group in years)

    def same(sums: Sums, count: oracle.Count) -> bool:
        return (astuple(sums.tally), sums.pupils) == (count.figures(), len(count.pupils))

    whole = there(world, period, chosen, some)
    assert same(found.of_schools(schools), whole)
    assert same(found.of_years(YEARS), whole)
    by_school, by_year = found.by_school(), found.by_year()
    for school in schools:
        expected = there(world, period, lambda c, at=school: chosen(c) and c.school == at, some)  # type: ignore[misc]
        assert same(by_school.get(school, Sums()), expected)
    for year in YEARS:
        expected = there(world, period, lambda c, at=year: chosen(c) and c.year_group == at, some)  # type: ignore[misc]
        assert same(by_year.get(year, Sums()), expected)
    tallies = percentage.tallies(period, whole.pupils)
    shares = {pupil: share(tally) for pupil, tally in tallies.items() if tally.possible}
    if some is None:
        assert found.middle == middle(list(shares.values()))
    assert found.banded == tuple(
        sum(band.first <= one < band.until for one in shares.values()) for band in bands.BANDS
    )
    over = {pupil for pupil, one in shares.items() if tallies[pupil].reaches(10)}
    together = found.reach_of_schools(schools)
    assert (together.over_ten, together.pupils) == (len(over), len(shares))
    reaches = found.reach_by_school()
    for school in schools:
        at = there(world, period, lambda c, at=school: chosen(c) and c.school == at, some).pupils  # type: ignore[misc]
        reach = reaches.get(school, cells.Reach())
        assert (reach.over_ten, reach.pupils) == (len(over & at), len(shares.keys() & at))
    if some is None:
        months, weighted = ministry(world, period, chosen)
        sums = found.of_schools(schools)
        assert sums.months == months
        assert abs(sums.weighted - weighted * 1_000_000_000) <= months
