"""Can anybody find a hidden number from those that are shown?"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fravaer.reports.suppression import Part, hidden_parts

LIMITS = st.integers(2, 12)


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
