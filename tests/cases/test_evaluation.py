"""What does the evaluation of a case say, and when does it say nothing?"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.test import Client

from fravaer.absence.models import Register
from fravaer.accounts.roles import Role
from fravaer.accounts.scoping import scope_of
from fravaer.cases import evaluation, followups, interventions, lifecycle, weekplans
from fravaer.cases.models import AttachmentReading, Case, FollowUp, Offer, Outcome, ScaleAnswer
from fravaer.cases.weekplans import Part
from tests import factories
from tests.cases import casework
from tests.cases.attendance import attended, school_days
from tests.cases.planning import plain, send, text, url
from tests.cast import DAY, MORNING, Cast, signed_in

pytestmark = pytest.mark.usefixtures("book")
OPENED = date(2026, 1, 12)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case about Aksel, opened on 12 January."""
    made = casework.case_of(cast.pupils[0], {Role.SOCIAL_WORKER: cast.social_worker})
    Case.objects.filter(pk=made.pk).update(opened_at=factories.moment(OPENED, 9))
    return Case.objects.get(pk=made.pk)


@pytest.fixture
def worker(cast: Cast) -> Client:
    return signed_in(cast.social_worker)


def found(case: Case, cast: Cast, day: date = DAY) -> evaluation.Evaluation:
    return evaluation.of(case, scope_of(cast.social_worker.pk, MORNING), day)


def test_windows_around_an_effort_are_equally_long_and_each_has_its_coverage(cast: Cast, case: Case) -> None:
    pupil = cast.pupils[0]
    days = school_days(DAY)
    before = [day for day in days if day < OPENED][-20:]
    latest = days[-20:]
    attended(cast.class_7b, days, {})
    attended(cast.class_7b, before, {pupil: 20})
    attended(cast.class_7b, latest, {pupil: 4})
    [of_case] = found(case, cast).efforts
    assert (of_case.length, of_case.after) == (20, None)
    assert (of_case.before.tally.possible, of_case.before.tally.tenths) == (40, 500)
    assert (of_case.during.tally.possible, of_case.during.tally.tenths) == (40, 100)
    assert of_case.during.tally.coverage_tenths == 1000


def test_with_few_days_or_few_registers_it_is_too_early_to_say(
    cast: Cast, case: Case, worker: Client
) -> None:
    scope = scope_of(cast.social_worker.pk, MORNING)
    offer = Offer.objects.get(code="back2school")
    interventions.begin(
        *(case, scope, MORNING),
        key=uuid4(),
        offer=offer,
        since=DAY - timedelta(days=6),
        responsible_id=cast.social_worker.pk,
    )
    # Half the registers of the autumn alone.
    attended(cast.class_7b, [day for day in school_days(DAY) if day.day % 2], {})
    of_case, of_offer = found(case, cast).efforts
    assert (of_case.before.says, of_case.during.says) == (False, False)
    assert (of_offer.name, of_offer.length, of_offer.during.says) == (offer.name, 5, False)
    read = text(worker.get(url(case, "evaluation")))
    assert "For tidligt at sige" in read
    assert "Back2School" in read


def test_steadiness_counts_full_days_in_a_row_and_leaves_out_what_nobody_registered(
    cast: Cast, case: Case
) -> None:
    pupil = cast.pupils[0]
    days = [day for day in school_days(DAY) if day >= OPENED]
    attended(cast.class_7b, days, {})
    # Away on every Monday but one in the middle, whose register is the only one lacking.
    mondays = [day for day in days if day.weekday() == 0]
    attended(cast.class_7b, [day for day in mondays if day != mondays[3]], {pupil: 2 * (len(mondays) - 1)})
    Register.objects.filter(school_class=cast.class_7b, day=mondays[3]).delete()
    now = found(case, cast).now
    assert now.longest == 8
    # One Monday of two school days makes half of the last week.
    assert (now.steady, now.told) == (7, 8)


def test_time_at_home_by_a_week_plan_is_told_and_makes_no_full_days(cast: Cast, case: Case) -> None:
    days = [day for day in school_days(DAY) if day >= OPENED]
    attended(cast.class_7b, days, {})
    leader = scope_of(cast.leader.pk, MORNING)
    at = factories.moment(OPENED, 9)
    plan = weekplans.propose(
        *(case, leader, at),
        key=uuid4(),
        since=OPENED,
        until=DAY + timedelta(days=1),
        days=[Part.NONE, Part.NONE, Part.NONE, Part.NONE, Part.WHOLE],
    )
    weekplans.decide(case, leader, at, uuid=plan.uuid, grant=True, day=OPENED, called="Aftalt skema")
    one = found(case, cast)
    fridays = [day for day in days if day.weekday() == 4]
    assert one.now.longest == len(fridays)
    during = one.efforts[0].during
    assert during.tally.tenths == 0
    assert during.agreed == 2 * sum(day.weekday() != 4 for day in days[-20:])


def test_answers_stand_side_by_side_by_voice_and_are_never_added_up(
    case: Case, worker: Client, cast: Cast
) -> None:
    attended(cast.class_7b, school_days(DAY), {})
    page, scale = url(case, "evaluation"), url(case, "evaluation-write", "scale")
    assert send(worker, page, scale, voice="child").status_code == 422
    for voice, friends in (("child", 1), ("parents", 3), ("school", 5)):
        answered = {"voice": voice, "said_on": "2026-03-02", "friends": friends, "wish": 2}
        assert send(worker, page, scale, **answered).status_code == 303
    ahead = {"voice": "child", "said_on": "2026-03-11", "friends": 1}
    assert "Dagen er ikke kommet endnu." in text(send(worker, page, scale, **ahead))
    judged = {"level": "1", "voice": "school", "said_on": "2026-03-02", "text": "Kommer i to fag"}
    send(worker, page, url(case, "evaluation-write", "attachment"), **judged)
    assert ScaleAnswer.objects.count() == 3
    assert ScaleAnswer.objects.filter(lessons=None).count() == 3
    assert AttachmentReading.objects.get().level == 1
    html = plain(worker.get(page))
    # The child's circle, the parents' square and the school's triangle, in the drawings of two questions and the judgement.
    shapes = [html.count(f"chart-voice--{voice}") for voice in ("child", "parents", "school")]
    assert shapes == [2, 2, 3]
    assert "Har en at være sammen med i frikvarteret" in html


def test_closing_makes_a_look_after_eight_weeks_and_whoever_closed_may_open_it_again(
    cast: Cast, case: Case
) -> None:
    Case.objects.filter(pk=case.pk).update(responsible=cast.social_worker)
    case.refresh_from_db()
    scope = scope_of(cast.social_worker.pk, MORNING)
    lifecycle.close(case, scope, MORNING, seen=lifecycle.version(case, scope), outcome=Outcome.BETTER)
    look = FollowUp.objects.get()
    assert (look.due_on, look.responsible) == (date(2026, 5, 5), cast.social_worker)
    assert not followups.waiting(scope, date(2026, 5, 4)).exists()
    # By then the grants of the case are over; whoever is to look still sees it.
    then = factories.moment(date(2026, 5, 5), 9)
    with time_machine.travel(then, tick=False):
        assert [one.pk for one in followups.waiting(scope_of(cast.social_worker.pk, then), then.date())] == [
            look.pk
        ]
        client = signed_in(cast.social_worker)
        page, address = url(case, "evaluation"), url(case, "follow-up")
        assert "Skal gøres nu" in text(client.get(page))
        assert send(client, page, address, holds="no", text="").status_code == 422
        assert send(client, page, address, holds="no", text="Er væk igen om mandagen").status_code == 303
        other = {"key": str(uuid4()), "holds": "yes", "text": "Alt er godt"}
        assert client.post(address, other).status_code == 409
        assert "Er væk igen om mandagen" in text(client.get(page))
        assert send(client, page, url(case, "reopen")).status_code == 302
    case.refresh_from_db()
    assert case.state == "open"


def test_a_case_opened_again_before_the_look_has_none(cast: Cast, case: Case) -> None:
    scope = scope_of(cast.leader.pk, MORNING)
    lifecycle.close(case, scope, MORNING, seen=lifecycle.version(case, scope), outcome=Outcome.STABLE)
    lifecycle.reopen(case, scope, MORNING, seen=lifecycle.version(case, scope))
    assert not FollowUp.objects.filter(settled_at=None).exists()
    lifecycle.close(case, scope, MORNING, seen=lifecycle.version(case, scope), outcome=Outcome.STABLE)
    assert FollowUp.objects.filter(settled_at=None).count() == 1
