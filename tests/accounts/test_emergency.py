"""One child is read for an hour by somebody who does not work with her, and others answer for it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.mail import get_connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from fravaer.accounts import alerting, blocks, emergency, typed
from fravaer.accounts.models import Emergency, EmergencyReason, EmergencySearch, Grant, Kind, User
from fravaer.accounts.roles import Role
from fravaer.accounts.scoping import scope_of
from fravaer.audit.models import Event
from fravaer.schools import cpr
from fravaer.schools.models import Pupil
from tests import factories
from tests.cast import MORNING, Cast, signed_in

URL = "/emergency/"
BORN = date(2013, 4, 5)
WHY = "Politiet har ringet og spørger til barnet."


@dataclass
class House:
    """The leader of Birkeskolen, who is to read Alma of Havneskolen; her area manager and the controller answer."""

    leader: User
    controller: User
    manager: User
    alma: Pupil
    client: Client
    cast: Cast

    def open(self, client: Client | None = None, **changed: Any) -> Any:
        data = {"name": "alma  KRUSE", "birth_on": "05-04-2013", "reason": "danger", "words": WHY}
        return (client or self.client).post(URL, data | changed)

    @property
    def history(self) -> str:
        return reverse("absence:history", args=[self.alma.uuid])


@pytest.fixture
def house(cast: Cast) -> House:
    controller = factories.user("Dorte Prøve", email="dorte@fjordby.invalid")
    factories.grant(controller, Role.CONTROLLER, None)
    alma = cast.others[0]
    Pupil.objects.filter(pk=alma.pk).update(birth_on=BORN)
    return House(cast.leader, controller, cast.area_manager, alma, signed_in(cast.leader), cast)


def test_one_child_is_read_for_an_hour_and_nothing_else(house: House, clock: time_machine.Traveller) -> None:
    assert house.client.get(house.history).status_code == 404
    assert house.open().status_code == 303
    page = house.client.get(URL).content.decode()
    assert "Alma Kruse" in page
    assert "Nødadgang til ét barn" in page
    assert "Frida Krogh" in page, "whoever leads the child's school is named"
    history = house.client.get(house.history)
    assert history.status_code == 200
    assert "Nødadgang til ét barn" in history.content.decode(), "the banner stands on every page"
    # Her own pupils, every list, writing and files are out of reach meanwhile.
    own = house.cast.pupils[0]
    assert house.client.get(reverse("absence:history", args=[own.uuid])).status_code == 404
    for name in ("absence:board", "cases:worklist", "reports:exports", "reports:latest", "sms:numbers"):
        assert house.client.get(reverse(name)).status_code == 403, name
    assert house.client.get("/", follow=True).request["PATH_INFO"] == URL
    assert house.client.post(reverse("absence:certificate-ask", args=[house.alma.uuid])).status_code in {
        403,
        404,
    }
    # Another session of hers is as it was.
    elsewhere = signed_in(house.leader)
    assert elsewhere.get(house.history).status_code == 404
    assert elsewhere.get("/board/").status_code == 200
    clock.move_to(MORNING + timedelta(minutes=59, seconds=59))
    assert house.client.get(house.history).status_code == 200
    clock.move_to(MORNING + timedelta(minutes=60))
    assert house.client.get(house.history).status_code == 404
    assert house.client.get("/board/").status_code == 200


def test_it_ends_when_it_is_ended_and_when_the_role_is_lost(house: House) -> None:
    house.open()
    assert house.client.post(f"{URL}end/").status_code == 303
    assert house.client.get(house.history).status_code == 404
    assert not Grant.objects.filter(origin="break_glass", revoked_at=None).exists()
    assert house.open().status_code == 303
    Grant.objects.filter(user=house.leader, role=Role.LEADER).exclude(origin="break_glass").update(
        revoked_at=MORNING
    )
    assert house.client.get(house.history).status_code == 403


def test_a_child_is_met_by_her_exact_name_and_birth_date_or_not_at_all(house: House) -> None:
    for name, born in (("Alma", "05-04-2013"), ("Alma Krus%", "05-04-2013"), ("Alma Kruse", "06-04-2013")):
        answer = house.open(name=name, birth_on=born)
        assert answer.status_code == 422
        assert "intet barn med præcis det navn" in answer.content.decode()
    # Two of the same name and date are nobody.
    twin = factories.pupil("Alma Kruse", in_class=house.cast.other_class)
    Pupil.objects.filter(pk=twin.pk).update(birth_on=BORN)
    assert house.open().status_code == 422
    # One's own pupil is found on one's own pages.
    Pupil.objects.filter(pk=house.cast.pupils[0].pk).update(birth_on=BORN)
    assert house.open(name="Aksel Bro").status_code == 422
    assert not Emergency.objects.exists()
    # Five misses are somebody guessing.
    Pupil.objects.filter(pk=twin.pk).update(birth_on=None)
    assert house.open().status_code == 409
    assert EmergencySearch.objects.filter(found=False).count() == 5


def test_a_child_is_met_by_her_whole_cpr_number_and_nothing_is_told_of_others(
    house: House, settings: Settings, clock: time_machine.Traveller
) -> None:
    cast = house.cast
    cpr.keep({house.alma.pk: "0504131234", cast.others[1].pk: "0504131235", cast.pupils[0].pk: "0504131236"})
    blocks.declare(
        user_id=cast.leader.pk,
        pupil_id=cast.others[1].pk,
        kind=Kind.FAMILY,
        declared_by=scope_of(cast.leader.pk, MORNING),
        now=MORNING,
    )

    def asked(number: str, words: str = WHY) -> tuple[int, str]:
        answer = house.open(name="", birth_on="", cpr=number, words=words)
        text = answer.content.decode()
        assert number not in text
        return answer.status_code, re.sub(r"[0-9A-Za-z]{64}", "", text)

    # Part of a number is none, and a number in the words names a child.
    assert asked("050413")[0] == asked("050413-9999", f"{WHY} 050413-1234")[0] == 422
    assert not EmergencySearch.objects.exists()
    # Nobody's, her own family's, and her own pupil's.
    assert asked("050413-9999") == asked("050413-1235") == asked("0504131236")
    # Whoever tries names by a number counts as one who searches in vain.
    status, text = asked("050413-1234", "Politiet har ringet og spørger til Alma.")
    assert (status, "Skriv ikke barnets navn" in text) == (422, True)
    assert EmergencySearch.objects.filter(found=False).count() == 4
    # What waits for a proof waits without the number.
    clock.shift(timedelta(minutes=6))
    waits = house.open(name="", birth_on="", cpr="050413-1234")
    kept = typed.opened(
        house.client.session, cast.leader.pk, waits.headers["Location"].partition("kept=")[2], MORNING
    )
    assert kept
    assert dict(kept.fields)["words"] == WHY
    assert "0504" not in str(kept.fields)
    house.client = signed_in(cast.leader)
    assert asked("050413-1234")[0] == 303
    assert Emergency.objects.get().pupil == house.alma
    assert "0504" not in str(list(Event.objects.values()))
    settings.KEEP_CPR = False
    other = signed_in(cast.social_worker)
    assert 'name="cpr"' not in other.get(URL).content.decode()
    assert house.open(other, name="", birth_on="", cpr="050413-1234").status_code == 422


def test_it_needs_a_reason_in_words_that_do_not_name_the_child(house: House) -> None:
    assert house.open(words="Haster meget       !").status_code == 422
    assert house.open(reason="").status_code == 422
    answer = house.open(words="Politiet har ringet og spørger til Alma.")
    assert answer.status_code == 422
    assert "Skriv ikke barnets navn" in answer.content.decode()
    assert not Emergency.objects.exists()


def test_it_needs_a_proof_that_is_at_most_five_minutes_old(
    house: House, clock: time_machine.Traveller
) -> None:
    clock.move_to(MORNING + timedelta(minutes=6))
    answer = house.open()
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(reverse("confirm"))
    assert not Emergency.objects.exists()
    assert not EmergencySearch.objects.exists()
    assert house.client.get(house.history).status_code == 404


def test_a_second_child_and_a_fourth_time_within_a_week_are_refused(
    house: House, clock: time_machine.Traveller
) -> None:
    assert house.open().status_code == 303
    again = house.open()
    assert again.status_code == 409
    assert "ét barn åbent" in again.content.decode()
    assert house.open(signed_in(house.leader)).status_code == 409
    for hours in (2, 4):
        clock.move_to(MORNING + timedelta(hours=hours))
        assert house.open(signed_in(house.leader)).status_code == 303
        clock.move_to(MORNING + timedelta(hours=hours + 1))
    refused = house.open(signed_in(house.leader))
    assert refused.status_code == 409
    assert "tre gange" in refused.content.decode()
    clock.move_to(MORNING + timedelta(days=7))
    for one in Emergency.objects.all():
        emergency.answer(one, scope_of(house.controller.pk, MORNING), justified=True, words="", now=MORNING)
    assert house.open(signed_in(house.leader)).status_code == 303


def test_ones_own_child_is_opened_by_nothing(house: House) -> None:
    scope = replace(scope_of(house.leader.pk, MORNING), blocked=frozenset({house.alma.pk}))
    opened = emergency.open_one(
        scope,
        emergency.Named("Alma Kruse", BORN),
        reason=EmergencyReason.DANGER,
        words=WHY,
        now=MORNING,
    )
    assert opened is None
    # Nor is what was opened before the block was known.
    house.open()
    one = Emergency.objects.get()
    assert emergency.narrowed(scope, one.pk, MORNING) == scope


def test_leader_and_controller_are_told_at_once_without_a_word_about_whom(house: House) -> None:
    house.open()
    assert {alert.user for alert in Emergency.objects.get().alerts.all()} == {house.manager, house.controller}
    sent = alerting.send(
        get_connection("django.core.mail.backends.locmem.EmailBackend"),
        sender="fravaer@fjordby.invalid",
        base_url="https://fravaer.fjordby.invalid",
        now=MORNING,
    )
    assert sent == 2
    assert {to for one in mail.outbox for to in one.to} == {house.manager.email, house.controller.email}
    said = " ".join(f"{one.subject} {one.body}" for one in mail.outbox)
    for word in (
        "Alma",
        "Kruse",
        "Lars",
        "Toft",
        "Birkeskolen",
        "Havneskolen",
        "Politiet",
        str(house.alma.uuid),
    ):
        assert word not in said
    assert "https://fravaer.fjordby.invalid/emergency/uses/" in said
    # Who reads the list learns who, when and why, and not which child.
    for reader in (house.manager, house.controller):
        page = signed_in(reader).get("/emergency/uses/").content.decode()
        assert "Lars Toft" in page
        one = signed_in(reader).get(f"/emergency/uses/{Emergency.objects.get().uuid}/").content.decode()
        assert WHY in one
        assert "Alma" not in page + one
    stranger = factories.user("Anna Prøve", email="anna@fjordby.invalid")
    factories.grant(stranger, Role.AREA_MANAGER, house.cast.south)
    assert "Lars Toft" not in signed_in(stranger).get("/emergency/uses/").content.decode()


def test_without_an_answer_in_three_school_days_the_person_opens_nobody_else(
    house: House, clock: time_machine.Traveller
) -> None:
    house.open()
    one = Emergency.objects.get()
    assert one.answer_due_on == date(2026, 3, 13)
    clock.move_to(factories.moment(date(2026, 3, 13), 12))
    assert emergency.standing(house.leader.pk, factories.moment(date(2026, 3, 13), 12)).left == 2
    clock.move_to(factories.moment(date(2026, 3, 14), 12))
    locked = house.open(signed_in(house.leader))
    assert locked.status_code == 409
    assert "spærret" in locked.content.decode()
    # She answers for nobody, least of all for herself; her leader does, and it is open again.
    answer = {"justified": "yes"}
    assert signed_in(house.leader).post(f"/emergency/uses/{one.uuid}/", answer).status_code == 403
    assert signed_in(house.manager).post(f"/emergency/uses/{one.uuid}/", answer).status_code == 303
    assert house.open(signed_in(house.leader)).status_code == 303
    # An answer that there was no need says why, and locks until the controller has found otherwise.
    no = signed_in(house.controller).post(f"/emergency/uses/{one.uuid}/", {"justified": "no"})
    assert no.status_code == 422
    signed_in(house.controller).post(
        f"/emergency/uses/{one.uuid}/", {"justified": "no", "words": "Ingen grund."}
    )
    assert emergency.locked(house.leader.pk, date(2026, 3, 14))


def test_all_of_it_stands_in_the_trail(house: House) -> None:
    house.open(name="Ingen Prøve")
    house.open()
    house.client.get(URL)
    house.client.get(house.history)
    house.client.post(f"{URL}end/")
    one = Emergency.objects.get()
    signed_in(house.controller).post(f"/emergency/uses/{one.uuid}/", {"justified": "yes"})
    events = list(Event.objects.order_by("pk").values_list("action", "subject", "pupil_ids"))
    said = [f"{action} {subject}" for action, subject, _pupils in events]
    for expected in (
        "emergency.search emergency",
        "emergency.open emergency",
        "grant.give grant",
        "read emergency",
        "read history",
        "emergency.end emergency",
        "emergency.answer emergency",
    ):
        assert expected in said
    assert all(
        "Alma" not in str(event.detail) and WHY not in str(event.detail) for event in Event.objects.all()
    )
    assert [house.alma.pk] in [pupils for action, _s, pupils in events if action == "read"]


def test_without_anybody_to_tell_it_is_not_available(house: House) -> None:
    Grant.objects.filter(user=house.controller).update(revoked_at=MORNING)
    refused = house.open()
    assert refused.status_code == 409
    assert "ingen databeskyttelseskontrollant" in refused.content.decode()
