"""Do all modules keep the house's habits?"""

from __future__ import annotations

import pytest

from tests.architecture import habits
from tests.architecture.source import ROOT, rooms


@pytest.mark.parametrize("sentence", habits.rules())
def test_it_is_kept_everywhere_that(sentence: str) -> None:
    assert habits.rules()[sentence](ROOT) == []


def test_nobody_counts_through_the_back_door_of_another_apps_tables() -> None:
    assert list(habits.backdoors(ROOT)) == []


def test_the_lists_of_exceptions_name_places_that_need_them() -> None:
    places = {room.place: room for room in rooms()}
    for place in habits.HAND_WRITTEN_SQL:
        assert place in places, f"{place} is gone: take it off the list"
        assert "cursor" in places[place].text or "raw" in places[place].text, (
            f"{place} writes no SQL any more"
        )
    for place, name in habits.UNSAFE_PLACES:
        assert name in places[place].text, f"{place} has no {name} any more"
    for place in habits.AT_THE_DOOR:
        assert place in places, f"{place} is gone: take it off the list"
