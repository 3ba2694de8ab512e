"""What the tests of accounts can ask for."""

from __future__ import annotations

from pathlib import Path

import pytest
import time_machine

from tests.accounts.rosterfiles import Files


@pytest.fixture
def files(tmp_path: Path, db: None, clock: time_machine.Traveller) -> Files:
    """The small set of roster files, and an empty database on the default day."""
    return Files(tmp_path / "roster")
