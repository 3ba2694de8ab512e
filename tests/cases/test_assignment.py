"""Who is to act on a pupil on the morning after she came over a line?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse

from fravaer.accounts.models import Grant, User
from fravaer.accounts.roles import Role
from fravaer.audit.models import Event
from fravaer.cases import assignment, tasks
from fravaer.cases.models import Assignment
from tests import factories
from tests.cases import casework
from tests.cases.attendance import attended, school_days
from tests.cast import DAY, MORNING, Cast, signed_in, statements

pytestmark = pytest.mark.usefixtures("bands")
BEFORE = date(2026, 3, 9)


@pytest.fixture
def inclusion(cast: Cast) -> User:
    user = factories.user("Inger Lund")
    factories.grant(user, Role.INCLUSION, cast.school)
    return user


def responsible() -> dict[str, str]:
    """Who is to act on whom, by given name."""
    rows = Assignment.objects.filter(ended_at=None).select_related("pupil", "user")
    return {row.pupil.given_name: row.user.name for row in rows}


def test_the_night_gives_each_pupil_over_a_line_to_whose_work_it_is(cast: Cast, inclusion: User) -> None:
    early, much, in_a_case, _none, asked = cast.pupils
    attended(cast.class_7b, school_days(BEFORE), {early: 40, much: 80, in_a_case: 80, asked: 40})
    casework.case_of(in_a_case)
    Assignment.objects.create(pupil=asked, user=cast.social_worker, by=cast.leader, at=MORNING)
    tasks.night()
    # Whom somebody asked stays asked, and a case has its own responsible.
    assert responsible() == {
        early.given_name: "Inger Lund",
        much.given_name: "Lars Toft",
        asked.given_name: "Sofie Winther",
    }
    event = Event.objects.get(action="pupil.assign")
    assert (event.role, event.pupil_ids) == ("job.triage", sorted([early.pk, much.pk]))
    assert "Inger Lund" in signed_in(inclusion).get(reverse("cases:worklist")).content.decode()


def test_what_was_handed_out_stands_until_its_person_works_there_no_more(cast: Cast, inclusion: User) -> None:
    casework.crossing_of(cast.pupils[0], 1)
    assert assignment.hand_out(DAY, MORNING) == 1
    assert assignment.hand_out(DAY, MORNING) == 0
    Grant.objects.filter(user=inclusion).update(valid_until=MORNING + timedelta(hours=1))
    later = MORNING + timedelta(days=1)
    assert assignment.hand_out(DAY + timedelta(days=1), later) == 1
    assert responsible() == {cast.pupils[0].given_name: "Lars Toft"}


def test_several_in_one_role_share_the_pupils_out(cast: Cast, inclusion: User) -> None:
    second = factories.user("Ida Krogh")
    factories.grant(second, Role.INCLUSION, cast.school)
    for pupil in cast.pupils:
        casework.crossing_of(pupil, 1)
    with statements() as sent:
        assert assignment.hand_out(DAY, MORNING) == len(cast.pupils)
    assert set(responsible().values()) == {"Inger Lund", "Ida Krogh"}
    for pupil in factories.pupils(30, in_class=cast.class_2a):
        casework.crossing_of(pupil, 1)
    with statements() as sent_for_many:
        assert assignment.hand_out(DAY, MORNING) == 30
    assert len(sent_for_many) == len(sent)


def test_a_school_where_nobody_works_with_absence_hands_out_nothing(cast: Cast) -> None:
    Grant.objects.filter(school=cast.other_school).delete()
    casework.crossing_of(cast.others[0], 2)
    assert assignment.hand_out(DAY, MORNING) == 0
