"""A year of earlier absence comes in at once, already counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from fravaer.absence import alignment, bulk, percentage, register
from fravaer.absence.bulk import Loaded, NewAbsence, TakenRegister
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.percentage import Tally
from fravaer.absence.reasons import Mark, Reason
from fravaer.core.periods import Period
from fravaer.schools import schooldays
from fravaer.schools.models import Pupil, SchoolClass
from tests import factories
from tests.cast import DAY, MORNING, Cast

START, END = Checkpoint.START, Checkpoint.END
MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)


def taken(
    of: SchoolClass, *days: date, checkpoints: Sequence[Checkpoint] = (START, END)
) -> list[TakenRegister]:
    return [
        TakenRegister(of.pk, day, checkpoint, None, factories.moment(day, 8))
        for day in days
        for checkpoint in checkpoints
    ]


def away(
    pupil: Pupil, of: SchoolClass, day: date, *checkpoints: Checkpoint, reason: Reason = Reason.ILLNESS
) -> list[NewAbsence]:
    return [
        NewAbsence(pupil.pk, day, checkpoint, of.pk, reason) for checkpoint in checkpoints or (START, END)
    ]


def tally(pupil: Pupil) -> Tally:
    return percentage.tally(MARCH, pupil.pk)


def assert_in_line() -> None:
    assert alignment.wrong_months() == 0
    assert alignment.align() == 0


def test_it_counts_what_a_save_would_have_counted(cast: Cast) -> None:
    [aksel, freja, noah, *_], of = cast.pupils, cast.class_7b
    loaded = bulk.load(
        taken(of, MONDAY, TUESDAY, WEDNESDAY),
        [
            *away(aksel, of, MONDAY),
            *away(aksel, of, TUESDAY, reason=Reason.UNLAWFUL),
            *away(freja, of, MONDAY, END, reason=Reason.LEAVE),
            *away(noah, of, MONDAY, reason=Reason.PENDING),
        ],
    )
    assert loaded == Loaded(registers=6, absences=7)
    assert (tally(aksel).possible, tally(aksel).illness, tally(aksel).unlawful) == (6, 2, 2)
    assert (tally(freja).possible, tally(freja).leave) == (6, 1)
    assert (tally(noah).possible, tally(noah).pending) == (6, 2)
    assert_in_line()


def test_absent_at_the_start_and_present_at_the_end_is_a_whole_day(cast: Cast) -> None:
    aksel, of = cast.pupils[0], cast.class_7b
    bulk.load(taken(of, MONDAY), away(aksel, of, MONDAY, START))
    assert (tally(aksel).absent, tally(aksel).possible) == (2, 2)
    assert_in_line()


def test_with_no_register_of_the_afternoon_the_morning_is_half_a_day(cast: Cast) -> None:
    aksel, of = cast.pupils[0], cast.class_7b
    bulk.load(taken(of, MONDAY, checkpoints=[START]), away(aksel, of, MONDAY, START))
    assert (tally(aksel).absent, tally(aksel).possible) == (1, 1)
    assert_in_line()


def test_the_youngest_have_one_register_for_the_whole_day(cast: Cast) -> None:
    of = cast.class_2a
    villum = factories.pupil("Villum Riis", in_class=of)
    bulk.load(taken(of, MONDAY, TUESDAY), away(villum, of, MONDAY, START))
    assert (tally(villum).absent, tally(villum).possible) == (2, 4)
    assert_in_line()


def test_a_closed_day_and_a_pupil_of_another_class_decide_nothing(cast: Cast) -> None:
    aksel, of = cast.pupils[0], cast.class_7b
    saturday, stranger = date(2026, 3, 7), cast.others[0]
    bulk.load(taken(of, MONDAY, saturday), [*away(aksel, of, saturday), *away(stranger, of, MONDAY, START)])
    assert (tally(aksel).absent, tally(aksel).possible) == (0, 2)
    assert tally(stranger).absent == 0
    assert_in_line()


def test_days_closed_for_one_class_alone_are_not_counted_for_it(cast: Cast) -> None:
    factories.close(cast.year, [MONDAY], school_class=cast.class_7b)
    schooldays.draw(cast.year)
    bulk.load(taken(cast.class_7b, MONDAY, TUESDAY), [])
    assert tally(cast.pupils[0]).possible == 2
    assert_in_line()


def test_pupils_who_come_and_go_count_while_they_were_there(cast: Cast) -> None:
    of = cast.class_7b
    early = factories.pupil("Ea Friis", in_class=of, until=TUESDAY)
    late = factories.pupil("Luka Bang", in_class=of, since=WEDNESDAY)
    bulk.load(taken(of, MONDAY, TUESDAY, WEDNESDAY), [*away(late, of, WEDNESDAY), *away(early, of, MONDAY)])
    assert (tally(early).absent, tally(early).possible) == (2, 2)
    assert (tally(late).absent, tally(late).possible) == (2, 2)
    # Five were there all the time, and one more on two of the days.
    assert percentage.group_tallies(MARCH, "class")[of.pk].tally.possible == 2 * (6 + 5 + 6)
    assert_in_line()


def test_the_school_may_go_on_where_the_earlier_registers_end(cast: Cast) -> None:
    [aksel, *others], of = cast.pupils, cast.class_7b
    bulk.load(taken(of, MONDAY, TUESDAY), away(aksel, of, MONDAY))
    register.take(
        school_class_id=of.pk,
        school_id=of.school_id,
        year_group=of.year_group,
        day=DAY,
        checkpoint=START,
        marks={aksel.pk: Mark.ABSENT} | {pupil.pk: Mark.HERE for pupil in others},
        seen_version=0,
        key=uuid4(),
        user_id=cast.mette.pk,
        now=MORNING,
    )
    assert (tally(aksel).absent, tally(aksel).possible) == (3, 5)
    assert_in_line()


def test_another_year_comes_in_beside_the_first(cast: Cast) -> None:
    aksel, of = cast.pupils[0], cast.class_7b
    bulk.load(taken(of, MONDAY), away(aksel, of, MONDAY))
    bulk.load(taken(of, TUESDAY), away(aksel, of, TUESDAY))
    assert (tally(aksel).absent, tally(aksel).possible) == (4, 4)
    assert_in_line()


def test_a_day_with_a_register_is_never_written_over(cast: Cast) -> None:
    aksel, of = cast.pupils[0], cast.class_7b
    bulk.load(taken(of, MONDAY, checkpoints=[START]), [])
    with pytest.raises(bulk.AlreadyTaken):
        bulk.load(taken(of, MONDAY, checkpoints=[END]), away(aksel, of, MONDAY, END))
    assert tally(aksel).absent == 0
    assert_in_line()


def test_an_absence_without_its_register_is_refused(cast: Cast) -> None:
    aksel, of = cast.pupils[0], cast.class_7b
    with pytest.raises(bulk.NotTaken):
        bulk.load(taken(of, MONDAY), away(aksel, of, TUESDAY))
    with pytest.raises(bulk.NotTaken):
        bulk.load([], away(aksel, of, MONDAY))
    assert tally(aksel).possible == 0


def test_nothing_at_all_is_loaded_without_a_word(cast: Cast) -> None:
    assert bulk.load([], []) == Loaded(registers=0, absences=0)


def test_a_class_nobody_knows_and_a_register_given_twice_are_refused(cast: Cast) -> None:
    of = cast.class_7b
    unknown = TakenRegister(of.pk + 10_000, MONDAY, START, None, MORNING)
    for registers in ([unknown], taken(of, MONDAY) * 2):
        with pytest.raises(IntegrityError), transaction.atomic():
            bulk.load(registers, [])
    assert tally(cast.pupils[0]).possible == 0
