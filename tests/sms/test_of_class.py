"""What whoever registers a class is told of the messages about it: words and times, and nothing else."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import time_machine
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from fravaer.absence.reasons import Mark
from fravaer.accounts.roles import Role
from fravaer.audit.models import Event
from fravaer.schools.models import Guardianship
from fravaer.sms import choices, morning
from fravaer.sms.models import Message
from fravaer.sms.states import State
from tests import factories
from tests.cast import DAY, Cast, signed_in
from tests.sms.conftest import away, take

IN_PAGE = {"HTTP_X_FRAVAER_PART": "yes"}


def part(client: Client, cast: Cast, **headers: Any) -> HttpResponse:
    answer = client.get(f"/sms/of/{cast.class_7b.pk}/{DAY}/", **(IN_PAGE | headers))
    assert isinstance(answer, HttpResponse)
    return answer


def words(answer: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())).strip()


def test_before_the_job_has_run_the_teacher_is_told_when_and_until_when_she_can_correct(chosen: Cast) -> None:
    client = signed_in(chosen.mette)
    assert words(part(client, chosen)) == ""
    take(chosen.class_7b, away(chosen.pupils[1]))
    answer = part(client, chosen)
    assert "Sms til forældre sendes kl. 8.01. Du kan rette indtil da." in words(answer)
    assert "Freja: Sms til forældre kl. 8.01 – fortryd Freja" in words(answer)
    assert f"morgen/#p-{chosen.pupils[1].uuid}-T" in answer.content.decode()
    assert "data-moving" in answer.content.decode()


def test_a_waiting_message_says_how_many_and_is_gone_once_the_mark_is_corrected(chosen: Cast) -> None:
    freja, noah = chosen.pupils[1:3]
    factories.guardian(noah, name="Bo Lund", phone="+4520000222")
    take(chosen.class_7b, away(freja, noah))
    morning.prepare(DAY, timezone.now())
    client = signed_in(chosen.mette)
    assert "Noah: Sms til 2 forældre kl. 8.01 – fortryd Noah" in words(part(client, chosen))
    take(chosen.class_7b, {freja: Mark.HERE, noah: Mark.ABSENT})
    shown = words(part(client, chosen))
    assert "Freja" not in shown, "before the job has cancelled it as well"
    assert "Sms til 2 forældre" in shown


def test_what_became_of_each_is_told_in_words_and_times_without_a_number_or_a_guardian(
    chosen: Cast, clock: time_machine.Traveller
) -> None:
    freja, noah = chosen.pupils[1:3]
    Guardianship.objects.filter(pupil=noah).update(sms_allowed=False)
    take(chosen.class_7b, away(freja, noah))
    morning.prepare(DAY, timezone.now())
    left_at = timezone.now() + timedelta(minutes=2)
    moves: list[tuple[State, dict[str, Any]]] = [
        (State.QUEUED, {}),
        (State.CLAIMED, {}),
        (State.SENDING, {"sending_at": left_at, "attempts": 1}),
        (State.ACCEPTED, {"provider_sid": "SM1", "provider": "twilio", "accepted_at": left_at}),
        (State.DELIVERED, {"final_at": left_at + timedelta(minutes=1)}),
    ]
    for state, fields in moves:
        Message.objects.filter(pupil=freja).update(state=state, **fields)
    answer = part(signed_in(chosen.mette), chosen)
    shown = words(answer)
    assert "Freja: Sms til 1 forælder: Leveret til telefonen (oplyst af teleselskabet) kl. 8.03" in shown
    assert "Noah: Ingen sms: kontoret ringer" in shown
    assert "fortryd" not in shown
    assert "data-moving" not in answer.content.decode()
    assert not re.search(r"\d{6}|\+4|Kim", shown)


def test_a_page_that_asks_again_is_shown_nothing_while_nothing_has_changed(chosen: Cast) -> None:
    take(chosen.class_7b, away(chosen.pupils[1]))
    morning.prepare(DAY, timezone.now())
    client = signed_in(chosen.mette)
    tag = part(client, chosen)["ETag"]
    again = part(client, chosen, HTTP_IF_NONE_MATCH=tag, HTTP_X_FRAVAER_POLL="yes")
    assert (again.status_code, again.content) == (304, b"")
    read = Event.objects.filter(action="read", subject="sms.class")
    assert [event.pupil_ids for event in read] == [[chosen.pupils[1].pk]], (
        "once: the second time nobody saw anything"
    )
    take(chosen.class_7b, {chosen.pupils[1]: Mark.HERE})
    assert part(client, chosen, HTTP_IF_NONE_MATCH=tag).status_code == 200


def test_a_paused_school_says_so_and_a_class_without_sms_says_nothing(chosen: Cast) -> None:
    take(chosen.class_7b, away(chosen.pupils[1]))
    client = signed_in(chosen.mette)
    choices.pause(chosen.school.pk, on=True)
    assert "Sms'er er sat på pause på skolen." in part(client, chosen).content.decode().replace("&#x27;", "'")
    choices.opt_out([chosen.school.pk])
    assert words(part(client, chosen)) == ""


def test_the_registers_pages_lead_there_for_those_who_may_know(chosen: Cast) -> None:
    take(chosen.class_7b, away(chosen.pupils[1]))
    register = f"/r/{chosen.class_7b.pk}/{DAY}/morgen/"
    address = f"/sms/of/{chosen.class_7b.pk}/{DAY}/"
    teacher, substitute = signed_in(chosen.mette), factories.user("Vera Vikar", email="vera@fjordby.invalid")
    factories.grant(substitute, Role.SUBSTITUTE, chosen.class_7b)
    for page in (register, f"{register}receipt/"):
        assert f'href="{address}"' in teacher.get(page).content.decode()
        assert address not in signed_in(substitute).get(page).content.decode()
    assert "Freja" in teacher.get(address).content.decode()
