"""What does triage do with rules of another unit, of one school, of the law, and with those it cannot speak of?"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest

from fravaer.absence import alignment, register
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Register
from fravaer.absence.reasons import Mark, Reason
from fravaer.cases import forecasts, triage
from fravaer.cases.models import Crossing, Ending, Rule, Run, Unsaid
from fravaer.cases.tasks import touch
from fravaer.schools.models import Enrolment, Pupil
from tests import factories
from tests.cases.attendance import attended, school_days
from tests.cast import DAY, MORNING, Cast

pytestmark = pytest.mark.usefixtures("bands")


def rule_of(code: str, lower: int, **columns: object) -> Rule:
    """A rule of a family of its own; days of a school year, unless it says otherwise."""
    defaults: dict[str, object] = {
        "family": code,
        "code": code,
        "version": 1,
        "band": 1,
        "valid_from": date(2000, 1, 1),
        "unit": "days",
        "window": "school_year",
        "reasons": [0, 1, 2, 3],
        "lower": lower,
        "lower_inclusive": True,
        "minimum_possible_days": 0,
        "minimum_absent_days": 0,
        "easing_margin": 1,
        "coverage": 80,
        "deadline_days": 5,
    }
    return Rule.objects.create(**defaults | columns)


def of(code: str, pupil: Pupil) -> list[Crossing]:
    return list(Crossing.objects.filter(family=code, pupil=pupil).order_by("pk"))


def test_five_days_in_a_row_are_counted_over_weekends_and_untaken_days(cast: Cast) -> None:
    rule_of("row", 5, unit="run", window="last_days", window_days=10)
    days = school_days(DAY)[:12]
    aksel, freja = cast.pupils[:2]
    # Both are away on five days of seven. Nobody had registered the fourth when Aksel was counted; Freja was here on it. The
    # row is counted from its first day, which lies before the ten.
    taken = [*days[:3], *days[4:]]
    attended(cast.class_7b, taken[:5], {aksel: 10})
    attended(cast.class_7b, taken[5:], {})
    triage.run(days[-1], MORNING)
    [crossing] = of("row", aksel)
    assert (crossing.value, crossing.absent, crossing.possible) == (10, 6, 18)
    attended(cast.class_7b, days[:2], {freja: 4})
    attended(cast.class_7b, days[4:7], {freja: 6})
    attended(cast.class_7b, days[3:4], {})
    triage.run(days[-1], MORNING)
    assert of("row", freja) == []


def test_a_spell_is_a_row_of_days_with_any_absence(cast: Cast) -> None:
    rule_of("often", 3, unit="spells")
    days = school_days(DAY)[:20]
    aksel, freja = cast.pupils[:2]
    attended(cast.class_7b, days, {})
    for first in (0, 4, 8):
        attended(cast.class_7b, days[first : first + 2], {aksel: 3})
    # Nobody knows of the day between Freja's first two spells: they may have been one.
    for first in (0, 2, 8):
        attended(cast.class_7b, days[first : first + 1], {freja: 2})
    Register.objects.filter(school_class=cast.class_7b, day=days[1]).delete()
    alignment.align()
    triage.run(days[-1], MORNING)
    assert [crossing.value for crossing in of("often", aksel)] == [3]
    assert of("often", freja) == []


def test_a_schools_own_rule_speaks_of_that_schools_pupils_and_lets_go_of_who_has_left_it(cast: Cast) -> None:
    rule_of("own", 2, school=cast.other_school)
    days = school_days(DAY)[:21]
    aksel, alma = cast.pupils[0], cast.others[0]
    attended(cast.class_7b, days, {aksel: 8})
    attended(cast.other_class, days, {alma: 8})
    triage.run(days[19], MORNING)
    assert (len(of("own", aksel)), len(of("own", alma))) == (0, 1)
    Enrolment.objects.filter(pupil=alma).update(until=days[20])
    factories.enrol([alma], cast.class_7b, since=days[20])
    triage.run(days[20], MORNING)
    assert [crossing.ending for crossing in of("own", alma)] == [Ending.LAPSED]


def test_the_laws_clock_is_stored_by_quarter_and_counts_unlawful_absence_alone(cast: Cast) -> None:
    rule_of("law", 10, unit="percent", window="quarter", purpose="law", reasons=[Reason.UNLAWFUL])
    days = school_days(DAY, since=date(2026, 1, 1))
    aksel, freja = cast.pupils[:2]
    attended(cast.class_7b, days[:20], {aksel: [Reason.UNLAWFUL] * 4, freja: [Reason.ILLNESS] * 4})
    triage.run(days[19], MORNING)
    [crossing] = of("law", aksel)
    assert (crossing.tenths, crossing.since, crossing.rule.purpose) == (100, date(2026, 1, 1), "law")
    assert of("law", freja) == []


def test_a_line_left_a_short_while_ago_is_crossed_again_in_silence(cast: Cast) -> None:
    Rule.objects.update(enabled=False)
    rule_of("days", 3, window="last_days", window_days=10, cooldown_days=8)
    days = school_days(DAY)[:60]
    aksel = cast.pupils[0]
    # Away three days: over the line on the tenth day, and off it when two of the three have left the window.
    attended(cast.class_7b, days, {})
    for away in (days[7:10], days[22:25], days[46:49]):
        attended(cast.class_7b, away, {aksel: 6})
    for day in days:
        triage.run(day, MORNING)
    rows = of("days", aksel)
    assert [(days.index(row.crossed_on), row.quiet) for row in rows] == [(9, False), (24, True), (48, False)]
    assert [days.index(row.ended_on) for row in rows[:2] if row.ended_on] == [17, 32]


def test_whoever_comes_down_a_band_is_told_to_nobody(cast: Cast) -> None:
    days = school_days(DAY)[:60]
    aksel = cast.pupils[0]
    attended(cast.class_7b, days[:20], {aksel: 16})
    triage.run(days[19], MORNING)
    attended(cast.class_7b, days[20:], {})
    triage.run(days[59], MORNING)
    assert [(row.band, row.quiet) for row in of("bands", aksel)] == [(2, False), (1, True)]


def test_where_too_few_registers_were_taken_nothing_is_said_instead_of_fine(cast: Cast) -> None:
    days = school_days(DAY)[:40]
    aksel, freja = cast.pupils[:2]
    attended(cast.class_7b, days[:20], {aksel: 16})
    attended(cast.other_class, days, {})
    triage.run(days[-1], MORNING)
    unsaid = {row.pupil_id: row for row in Unsaid.objects.all()}
    # Aksel is over a line whatever the missing registers hold; Havneskolen has taken all of its own.
    assert set(unsaid) == {pupil.pk for pupil in cast.pupils} - {aksel.pk}
    assert (unsaid[freja.pk].possible, unsaid[freja.pk].due, unsaid[freja.pk].family) == (40, 80, "bands")
    attended(cast.class_7b, days, {})
    triage.run(days[-1], MORNING)
    assert not Unsaid.objects.exists()


def test_a_correction_by_day_counts_its_pupil_again_and_no_other(cast: Cast) -> None:
    days = school_days(DAY)
    aksel, freja = cast.pupils[:2]
    attended(cast.class_7b, days[:-2], {aksel: 10})
    attended(cast.class_2a, days[:-2], {})
    night = factories.moment(DAY, 6)
    triage.run(days[-2], night)
    assert triage.touch(night + timedelta(hours=1)) is None
    # The day before yesterday is registered late: the whole class is counted again, by what was saved.
    saved = night + timedelta(hours=2)
    for checkpoint in Checkpoint:
        register.take(
            school_class_id=cast.class_7b.pk,
            school_id=cast.school.pk,
            year_group=7,
            day=days[-2],
            checkpoint=checkpoint,
            marks={pupil.pk: Mark.ABSENT if pupil == freja else Mark.HERE for pupil in cast.pupils},
            seen_version=0,
            key=uuid4(),
            user_id=cast.mette.pk,
            now=saved,
        )
    rule_of("any", 1, window="last_days", window_days=1)
    assert triage.touch(saved + timedelta(minutes=3)) == triage.Found(crossed=1, ended=0)
    assert [row.pupil for row in Crossing.objects.filter(family="any")] == [freja]
    # The task a few minutes later finds the same again and changes nothing; then there is nothing left.
    assert Run.objects.get().ran_at == saved + timedelta(minutes=3)
    assert triage.touch(saved + timedelta(minutes=14)) == triage.Found(0, 0)
    assert triage.touch(saved + timedelta(minutes=30)) is None
    touch()
    assert triage.run(days[-2], saved + timedelta(hours=1)) == triage.Found(0, 0)


def test_both_clocks_say_how_many_days_are_left(cast: Cast) -> None:
    days = school_days(DAY)
    aksel, freja = cast.pupils[:2]
    in_quarter = [day for day in days if day >= date(2026, 1, 1)]
    attended(cast.class_7b, days[:20], {freja: 0, aksel: 2})
    attended(cast.class_7b, in_quarter, {aksel: [Reason.UNLAWFUL] * 7})
    counted = forecasts.of([aksel.pk, freja.pk], DAY)
    possible = 40 + 2 * len(in_quarter)
    year, quarter = counted[aksel.pk].year, counted[aksel.pk].quarter
    assert (year.absent, year.possible) == (9, possible)
    assert (quarter.unlawful, quarter.possible) == (7, 2 * len(in_quarter))
    for percent, left in zip(forecasts.TOTAL_PERCENTS, counted[aksel.pk].days_left, strict=True):
        assert left is not None
        assert 100 * (9 + 2 * left) >= percent * (possible + 2 * left)
        assert 100 * (9 + 2 * left - 2) < percent * (possible + 2 * left - 2)
    [to_ten, to_fifteen] = [left or 0 for left in counted[aksel.pk].unlawful_left]
    assert 100 * (7 + to_ten) >= 10 * (2 * len(in_quarter) + to_ten) > 100 * (7 + to_ten - 1) - 10
    assert counted[aksel.pk].next_legal_line == (10, to_ten)
    assert to_fifteen > to_ten
    assert forecasts.of([], DAY) == {}
