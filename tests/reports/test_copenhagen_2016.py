"""Does the report give the figures Copenhagen published in March 2016?"""

from __future__ import annotations

from datetime import date

from fravaer.core.periods import SchoolYear
from fravaer.core.templatetags.danish import days2, percent
from fravaer.reports import asked
from fravaer.reports.dashboard import dashboard
from fravaer.reports.modes import internal
from fravaer.schools import schooldays
from tests import factories
from tests.reports import copenhagen
from tests.reports.copenhagen import AUTUMN, DAYS, PLAN
from tests.reports.reporting import chief

NBSP = "\N{NO-BREAK SPACE}"


def test_the_calendar_has_110_school_days(db: None) -> None:
    factories.school_year(PLAN)
    assert schooldays.municipal_days(AUTUMN) == 110


def test_the_published_figures_stand_on_the_dashboard(db: None) -> None:
    copenhagen.filled()
    scope, today = chief(), date(2016, 3, 8)
    wanted = asked.parse(SchoolYear(2015), {}, scope, today=date(2016, 1, 31))
    found = dashboard(
        wanted, scope, today=date(2016, 1, 31), now=factories.moment(today, 9), mode=internal(5, 10)
    )
    assert (found.counted.until, found.last_day) == (AUTUMN.until, date(2016, 1, 31))
    assert (percent(found.total.percent.shown), days2(found.total.days.shown)) == (f"6,6{NBSP}%", "7,21")
    assert (found.total.percent.part, found.total.percent.whole) == (2 * DAYS, 2 * 110 * 200)
    assert found.measure is not None
    pair = found.measure[0]
    assert (percent(pair.everybody.shown), days2(pair.everybody_days.shown)) == (f"6,6{NBSP}%", "7,21")
    assert (percent(pair.with_measure.shown), days2(pair.with_measure_days.shown)) == (
        f"12,1{NBSP}%",
        "13,30",
    )
    assert (pair.everybody.pupils, pair.with_measure.pupils) == (200, 20)
    assert sum(row.percent.part or 0 for row in found.schools) == 2 * DAYS
    # The one who moved counts in both her schools, and once in the whole.
    assert sum(row.percent.pupils or 0 for row in found.schools) == 201
    assert sum(reason.percent.part or 0 for reason in found.reasons) == 2 * DAYS
    assert sum(band.count.part or 0 for band in found.bands.now) <= 200
    # Everybody is registered in all six months, the one who moved in three at each school.
    assert found.total.ministry.whole == 6 * 200
    assert found.total.country is not None
    assert (found.total.country.school_year, found.total.country.tenths) == ("2015/16", 56)
    assert found.quality is not None
    assert found.quality.coverage.shown == 1000
    assert (found.quality.missing.shown, found.quality.pending.shown) == (0, 0)
