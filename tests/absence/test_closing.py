"""Completing a period and opening it again."""

from __future__ import annotations

from datetime import date, time
from uuid import uuid4

import pytest

from fravaer.absence import closing, completion, register, standing
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.reasons import Mark
from fravaer.accounts.scoping import scope_of
from fravaer.core.periods import Period
from fravaer.core.scope import Scope
from tests import factories
from tests.cast import MORNING, Cast, statements

# The two school days before, and the day itself.
MONDAY, TUESDAY = date(2026, 3, 9), date(2026, 3, 10)
TWO_DAYS = Period(MONDAY, date(2026, 3, 11))
AFTERNOON = time(16)


def leader(cast: Cast) -> Scope:
    return scope_of(cast.leader.pk, MORNING)


def take(cast: Cast, day: date, checkpoint: Checkpoint, mark: Mark = Mark.HERE) -> None:
    marks = {pupil.pk: Mark.HERE for pupil in cast.pupils} | {cast.pupils[0].pk: mark}
    stands = standing.state(cast.class_7b.pk, day, checkpoint)
    register.take(
        school_class_id=cast.class_7b.pk,
        school_id=cast.school.pk,
        year_group=7,
        day=day,
        checkpoint=checkpoint,
        marks=marks,
        seen_version=stands.version,
        key=uuid4(),
        user_id=cast.leader.pk,
        now=MORNING,
    )


def take_all(cast: Cast) -> None:
    for day in (MONDAY, TUESDAY):
        for checkpoint in Checkpoint:
            take(cast, day, checkpoint)


def close(cast: Cast, *, seen_gaps: int = 0, period: Period = TWO_DAYS) -> str:
    made = closing.close(
        cast.school.pk,
        period,
        seen_gaps=seen_gaps,
        scope=leader(cast),
        today=TUESDAY,
        clock=AFTERNOON,
        now=MORNING,
    )
    return str(made.uuid)


def check(cast: Cast) -> completion.Check:
    return completion.checks([cast.school.pk], TWO_DAYS, TUESDAY, AFTERNOON)[cast.school.pk]


def test_a_completed_period_locks_its_days_at_its_own_school_alone(cast: Cast) -> None:
    take_all(cast)
    close(cast)
    assert closing.is_locked(cast.school.pk, MONDAY)
    assert closing.is_locked(cast.school.pk, TUESDAY)
    assert not closing.is_locked(cast.school.pk, date(2026, 3, 11))
    assert not closing.is_locked(cast.other_school.pk, MONDAY)


def test_opening_again_needs_a_reason_and_unlocks(cast: Cast) -> None:
    take_all(cast)
    made = closing.close(
        cast.school.pk,
        TWO_DAYS,
        seen_gaps=0,
        scope=leader(cast),
        today=TUESDAY,
        clock=AFTERNOON,
        now=MORNING,
    )
    with pytest.raises(closing.NoReason):
        closing.reopen(made.uuid, cast.school.pk, reason="  ", scope=leader(cast), now=MORNING)
    assert closing.is_locked(cast.school.pk, MONDAY)
    closing.reopen(made.uuid, cast.school.pk, reason="En fejl i 7.B", scope=leader(cast), now=MORNING)
    assert not closing.is_locked(cast.school.pk, MONDAY)
    with pytest.raises(closing.AlreadyOpen):
        closing.reopen(made.uuid, cast.school.pk, reason="Igen", scope=leader(cast), now=MORNING)
    [kept] = closing.history(cast.school.pk, TWO_DAYS)
    assert (kept.reopened_because, kept.reopened_by_id) == ("En fejl i 7.B", cast.leader.pk)


def test_an_unexplained_absence_keeps_the_period_open(cast: Cast) -> None:
    take_all(cast)
    take(cast, MONDAY, Checkpoint.START, Mark.ABSENT)
    with pytest.raises(closing.Blocked) as refused:
        close(cast)
    assert refused.value.check.pending == 1
    assert not closing.is_locked(cast.school.pk, MONDAY)
    take(cast, MONDAY, Checkpoint.START, Mark.ILL)
    close(cast)
    assert closing.is_locked(cast.school.pk, MONDAY)


def test_registers_that_were_never_taken_are_accepted_only_by_somebody_who_saw_how_many(cast: Cast) -> None:
    take(cast, MONDAY, Checkpoint.START)
    assert (check(cast).due, check(cast).untaken, check(cast).without_days) == (4, 3, 0)
    with pytest.raises(closing.Blocked):
        close(cast)
    close(cast, seen_gaps=3)
    assert closing.is_locked(cast.school.pk, TUESDAY)


def test_a_period_with_school_days_ahead_cannot_be_completed(cast: Cast) -> None:
    take_all(cast)
    with pytest.raises(closing.NotOver):
        close(cast, period=Period(MONDAY, date(2026, 3, 12)))


def test_a_weekend_ahead_does_not_keep_the_week_open(cast: Cast) -> None:
    assert completion.checks(
        [cast.school.pk], Period(MONDAY, date(2026, 3, 16)), date(2026, 3, 13), AFTERNOON
    )[cast.school.pk].over


def test_completing_twice_is_refused(cast: Cast) -> None:
    take_all(cast)
    close(cast)
    with pytest.raises(closing.AlreadyClosed):
        close(cast)


def test_a_class_without_pupils_owes_no_register(cast: Cast) -> None:
    take_all(cast)
    assert check(cast).due == 4
    factories.pupils(["Ida Ny"], in_class=cast.class_2a, since=TUESDAY)
    assert (check(cast).due, check(cast).untaken) == (5, 1)


def test_a_pupil_of_whom_nothing_is_known_is_counted_and_named(cast: Cast) -> None:
    take_all(cast)
    [ida] = factories.pupils(["Ida Ny"], in_class=cast.class_2a, since=TUESDAY)
    assert check(cast).without_days == 1
    [found] = completion.without_days(cast.school.pk, TWO_DAYS, TUESDAY, AFTERNOON)
    assert (found.pupil_id, found.name, found.class_name) == (ida.pk, "Ida Ny", "2.A")


def test_a_reason_is_overdue_the_next_school_day_at_the_schools_time(cast: Cast) -> None:
    take(cast, MONDAY, Checkpoint.START, Mark.ABSENT)

    def overdue(clock: time) -> int:
        return completion.checks([cast.school.pk], TWO_DAYS, TUESDAY, clock)[cast.school.pk].overdue

    assert overdue(time(14, 59)) == 0
    assert overdue(time(15)) == 1


def test_what_lacks_is_listed_with_its_place(cast: Cast) -> None:
    take(cast, MONDAY, Checkpoint.START, Mark.ABSENT)
    lacking = completion.untaken(cast.school.pk, TWO_DAYS, TUESDAY, AFTERNOON)
    assert [(one.class_name, one.day, one.checkpoint) for one in lacking] == [
        ("7.B", TUESDAY, Checkpoint.START),
        ("7.B", TUESDAY, Checkpoint.END),
        ("7.B", MONDAY, Checkpoint.END),
    ]
    [unexplained] = completion.pending(cast.school.pk, TWO_DAYS, TUESDAY, AFTERNOON)
    assert (unexplained.name, unexplained.day) == ("Aksel Bro", MONDAY)


def test_the_limits_of_a_correction_are_one_statement(cast: Cast) -> None:
    take_all(cast)
    close(cast)
    with statements() as sent:
        limits = closing.limits(cast.class_7b.pk, date(2026, 3, 6), TUESDAY)
    assert len(sent) == 1
    # Friday lies two school days back: the weekend does not count.
    assert (limits.days_back, limits.school_days_ago, limits.locked) == (5, 2, False)
    assert closing.limits(cast.class_7b.pk, MONDAY, TUESDAY).locked
