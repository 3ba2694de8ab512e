"""Guardians' replies as the office reads and settles them, and what they suggest in the queue."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from fravaer.absence import explaining, unexplained
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Absence, Known
from fravaer.absence.reasons import Reason, Source
from fravaer.audit.models import Event
from fravaer.schools.models import Pupil
from fravaer.sms import replies
from fravaer.sms.models import Inbound
from fravaer.sms.owner import Owner
from tests.cast import DAY, Cast, signed_in
from tests.sms.test_replies import OURS, number_of, told

URL, QUEUE = "/sms/inbox/", "/sms/unexplained/"


@pytest.fixture(autouse=True)
def two_way(settings: LazySettings) -> None:
    settings.TWILIO_FROM = OURS


def wrote(pupil: Pupil, body: str) -> str:
    """A reply from the number of the pupil's guardian. Returns its id."""
    sid = f"SM{uuid4().hex}"
    replies.receive(sid=sid, sender=number_of(pupil), to=OURS, body=body, day=DAY, now=timezone.now())
    return sid


def press(client: Client, sid: str, do: str, pupil: Pupil | None = None, **typed: str) -> Any:
    posted = {"reply": sid, "do": do, "key": str(uuid4()), "since": DAY.isoformat(), "last": "", "text": ""}
    return client.post(URL, posted | ({"pupil": str(pupil.uuid)} if pupil else {}) | typed)


def page(client: Client, url: str = URL) -> str:
    return client.get(url).content.decode()


def test_only_the_pupils_own_office_and_leader_read_the_words(cast: Cast) -> None:
    wrote(cast.pupils[1], "Freja er syg i dag")
    assert "Freja er syg i dag" in page(signed_in(cast.secretary))
    assert "Freja er syg i dag" in page(signed_in(cast.leader))
    assert "Freja er syg i dag" not in page(signed_in(cast.stranger))
    assert {signed_in(user).get(URL).status_code for user in (cast.mette, cast.social_worker)} == {403}
    assert Event.objects.filter(subject="sms.inbox", pupil_ids=[cast.pupils[1].pk]).count() == 2


def test_a_text_before_the_bell_becomes_a_sick_report_by_one_press(cast: Cast) -> None:
    freja, client = cast.pupils[1], signed_in(cast.secretary)
    sid = wrote(freja, "Freja er syg i dag")
    assert press(client, sid, "ill", freja).status_code == 303
    known = Known.objects.get()
    assert (known.pupil, known.kind, known.source, known.state) == (
        freja,
        Known.Kind.ILLNESS,
        Source.GUARDIAN_SMS,
        Known.State.STANDS,
    )
    row = Inbound.objects.get()
    assert (row.handled_by, row.outcome, row.pupil) == (cast.secretary, "ill", freja)
    shown = page(client)
    assert "Freja Holm: Meldt syg." in shown
    assert "Ingen svar venter." in shown


def test_a_reply_becomes_the_reason_of_the_absence_with_the_guardian_by_sms_as_its_source(
    chosen: Cast, mine: Owner
) -> None:
    freja = chosen.pupils[1]
    told(chosen, mine, freja)
    sid = wrote(freja, "Hun har feber, kommer på torsdag")
    press(signed_in(chosen.secretary), sid, "ill", freja, last="2026-03-11")
    assert Absence.objects.get().reason == Reason.ILLNESS
    assert explaining.latest([(freja.pk, DAY)])[freja.pk, DAY, Checkpoint.START].source is Source.GUARDIAN_SMS
    assert Known.objects.get().until.isoformat() == "2026-03-12"


def test_leave_is_asked_for_and_still_decided_by_who_may(cast: Cast) -> None:
    freja = cast.pupils[1]
    sid = wrote(freja, "Må Freja få fri fredag?")
    press(
        signed_in(cast.secretary),
        sid,
        "leave",
        freja,
        since="2026-03-13",
        last="2026-03-13",
        text="Fri fredag",
    )
    known = Known.objects.get()
    assert (known.kind, known.state, known.source, known.text) == (
        Known.Kind.LEAVE,
        Known.State.ASKED,
        Source.GUARDIAN_SMS,
        "Fri fredag",
    )


def test_what_cannot_be_entered_leaves_the_reply_waiting_with_what_was_typed(cast: Cast) -> None:
    freja, client = cast.pupils[1], signed_in(cast.secretary)
    sid = wrote(freja, "Fri lørdag?")
    answer = press(client, sid, "leave", freja, since="2026-03-14", last="2026-03-14", text="Lørdagsfri")
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "Der er ikke skole" in shown
    assert "Lørdagsfri" in shown
    assert press(client, sid, "ill").status_code == 422
    assert press(client, sid, "ill", cast.others[0]).status_code == 404
    assert Inbound.objects.get().handled_at is None
    assert not Known.objects.exists()


def test_what_a_colleague_settled_meanwhile_is_not_settled_again(cast: Cast) -> None:
    freja, leader = cast.pupils[1], signed_in(cast.leader)
    sid = wrote(freja, "Ring til mig")
    press(signed_in(cast.secretary), sid, "rung")
    press(leader, sid, "ill", freja)
    assert "En anden har taget svaret imens." in page(leader)
    assert (Inbound.objects.get().outcome, Known.objects.count()) == ("rung", 0)
    assert "Besvaret pr. telefon" in page(leader, f"{URL}?show=settled")
    leader.post(f"{URL}reopen/", {"reply": sid})
    assert "Ring til mig" in page(leader)


def test_the_queue_shows_what_was_answered_and_a_person_decides(chosen: Cast, mine: Owner) -> None:
    freja, noah = chosen.pupils[1:3]
    told(chosen, mine, freja, noah)
    wrote(freja, "1")
    red = wrote(noah, "2")
    client = signed_in(chosen.secretary)
    shown = page(client, QUEUE)
    assert "En forælder svarede 1 kl. 8.00: kender til fraværet" in shown
    assert "En forælder svarede 2 kl. 8.00: en fejl" in shown
    chosen_source = re.findall(r'<option value="(\d+)" selected>', shown)
    assert chosen_source == [str(int(Source.GUARDIAN_SMS))] * 2
    assert unexplained.still(DAY, [freja.pk, noah.pk]) == {freja.pk, noah.pk}
    assert press(client, red, "here", noah).status_code == 303
    assert unexplained.still(DAY, [freja.pk, noah.pk]) == {freja.pk}
    assert "data-reply" not in page(client)


def test_an_answer_is_the_guardians_notice_and_no_machine_calls_the_absence_unlawful(
    chosen: Cast, mine: Owner, clock: time_machine.Traveller
) -> None:
    freja = chosen.pupils[1]
    told(chosen, mine, freja)
    wrote(freja, "1")
    at = timezone.now()
    clock.shift(5 * 86_400)
    shown = page(signed_in(chosen.secretary), QUEUE)
    assert "Fristen er udløbet – forslag: Ulovligt. Du afgør." in shown
    assert "En forælder svarede 1 kl. 8.00" in shown
    assert Absence.objects.get().reason == Reason.PENDING
    assert replies.suggestions([(freja.pk, DAY)])[freja.pk, DAY][0].at == at
