"""One municipality of the demonstration's size for all the tests of a module that only look at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction
from pytest_django import DjangoDbBlocker

from fravaer.cases import rulebook
from fravaer.core.periods import Period
from fravaer.schools import schooldays

# A Sunday in July: the day in view is the last school day before the summer, and two school years lie behind.
SUNDAY_IN_JULY = date(2026, 7, 12)
LAST_DAY = date(2026, 6, 26)


@dataclass(frozen=True, slots=True)
class Demo:
    """What the command said, line by line: figures on one side, progress on the other."""

    view: date
    figures: list[str]
    progress: list[str]

    @property
    def this_year(self) -> Period:
        """The school year in view, up to the day in view."""
        return Period(date(2025, 8, 1), self.view)

    @property
    def last_year(self) -> Period:
        return Period(date(2024, 8, 1), date(2025, 8, 1))

    @property
    def tomorrow(self) -> date:
        return self.view + timedelta(days=1)


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Demo]:
    """The demonstration's municipality as the command makes it; taken back when the module is done."""
    with django_db_blocker.unblock(), transaction.atomic():
        # The migrations' own rows are gone where an earlier test committed.
        rulebook.ship_defaults()
        figures, progress = StringIO(), StringIO()
        call_command("make_municipality", until=str(SUNDAY_IN_JULY), stdout=figures, stderr=progress)
        view = schooldays.day_in_view(SUNDAY_IN_JULY)
        yield Demo(view, figures.getvalue().splitlines(), progress.getvalue().splitlines())
        transaction.set_rollback(True)
