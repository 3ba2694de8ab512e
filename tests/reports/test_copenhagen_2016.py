"""Does the report give the figures Copenhagen published in March 2016?"""

from __future__ import annotations

from datetime import date

import pytest

from fravaer.core.periods import SchoolYear
from fravaer.core.templatetags.danish import days2, percent
from fravaer.reports import asked, quarterly
from fravaer.reports.dashboard import dashboard
from fravaer.reports.modes import internal
from fravaer.reports.quarterly import Limits, Unit
from fravaer.schools import schooldays
from fravaer.schools.models import School
from tests import factories
from tests.reports import copenhagen
from tests.reports.copenhagen import AUTUMN, DAYS, PLAN
from tests.reports.reporting import chief

NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture
def report(db: None) -> quarterly.Report:
    copenhagen.filled()
    return quarterly.report(
        AUTUMN,
        Unit(tuple(School.objects.order_by("pk")), is_whole=True),
        today=date(2016, 3, 8),
        now=factories.moment(date(2016, 3, 8), 9),
        limits=Limits(group=10, part=5),
        split=True,
    )


def test_the_calendar_has_110_school_days(db: None) -> None:
    factories.school_year(PLAN)
    assert schooldays.municipal_days(AUTUMN) == 110


def test_the_published_figures_come_out_of_the_reports_own_code(report: quarterly.Report) -> None:
    [split] = report.splits
    assert split.everybody.now
    assert split.with_measure.now
    assert (percent(split.everybody.now.percent), days2(split.everybody.now.days)) == (f"6,6{NBSP}%", "7,21")
    assert (percent(split.with_measure.now.percent), days2(split.with_measure.now.days)) == (
        f"12,1{NBSP}%",
        "13,30",
    )
    assert (split.everybody.now.pupils, split.with_measure.now.pupils) == (200, 20)
    assert report.total == split.everybody
    assert report.total.now
    assert report.total.now.coverage == 1000


def test_the_schools_add_up_to_the_whole(report: quarterly.Report) -> None:
    schools = [line.now for line in report.schools if line.now]
    assert report.total.now
    assert sum(figure.absent for figure in schools) == report.total.now.absent == 2 * DAYS
    assert sum(figure.possible for figure in schools) == report.total.now.possible == 2 * 110 * 200
    # The one who moved counts in both her schools, and once in the whole.
    assert sum(figure.pupils for figure in schools) == 201


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
    assert sum(row.percent.part or 0 for row in found.schools) == 2 * DAYS
    assert sum(reason.percent.part or 0 for reason in found.reasons) == 2 * DAYS
    assert sum(band.count.part or 0 for band in found.bands.now) <= 200
    # Everybody is registered in all six months, the one who moved in three at each school.
    assert found.total.ministry.whole == 6 * 200
    assert found.total.country is not None
    assert (found.total.country.school_year, found.total.country.tenths) == ("2015/16", 56)
    assert found.quality is not None
    assert found.quality.coverage.shown == 1000
    assert (found.quality.missing.shown, found.quality.pending.shown) == (0, 0)
