"""The office lets somebody into classes for one day, and the day ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from fravaer.absence.models import Register
from fravaer.accounts.models import Grant, User
from fravaer.accounts.roles import Role
from fravaer.audit.models import Event
from tests import factories
from tests.absence.conftest import save
from tests.cast import DAY, Cast, signed_in

URL = "/substitutes/"


@pytest.fixture
def vera(cast: Cast) -> User:
    return factories.user("Vera Vang", email="vera@fjordby.invalid")


def let_in(cast: Cast, who: str = "vera@fjordby.invalid", **changed: Any) -> Any:
    data = {
        "person": who,
        "day": DAY.isoformat(),
        "reason": "Syg kollega",
        "classes": [cast.class_7b.pk],
    } | changed
    return signed_in(cast.secretary).post(URL, data)


def page(user: User) -> str:
    return signed_in(user).get(URL).content.decode()


def test_a_substitute_sees_the_class_she_was_let_into_and_no_other(cast: Cast, vera: User) -> None:
    client = signed_in(vera)
    assert client.get("/today/").status_code == 403
    assert let_in(cast).status_code == 303
    today = client.get("/today/").content.decode()
    assert "7.B" in today
    assert "2.A" not in today
    assert client.get(f"/r/{cast.class_2a.pk}/2026-03-10/morgen/").status_code == 404
    for address in ("/board/", "/sms/unexplained/", URL, "/sms/"):
        assert client.get(address).status_code == 403


def test_she_stands_as_the_one_who_took_the_register(cast: Cast, vera: User) -> None:
    let_in(cast)
    save(signed_in(vera), cast.class_7b, DAY, dict.fromkeys(cast.pupils, "T"))
    assert Register.objects.get().taken_by_id == vera.pk


def test_case_22_the_access_ends_at_midnight_in_an_open_session_too(
    cast: Cast, vera: User, clock: time_machine.Traveller
) -> None:
    let_in(cast)
    clock.move_to(factories.moment(DAY, 23, 59))
    client = signed_in(vera)
    assert client.get("/today/").status_code == 200
    # On the day itself neither history, what stands out nor telephones.
    pupil = cast.pupils[0].uuid
    for closed in (
        f"/pupils/{pupil}/history/",
        reverse("sms:phones", args=[pupil]),
        reverse("cases:worklist"),
    ):
        assert client.get(closed).status_code == 403
    clock.shift(timedelta(minutes=1))
    assert client.get("/today/").status_code == 403
    assert client.get(f"/r/{cast.class_7b.pk}/2026-03-10/morgen/").status_code == 403


def test_the_office_withdraws_it_at_once(cast: Cast, vera: User) -> None:
    let_in(cast)
    client = signed_in(vera)
    assert client.get("/today/").status_code == 200
    assert "Vera Vang" in page(cast.leader)
    grant = Grant.objects.get(user=vera)
    signed_in(cast.leader).post(f"{URL}{grant.pk}/withdraw/")
    assert client.get("/today/").status_code == 403
    assert "Ingen." in page(cast.leader)


def test_who_gave_it_why_and_until_when_is_kept(cast: Cast, vera: User) -> None:
    let_in(cast)
    grant = Grant.objects.get(user=vera)
    assert (grant.role, grant.origin, grant.reason) == (Role.SUBSTITUTE, "office", "Syg kollega")
    assert (grant.granted_by_id, grant.valid_until) == (
        cast.secretary.pk,
        factories.moment(DAY + timedelta(days=1)),
    )
    assert Event.objects.filter(action="grant.give", actor_id=cast.secretary.pk).count() == 1
    assert "Sanne Friis" in page(cast.leader)


def test_a_day_to_come_begins_on_its_morning(cast: Cast, vera: User, clock: time_machine.Traveller) -> None:
    let_in(cast, day=(DAY + timedelta(days=1)).isoformat())
    assert "Aftalt til senere" in page(cast.secretary)
    assert signed_in(vera).get("/today/").status_code == 403
    clock.move_to(factories.moment(DAY + timedelta(days=1), 7, 30))
    assert signed_in(vera).get("/today/").status_code == 200


def test_a_colleague_is_let_in_by_her_name_and_told_where_the_class_is(cast: Cast) -> None:
    signed = signed_in(cast.secretary)
    answer = signed.post(
        URL,
        {"person": "mette kjær", "day": DAY.isoformat(), "reason": "Vikar", "classes": [cast.class_2a.pk]},
    )
    shown = signed.get(answer["Location"]).content.decode()
    assert "Mette Kjær har adgang til 2.A indtil midnat den 10-03-2026." in shown
    assert "skifte rolle til vikar" in shown


def test_the_same_twice_is_one_access(cast: Cast, vera: User) -> None:
    let_in(cast)
    let_in(cast)
    assert Grant.objects.filter(user=vera).count() == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"who": "nobody@fjordby.invalid"}, "Ingen konto har den e-mail"),
        ({"who": ""}, "Skriv, hvem der er vikar."),
        ({"day": "2026-03-09"}, "Vælg en dag fra i dag"),
        ({"day": "2026-04-09"}, "Vælg en dag fra i dag"),
        ({"day": "x"}, "gyldig dato"),
        ({"reason": ""}, "Skriv kort hvorfor."),
        ({"classes": []}, "Vælg mindst én klasse."),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nobody_is_let_in(
    cast: Cast, vera: User, wrong: dict[str, Any], words: str
) -> None:
    answer = let_in(cast, **wrong)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Grant.objects.filter(user=vera).exists()


def test_two_of_one_name_are_told_apart_by_their_addresses(cast: Cast, vera: User) -> None:
    for email in ("bo1@fjordby.invalid", "bo2@fjordby.invalid"):
        factories.grant(factories.user("Bo Bak", email=email), Role.TEACHER, cast.class_2a)
    assert "Flere på skolen hedder det." in let_in(cast, "Bo Bak").content.decode()
    assert let_in(cast, "bo2@fjordby.invalid").status_code == 303


def test_another_schools_class_cannot_be_given_nor_its_access_ended(cast: Cast, vera: User) -> None:
    assert let_in(cast, classes=[cast.other_class.pk]).status_code == 422
    let_in(cast)
    grant = Grant.objects.get(user=vera)
    client: Client = signed_in(cast.stranger)
    assert client.post(f"{URL}{grant.pk}/withdraw/").status_code == 404
    assert "Vera" not in client.get(URL).content.decode()


def test_a_grant_of_the_rosters_is_shown_and_not_ended_here(cast: Cast) -> None:
    grant = factories.grant(factories.user("Rosa Ruus"), Role.SUBSTITUTE, cast.class_7b)
    shown = page(cast.leader)
    assert "Rosa Ruus" in shown
    assert "skoledata" in shown
    assert signed_in(cast.leader).post(f"{URL}{grant.pk}/withdraw/").status_code == 404
