"""What do the tests of casework start from?"""

from __future__ import annotations

import pytest

from fravaer.cases import offers, rulebook
from fravaer.cases.models import Rule


@pytest.fixture
def book(db: None) -> None:
    """The default rules and offers, also where another test has emptied the tables."""
    rulebook.ship_defaults()
    offers.ship()


@pytest.fixture
def bands(book: None) -> None:
    """The default rules of the worklist alone: those of the law are switched off."""
    Rule.objects.filter(purpose="law").update(enabled=False)
