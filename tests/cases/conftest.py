"""What do the tests of casework start from?"""

from __future__ import annotations

import pytest

from fravaer.cases import rulebook
from fravaer.cases.models import Rule


@pytest.fixture
def book(db: None) -> None:
    """The default rules, also where another test has emptied the tables."""
    rulebook.ship_defaults()


@pytest.fixture
def bands(book: None) -> None:
    """The default rules of the worklist alone: those of the law are switched off."""
    Rule.objects.filter(purpose="law").update(enabled=False)
