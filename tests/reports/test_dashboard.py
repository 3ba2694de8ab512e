"""Does a dashboard of any cut say what the registers say, and nothing it may not?"""

from __future__ import annotations

from datetime import date

import pytest
from django.http import Http404

from fravaer.accounts.scoping import scope_of
from fravaer.core.periods import Quarter, SchoolYear
from fravaer.reports import asked
from fravaer.reports.dashboard import Dashboard, dashboard
from fravaer.reports.modes import internal
from tests.cast import DAY, MORNING, Cast
from tests.reports.reporting import chief

QUARTER = Quarter(2026, 1)
MODE = internal(5, 10)


def of(cast: Cast, **query: str) -> Dashboard:
    scope = scope_of(cast.area_manager.pk, MORNING)
    wanted = asked.parse(QUARTER, query, scope, today=DAY)
    return dashboard(wanted, scope, today=DAY, now=MORNING, mode=MODE)


def test_an_address_gives_back_what_it_was_read_from(cast: Cast) -> None:
    query = {"school": str(cast.school.pk), "years": "7-10", "compare": "target", "method": "ministry"}
    wanted = asked.parse(QUARTER, query, chief(), today=DAY)
    assert wanted.query() == f"school={cast.school.pk}&years=7-10&compare=target&method=ministry"
    assert (wanted.place.name, wanted.years) == ("Birkeskolen", (7, 8, 9, 10))
    assert asked.parse(SchoolYear(2025), {}, chief(), today=DAY).period.since == date(2025, 8, 1)


def test_what_is_out_of_reach_or_impossible_is_not_found(cast: Cast) -> None:
    scope = scope_of(cast.area_manager.pk, MORNING)
    foreign = str(cast.other_school.pk)
    for query in ({"area": "syd"}, {"school": foreign}, {"years": "9-3"}, {"years": "12"}, {"method": "x"}):
        with pytest.raises(Http404):
            asked.parse(QUARTER, query, scope, today=DAY)
    with pytest.raises(Http404):
        asked.parse(Quarter(2031, 1), {}, scope, today=DAY)


def test_a_quarter_without_registers_has_no_figure(cast: Cast) -> None:
    found = of(cast)
    assert found.is_empty
