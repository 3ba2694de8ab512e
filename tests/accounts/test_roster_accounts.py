"""Accounts and grants follow the roster: given with a post, ended with it, and gone at once when it is gone."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.utils import timezone

from fravaer.accounts.models import Grant, User
from fravaer.accounts.roles import Role
from fravaer.accounts.roster import POST_KINDS, UNITS
from fravaer.accounts.scoping import scope_of
from fravaer.core.scope import Scope
from fravaer.schools.models import Pupil, School, SchoolClass
from tests import factories
from tests.accounts.rosterfiles import Files
from tests.cast import signed_in


def scope(staff: str, role: str = "") -> Scope:
    return scope_of(User.objects.get(staff_key=staff).pk, timezone.now(), role)


def test_every_role_has_a_word_and_a_unit() -> None:
    assert {kind.role for kind in POST_KINDS.values()} == set(Role.values) == {role.value for role in UNITS}


def test_each_post_gives_its_own_reach(files: Files) -> None:
    files.add("staff", "s4;Ulla Brandt;ulla@fjordby.invalid;chief;;;;01-08-2020;")
    files.run()
    both = frozenset(row.pk for row in SchoolClass.objects.filter(year_group=7))
    assert (scope("s1").role, scope("s1").classes) == ("teacher", both)
    assert scope("s2").schools == {School.objects.get(institution_number="100001").pk}
    assert len(scope("s3").areas) == 1
    assert scope("s4").municipality


def test_new_accounts_have_no_password_that_can_be_used(files: Files) -> None:
    files.run()
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_a_grant_ends_with_its_post(files: Files, clock: time_machine.Traveller) -> None:
    files.change("staff", "s2", to="31-03-2026")
    files.run()
    # Danish midnight after the last day; the last Sunday of March has passed, so summer time is in force.
    assert Grant.objects.get(user__staff_key="s2").valid_until == datetime(2026, 3, 31, 22, tzinfo=UTC)
    clock.move_to("2026-03-31T23:59:00+02:00")
    assert scope("s2").role == "leader"
    clock.move_to("2026-04-01T00:00:00+02:00")
    assert scope("s2").role == ""
    assert files.run() == ["0 ændringer"]


def test_a_post_without_a_last_day_ends_with_the_last_school_year_of_the_files(files: Files) -> None:
    files.add("classes", "100001;2026/27;8.A")
    files.run()
    ends = {grant.user.staff_key: timezone.localdate(grant.valid_until) for grant in Grant.objects.all()}
    assert ends == {"s1": date(2026, 8, 1), "s2": date(2026, 9, 1), "s3": date(2026, 9, 1)}


def test_a_substitute_has_her_class_on_her_day_alone(files: Files, clock: time_machine.Traveller) -> None:
    files.add("staff", "s4;Pia Ravn;pia@fjordby.invalid;vikar;;100001;7.B;11-03-2026;11-03-2026")
    files.run()
    assert scope("s4").role == ""
    clock.move_to("2026-03-11T07:30:00+01:00")
    assert scope("s4").role == "substitute"
    clock.move_to("2026-03-12T07:30:00+01:00")
    assert scope("s4").role == ""


def test_a_post_that_is_gone_takes_its_grant_out_of_an_open_session(files: Files) -> None:
    files.run()
    teacher = User.objects.get(staff_key="s1")
    in_7a, in_7b = SchoolClass.objects.filter(year_group=7).order_by("letter")
    browser = signed_in(teacher)
    assert browser.get("/", follow=True).wsgi_request.scope.classes == {in_7a.pk, in_7b.pk}  # type: ignore[attr-defined]
    files.drop("staff", "7.A", "class")
    assert files.run() == ["Stillinger: 1 ændret", "Adgange: 1 fjernet", "2 ændringer"]
    assert browser.get("/", follow=True).wsgi_request.scope.classes == {in_7b.pk}  # type: ignore[attr-defined]
    assert Grant.objects.get(user=teacher, school_class=in_7a).revoked_at == timezone.now()
    assert files.run() == ["0 ændringer"]


def test_one_who_leaves_is_signed_out_on_her_next_page(files: Files) -> None:
    files.run()
    leader = User.objects.get(staff_key="s2")
    browser = signed_in(leader)
    files.drop("staff", "s2")
    told = files.run()
    assert "Medarbejdere: 1 fjernet" in told
    assert "Brugere: 1 fjernet" in told
    assert browser.get("/").headers["Location"].startswith("/login/")
    assert User.objects.filter(pk=leader.pk, is_active=False).exists()


def test_one_who_comes_back_has_her_old_account(files: Files) -> None:
    files.run()
    leader = User.objects.get(staff_key="s2")
    row = next(row for row in files.tables["staff"] if row["staff"] == "s2")
    files.drop("staff", "s2")
    files.run()
    files.tables["staff"].append(row)
    files.run()
    leader.refresh_from_db()
    assert leader.is_active
    assert scope("s2").role == "leader"


def test_case_workers_get_an_account_and_no_grant(files: Files) -> None:
    files.add("staff", "s4;Ulla Brandt;ulla@fjordby.invalid;fraværskonsulent;;;;01-08-2020;")
    files.run()
    assert User.objects.filter(staff_key="s4").exists()
    assert scope("s4").empty


def test_grants_from_elsewhere_are_left_alone(files: Files) -> None:
    files.run()
    user = User.objects.get(staff_key="s2")
    factories.grant(user, Role.PSYCHOLOGIST, Pupil.objects.get(roster_key="p1"), origin="case")
    files.change("staff", "s2", school="100002")
    files.run()
    assert scope("s2", "psychologist").pupils == {Pupil.objects.get(roster_key="p1").pk}
    assert scope("s2").schools == {School.objects.get(institution_number="100002").pk}


def test_an_account_made_by_hand_becomes_that_of_the_member_of_staff(files: Files) -> None:
    user = factories.user("Mette", email="Mette@fjordby.invalid", password=factories.PASSWORD)
    files.run()
    user.refresh_from_db()
    assert (user.staff_key, user.name) == ("s1", "Mette Kjær")
    assert user.check_password(factories.PASSWORD)


def test_two_accounts_for_one_member_of_staff_are_refused(files: Files) -> None:
    files.run()
    factories.user("Ny", email="ny@fjordby.invalid")
    files.change("staff", "s1", email="ny@fjordby.invalid")
    assert files.refused()[0].startswith("staff.csv: En bruger, der er oprettet i hånden, har samme adresse")
    assert User.objects.get(staff_key="s1").email == "mette@fjordby.invalid"


def test_two_can_exchange_their_addresses(files: Files) -> None:
    files.run()
    files.change("staff", "s1", email="lars@fjordby.invalid")
    files.change("staff", "s2", email="mette@fjordby.invalid")
    assert files.run() == ["Medarbejdere: 2 ændret", "Brugere: 2 ændret", "4 ændringer"]
    assert User.objects.get(staff_key="s1").email == "lars@fjordby.invalid"


@pytest.mark.parametrize("until", ["10-03-2026", "31-07-2026"])
def test_an_end_moved_in_the_file_moves_the_grant(files: Files, until: str) -> None:
    files.change("staff", "s2", to="20-03-2026")
    files.run()
    files.change("staff", "s2", to=until)
    assert files.run() == ["Stillinger: 1 ændret", "Adgange: 1 ændret", "2 ændringer"]
