"""A school's SMS settings, who would get one today, the municipality's limits, and stopping about one pupil."""

from __future__ import annotations

import re
from datetime import time

from fravaer.absence.reasons import Mark
from fravaer.accounts.roles import Role
from fravaer.audit.models import Event
from fravaer.sms import choices, circuit, limits, morning, outbox, stops
from fravaer.sms.models import Message, Withheld
from fravaer.sms.options import Settings
from tests import factories
from tests.cast import DAY, MORNING, Cast, signed_in
from tests.sms.conftest import HOURS, away, take

CHOSEN = {
    "enabled": "on",
    "send_at": "08:30",
    "grace_seconds": "90",
    "opens_at": "07:30",
    "closes_at": "16:00",
    "deadline_at": "11:00",
    "most_percent": "40",
    "most_a_child": "4",
}


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found.group(1) if found else ""


def test_a_leader_sees_what_a_choice_means_today_before_it_is_saved(cast: Cast) -> None:
    take(cast.class_7b, {**away(*cast.pupils[:2]), cast.pupils[2]: Mark.ILL})
    client = signed_in(cast.leader)
    address = f"/sms/choices/{cast.school.pk}/"
    first = client.get(address).content.decode()
    asked = CHOSEN | {"seen": hidden(first, "seen"), f"class-{cast.class_2a.pk}": "out"}
    shown = client.post(address + "change/", asked)
    assert shown.status_code == 422
    assert "I dag ville 2 forældre få en sms" in shown.content.decode()
    assert not choices.of([cast.class_7b.pk])
    asked["confirmed"] = hidden(shown.content.decode(), "confirmed")
    # Other choices than those whose effect was shown are not saved.
    assert client.post(address + "change/", asked | {"grace_seconds": "10"}).status_code == 422
    assert client.post(address + "change/", asked).status_code == 303
    [chosen] = choices.of([cast.class_7b.pk, cast.class_2a.pk]).values()
    assert (chosen.school_class_id, chosen.hours.send_at) == (cast.class_7b.pk, time(8, 30))
    assert Event.objects.filter(action="sms.choose", actor_id=cast.leader.pk).count() == 1
    # Whoever began from the choices as they were is told.
    late = asked | {"grace_seconds": "10"}
    late["confirmed"] = hidden(client.post(address + "change/", late).content.decode(), "confirmed")
    assert client.post(address + "change/", late).status_code == 409


def test_a_choice_that_cannot_be_is_told_at_its_field(cast: Cast) -> None:
    answer = signed_in(cast.leader).post(
        f"/sms/choices/{cast.school.pk}/change/", CHOSEN | {"send_at": "11:30", "signature": "Sygehusskolen"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Vælg et tidspunkt inden for tiderne og før fristen." in page
    assert "De ord må ikke stå i en sms" in page


def test_a_message_waits_for_the_schools_own_time_and_a_class_of_its_own_mind_keeps_that(cast: Cast) -> None:
    choices.opt_in([cast.school.pk], hours=HOURS)
    stands = choices.stands(cast.school.pk, DAY)
    wanted = Settings(enabled=False, send_at=time(8, 30))
    choices.change(
        cast.school.pk, wanted, {cast.class_7b.pk: True}, seen=stands.digest, day=DAY,
        actor_id=cast.leader.pk, role="leader",
    )  # fmt: skip
    take(cast.class_7b, away(cast.pupils[0]))
    morning.prepare(DAY, MORNING)
    assert Message.objects.get().not_before == factories.moment(DAY, 8, 30)
    assert set(choices.of([cast.class_7b.pk, cast.class_2a.pk])) == {cast.class_7b.pk}


def test_a_dry_run_writes_everything_down_and_sends_nothing_that_day(cast: Cast) -> None:
    choices.opt_in([cast.school.pk], hours=HOURS)
    stands = limits.of(cast.municipality.pk)
    limits.change(
        cast.municipality.pk, limits.Limits(dry_run=True, countries=stands.countries), seen=stands,
        actor_id=None, role="chief",
    )  # fmt: skip
    take(cast.class_7b, away(cast.pupils[0]))
    assert morning.prepare(DAY, MORNING).queued == 1
    assert "Sendes ikke: prøvekørsel" in signed_in(cast.leader).get("/sms/today/").content.decode()
    later = factories.moment(DAY, 8, 10)
    assert outbox.release(later) == 0
    assert list(Message.objects.values_list("state", "because")) == [("cancelled", "dry_run")]
    dry = limits.of(cast.municipality.pk)
    limits.change(cast.municipality.pk, stands, seen=dry, actor_id=None, role="chief")
    assert morning.prepare(DAY, later).queued == 0


def test_the_preview_says_of_each_guardian_whether_when_or_why_not_and_writes_nothing(cast: Cast) -> None:
    choices.opt_in([cast.school.pk], hours=HOURS)
    away_today, unreachable, ill = cast.pupils[:3]
    unreachable.guardianships.update(sms_allowed=False)
    take(cast.class_7b, {**away(away_today, unreachable), ill: Mark.ILL})
    page = signed_in(cast.secretary).get("/sms/today/").content.decode()
    assert "Ja, kl. 8.01" in page
    assert "Nej: har frabedt sig sms" in page
    assert "Nej: årsagen er kendt" in page
    assert not Message.objects.exists()
    assert not Withheld.objects.exists()
    looked = Event.objects.get(subject="sms.today")
    assert set(looked.pupil_ids) == {away_today.pk, unreachable.pk, ill.pk}


def test_anybody_of_the_office_pauses_and_the_leader_alone_lets_it_go_on(cast: Cast) -> None:
    choices.opt_in([cast.school.pk], class_ids=[cast.class_7b.pk], hours=HOURS)
    address = f"/sms/choices/{cast.school.pk}/"
    assert signed_in(cast.secretary).post(address + "pause/").status_code == 303
    assert choices.of([cast.class_7b.pk])[cast.class_7b.pk].paused
    assert "Skolens sms'er er på pause" in signed_in(cast.secretary).get("/board/").content.decode()
    assert signed_in(cast.secretary).post(address + "resume/").status_code == 403
    assert signed_in(cast.leader).post(address + "resume/").status_code == 303
    assert not choices.of([cast.class_7b.pk])[cast.class_7b.pk].paused


def test_an_area_manager_stops_everything_and_only_the_chief_changes_limits_and_starts(cast: Cast) -> None:
    manager = signed_in(cast.area_manager)
    assert manager.post("/sms/health/stop/", {"sure": "yes"}).status_code == 303
    assert circuit.stopped("twilio")
    assert "Alle sms'er er stoppet" in manager.get("/sms/limits/").content.decode()
    assert manager.post("/sms/health/start/", {"sure": "yes"}).status_code == 403
    chief = factories.user("Carla Chef", email="carla@fjordby.invalid")
    factories.grant(chief, Role.CHIEF, None)
    client = signed_in(chief)
    page = client.get("/sms/limits/").content.decode()
    seen = hidden(page, "seen").replace("&#x27;", "'")
    wanted = {
        "most_a_day": "500", "price": "0,32", "countries": "45, +46", "keeps_bodies": "30",
        "keeps_replies": "14", "seen": seen,
    }  # fmt: skip
    assert client.post("/sms/limits/change/", wanted | {"countries": "Danmark"}).status_code == 422
    assert client.post("/sms/limits/change/", wanted).status_code == 303
    stands = limits.of(cast.municipality.pk)
    assert (stands.most_a_day, stands.countries, stands.keeps_replies) == (500, ("45", "46"), 14)
    assert str(stands.price) == "0.3200"
    assert client.post("/sms/health/start/", {"sure": "yes"}).status_code == 303
    assert not circuit.stopped("twilio")


def test_the_office_stops_sms_about_one_pupil_until_a_day(cast: Cast) -> None:
    choices.opt_in([cast.school.pk], hours=HOURS)
    pupil = cast.pupils[0]
    take(cast.class_7b, away(pupil))
    morning.prepare(DAY, MORNING)
    client = signed_in(cast.secretary)
    address = f"/sms/pupils/{pupil.uuid}/stop/"
    assert client.post(address + "from-now/", {"last_day": "2026-03-09"}).status_code == 422
    assert client.post(address + "from-now/", {"last_day": "2026-03-20"}).status_code == 303
    assert "til og med fredag 20. marts" in client.get(address).content.decode()
    assert stops.among([pupil.pk], DAY) == {pupil.pk}
    assert stops.among([pupil.pk], DAY.replace(day=21)) == set()
    entry = Event.objects.get(action="sms.stop_pupil")
    assert (entry.pupil_ids, entry.detail) == ([pupil.pk], {"since": "2026-03-10", "until": "2026-03-21"})
    assert client.post(address + "no-more/").status_code == 303
    assert stops.among([pupil.pk], DAY) == set()
