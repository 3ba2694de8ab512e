"""What happens when two do the same at once?"""

from __future__ import annotations

from uuid import uuid4

import pytest

from fravaer.accounts.models import Grant, User
from fravaer.accounts.scoping import scope_of
from fravaer.cases import activating, lifecycle, notes, rulebook, triage
from fravaer.cases.domains import Domain
from fravaer.cases.models import Activation, Case, Crossing, Note, Outcome, Reading, Run, Step
from fravaer.core.scope import Scope
from tests.at_once import at_once
from tests.cases import casework
from tests.cases.attendance import attended, school_days
from tests.cases.test_lifecycle import assembled_team, discuss, refer
from tests.cast import DAY, MORNING, Cast

pytestmark = pytest.mark.django_db(transaction=True)


def scope(user: User) -> Scope:
    return scope_of(user.pk, MORNING)


def test_two_who_open_the_same_case_at_once_get_one_and_the_second_sees_it(cast: Cast) -> None:
    crossing = casework.crossing_of(cast.pupils[0])
    openers = [cast.social_worker, cast.leader] * 3
    answers = at_once(
        *(lambda user=user: lifecycle.open_case(crossing, scope(user), MORNING) for user in openers)
    )
    opened = [answer for answer in answers if isinstance(answer, lifecycle.Opened)]
    assert len(opened) == len(openers), answers
    assert [one.made for one in opened].count(True) == 1
    assert {one.case.pk for one in opened} == {Case.objects.get().pk}
    assert Step.objects.count() == Grant.objects.filter(origin="case").count() == 1


def test_two_who_close_the_same_case_at_once_close_it_once(cast: Cast) -> None:
    case = lifecycle.open_case(casework.crossing_of(cast.pupils[0]), scope(cast.social_worker), MORNING).case
    answers = at_once(
        lambda: lifecycle.close(case, scope(cast.social_worker), MORNING, seen=1, outcome=Outcome.BETTER),
        lambda: lifecycle.close(case, scope(cast.leader), MORNING, seen=1, outcome=Outcome.MOVED),
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "NotAllowed"]
    assert Step.objects.filter(kind="close").count() == 1


def test_a_note_written_while_the_case_is_closed_is_saved_before_or_refused_and_never_lost(
    cast: Cast,
) -> None:
    case = lifecycle.open_case(casework.crossing_of(cast.pupils[0]), scope(cast.social_worker), MORNING).case
    answers = at_once(
        lambda: notes.add(
            case,
            scope(cast.social_worker),
            MORNING,
            text="Skrevet samtidig",
            domain=Domain.SCHOOL,
            key=uuid4(),
            seen=1,
        ),
        lambda: lifecycle.close(case, scope(cast.leader), MORNING, seen=1, outcome=Outcome.BETTER),
    )
    kinds = [type(answer).__name__ for answer in answers]
    assert kinds in (["Note", "Stale"], ["NotOpen", "NoneType"])
    assert Note.objects.count() == (kinds[0] == "Note")


def test_the_same_note_sent_twice_at_once_is_one_note(cast: Cast) -> None:
    case = lifecycle.open_case(casework.crossing_of(cast.pupils[0]), scope(cast.social_worker), MORNING).case
    key = uuid4()

    def save() -> object:
        return notes.add(
            case, scope(cast.social_worker), MORNING, text="En", domain=Domain.SOCIAL, key=key, seen=1
        )

    answers = at_once(save, save, save)
    assert all(isinstance(answer, Note) for answer in answers), answers
    assert Note.objects.count() == 1


def test_a_closed_case_opened_again_while_a_new_one_is_opened_leaves_one_open(cast: Cast) -> None:
    crossing = casework.crossing_of(cast.pupils[0])
    worker, leader = scope(cast.social_worker), scope(cast.leader)
    case = lifecycle.open_case(crossing, worker, MORNING).case
    lifecycle.close(case, leader, MORNING, seen=1, outcome=Outcome.BETTER)
    answers = at_once(
        lambda: lifecycle.reopen(case, leader, MORNING, seen=2),
        lambda: lifecycle.open_case(crossing, worker, MORNING),
    )
    assert not [
        a for a in answers if isinstance(a, Exception) and not isinstance(a, lifecycle.AnotherOpen)
    ], answers
    assert Case.objects.filter(state="open").count() == 1


def test_the_two_who_activate_at_once_and_each_twice_make_the_case_active_once(cast: Cast) -> None:
    case = lifecycle.open_case(casework.crossing_of(cast.pupils[0]), scope(cast.leader), MORNING).case
    team = assembled_team(cast)
    refer(case, cast.leader, team)
    discuss(case, team.psychologist)
    both = [scope(team.chief), scope(team.psychologist)] * 2
    answers = at_once(*(lambda one=one: activating.agree(case, one, MORNING) for one in both))
    assert sorted(answers, key=str) == [False, False, False, True], answers
    assert Activation.objects.count() == 2
    assert Step.objects.filter(kind="activate").count() == 1


def test_a_case_closed_while_the_second_agrees_is_active_or_closed_and_never_both_at_once(cast: Cast) -> None:
    case = lifecycle.open_case(casework.crossing_of(cast.pupils[0]), scope(cast.leader), MORNING).case
    team = assembled_team(cast)
    refer(case, cast.leader, team)
    discuss(case, team.psychologist)
    activating.agree(case, scope(team.chief), MORNING)
    before = lifecycle.version(case, scope(cast.leader))
    answers = at_once(
        lambda: activating.agree(case, scope(team.psychologist), MORNING),
        lambda: lifecycle.close(case, scope(cast.leader), MORNING, seen=before, outcome=Outcome.MOVED),
    )
    case.refresh_from_db()
    kinds = [type(answer).__name__ for answer in answers]
    # Whoever came second is told so, and looks again.
    assert (kinds, case.state) in (
        (["bool", "Stale"], "open"),
        (["NotAllowed", "NoneType"], "closed"),
    )


def test_triages_at_once_do_what_one_does(cast: Cast) -> None:
    rulebook.ship_defaults()
    days = school_days(DAY)[:20]
    attended(cast.class_7b, days, dict(zip(cast.pupils, (3, 6, 9, 26, 40), strict=True)))
    answers = at_once(*[lambda: triage.run(days[-1], MORNING)] * 4)
    found = Crossing.objects.count()
    assert sorted(answers, key=str) == [*[triage.Found(0, 0)] * 3, triage.Found(found, 0)], answers
    # Two of them have reached the law's lines as well.
    assert (Crossing.objects.filter(family="bands").count(), found) == (4, 6)
    assert Reading.objects.count() == Run.objects.get().crossed == found


def test_a_case_opened_while_the_night_counts_is_neither_doubled_nor_lost(cast: Cast) -> None:
    rulebook.ship_defaults()
    days = school_days(DAY)[:60]
    aksel = cast.pupils[0]
    attended(cast.class_7b, days[:20], {aksel: 6})
    triage.run(days[19], MORNING)
    crossing = Crossing.objects.get()
    # 6 of 120 half-days: the crossing is over unless somebody works with him.
    attended(cast.class_7b, days[20:], {})
    answers = at_once(
        lambda: triage.run(days[-1], MORNING),
        lambda: lifecycle.open_case(crossing, scope(cast.social_worker), MORNING),
    )
    assert not [answer for answer in answers if isinstance(answer, Exception)], answers
    assert Case.objects.get().crossing == Crossing.objects.get() == crossing
