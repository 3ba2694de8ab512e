"""The list of those to be rung, as the office works through it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from fravaer.absence.reasons import Mark
from fravaer.audit.models import Event
from fravaer.schools.models import Pupil
from fravaer.sms.models import Message, Ring
from fravaer.sms.states import Because, State
from tests import factories
from tests.cast import DAY, MORNING, Cast, signed_in
from tests.sms import messaging
from tests.sms.conftest import away, take

URL = "/sms/ring/"


@pytest.fixture
def unreached(chosen: Cast) -> Cast:
    """Freja's one guardian was not reached and her other was; Noah's only one was not; Zoë's is reached; all are absent."""
    _aksel, freja, noah, zoe, _orn = chosen.pupils
    take(chosen.class_7b, away(freja, noah, zoe))
    father = factories.guardian(freja, name="Bo Holm")
    messaging.about(freja, State.UNDELIVERED, code=30003)
    messaging.about(freja, State.DELIVERED, guardian=father)
    messaging.about(noah, State.EXPIRED)
    messaging.about(zoe, State.DELIVERED)
    return chosen


def page(client: Client) -> tuple[str, str]:
    """What is still to be rung, and what is settled."""
    waiting, _heading, settled = client.get(URL).content.decode().partition('data-live="settled"')
    return waiting, settled


def key(pupil: Pupil) -> str:
    message = Message.objects.filter(pupil=pupil).order_by("created_at").first()
    assert message is not None
    return f"{pupil.uuid}_{message.guardian_id}"


def test_pupils_nobody_was_told_about_come_first_and_the_reached_are_not_there(unreached: Cast) -> None:
    client = signed_in(unreached.secretary)
    waiting, settled = page(client)
    assert waiting.index("Noah Lund") < waiting.index("Freja Holm")
    assert "Zoë" not in waiting
    assert "Bo Holm" not in waiting
    assert "Nåede ikke ud inden fristen" in waiting
    assert "Om 1 elev er ingen blevet orienteret" in waiting
    assert "<title>(2) Skal ringes op" in waiting
    for message in Message.objects.all():
        assert message.to_e164 not in waiting
    # The same number on the morning's board, where the office begins.
    assert "Skal ringes op (2)" in client.get(reverse("absence:board")).content.decode()
    assert not settled


def test_one_press_notes_the_call_once_and_the_line_drops_below_until_it_is_taken_back(
    unreached: Cast,
) -> None:
    noah = unreached.pupils[2]
    client = signed_in(unreached.secretary)
    for _press in range(2):
        assert client.post(f"{URL}call/", {"spoke": key(noah)}).status_code == 303
    call = Ring.objects.get()
    assert (call.pupil_id, call.reached, call.rung_by_id) == (noah.pk, True, unreached.secretary.pk)
    waiting, settled = page(client)
    assert "Noah" not in waiting.partition("<tbody")[2]
    assert "kl. 8.00 – talte med (Sanne Friis)" in settled
    # Somebody else cannot take it back; she who noted it can.
    assert signed_in(unreached.leader).post(f"{URL}undo/", {"undo": call.pk}).status_code == 404
    assert client.post(f"{URL}undo/", {"undo": call.pk}).status_code == 303
    assert "Noah Lund" in page(client)[0].partition("<tbody")[2]
    rings = Event.objects.filter(subject="sms.ring").exclude(action="read").order_by("id")
    assert [event.action for event in rings] == [
        "sms.ring",
        "sms.ring.undo",
    ]


def test_no_answer_stays_on_the_list_after_those_not_rung(unreached: Cast) -> None:
    freja, noah = unreached.pupils[1:3]
    other = unreached.pupils[0]
    take(unreached.class_7b, away(other, freja, noah))
    messaging.about(other, State.REJECTED, code=21614)
    client = signed_in(unreached.secretary)
    client.post(f"{URL}call/", {"silent": key(other)})
    rows = page(client)[0].partition("<tbody")[2]
    assert rows.index("Noah Lund") < rows.index("Aksel Bro") < rows.index("Freja Holm")
    assert "kl. 8.00 – intet svar (Sanne Friis)" in rows


def test_an_absence_explained_meanwhile_is_settled_without_a_call(unreached: Cast) -> None:
    take(unreached.class_7b, {unreached.pupils[2]: Mark.ILL})
    waiting, settled = page(signed_in(unreached.secretary))
    assert "Noah" not in waiting.partition("<tbody")[2]
    assert "Fraværet er blevet forklaret imens" in settled


def test_a_message_stopped_by_a_ceiling_is_somebody_to_ring(chosen: Cast) -> None:
    aksel = chosen.pupils[0]
    take(chosen.class_7b, away(aksel))
    messaging.about(aksel, State.CANCELLED, because=Because.CEILING)
    assert "Aksel Bro" in page(signed_in(chosen.secretary))[0]


def test_another_schools_pupils_cannot_be_seen_or_noted(unreached: Cast) -> None:
    stranger = signed_in(unreached.stranger)
    assert "Der er ingen, der skal ringes op lige nu." in page(stranger)[0]
    assert stranger.post(f"{URL}call/", {"spoke": key(unreached.pupils[2])}).status_code == 404
    # Nor a guardian of somebody else.
    wrong = key(unreached.pupils[2]).partition("_")[2]
    mixed = f"{unreached.pupils[1].uuid}_{wrong}"
    assert signed_in(unreached.secretary).post(f"{URL}call/", {"spoke": mixed}).status_code == 404
    assert not Ring.objects.exists()


def test_a_later_call_is_another_call(unreached: Cast) -> None:
    noah = unreached.pupils[2]
    client = signed_in(unreached.secretary)
    client.post(f"{URL}call/", {"silent": key(noah)})
    with time_machine.travel(MORNING + timedelta(minutes=9), tick=False):
        client = signed_in(unreached.secretary)
        client.post(f"{URL}call/", {"silent": key(noah)})
    assert Ring.objects.filter(day=DAY, pupil=noah, reached=False).count() == 2
    assert timezone.now() >= MORNING
