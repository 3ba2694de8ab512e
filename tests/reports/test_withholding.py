"""Can anybody find a small count of cases from the counts that are shown?"""

from __future__ import annotations

from hypothesis import event, given
from hypothesis import strategies as st

from fravaer.reports.units import WHOLE, Key
from fravaer.reports.withholding import withheld
from tests.reports.attacker import Attacker

LIMIT = 5
COUNTS = st.lists(st.integers(1, 3), min_size=1, max_size=7).flatmap(
    lambda areas: st.tuples(
        st.just(dict(enumerate(areas, 1))),
        st.lists(
            st.tuples(st.integers(0, 14), st.sampled_from([0, 1, 6, 30])),
            min_size=len(areas),
            max_size=len(areas),
        ),
    )
)


@given(COUNTS)
def test_no_count_of_few_can_be_told_from_those_that_are_shown(
    made: tuple[dict[int, int], list[tuple[int, int]]],
) -> None:
    area_of, rows = made
    counts = dict(zip(area_of, rows, strict=True))
    hidden = withheld(counts, area_of, LIMIT)
    places: dict[Key, list[int]] = {WHOLE: list(area_of)}
    for school, area in area_of.items():
        places["school", school] = [school]
        places.setdefault(("area", area), []).append(school)
    event(f"{len(hidden)} of {len(places)} hidden")
    for at in range(2):
        sums = {key: sum(counts[school][at] for school in schools) for key, schools in places.items()}
        attacker = Attacker(
            [(school,) for school in area_of],
            [([(school,) for school in places[key]], sums[key]) for key in places if key not in hidden],
        )
        for key, schools in places.items():
            if 0 < sums[key] < LIMIT:
                assert key in hidden
                assert attacker.span([(school,) for school in schools]) >= LIMIT - 0.001


def test_what_is_of_many_or_of_none_is_told() -> None:
    area_of = {1: 1, 2: 1, 3: 2}
    assert withheld({1: (7,), 2: (0,), 3: (9,)}, area_of, LIMIT) == frozenset()
    # Another school of the area keeps the small one company; the area is told.
    assert withheld({1: (7,), 2: (2,), 3: (9,)}, area_of, LIMIT) == {("school", 1), ("school", 2)}
    # A small area needs another one, and a school within it.
    assert withheld({1: (7,), 2: (8,), 3: (2,)}, area_of, LIMIT) == {
        ("school", 1),
        ("school", 3),
        ("area", 1),
        ("area", 2),
    }
