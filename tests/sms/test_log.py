"""The log of messages: what proves what became of one, and sending one again."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from fravaer.absence.reasons import Mark
from fravaer.audit.models import Event
from fravaer.core import export
from fravaer.schools.models import Pupil
from fravaer.sms import outbox
from fravaer.sms.models import Attempt, Message
from fravaer.sms.states import State
from tests.cast import DAY, MORNING, Cast, signed_in, statements
from tests.sms import messaging
from tests.sms.conftest import away, take

URL = "/sms/log/"


@pytest.fixture
def told(chosen: Cast) -> Cast:
    """Freja and Noah are absent; Freja's message was not delivered, Noah's is in doubt."""
    freja, noah = chosen.pupils[1:3]
    take(chosen.class_7b, away(freja, noah))
    messaging.about(freja, State.UNDELIVERED, code=30003)
    messaging.about(noah, State.UNCERTAIN)
    return chosen


def of(pupil: Pupil, seq: int = 0) -> Message:
    return Message.objects.get(pupil=pupil, seq=seq)


def again(client: Client, message: Message, because: str = "Nummeret er rettet") -> int:
    return client.post(f"{URL}{message.pk}/again/", {"because": because}).status_code


def test_a_day_is_narrowed_by_state_and_class_and_a_pupil_is_found_by_words_in_no_address(told: Cast) -> None:
    client = signed_in(told.secretary)
    everything = client.get(URL).content.decode()
    assert "Freja Holm" in everything
    assert "Noah Lund" in everything
    assert of(told.pupils[1]).to_e164 not in everything
    narrowed = client.get(URL, {"show": "doubt"}).content.decode()
    assert "Noah Lund" in narrowed
    assert "Freja Holm" not in narrowed
    assert "Noah" not in client.get(URL, {"school_class": told.class_2a.pk}).content.decode()
    found = client.post(f"{URL}find/", {"who": "noah 7b"})
    assert (found.status_code, found["Location"]) == (303, f"{URL}pupil/{told.pupils[2].uuid}/")
    assert "Noah Lund" in client.get(found["Location"]).content.decode()


def test_a_long_day_costs_no_more_queries(told: Cast) -> None:
    client = signed_in(told.leader)
    client.get(URL)
    with statements() as few:
        client.get(URL)
    for pupil in (told.pupils[0], *told.pupils[3:]):
        messaging.about(pupil, State.DELIVERED)
    with statements() as more:
        client.get(URL)
    assert len(more) == len(few)


def test_one_message_is_told_step_by_step_and_the_look_is_in_the_trail(told: Cast) -> None:
    freja = told.pupils[1]
    message = of(freja)
    Attempt.objects.create(message=message, n=1, owner=1, marked_at=MORNING, outcome="accepted")
    outbox.learn(
        message.pk, provider="twilio", sid=message.provider_sid or "", status="undelivered", code=30003,
        via="callback", now=MORNING + timedelta(seconds=9),
    )  # fmt: skip
    shown = signed_in(told.secretary).get(f"{URL}{message.pk}/").content.decode()
    for words in (
        "Tiden til at rette er gået; klar til afsendelse",
        "Kald nr. 1 til sms-leverandøren: leverandøren tog imod beskeden",
        "Sms-leverandøren sagde “Ikke leveret” i en underskrevet besked til os",
        "telefonen var slukket eller uden for rækkevidde (30003)",
        "Dit barn er registreret fraværende i dag",
        message.to_mask,
        bytes(message.body_sha256).hex(),
    ):
        assert words in shown, words
    assert message.to_e164 not in shown
    looked = Event.objects.get(subject="sms.message")
    assert (looked.actor_id, looked.subject_id, looked.pupil_ids) == (
        told.secretary.pk,
        str(message.pk),
        [freja.pk],
    )


def test_a_pupils_messages_leave_as_a_file_without_numbers(told: Cast) -> None:
    freja = told.pupils[1]
    answer = signed_in(told.leader).get(f"{URL}pupil/{freja.uuid}/csv/")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert [row["Hvad der skete"] for row in rows][-1] == "Ikke leveret"
    assert {row["Nummer"] for row in rows} == {of(freja).to_mask}
    assert of(freja).to_e164 not in answer.content.decode()
    assert Event.objects.filter(subject="sms.log export", pupil_ids=[freja.pk]).exists()


@pytest.mark.parametrize("cell", ["=SUM(A1)", "+45", "-1", "@cmd", "\tx"])
def test_a_text_that_begins_like_a_formula_is_a_text(cell: str) -> None:
    assert export.written(cell) == f"'{cell}"


def test_a_message_is_sent_again_once_however_often_it_is_pressed(told: Cast) -> None:
    freja = told.pupils[1]
    client = signed_in(told.secretary)
    assert [again(client, of(freja)) for _press in range(2)] == [303, 409]
    new = of(freja, seq=1)
    assert (new.state, new.ordered_by, new.ordered_because) == (
        State.HELD,
        told.secretary,
        "Nummeret er rettet",
    )
    assert Event.objects.get(action="sms.again").actor_id == told.secretary.pk
    # It ends badly as well, and may be sent once more.
    messaging.move(new, State.UNDELIVERED)
    assert again(client, new) == 303
    assert of(freja, seq=2).state == State.HELD


def test_without_a_reason_nothing_is_sent_again(told: Cast) -> None:
    answer = signed_in(told.secretary).post(f"{URL}{of(told.pupils[1]).pk}/again/", {"because": " "})
    assert answer.status_code == 422
    assert not Message.objects.filter(seq__gt=0).exists()


def test_what_is_in_doubt_is_not_sent_again(told: Cast) -> None:
    answer = signed_in(told.leader).post(f"{URL}{of(told.pupils[2]).pk}/again/", {"because": "Kom ikke frem"})
    assert answer.status_code == 409
    assert "undervejs eller uvis" in answer.content.decode()
    assert not Message.objects.filter(seq__gt=0).exists()


@pytest.mark.parametrize(("hour", "minute"), [(10, 59), (17, 0)])
def test_after_the_deadline_nothing_is_sent_again(told: Cast, hour: int, minute: int) -> None:
    with time_machine.travel(MORNING.replace(hour=MORNING.hour + hour - 8, minute=minute), tick=False):
        assert again(signed_in(told.leader), of(told.pupils[1])) == 409
    assert not Message.objects.filter(seq__gt=0).exists()


def test_an_explained_absence_is_not_written_about_again(told: Cast) -> None:
    take(told.class_7b, {told.pupils[1]: Mark.ILL})
    assert again(signed_in(told.leader), of(told.pupils[1])) == 409


def test_a_teacher_and_another_school_meet_no_log(told: Cast) -> None:
    message = of(told.pupils[1])
    assert signed_in(told.mette).get(f"{URL}{message.pk}/").status_code == 403
    assert signed_in(told.stranger).get(f"{URL}{message.pk}/").status_code == 404
    assert signed_in(told.stranger).get(f"{URL}pupil/{told.pupils[1].uuid}/").status_code == 404
    assert again(signed_in(told.stranger), message) == 404
    assert message.day == DAY
