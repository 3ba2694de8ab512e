"""Whether sending works, as the page and the command tell it, and the switch that stops everything."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.audit.models import Event
from fravaer.sms import circuit
from fravaer.sms.models import Message
from fravaer.sms.states import State
from tests import factories
from tests.cast import MORNING, Cast, signed_in
from tests.sms import messaging

URL = "/sms/health/"


@pytest.fixture
def chief(cast: Cast) -> User:
    user = factories.user("Carla Chef", email="carla@fjordby.invalid")
    factories.grant(user, Role.CHIEF, None)
    return user


def test_it_tells_what_waits_what_is_open_and_what_must_never_be_and_names_nobody(
    cast: Cast, chief: User
) -> None:
    pupil = cast.pupils[0]
    message = messaging.about(pupil, now=MORNING - timedelta(minutes=5))
    circuit.trip("twilio", "401/20003", MORNING)
    shown = signed_in(chief).get(URL).content.decode()
    assert "1 besked, i højst 300 sekunder" in shown
    assert "kontoens nøgler blev afvist (20003)" in shown
    assert "Kunne have været sendt i over et minut" in shown
    for name in (str(pupil), pupil.family_name, message.to_e164, message.to_mask, str(message.guardian)):
        assert name not in shown
    # An area manager reads the same.
    assert "1 besked, i højst 300 sekunder" in signed_in(cast.area_manager).get(URL).content.decode()


def test_an_area_manager_stops_everything_and_the_chief_alone_lets_it_go_on(cast: Cast, chief: User) -> None:
    manager = signed_in(cast.area_manager)
    assert manager.post(f"{URL}stop/").status_code == 422
    assert not circuit.stopped("twilio")
    assert manager.post(f"{URL}stop/", {"sure": "yes"}).status_code == 303
    assert circuit.stopped("twilio")
    assert manager.post(f"{URL}start/", {"sure": "yes"}).status_code == 403
    assert signed_in(chief).post(f"{URL}start/", {"sure": "yes"}).status_code == 303
    assert not circuit.stopped("twilio")
    said = Event.objects.filter(subject="circuit").order_by("pk").values_list("actor_id", "action")
    assert list(said) == [(cast.area_manager.pk, "sms.stop"), (chief.pk, "sms.start")]


def test_the_chief_closes_a_circuit_whose_fault_is_mended(chief: User) -> None:
    circuit.trip("twilio", "trouble", MORNING)
    assert signed_in(chief).post(f"{URL}close/", {"sure": "yes"}).status_code == 303
    assert circuit.standing("twilio").open_since is None
    assert Event.objects.get(action="sms.circuit.close").actor_id == chief.pk


def test_the_command_fails_when_something_is_broken(cast: Cast) -> None:
    messaging.about(cast.pupils[0], State.EXPIRED)
    messaging.about(cast.pupils[1], now=MORNING - timedelta(minutes=5))
    out = io.StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("sms_health", stdout=out)
    assert failed.value.returncode == 1
    lines = out.getvalue().splitlines()
    assert {"sms_due 1", "sms_due_age_seconds 300", "sms_expired 1", "FAULT overdue"} <= set(lines)
    assert str(Message.objects.latest("created_at").to_e164) not in out.getvalue()


def test_a_stop_that_a_person_has_made_is_no_fault(cast: Cast) -> None:
    messaging.about(cast.pupils[0], now=MORNING - timedelta(minutes=5))
    circuit.stop("twilio", True, actor_id=cast.area_manager.pk, role="area_manager")
    out = io.StringIO()
    with pytest.raises(CommandError):
        # The tests have no beat, which is a fault of its own.
        call_command("sms_health", stdout=out)
    assert "note stopped" in out.getvalue()
    assert "overdue" not in out.getvalue()
    assert reverse("sms:health") == URL
