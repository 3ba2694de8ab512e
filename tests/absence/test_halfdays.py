"""Rules of half-days are data with a date, and never contradict what was counted."""

from __future__ import annotations

from datetime import date, timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from fravaer.absence import alignment, halfdays, percentage, standing
from fravaer.absence.checkpoints import ORDER, Checkpoint, HalfDays
from fravaer.absence.models import Closing, HalfDayRule, Register
from fravaer.audit.models import Event
from fravaer.core.periods import Period
from fravaer.schools.models import SchoolClass
from tests import factories
from tests.absence.conftest import save, url
from tests.at_once import at_once
from tests.cast import DAY, MORNING, Cast, signed_in

START, END = Checkpoint.START, Checkpoint.END
ONE_DAY = Period(DAY, DAY + timedelta(days=1))
YESTERDAY = DAY - timedelta(days=1)


def rule(*arguments: str) -> str:
    out = StringIO()
    call_command("half_day_rule", *arguments, stdout=out)
    return out.getvalue()


def test_until_a_rule_is_laid_down_the_orders_own_holds(cast: Cast) -> None:
    assert halfdays.on(DAY) == ORDER == HalfDays(7, True)
    assert "from the beginning: end of the day from year group 7; the start decides the day" in rule()


def test_a_rule_holds_from_its_day_and_earlier_days_keep_theirs(cast: Cast) -> None:
    pupils = factories.pupils(["Ida Prøve"], in_class=cast.class_2a)
    client = signed_in(cast.leader)
    rule(DAY.isoformat(), "--first-with-end", "2")
    assert (halfdays.on(YESTERDAY).first_with_end, halfdays.on(DAY).first_with_end) == (7, 2)
    assert client.get(url(cast.class_2a, DAY, END)).content.decode().count("Ida") > 0
    assert (
        "ikke noget fremmøde sidst på dagen"
        in client.get(url(cast.class_2a, YESTERDAY, END)).content.decode()
    )
    assert save(client, cast.class_2a, YESTERDAY, {pupils[0]: "T"}, checkpoint=END).status_code == 422
    for day in (YESTERDAY, DAY):
        assert save(client, cast.class_2a, day, {pupils[0]: "I"}).status_code == 303
    assert save(client, cast.class_2a, DAY, {pupils[0]: "T"}, checkpoint=END).status_code == 303
    assert list(Register.objects.order_by("day", "checkpoint").values_list("halves", flat=True)) == [2, 1, 1]
    assert alignment.wrong_months() == alignment.align() == 0


def test_where_the_start_does_not_decide_each_half_counts_for_itself(cast: Cast) -> None:
    client, aksel = signed_in(cast.mette), cast.pupils[0]
    everyone = dict.fromkeys(cast.pupils, "T")
    save(client, cast.class_7b, DAY, everyone | {aksel: "I"})
    save(client, cast.class_7b, DAY, everyone, checkpoint=END)
    assert percentage.tally(ONE_DAY, aksel.pk).absent == 2
    said = rule(DAY.isoformat(), "--first-with-end", "7", "--no-start-decides")
    assert "each half decides itself" in said
    assert percentage.tally(ONE_DAY, aksel.pk).absent == 1, "what was taken already is counted by the rule"
    save(client, cast.class_7b, DAY, everyone | {aksel: "S"}, version=1)
    assert percentage.tally(ONE_DAY, aksel.pk).illness == 1
    assert alignment.wrong_months() == alignment.align() == 0


@pytest.mark.parametrize(
    ("first", "words"),
    [("12", "no such year group"), ("-1", "no such year group"), ("7", "says the same already")],
)
def test_a_rule_that_says_nothing_or_nothing_new_is_refused(cast: Cast, first: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        rule(DAY.isoformat(), f"--first-with-end={first}")
    assert not HalfDayRule.objects.exists()


def test_a_day_has_one_rule_and_it_is_not_changed_afterwards(cast: Cast) -> None:
    rule(DAY.isoformat(), "--first-with-end", "5")
    with pytest.raises(CommandError, match="never changed"):
        rule(DAY.isoformat(), "--first-with-end", "6")
    assert halfdays.on(DAY).first_with_end == 5


def test_a_rule_that_would_change_completed_days_is_refused(cast: Cast) -> None:
    Closing.objects.create(
        uuid=uuid4(),
        school=cast.school,
        since=date(2026, 1, 1),
        until=date(2026, 4, 1),
        closed_at=MORNING,
        closed_by=cast.leader,
    )
    with pytest.raises(CommandError, match="completed"):
        rule(DAY.isoformat(), "--first-with-end", "5")
    rule("2026-04-01", "--first-with-end", "5")


def test_a_rule_under_which_registers_taken_would_decide_nothing_is_refused(cast: Cast) -> None:
    save(signed_in(cast.mette), cast.class_7b, DAY, dict.fromkeys(cast.pupils, "T"), checkpoint=END)
    with pytest.raises(CommandError, match="decide nothing"):
        rule(YESTERDAY.isoformat(), "--first-with-end", "8")
    rule((DAY + timedelta(days=1)).isoformat(), "--first-with-end", "8")
    assert standing.state(cast.class_7b.pk, DAY, END).half_days.first_with_end == 7


def test_it_is_kept_in_the_trail(cast: Cast) -> None:
    rule("2026-08-01", "--first-with-end", "11", "--no-start-decides")
    entry = Event.objects.get(action="half_days.lay_down")
    assert (entry.role, entry.subject_id) == ("job.half_day_rule", "2026-08-01")
    assert entry.detail == {"first_with_end": 11, "start_decides": False}


def test_a_day_without_a_year_group_or_the_other_way_round_is_asked_about(cast: Cast) -> None:
    with pytest.raises(CommandError, match="neither"):
        rule(DAY.isoformat())


@pytest.mark.django_db(transaction=True)
def test_a_register_saved_while_a_rule_comes_into_force_is_counted_by_it(cast: Cast) -> None:
    classes = [factories.school_class(f"2.{letter}", at=cast.school, year=cast.year) for letter in "BCD"]
    pupils = {one: factories.pupils(3, in_class=one) for one in classes}

    def take(one: SchoolClass) -> object:
        return save(signed_in(cast.leader), one, DAY, dict.fromkeys(pupils[one], "I")).status_code

    answers = at_once(
        lambda: take(classes[0]),
        lambda: halfdays.lay_down(HalfDays(2, True, DAY)),
        lambda: take(classes[1]),
        lambda: take(classes[2]),
    )
    assert [one for one in answers if one == 303] == [303] * 3, answers
    assert set(Register.objects.values_list("halves", flat=True)) == {1}
    assert alignment.wrong_months() == alignment.align() == 0
