"""The percentage, by the examples of docs/absence-percentage.md."""

from __future__ import annotations

from datetime import date
from itertools import product

from fravaer.absence.alignment import align
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Absence, Register
from fravaer.absence.percentage import GroupTally, Tally, group_of, spent, tally
from fravaer.absence.reasons import Reason
from fravaer.core.periods import Period
from fravaer.schools.models import Pupil, SchoolClass
from tests import factories
from tests.cast import DAY, Cast

TODAY = Period(DAY, date.fromordinal(DAY.toordinal() + 1))


def noted(
    school_class: SchoolClass, checkpoint: Checkpoint, *absent: Pupil, reason: Reason = Reason.PENDING
) -> None:
    """The class's register of the day was taken; these were not there."""
    Register.objects.create(
        school_class=school_class,
        day=DAY,
        checkpoint=checkpoint,
        school=school_class.school,
        halves=0,
        taken_at=factories.moment(DAY, 8),
    )
    for pupil in absent:
        note(school_class, checkpoint, pupil, reason)
    align()


def note(school_class: SchoolClass, checkpoint: Checkpoint, pupil: Pupil, reason: Reason) -> None:
    Absence.objects.create(
        pupil=pupil,
        day=DAY,
        checkpoint=checkpoint,
        school_class=school_class,
        school=school_class.school,
        halves=0,
        reason=reason,
    )


def test_six_of_forty_days_reach_fifteen_percent() -> None:
    six_of_forty = Tally(possible=80, due=80, unlawful=12)
    assert six_of_forty.reaches(15)
    assert not six_of_forty.exceeds(15)
    assert six_of_forty.tenths == 150


def test_five_and_a_half_of_thirty_seven_days_do_not_reach_fifteen_percent() -> None:
    almost = Tally(possible=74, due=74, unlawful=11)
    assert not almost.reaches(15)
    assert almost.tenths == 148


def test_a_shown_percent_has_always_been_reached() -> None:
    for possible, limit in product(range(1, 400), (10, 15, 20, 60)):
        for absent in range(possible + 1):
            counted = Tally(possible=possible, illness=absent)
            assert counted.tenths is not None
            assert (counted.tenths >= 10 * limit) == counted.reaches(limit)


def test_nothing_possible_has_no_percent_and_reaches_no_limit() -> None:
    nothing = Tally(due=40)
    assert nothing.tenths is None
    assert not nothing.reaches(0)
    assert not nothing.exceeds(0)
    assert nothing.coverage_tenths == 0
    assert Tally().coverage_tenths is None


def test_a_groups_percent_is_rounded_half_up_and_a_pupils_is_cut() -> None:
    # 29 of 442 is 6.56 %; 1 of 400 is 0.25 %, in the middle between two tenths.
    group = GroupTally(Tally(possible=442, illness=29), 1)
    assert (group.rounded_tenths, group.tally.tenths) == (66, 65)
    assert GroupTally(Tally(possible=400, illness=1), 1).rounded_tenths == 3
    assert Tally(possible=400, illness=1).tenths == 2


def test_721_days_among_a_hundred_pupils_are_seven_and_twenty_one_hundredths_each() -> None:
    group = GroupTally(Tally(possible=100 * 220, illness=2 * 721), 100)
    assert (group.days_hundredths, group.rounded_tenths) == (721, 66)


def test_days_a_pupil_are_rounded_half_up() -> None:
    # 1 half-day among 100 pupils is 0.005 of a day.
    assert GroupTally(Tally(possible=1000, illness=1), 100).days_hundredths == 1
    assert GroupTally(Tally(possible=1000, illness=1), 101).days_hundredths == 0
    assert GroupTally(Tally(), 0).days_hundredths is None


def test_a_register_nobody_took_makes_nobody_present_and_lowers_the_coverage(cast: Cast) -> None:
    counted = tally(TODAY, cast.pupils[0].pk)
    assert (counted.possible, counted.due, counted.tenths, counted.coverage_tenths) == (0, 2, None, 0)


def test_present_in_the_morning_and_gone_at_the_end_is_half_a_day_in_year_group_7(cast: Cast) -> None:
    noted(cast.class_7b, Checkpoint.START)
    noted(cast.class_7b, Checkpoint.END, cast.pupils[0])
    assert tally(TODAY, cast.pupils[0].pk) == Tally(possible=2, due=2, pending=1)


def test_absent_in_the_morning_is_the_whole_day_even_for_one_who_is_there_at_the_end(cast: Cast) -> None:
    noted(cast.class_7b, Checkpoint.START, cast.pupils[0], reason=Reason.ILLNESS)
    assert tally(TODAY, cast.pupils[0].pk) == Tally(possible=1, due=2, illness=1)
    noted(cast.class_7b, Checkpoint.END)
    assert tally(TODAY, cast.pupils[0].pk) == Tally(possible=2, due=2, illness=2)


def test_morning_and_end_of_the_day_keep_a_reason_each(cast: Cast) -> None:
    noted(cast.class_7b, Checkpoint.START, cast.pupils[0], reason=Reason.LEAVE)
    noted(cast.class_7b, Checkpoint.END, cast.pupils[0], reason=Reason.UNLAWFUL)
    assert tally(TODAY, cast.pupils[0].pk) == Tally(possible=2, due=2, leave=1, unlawful=1)


def test_an_absence_noted_in_another_class_does_not_shorten_the_mornings(cast: Cast) -> None:
    noted(cast.class_7b, Checkpoint.END)
    note(cast.other_class, Checkpoint.END, cast.pupils[0], Reason.PENDING)
    noted(cast.class_7b, Checkpoint.START, cast.pupils[0], reason=Reason.ILLNESS)
    assert tally(TODAY, cast.pupils[0].pk) == Tally(possible=2, due=2, illness=2)


def test_a_class_of_year_group_2_is_noted_once_and_that_decides_the_day(cast: Cast) -> None:
    pupil = factories.pupil("Lulu Bæk", in_class=cast.class_2a)
    noted(cast.class_2a, Checkpoint.START, pupil)
    assert tally(TODAY, pupil.pk) == Tally(possible=2, due=2, pending=2)


def test_a_group_is_counted_once_however_often_its_pupils_are_named(cast: Cast) -> None:
    noted(cast.class_7b, Checkpoint.START, cast.pupils[0])
    pupil = cast.pupils[0].pk
    assert group_of(TODAY, [pupil, pupil]) == GroupTally(Tally(possible=1, due=2, pending=1), 1)


def test_what_is_spent_of_a_period_ends_with_today() -> None:
    quarter = Period(date(2026, 1, 1), date(2026, 4, 1))
    assert spent(quarter, DAY) == Period(date(2026, 1, 1), date(2026, 3, 11))
    assert spent(quarter, date(2026, 5, 1)) == quarter
    assert spent(quarter, date(2025, 12, 1)) == Period(date(2026, 1, 1), date(2026, 1, 1))
