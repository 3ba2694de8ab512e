"""Figures, days and times are written as Danish municipalities write them, and never rounded on the way."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from django.forms import DateField
from django.template import Context, Template
from django.utils import translation
from django.utils.formats import date_format, localize

from fravaer.core.periods import Period, Quarter
from fravaer.core.templatetags.danish import (
    clock,
    days2,
    ending,
    half_days,
    half_days_number,
    longdate,
    percent,
    phone,
    points,
    quarter,
    schoolyear,
    shortdate,
    week,
)

NBSP = "\N{NO-BREAK SPACE}"
MARCH = date(2026, 3, 8)


def both(written: object) -> tuple[str, str]:
    """What a filter writes in Danish and in English."""
    with translation.override("da"):
        danish = str(written() if callable(written) else written)
    with translation.override("en"):
        return danish, str(written() if callable(written) else written)


def test_a_percentage_has_one_decimal_a_comma_and_a_space_that_does_not_break() -> None:
    assert both(lambda: percent(Decimal("6.6"))) == (f"6,6{NBSP}%", "6.6%")
    assert both(lambda: percent(66)) == (f"6,6{NBSP}%", "6.6%")
    assert both(lambda: percent(Decimal(12)))[0] == f"12,0{NBSP}%"
    assert both(lambda: percent(1000))[0] == f"100,0{NBSP}%"
    assert both(lambda: percent(0))[0] == f"0,0{NBSP}%"
    assert both(lambda: percent(None))[0] == "–"


def test_a_percentage_nobody_has_cut_is_refused_rather_than_rounded() -> None:
    with pytest.raises(ValueError, match="cut it first"):
        percent(Decimal("14.96"))
    with pytest.raises(TypeError):
        percent(6.6)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="cut it first"):
        days2(Decimal("7.215"))


def test_a_difference_between_percentages_is_signed_and_called_points() -> None:
    assert both(lambda: points(3)) == ("+0,3 procentpoint", "+0.3 percentage points")
    assert both(lambda: points(Decimal("-1.2"))) == ("−1,2 procentpoint", "−1.2 percentage points")
    assert both(lambda: points(0)) == ("0,0 procentpoint", "0.0 percentage points")
    assert both(lambda: points(None))[0] == "–"


def test_average_days_have_two_decimals() -> None:
    assert both(lambda: days2(Decimal("7.21"))) == ("7,21", "7.21")
    assert both(lambda: days2(1330)) == ("13,30", "13.30")
    assert both(lambda: days2(Decimal("1234.5"))) == ("1.234,50", "1,234.50")


def test_half_days_are_written_as_days() -> None:
    written = [both(lambda n=n: half_days(n)) for n in (0, 1, 2, 3, 7, 20)]
    assert [danish for danish, _ in written] == ["0 dage", "½ dag", "1 dag", "1½ dage", "3½ dage", "10 dage"]
    assert [english for _, english in written] == [
        "0 days",
        "½ day",
        "1 day",
        "1½ days",
        "3½ days",
        "10 days",
    ]
    assert both(lambda: half_days_number(7)) == ("3,5", "3.5")
    assert both(lambda: half_days_number(2)) == ("1,0", "1.0")


def test_a_time_is_local_and_danish() -> None:
    assert both(lambda: clock(time(8, 7))) == ("kl. 8.07", "8:07")
    assert both(lambda: clock(datetime(2026, 3, 10, 7, 7, tzinfo=UTC)))[0] == "kl. 8.07"
    assert both(lambda: clock(datetime(2026, 7, 10, 6, 30, tzinfo=UTC)))[0] == "kl. 8.30"


def test_days_are_written_long_and_short() -> None:
    assert both(lambda: longdate(date(2026, 3, 10))) == ("tirsdag 10. marts 2026", "Tuesday 10 March 2026")
    assert both(lambda: shortdate(MARCH)) == ("08-03-2026", "8 Mar 2026")
    late = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)
    assert both(lambda: longdate(late))[0] == "tirsdag 10. marts 2026"


def test_a_danish_number_is_written_in_pairs_and_another_is_left_alone() -> None:
    assert phone("+4568285365") == f"+45{NBSP}68{NBSP}28{NBSP}53{NBSP}65"
    assert [phone(other) for other in ("+46701234567", "112", "")] == ["+46701234567", "112", ""]


def test_what_ends_at_midnight_holds_until_and_including_the_day_before() -> None:
    midnight, morning = (datetime(2027, 8, 31, hour, tzinfo=UTC) for hour in (22, 8))
    assert both(lambda: ending(midnight)) == ("31-08-2027", "31 Aug 2027")
    assert both(lambda: ending(morning))[0] == "31-08-2027 kl. 10.00"


def test_weeks_quarters_and_school_years_have_their_names() -> None:
    assert both(lambda: week(date(2026, 2, 10))) == ("uge 7", "week 7")
    assert both(lambda: week(53))[0] == "uge 53"
    assert both(lambda: week(date(2027, 1, 1)))[0] == "uge 53"
    assert both(lambda: quarter(Quarter(2026, 1))) == ("1. kvartal 2026", "Quarter 1 of 2026")
    assert both(lambda: quarter(date(2026, 12, 31)))[0] == "4. kvartal 2026"
    assert both(lambda: schoolyear(date(2026, 7, 31)))[0] == "2025/26"
    assert both(lambda: schoolyear(Period(date(2099, 8, 1), date(2100, 8, 1))))[0] == "2099/00"


def test_the_filters_work_in_a_template() -> None:
    page = Template("{% load danish %}{{ share|percent }} {{ day|shortdate }} {{ None|longdate }}")
    with translation.override("da"):
        assert page.render(Context({"share": 151, "day": MARCH})) == f"15,1{NBSP}% 08-03-2026 –"


@pytest.mark.parametrize("typed", ["08-03-2026", "8-3-2026", "08.03.2026", "08/03/2026", "2026-03-08"])
@pytest.mark.parametrize("language", ["da", "en"])
def test_a_date_field_reads_what_people_type(typed: str, language: str) -> None:
    with translation.override(language):
        assert DateField().clean(typed) == MARCH


def test_a_date_in_a_danish_text_field_and_table_is_written_with_hyphens() -> None:
    with translation.override("da"):
        assert DateField(localize=True).widget.format_value(MARCH) == "08-03-2026"
        assert date_format(MARCH, "SHORT_DATE_FORMAT") == "08-03-2026"
        assert localize(Decimal("1234.5")) == "1234,5"
