"""The messages page, for each who may see it."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from fravaer.audit.models import Event
from fravaer.schools.models import Phone, Pupil
from fravaer.sms import choices, morning, outbox
from fravaer.sms.models import Message
from fravaer.sms.states import Because
from tests import factories
from tests.cast import DAY, Cast, signed_in, statements
from tests.sms.conftest import HOURS, away, take

URL = "/sms/"


def number_of(pupil: Pupil) -> str:
    return str(Phone.objects.get(guardian__guardianships__pupil=pupil).e164)


@pytest.fixture
def written(chosen: Cast) -> Cast:
    """Freja and Noah are absent, their guardians will be written to; Ida's guardian has no telephone."""
    ida = factories.pupil("Ida Krag", in_class=chosen.class_7b)
    factories.guardian(ida, name="Karen Krag", phone="")
    take(chosen.class_7b, away(chosen.pupils[1], chosen.pupils[2], ida))
    morning.prepare(DAY, timezone.now())
    return chosen


def page(user: object, address: str = URL) -> str:
    return signed_in(user).get(address).content.decode()  # type: ignore[arg-type]


def test_the_page_is_where_the_navigation_leads() -> None:
    assert reverse("sms:messages") == URL


def test_a_teacher_sees_her_class_and_two_digits_of_each_number(written: Cast) -> None:
    shown = page(written.mette)
    assert "Freja Holm" in shown
    assert "Sendes kl. 8.01" in shown
    for pupil in written.pupils[1:3]:
        assert number_of(pupil) not in shown
        assert f"••••••{number_of(pupil)[-2:]}" in shown


def test_nobody_sees_a_whole_number_on_a_list(written: Cast) -> None:
    for reader in (written.secretary, written.leader):
        shown = page(reader)
        assert number_of(written.pupils[1]) not in shown
        assert f"••••••{number_of(written.pupils[1])[-2:]}" in shown


def test_a_guardian_who_cannot_be_written_to_is_on_the_list_to_ring(written: Cast) -> None:
    shown = page(written.secretary)
    assert "Skal ringes op" in shown
    assert "Karen Krag" in shown
    assert "Intet mobilnummer" in shown


def test_another_schools_leader_sees_none_of_it(written: Cast) -> None:
    shown = page(written.stranger)
    assert "Freja Holm" not in shown
    assert "Karen Krag" not in shown
    assert "Birkeskolen" not in shown


def test_a_role_without_sms_is_refused(written: Cast) -> None:
    assert signed_in(written.social_worker).get(URL).status_code == 403
    assert signed_in(written.area_manager).get(URL).status_code == 403


def test_what_was_shown_is_in_the_trail(written: Cast) -> None:
    page(written.mette)
    entry = Event.objects.get(action="read", subject="sms.messages")
    shown = Pupil.objects.filter(given_name__in=["Freja", "Noah", "Ida"]).values_list("pk", flat=True)
    assert (entry.actor_id, entry.role) == (written.mette.pk, "teacher")
    assert entry.pupil_ids == sorted(shown)


def test_a_cancelled_message_says_why(written: Cast) -> None:
    outbox.cancel([Message.objects.earliest("id").pk], Because.EXPLAINED, timezone.now())
    assert "Annulleret før afsendelse" in page(written.mette)
    assert "forklaret eller rettet" in page(written.mette)


def test_a_long_day_comes_in_pages_and_no_more_queries(written: Cast) -> None:
    client = signed_in(written.leader)
    client.get(URL)
    with statements() as few:
        client.get(URL)
    many = factories.pupils(70, in_class=written.class_2a)
    for pupil in many:
        factories.guardian(pupil)
    take(written.class_2a, away(*many))
    choices.opt_in([written.school.pk], hours=HOURS, most_percent=100)
    morning.prepare(DAY, timezone.now())
    with statements() as full:
        first = client.get(URL).content.decode()
    assert len(full) == len(few)
    assert "1–50 af 72 beskeder" in first
    assert "Elev001" in first
    second = client.get(URL, {"page": 2}).content.decode()
    assert "51–72 af 72 beskeder" in second
    assert "Freja Holm" in second


def test_a_day_without_messages_says_so(cast: Cast) -> None:
    assert "Der er ikke skrevet til nogen på denne dag." in page(cast.mette)
