"""What is published of the whole country, and by whom was it read where?"""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from fravaer.reports import references

pytestmark = pytest.mark.django_db


def test_a_school_year_is_compared_with_the_latest_published_before_it() -> None:
    found = references.latest(2016)
    assert (found["percent"].school_year, found["percent"].tenths) == ("2015/16", 56)
    assert (found["over_ten"].school_year, found["over_ten"].tenths) == ("2014/15", 131)
    assert "2014/15" in found["over_ten"].source
    assert references.latest(2009) == {}


def test_a_newer_figure_is_added_with_its_source_and_a_wrong_one_is_refused() -> None:
    said = StringIO()
    call_command("national_figure", "2025-26", "percent", "6,8", "Uddannelsesstatistik.dk", stdout=said)
    assert "2025/26 percent: 6,8 %; Uddannelsesstatistik.dk" in said.getvalue()
    assert references.latest(2025)["percent"].tenths == 68
    # Corrected, it is still one.
    call_command("national_figure", "2025-26", "percent", "6,9", "Uddannelsesstatistik.dk", stdout=said)
    assert references.latest(2026)["percent"].tenths == 69
    for wrong in (("2025-27", "percent", "6,8", "x"), ("2025-26", "percent", "101", "x"), ("2025-26",)):
        with pytest.raises(CommandError):
            call_command("national_figure", *wrong)
