"""How has absence gone week by week? The same figures as the percentage of each week."""

from __future__ import annotations

from datetime import date, timedelta

from fravaer.absence import percentage, weekly
from fravaer.absence.tallies import Tally
from fravaer.core.periods import Period
from fravaer.schools.models import Enrolment
from tests import factories
from tests.cases.attendance import attended, school_days
from tests.cast import DAY, Cast, statements


def test_each_week_is_what_the_percentage_says_of_it_also_for_who_moved_and_who_left(cast: Cast) -> None:
    aksel, freja, noah, zoe, _orn = cast.pupils
    days = school_days(DAY, since=date(2025, 12, 1))
    # A register is lacking every sixth day; the week of Christmas has no school.
    attended(
        cast.class_7b, [day for index, day in enumerate(days) if index % 6], {aksel: 31, freja: 3, noah: 9}
    )
    attended(cast.other_class, days, {cast.others[0]: 12})
    attended(cast.class_2a, days[5:], {})
    moved = date(2026, 2, 4)
    Enrolment.objects.filter(pupil=noah).update(until=moved)
    factories.enrol([noah], cast.class_2a, since=moved)
    Enrolment.objects.filter(pupil=zoe).update(until=date(2026, 1, 14))
    pupils = [pupil.pk for pupil in (*cast.pupils, *cast.others)]
    period = weekly.last(15, DAY)
    assert period == Period(date(2025, 12, 1), DAY + timedelta(days=1))
    with statements() as sent:
        found = weekly.tallies(pupils, period)
    assert len(sent) == 1
    for monday in weekly.weeks_of(period):
        week = Period(monday, min(monday + timedelta(days=7), period.until))
        expected = percentage.tallies(week, pupils)
        assert {pupil: found[pupil][monday] for pupil in pupils} == {
            pupil: expected.get(pupil, Tally()) for pupil in pupils
        }, monday
    assert found[aksel.pk][date(2025, 12, 29)].tenths is None
    assert weekly.tallies([], period) == {}
