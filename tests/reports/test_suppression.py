"""Can anybody find a hidden number from those that are shown?"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from fravaer.reports.suppression import Part, Pattern, hidden_parts, pattern

LIMITS = st.integers(2, 12)
Areas = dict[int, dict[int, int]]
Row = list[Fraction]


@st.composite
def municipalities(draw: st.DrawFn) -> Areas:
    """Up to three areas with up to seven schools in all, many of them small."""
    pupils = st.one_of(st.integers(0, 12), st.integers(0, 60))
    sizes = draw(st.lists(st.lists(pupils, max_size=4), max_size=3).filter(lambda a: sum(map(len, a)) <= 7))
    keys = iter(range(1, 100))
    return {area: {next(keys): size for size in schools} for area, schools in enumerate(sizes, 1)}


def reduced(rows: list[Row]) -> list[Row]:
    """The rows in echelon form: what a reader knows who adds and subtracts whatever she likes."""
    known: list[Row] = []
    for row in rows:
        rest = remainder(known, row)
        if any(rest):
            lead = next(place for place, value in enumerate(rest) if value)
            known.append([value / rest[lead] for value in rest])
    return known


def remainder(known: list[Row], row: Row) -> Row:
    """What of the row the reader cannot make from what she knows; all zeros when she can make it."""
    rest = list(row)
    for one in known:
        lead = next(place for place, value in enumerate(one) if value)
        factor = rest[lead]
        rest = [value - factor * other for value, other in zip(rest, one, strict=True)]
    return rest


def published(areas: Areas, pattern: Pattern, schools: list[int]) -> Iterator[Row]:
    """What is shown, as sums over the schools."""

    def total(keys: set[int]) -> Row:
        return [Fraction(key in keys) for key in schools]

    yield from (total({key}) for key in schools if key not in pattern.schools)
    yield from (total(set(areas[area])) for area in areas if area not in pattern.areas)
    if not pattern.whole:
        yield total(set(schools))


@given(municipalities(), LIMITS)
def test_no_sum_over_too_few_pupils_can_be_found_from_what_is_shown(areas: Areas, limit: int) -> None:
    sizes = {key: size for schools in areas.values() for key, size in schools.items()}
    schools = sorted(sizes)
    known = reduced(list(published(areas, pattern(areas, limit), schools)))
    for count in range(1, len(schools) + 1):
        for some in combinations(schools, count):
            if 0 < sum(sizes[key] for key in some) < limit:
                assert any(remainder(known, [Fraction(key in some) for key in schools]))


@given(municipalities(), LIMITS)
def test_nothing_is_hidden_where_nothing_is_small(areas: Areas, limit: int) -> None:
    if all(size == 0 or size >= limit for schools in areas.values() for size in schools.values()):
        assert pattern(areas, limit) == Pattern()


@given(municipalities(), LIMITS)
def test_what_is_small_is_hidden_and_what_is_empty_is_not(areas: Areas, limit: int) -> None:
    hides = pattern(areas, limit)
    for area, schools in areas.items():
        assert all((key in hides.schools) for key, size in schools.items() if 0 < size < limit)
        assert not any((key in hides.schools) for key, size in schools.items() if size == 0)
        if sum(schools.values()) == 0:
            assert area not in hides.areas


def test_a_small_school_takes_the_next_smallest_of_its_area_with_it() -> None:
    assert pattern({1: {1: 4, 2: 300, 3: 200}, 2: {4: 150}}, 10) == Pattern(schools=frozenset({1, 3}))


def test_two_small_schools_protect_each_other_when_they_are_enough_together() -> None:
    assert pattern({1: {1: 4, 2: 6, 3: 200}}, 10) == Pattern(schools=frozenset({1, 2}))
    assert pattern({1: {1: 4, 2: 5, 3: 200}}, 10) == Pattern(schools=frozenset({1, 2, 3}))


def test_an_area_of_one_small_school_takes_another_areas_total_with_it() -> None:
    hides = pattern({1: {1: 4}, 2: {2: 300, 3: 200}, 3: {4: 900}}, 10)
    assert hides == Pattern(schools=frozenset({1, 3}), areas=frozenset({1, 2}))


def test_a_small_municipality_shows_nothing_at_all() -> None:
    assert pattern({1: {1: 4}, 2: {2: 3}}, 10) == Pattern(
        schools=frozenset({1, 2}), areas=frozenset({1, 2}), whole=True
    )


PARTS = st.integers(0, 60).flatmap(lambda n: st.integers(0, n).map(lambda inside: Part(inside, n)))


@given(st.dictionaries(st.integers(1, 6), PARTS), LIMITS)
def test_no_part_of_too_few_can_be_found_from_the_parts_shown_and_the_whole(
    parts: dict[int, Part], limit: int
) -> None:
    whole = Part(sum(p.inside for p in parts.values()), sum(p.everybody for p in parts.values()))
    hidden = hidden_parts(parts, whole, limit)
    if hidden is None:
        assert whole.is_small(limit)
        return
    # Shown parts and the total of the hidden ones are all that can be known: every other sum is made of these.
    assert not any(part.is_small(limit) for key, part in parts.items() if key not in hidden)
    together = [parts[key] for key in hidden]
    assert not Part(sum(p.inside for p in together), sum(p.everybody for p in together)).is_small(limit)


@given(st.dictionaries(st.integers(1, 6), PARTS), LIMITS)
def test_large_parts_are_shown(parts: dict[int, Part], limit: int) -> None:
    whole = Part(sum(p.inside for p in parts.values()), sum(p.everybody for p in parts.values()))
    if parts and not any(part.is_small(limit) for part in parts.values()):
        assert hidden_parts(parts, whole, limit) == frozenset()


def test_a_part_of_nobody_or_of_everybody_tells_as_much_as_one_of_few() -> None:
    assert Part(0, 300).is_small(10)
    assert Part(300, 300).is_small(10)
    assert not Part(12, 300).is_small(10)
    assert not Part(0, 0).is_small(10)
