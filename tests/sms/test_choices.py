"""Which classes use SMS, and when a message may leave."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from fravaer.audit.models import Event
from fravaer.sms import choices
from fravaer.sms.choices import ALWAYS, Chosen, Hours
from tests import factories
from tests.cast import DAY, Cast


def of(cast: Cast) -> dict[int, Chosen]:
    return choices.of([cast.class_7b.pk, cast.class_2a.pk, cast.other_class.pk])


def test_no_class_uses_sms_before_its_school_has_chosen_it(cast: Cast) -> None:
    assert of(cast) == {}


def test_a_school_chooses_for_all_its_classes_and_no_others(cast: Cast) -> None:
    choices.opt_in([cast.school.pk])
    assert set(of(cast)) == {cast.class_7b.pk, cast.class_2a.pk}


def test_a_class_may_choose_for_itself(cast: Cast) -> None:
    choices.opt_in([cast.school.pk], class_ids=[cast.class_2a.pk])
    assert set(of(cast)) == {cast.class_2a.pk}


def test_a_class_may_stay_out_of_what_its_school_has_chosen(cast: Cast) -> None:
    choices.opt_in([cast.school.pk])
    choices.opt_out([cast.school.pk], class_ids=[cast.class_2a.pk])
    assert set(of(cast)) == {cast.class_7b.pk}


def test_a_class_of_another_school_cannot_be_chosen_for(cast: Cast) -> None:
    assert choices.opt_in([cast.school.pk], class_ids=[cast.other_class.pk]) == 0
    assert of(cast) == {}


def test_choosing_again_changes_the_hours(cast: Cast) -> None:
    choices.opt_in([cast.school.pk])
    choices.opt_in([cast.school.pk], hours=Hours(timedelta(seconds=30)))
    assert of(cast)[cast.class_7b.pk].hours.grace == timedelta(seconds=30)


def test_a_choice_leaves_its_entry_in_the_trail(cast: Cast) -> None:
    choices.opt_in([cast.school.pk], actor_id=cast.leader.pk, role="leader")
    entry = Event.objects.get(action="sms.opt_in")
    assert (entry.actor_id, entry.role, entry.detail) == (
        cast.leader.pk,
        "leader",
        {"schools": 1, "units": 1},
    )


def test_a_paused_school_is_paused_for_a_class_with_a_row_of_its_own_too(cast: Cast) -> None:
    choices.opt_in([cast.school.pk])
    choices.opt_in([cast.school.pk], class_ids=[cast.class_2a.pk])
    choices.pause(cast.school.pk, True)
    assert {one.paused for one in of(cast).values()} == {True}
    choices.pause(cast.school.pk, False)
    assert {one.paused for one in of(cast).values()} == {False}


HOURS = Hours(timedelta(seconds=90), time(7, 30), time(16), time(11))


@pytest.mark.parametrize(
    ("hour", "minute", "not_before", "until"),
    [
        # Before the window opens it waits for that; then for its grace.
        (7, 0, (7, 30), (11, 0)),
        (8, 0, (8, 1, 30), (11, 0)),
        (12, 0, (12, 1, 30), (11, 0)),
    ],
)
def test_a_message_may_leave_after_its_grace_in_the_window_until_the_deadline(
    hour: int, minute: int, not_before: tuple[int, ...], until: tuple[int, int]
) -> None:
    chosen = Chosen(1, 1, HOURS, False, "", False)
    window = chosen.window(factories.moment(DAY, hour, minute))
    expected = factories.moment(DAY, not_before[0], not_before[1])
    if len(not_before) > 2:
        expected += timedelta(seconds=not_before[2])
    assert window == (expected, factories.moment(DAY, *until))


def test_at_all_hours_the_window_ends_at_midnight() -> None:
    now = factories.moment(DAY, 23, 30)
    chosen = Chosen(1, 1, ALWAYS, False, "", False)
    assert chosen.window(now) == (now, factories.moment(DAY + timedelta(days=1)))


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_half_past_seven_is_half_past_seven_on_the_days_the_clocks_change(day: str) -> None:
    changed = DAY.fromisoformat(day)
    chosen = Chosen(1, 1, HOURS, False, "", False)
    not_before, until = chosen.window(factories.moment(changed, 1))
    assert (not_before, until) == (factories.moment(changed, 7, 30), factories.moment(changed, 11))
