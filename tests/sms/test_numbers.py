"""The guardians' numbers as the office looks after them, and what is forgotten at night."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from fravaer.audit.models import Event
from fravaer.schools.models import Phone, Pupil
from fravaer.sms import forgetting, limits, morning, numbers, optouts, outbox, quality, replies
from fravaer.sms.models import DeadNumber, Inbound, Message, OptOut, ProviderEvent
from fravaer.sms.owner import Owner
from fravaer.sms.quality import Fault
from fravaer.sms.states import How
from tests import factories
from tests.cast import DAY, Cast, signed_in
from tests.sms.conftest import away, take
from tests.sms.test_replies import OURS, number_of, told

URL = "/sms/numbers/"


def phone_of(pupil: Pupil) -> Phone:
    found = Phone.objects.filter(guardian__guardianships__pupil=pupil).first()
    assert found is not None
    return found


def page(client: Client, **asked: str) -> str:
    return client.get(URL, asked).content.decode()


def mend(client: Client, pupil: Pupil, do: str, **typed: str) -> Any:
    return client.post(f"{URL}mend/", {"phone": phone_of(pupil).pk, "do": do, "query": "show=all"} | typed)


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("+4520123456", None),
        ("+4533123456", None),
        ("+4580123456", Fault.INVALID),
        ("+4590123456", Fault.INVALID),
        ("+4510123456", Fault.INVALID),
        ("+46701740605", Fault.FOREIGN),
        ("+4681234567", Fault.LANDLINE),
    ],
)
def test_what_can_be_seen_from_a_number_is_told_and_nothing_guessed(number: str, fault: Fault | None) -> None:
    assert quality.looks(number) == fault


def test_every_number_that_reaches_nobody_is_a_task_with_its_reason(cast: Cast) -> None:
    aksel, freja, noah, zoe, orn = cast.pupils
    for pupil in cast.pupils:
        Phone.objects.filter(guardian__guardianships__pupil=pupil).update(
            e164=f"+45201234{pupil.pk % 90 + 10}"
        )
    numbers.learn(number_of(aksel), 21614, timezone.now())
    optouts.note(number_of(freja), How.SMS, timezone.now())
    phone_of(noah).delete()
    zoe.guardianships.update(custody=False)
    shared = number_of(orn)
    factories.guardian(orn, name="Far Aagaard", phone=shared)
    found = {line.pupil: line.faults for line in quality.lines([cast.class_7b.pk], DAY, ("45",))}
    assert found == {
        aksel: {Fault.DEAD, Fault.UNREACHED},
        freja: {Fault.OPTED_OUT, Fault.UNREACHED},
        noah: {Fault.NO_NUMBER, Fault.UNREACHED},
        zoe: {Fault.NO_CUSTODY, Fault.UNREACHED},
        orn: {Fault.SHARED},
    }
    Phone.objects.filter(e164=shared).update(e164="+46701740605")
    abroad = quality.lines([cast.class_7b.pk], DAY, ("45",))[-1]
    assert abroad.faults == {Fault.COUNTRY, Fault.SHARED, Fault.UNREACHED}
    Phone.objects.filter(e164="+46701740605").update(e164=shared)
    shown = page(signed_in(cast.secretary))
    assert "leverandørens kode 21614" in shown
    assert "10-03-2026, På sms" in shown
    assert "Ørn Aagaard" not in shown
    assert shared[3:] not in page(signed_in(cast.secretary), show="all")
    assert "Alma Kruse" not in page(signed_in(cast.secretary), show="all")
    assert "Freja Holm" not in page(signed_in(cast.secretary), show="dead")


def test_a_dead_number_is_mended_by_the_roster_or_by_trying_again(chosen: Cast) -> None:
    freja, noah = chosen.pupils[1:3]
    for pupil in (freja, noah):
        numbers.learn(number_of(pupil), 30005, timezone.now())
    mend(signed_in(chosen.secretary), freja, "again")
    Phone.objects.filter(pk=phone_of(noah).pk).update(e164="+4520123456")
    faults = {line.pupil: line.faults for line in quality.lines([chosen.class_7b.pk], DAY, ("45", "46"))}
    assert {fault for pupil in (freja, noah) for fault in faults[pupil]} <= {Fault.FOREIGN}
    take(chosen.class_7b, away(freja))
    morning.prepare(DAY, timezone.now())
    assert Message.objects.get().to_e164 == number_of(freja)
    entry = Event.objects.get(action="sms.number_again")
    assert (entry.actor_id, entry.pupil_ids) == (chosen.secretary.pk, [freja.pk])


def test_the_office_notes_an_opt_out_and_lifts_it_with_a_reason(cast: Cast) -> None:
    freja, client = cast.pupils[1], signed_in(cast.secretary)
    answer = mend(client, freja, "out")
    assert answer.status_code == 303
    assert answer["Location"] == f"{URL}?show=all"
    row = OptOut.objects.get()
    assert (row.how, row.noted_by) == (How.OFFICE, cast.secretary)
    assert mend(client, freja, "in").status_code == 400
    mend(client, freja, "in", why="asked")
    assert optouts.everywhere([number_of(freja)]) == set()
    assert Event.objects.get(action="sms.opt_in_number").detail == {"why": "asked"}
    assert mend(signed_in(cast.stranger), freja, "out").status_code == 404


def test_words_are_forgotten_when_their_time_is_up_and_the_evidence_stays(chosen: Cast, mine: Owner) -> None:
    freja = chosen.pupils[1]
    told(chosen, mine, freja)
    replies.receive(
        sid="SM1", sender=number_of(freja), to=OURS, body="Hun er syg", day=DAY, now=timezone.now()
    )
    stands = limits.of(chosen.municipality.pk)
    wanted = replace(stands, keeps_bodies=30, keeps_replies=10)
    limits.change(chosen.municipality.pk, wanted, seen=stands, actor_id=None, role="job.sms")
    before = Message.objects.get()
    now = timezone.now()
    assert forgetting.forget(now + timedelta(days=9)) == forgetting.Forgotten(0, 0, 0)
    assert forgetting.forget(now + timedelta(days=11)) == forgetting.Forgotten(0, 1, 0)
    reply = Inbound.objects.get()
    assert (reply.body, reply.from_e164, reply.intent, reply.pupil) == (None, "", "other", freja)
    assert forgetting.forget(now + timedelta(days=31)) == forgetting.Forgotten(1, 0, 0)
    message = Message.objects.get()
    assert message.body is None
    assert bytes(message.body_sha256) == bytes(before.body_sha256)
    assert message.state == "delivered"
    assert forgetting.forget(now + timedelta(days=366)) == forgetting.Forgotten(0, 0, 1)
    assert not ProviderEvent.objects.exists()
    assert forgetting.forget(now + timedelta(days=367)) == forgetting.Forgotten(0, 0, 0)
    assert [one.detail for one in Event.objects.filter(action="sms.forget").order_by("id")] == [
        {"bodies": 0, "replies": 1, "events": 0},
        {"bodies": 1, "replies": 0, "events": 0},
        {"bodies": 0, "replies": 0, "events": 1},
    ]


def test_the_words_of_a_message_still_under_way_are_kept(chosen: Cast) -> None:
    take(chosen.class_7b, away(chosen.pupils[1]))
    morning.prepare(DAY, timezone.now())
    assert outbox.forget_bodies(timezone.now() + timedelta(days=99), chosen.municipality.pk) == 0
    assert not DeadNumber.objects.exists()
