"""A session ends by itself, and what it reaches is asked anew on every request."""

from __future__ import annotations

from datetime import UTC, date, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from fravaer.accounts import grants
from fravaer.accounts.models import Grant, Reach
from fravaer.accounts.roles import MAY, Action, Role, actions
from fravaer.accounts.scoping import scope_of
from fravaer.audit.models import Event
from fravaer.core.scope import Scope
from fravaer.navigation import first_page
from tests import factories
from tests.cast import DAY, MORNING, Cast, signed_in

ENDED = "Du er logget ud"


def test_a_session_ends_when_nothing_was_done_for_an_hour(cast: Cast, clock: time_machine.Traveller) -> None:
    browser = signed_in(cast.mette)
    assert browser.get("/today/").status_code == 200
    clock.shift(timedelta(minutes=59))
    assert browser.get("/today/").status_code == 200
    clock.shift(timedelta(minutes=61))
    response = browser.get("/today/?a=1")
    assert response.headers["Location"] == "/login/?next=/today/%3Fa%3D1"
    assert ENDED in browser.get(response.headers["Location"]).content.decode()
    assert "_auth_user_id" not in browser.session


def test_a_session_ends_after_a_working_day_whatever_was_done(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    browser = signed_in(cast.mette)
    for _half_hour in range(20):
        assert browser.get("/today/").status_code == 200
        clock.shift(timedelta(minutes=30))
    assert browser.get("/today/").status_code == 200
    clock.shift(timedelta(minutes=1))
    assert browser.get("/today/").status_code == 302


def test_a_form_sent_too_late_is_not_repeated_after_signing_in(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    browser = signed_in(cast.mette)
    browser.get("/today/")
    clock.shift(timedelta(hours=2))
    assert browser.post("/role/", {"role": "teacher"}).headers["Location"] == "/login/?next=/"


def test_a_register_sent_too_late_leads_back_to_the_page_that_keeps_its_choices(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    browser, page = signed_in(cast.mette), f"/r/{cast.class_7b.pk}/{DAY}/morgen/"
    browser.get(page)
    for referer, leads_to in (
        (f"http://testserver{page}", page),
        ("http://elsewhere.invalid/r/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ):
        browser.force_login(cast.mette, backend="fravaer.accounts.passwords.Passwords")
        browser.get("/today/")
        clock.shift(timedelta(hours=2))
        answer = browser.post(page, {}, headers={"referer": referer})
        assert answer.headers["Location"] == f"/login/?next={leads_to}"


def test_a_grant_withdrawn_works_on_the_next_request(cast: Cast) -> None:
    browser = signed_in(cast.mette)
    page = f"/r/{cast.class_7b.pk}/{DAY}/morgen/"
    assert browser.get(page).status_code == 200
    Grant.objects.filter(user=cast.mette).update(revoked_at=timezone.now())
    assert browser.get(page).status_code == 403
    assert browser.get("/today/").status_code == 403


def test_case_21_a_grant_runs_out_in_the_middle_of_a_session_and_when_clocks_change(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    Grant.objects.filter(user=cast.mette).update(valid_until=MORNING + timedelta(minutes=30))
    browser = signed_in(cast.mette)
    assert browser.get("/today/").status_code == 200
    clock.shift(timedelta(minutes=30))
    assert browser.get("/today/").status_code == 403
    # There is no half past two that night: three is a second after two.
    three = factories.moment(date(2026, 3, 29), 3).astimezone(UTC)
    Grant.objects.filter(user=cast.mette).update(valid_until=three)
    clock.move_to(three - timedelta(seconds=1))
    browser = signed_in(cast.mette)
    assert browser.get("/today/").status_code == 200
    clock.shift(timedelta(seconds=1))
    assert browser.get("/today/").status_code == 403


def test_a_grant_that_has_not_begun_reaches_nothing(cast: Cast) -> None:
    Grant.objects.filter(user=cast.mette).update(valid_from=MORNING + timedelta(seconds=1))
    assert scope_of(cast.mette.pk, MORNING).empty
    assert not scope_of(cast.mette.pk, MORNING + timedelta(seconds=1)).empty


def test_a_class_of_another_school_does_not_exist_for_a_teacher(cast: Cast) -> None:
    browser = signed_in(cast.mette)
    assert browser.get(f"/r/{cast.other_class.pk}/{DAY}/morgen/").status_code == 404
    assert browser.get(f"/r/{cast.class_2a.pk}/{DAY}/morgen/").status_code == 404
    assert browser.get("/r/999999/2026-03-10/morgen/").status_code == 404


def test_one_without_grants_is_answered_nothing_and_can_sign_out(db: None) -> None:
    browser = signed_in(factories.user("Ny"))
    assert browser.get("/").status_code == 403
    assert browser.post("/logout/").headers["Location"] == "/login/"


def test_every_role_has_a_page_to_begin_on() -> None:
    assert [role for role in Role if first_page(Scope(actions=actions(role))) is None] == []


@pytest.fixture
def both(cast: Cast) -> Client:
    """A teacher of Birkeskolen's 7.B who leads Havneskolen as well."""
    factories.grant(cast.mette, Role.LEADER, cast.other_school)
    return signed_in(cast.mette)


def test_rights_of_two_roles_are_never_added_together(cast: Cast, both: Client) -> None:
    own, led = (f"/r/{found.pk}/{DAY}/morgen/" for found in (cast.class_7b, cast.other_class))
    assert [both.get(own).status_code, both.get(led).status_code] == [200, 404]
    both.post("/role/", {"role": "leader"})
    assert [both.get(own).status_code, both.get(led).status_code] == [404, 200]
    as_teacher = scope_of(cast.mette.pk, MORNING, "teacher")
    as_leader = scope_of(cast.mette.pk, MORNING, "leader")
    # A leader's actions reach a leader's school alone, and a teacher's class has a teacher's actions alone.
    assert not as_teacher.may(Action.CASE_OPEN)
    assert as_teacher.schools == frozenset()
    assert as_leader.may(Action.CASE_OPEN)
    assert (as_leader.classes, as_leader.schools) == (frozenset(), frozenset({cast.other_school.pk}))


def test_a_role_is_chosen_among_those_held(cast: Cast, both: Client) -> None:
    assert both.post("/role/", {"role": "chief"}).status_code == 404
    assert both.post("/role/", {}).status_code == 404
    assert both.get("/role/").status_code == 405
    before = both.session.session_key
    assert both.post("/role/", {"role": "leader"}).headers["Location"] == "/"
    assert both.session.session_key != before


def test_a_chosen_role_that_is_withdrawn_falls_back_to_one_still_held(cast: Cast, both: Client) -> None:
    both.post("/role/", {"role": "leader"})
    Grant.objects.filter(user=cast.mette, role=Role.LEADER).update(revoked_at=timezone.now())
    assert both.get(f"/r/{cast.class_7b.pk}/{DAY}/morgen/").status_code == 200
    assert both.get(f"/r/{cast.other_class.pk}/{DAY}/morgen/").status_code == 404


def test_the_scope_is_one_query(cast: Cast, django_assert_num_queries: object) -> None:
    factories.grant(cast.mette, Role.LEADER, cast.other_school)
    with django_assert_num_queries(1):  # type: ignore[operator]
        scope_of(cast.mette.pk, MORNING)


def test_every_role_has_its_line_in_the_table_and_may_see_pages_of_nobodys() -> None:
    assert set(MAY) == set(Role)
    assert all(Action.SIGNED_IN in actions(role) for role in Role)


def test_no_role_at_a_school_knows_of_measures() -> None:
    at_school = {
        Role.TEACHER,
        Role.SUBSTITUTE,
        Role.SECRETARY,
        Role.LEADER,
        Role.INCLUSION,
        Role.PSYCHOLOGIST,
        Role.CONTROLLER,
        Role.ACCESS_ADMIN,
    }
    know = {role for role in Role if MAY[role] & {Action.MEASURE_KNOW, Action.MEASURE_SPLIT}}
    assert not know & at_school


def test_a_grant_given_twice_is_one_with_the_later_end(cast: Cast) -> None:
    [pupil, *_others] = cast.pupils

    def give(days: int) -> Grant:
        return grants.give(
            user_id=cast.social_worker.pk,
            role=Role.PSYCHOLOGIST,
            reach=Reach.PUPIL,
            unit_id=pupil.pk,
            origin="case",
            origin_ref="17",
            valid_from=MORNING,
            valid_until=MORNING + timedelta(days=days),
            granted_by_id=cast.leader.pk,
        )

    first, second = give(10), give(20)
    assert first.pk == second.pk
    assert second.valid_until == MORNING + timedelta(days=20)
    event = Event.objects.filter(action="grant.give").latest("id")
    assert (event.actor_id, event.pupil_ids) == (cast.leader.pk, [pupil.pk])


def test_a_grant_of_a_case_shows_its_pupil_alone_and_ends_with_the_case(cast: Cast) -> None:
    [pupil, *_others] = cast.pupils
    psychologist = factories.user("Pia")
    grants.give(
        user_id=psychologist.pk,
        role=Role.PSYCHOLOGIST,
        reach=Reach.PUPIL,
        unit_id=pupil.pk,
        origin="case",
        origin_ref="17",
        valid_from=MORNING,
        valid_until=MORNING + timedelta(days=90),
    )
    reached = scope_of(psychologist.pk, MORNING)
    assert (reached.pupils, reached.schools, reached.classes) == (
        frozenset({pupil.pk}),
        frozenset(),
        frozenset(),
    )
    assert grants.reasons(psychologist.pk, pupil.pk, cast.class_7b.pk, cast.school.pk, MORNING) == [
        "Du deltager i en sag om eleven."
    ]
    assert grants.withdraw(origin="case", origin_ref="18", now=MORNING) == 0
    assert grants.withdraw(origin="case", origin_ref="17", now=MORNING) == 1
    assert scope_of(psychologist.pk, MORNING).empty


def test_the_reason_for_seeing_a_pupil_is_told(cast: Cast) -> None:
    [pupil, *_others] = cast.pupils

    def reasons(user_id: int) -> list[str]:
        return grants.reasons(user_id, pupil.pk, cast.class_7b.pk, cast.school.pk, MORNING)

    assert reasons(cast.mette.pk) == ["Du underviser elevens klasse."]
    assert reasons(cast.leader.pk) == ["Eleven går på din skole."]
    assert reasons(cast.stranger.pk) == []
