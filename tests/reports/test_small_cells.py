"""Can anybody tell a hidden number from those that are shown, with a linear programme and every page at once?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from fravaer.reports.coarsening import STAGES, Leaf, Level, coarsest, levels, stage_of
from fravaer.reports.merging import BLOCKS, Counts, Detail, Node, details
from fravaer.reports.units import WHOLE, Key
from tests.reports.attacker import Attacker

LIMITS = st.sampled_from([5, 10, 20])
EVERY_YEAR = tuple(year for stage in STAGES for year in stage)
Areas = dict[int, int]
Cells = dict[Leaf, int]
# A school, a year group and a band.
Place = tuple[int, int, int]


@st.composite
def schools(draw: st.DrawFn) -> Areas:
    """Up to six schools in up to three areas."""
    areas = draw(st.lists(st.integers(1, 3), min_size=1, max_size=6))
    return dict(enumerate(areas, 1))


@st.composite
def municipalities(draw: st.DrawFn) -> tuple[Areas, Cells]:
    """Schools with some year groups of few pupils."""
    area_of = draw(schools())
    years = draw(st.lists(st.sampled_from([0, 1, 2, 5, 7, 8]), min_size=1, max_size=5, unique=True))
    pupils = st.one_of(st.just(0), st.integers(1, 12), st.integers(1, 60))
    cells = {(school, year): draw(pupils) for school in area_of for year in years}
    return area_of, {leaf: size for leaf, size in cells.items() if size}


def places(area_of: Areas, cells: Mapping[Leaf, object]) -> dict[Key, list[Leaf]]:
    """The cells of each place."""
    found: dict[Key, list[Leaf]] = defaultdict(list)
    for school, year in cells:
        for key in (("school", school), ("area", area_of[school]), WHOLE):
            found[key].append((school, year))
    return found


def groups(key: Key, leaves: list[Leaf]) -> Iterator[tuple[Level, list[Leaf]]]:
    """What can be told of a place: its total, its stages and its year groups, each with the level that tells it."""
    yield Level.TOTAL, leaves
    for stage in STAGES:
        yield Level.STAGES, [leaf for leaf in leaves if leaf[1] in stage]
    for year in EVERY_YEAR:
        yield Level.YEARS, [leaf for leaf in leaves if leaf[1] == year]


@given(municipalities(), LIMITS)
@settings(max_examples=60, deadline=None)
def test_no_group_of_too_few_is_told_or_can_be_narrowed_down(made: tuple[Areas, Cells], limit: int) -> None:
    area_of, cells = made
    found = levels(area_of, cells, limit)
    told: list[list[Leaf]] = []
    hidden: list[list[Leaf]] = []
    for key, leaves in places(area_of, cells).items():
        for level, group in groups(key, leaves):
            if group:
                (told if found[key] >= level else hidden).append(group)
    assert not [group for group in told if sum(cells[leaf] for leaf in group) < limit]
    attacker = Attacker(cells, [(group, sum(cells[leaf] for leaf in group)) for group in told])
    for group in hidden:
        if sum(cells[leaf] for leaf in group) < limit:
            assert attacker.span(group) >= limit - 0.001, (found, group)


@given(municipalities(), LIMITS)
def test_where_no_group_is_small_everything_is_told(made: tuple[Areas, Cells], limit: int) -> None:
    area_of, cells = made
    large = {leaf: size + limit for leaf, size in cells.items()}
    assert set(levels(area_of, large, limit).values()) == {Level.YEARS}


def test_a_school_with_one_small_year_group_is_told_by_stage_and_one_other_with_it() -> None:
    area_of = {1: 1, 2: 1, 3: 1, 4: 2}
    cells = {(school, year): 40 for school in area_of for year in range(10)} | {(1, 9): 6}
    found = levels(area_of, cells, 10)
    assert found[("school", 1)] == Level.STAGES
    assert sorted(level for key, level in found.items() if key[0] == "school") == [2, 2, 3, 3]
    assert found[WHOLE] == found[("area", 1)] == Level.YEARS


def test_an_area_of_one_small_school_is_coarsened_together_with_another_area() -> None:
    area_of = {1: 1, 2: 2, 3: 2, 4: 3}
    cells = {(school, year): 40 for school in area_of for year in range(10)} | {(1, 9): 6}
    found = levels(area_of, cells, 10)
    assert sum(level == Level.STAGES for key, level in found.items() if key[0] == "area") == 2
    assert found[WHOLE] == Level.YEARS


def test_a_small_municipality_is_not_told_at_all() -> None:
    assert set(levels({1: 1, 2: 2}, {(1, 3): 4, (2, 3): 3}, 10).values()) == {Level.HIDDEN}


def test_a_school_year_is_told_no_finer_than_its_quarters() -> None:
    year, quarter = (
        {WHOLE: Level.YEARS, ("school", 1): Level.YEARS},
        {WHOLE: Level.YEARS, ("school", 1): Level.STAGES},
    )
    assert coarsest([year, quarter]) == quarter


@st.composite
def distributions(draw: st.DrawFn) -> tuple[Areas, dict[Leaf, Counts]]:
    """Schools with pupils in every band, many bands of few."""
    area_of = draw(schools())
    years = draw(st.lists(st.sampled_from([0, 1, 5, 8]), min_size=1, max_size=3, unique=True))
    few = st.one_of(st.just(0), st.integers(0, 4), st.integers(0, 30))
    rows = {(s, y): [draw(few) for _band in range(6)] for s in area_of for y in years}
    return area_of, {leaf: row for leaf, row in rows.items() if any(row)}


def nodes(area_of: Areas, counts: Mapping[Leaf, Counts]) -> dict[Node, list[Leaf]]:
    found: dict[Node, list[Leaf]] = defaultdict(list)
    for key, leaves in places(area_of, counts).items():
        found[key] = leaves
    for leaf in counts:
        found[("year", leaf[1])].append(leaf)
        found[("stage", stage_of(leaf[1]))].append(leaf)
    return found


@given(distributions(), st.sampled_from([(10, 5), (20, 10)]))
@settings(max_examples=60, deadline=None)
def test_no_band_of_too_few_is_told_or_can_be_narrowed_down(
    made: tuple[Areas, dict[Leaf, Counts]], limits: tuple[int, int]
) -> None:
    area_of, counts = made
    group, part = limits
    sizes = {leaf: sum(row) for leaf, row in counts.items()}
    found = details(area_of, counts, levels(area_of, sizes, group), group=group, part=part)
    number = {(s, y, band): row[band] for (s, y), row in counts.items() for band in range(6)}

    def inside(leaves: list[Leaf], block: Iterable[int]) -> list[Place]:
        return [(s, y, band) for s, y in leaves for band in block]

    # How many pupils each year group of each school has is no secret.
    known = [(inside([leaf], range(6)), size) for leaf, size in sizes.items()]
    hidden: list[tuple[int, list[Place]]] = []
    for node, leaves in nodes(area_of, counts).items():
        size = sum(sizes[leaf] for leaf in leaves)
        for detail in (Detail.SIX, Detail.FIVE, Detail.TWO):
            for block in BLOCKS[detail]:
                some = inside(leaves, block)
                count = sum(number[one] for one in some)
                if found[node] >= detail:
                    known.append((some, count))
                    assert not 0 < count < part, (node, block)
                    assert count < size, (node, block)
                elif 0 < count < part or 0 < count == size:
                    hidden.append((min(part, size), some))
    attacker = Attacker(number, known)
    for span, some in hidden:
        assert attacker.span(some) >= span - 0.001, (found, some)


def test_the_highest_bands_are_merged_first_and_another_school_with_them() -> None:
    area_of = {1: 1, 2: 1, 3: 1}
    usual: Counts = [60, 50, 40, 30, 12, 8]
    counts: dict[Leaf, Counts] = {(school, 3): usual for school in area_of} | {
        (1, 3): [60, 50, 40, 30, 12, 2]
    }
    found = details(area_of, counts, levels(area_of, dict.fromkeys(counts, 200), 10), group=10, part=5)
    assert sorted(found[("school", school)] for school in area_of) == [Detail.FIVE, Detail.FIVE, Detail.SIX]
    assert found[WHOLE] == found[("area", 1)] == found[("year", 3)] == Detail.SIX
