"""What every test can ask for: the cast, and a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests import cast as stage
from tests.cast import Cast


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The clock stands at eight on the default day; `clock.move_to(…)` and `clock.shift(…)` turn it."""
    with time_machine.travel(stage.MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def cast(db: None, clock: time_machine.Traveller) -> Cast:
    """The municipality and its people, on the default day."""
    return stage.assemble()
