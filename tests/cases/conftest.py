"""What do the tests of casework start from?"""

from __future__ import annotations

import pytest

from fravaer.cases import rulebook


@pytest.fixture
def book(db: None) -> None:
    """The default rules, also where another test has emptied the tables."""
    rulebook.ship_defaults()
