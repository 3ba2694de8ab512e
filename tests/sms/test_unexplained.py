"""The queue of absence nobody has explained, as the office works through it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from fravaer.absence import arrangements, explaining, history, known, register, unexplained
from fravaer.absence.checkpoints import Checkpoint
from fravaer.absence.models import Absence, Explanation
from fravaer.absence.reasons import Mark, Reason, Source
from fravaer.audit.models import Event
from fravaer.core.periods import Period
from fravaer.schools.models import Pupil
from fravaer.sms import choices, morning
from tests import factories
from tests.cast import DAY, Cast, signed_in, statements
from tests.sms.conftest import HOURS, away, take

URL = "/sms/unexplained/"
TOMORROW = DAY + timedelta(days=1)


@pytest.fixture
def waiting(chosen: Cast) -> Cast:
    """Freja and Noah are not here; nobody knows why, and their guardians are about to be written to."""
    take(chosen.class_7b, away(*chosen.pupils[1:3]))
    morning.prepare(DAY, timezone.now())
    return chosen


def page(client: Client, **asked: str) -> str:
    return client.get(URL, asked).content.decode()


def row(
    pupil: Pupil, outcome: str = "", day: date = DAY, key: UUID | None = None, **typed: str
) -> dict[str, Any]:
    """What the form posts about one pupil's day."""
    name = f"{pupil.uuid}_{day.isoformat()}"
    values = {"outcome": outcome, "source": str(int(Source.GUARDIAN_PHONE))} | typed
    return {"row": [f"{name}_{key or uuid4()}"]} | {
        f"{field}_{name}": value for field, value in values.items()
    }


def both(*rows: Mapping[str, Any]) -> dict[str, Any]:
    posted: dict[str, Any] = {"row": []}
    for one in rows:
        posted |= {**one, "row": [*posted["row"], *one["row"]]}
    return posted


def reason(pupil: Pupil, day: date = DAY) -> Reason | None:
    found = Absence.objects.filter(pupil=pupil, day=day).values_list("reason", flat=True).first()
    return None if found is None else Reason(found)


def test_those_not_here_without_a_reason_are_listed_with_what_their_guardians_were_told(
    waiting: Cast,
) -> None:
    shown = page(signed_in(waiting.secretary))
    assert "2 elever er ikke her i dag uden årsag." in shown
    assert shown.index("Freja Holm") < shown.index("Noah Lund")
    assert "Aksel" not in shown
    assert shown.count("sendes kl. 8.01") == 2
    assert "Årsag senest 11-03-2026 kl. 15.00" in shown


def test_several_pupils_are_settled_in_one_save_with_whose_word_it_was(waiting: Cast) -> None:
    freja, noah = waiting.pupils[1:3]
    client = signed_in(waiting.secretary)
    answer = client.post(
        URL,
        both(
            row(freja, "S", source=str(int(Source.GUARDIAN_AULA)), note="Feber"),
            row(noah, "F"),
        ),
    )
    assert answer.status_code == 303
    assert (reason(freja), reason(noah)) == (Reason.ILLNESS, Reason.LEAVE)
    said = explaining.latest([(freja.pk, DAY)])[freja.pk, DAY, Checkpoint.START]
    assert (said.source, said.note, said.user_name) == (Source.GUARDIAN_AULA, "Feber", "Sanne Friis")
    shown = page(client)
    assert "2 elever er afklaret." in shown
    assert "Ingen venter på en årsag her." in shown


def test_unlawful_is_the_offices_word_and_no_teachers(waiting: Cast) -> None:
    freja = waiting.pupils[1]
    assert signed_in(waiting.mette).post(URL, row(freja, "U")).status_code == 403
    signed_in(waiting.leader).post(URL, row(freja, "U", source=str(int(Source.LEADER))))
    assert reason(freja) is Reason.UNLAWFUL
    assert Explanation.objects.get(pupil=freja).user_id == waiting.leader.pk


def test_a_mark_that_was_an_error_is_taken_away(waiting: Cast) -> None:
    signed_in(waiting.secretary).post(URL, row(waiting.pupils[1], "E"))
    assert reason(waiting.pupils[1]) is None
    assert {one.pupil_id for one in unexplained.on(DAY)} == {waiting.pupils[2].pk}


def test_what_was_just_settled_can_be_taken_back(waiting: Cast) -> None:
    freja, client = waiting.pupils[1], signed_in(waiting.secretary)
    client.post(URL, row(freja, "S"))
    shown = page(client)
    [key] = re.findall(r'name="key" value="([^"]+)"', shown)
    assert "Lige afklaret" in shown
    client.post(f"{URL}undo/", {"key": key})
    assert reason(freja) is Reason.PENDING
    assert "Fortrudt." in page(client)
    assert client.post(f"{URL}undo/", {"key": key}).status_code == 404


def test_an_error_taken_back_is_an_absence_again(waiting: Cast) -> None:
    freja, client = waiting.pupils[1], signed_in(waiting.secretary)
    client.post(URL, row(freja, "E"))
    [key] = re.findall(r'name="key" value="([^"]+)"', page(client))
    client.post(f"{URL}undo/", {"key": key})
    assert reason(freja) is Reason.PENDING


def test_what_another_has_said_since_is_not_taken_back(waiting: Cast) -> None:
    freja, client = waiting.pupils[1], signed_in(waiting.secretary)
    client.post(URL, row(freja, "S"))
    [key] = re.findall(r'name="key" value="([^"]+)"', page(client))
    take(waiting.class_7b, {freja: Mark.LEAVE, waiting.pupils[2]: Mark.ABSENT})
    client.post(f"{URL}undo/", {"key": key})
    assert "Der er siden sagt noget andet om eleven." in page(client)
    assert reason(freja) is Reason.LEAVE


def test_nobody_takes_back_what_another_has_settled(waiting: Cast) -> None:
    key = uuid4()
    signed_in(waiting.secretary).post(URL, row(waiting.pupils[1], "S", key=key))
    assert signed_in(waiting.leader).post(f"{URL}undo/", {"key": str(key)}).status_code == 404


def test_an_illness_of_several_days_is_known_on_the_days_to_come_and_undone_with_the_answer(
    waiting: Cast,
) -> None:
    freja, client = waiting.pupils[1], signed_in(waiting.secretary)
    client.post(URL, row(freja, "S", until="2026-03-12"))
    assert known.on(waiting.class_7b.pk, TOMORROW)[freja.pk].mark is Mark.ILL
    assert freja.pk not in known.on(waiting.class_7b.pk, date(2026, 3, 13))
    [key] = re.findall(r'name="key" value="([^"]+)"', page(client))
    client.post(f"{URL}undo/", {"key": key})
    assert known.on(waiting.class_7b.pk, TOMORROW) == {}
    assert reason(freja) is Reason.PENDING


def test_of_two_in_the_office_the_slower_is_told_what_stands_and_overwrites_nothing(waiting: Cast) -> None:
    freja, noah = waiting.pupils[1:3]
    slower = signed_in(waiting.leader)
    signed_in(waiting.secretary).post(URL, row(freja, "S"))
    slower.post(URL, both(row(freja, "U"), row(noah, "F")))
    shown = page(slower)
    assert "Freja Holm blev imens sat til “Syg” af Sanne Friis." in shown
    assert "1 elev er afklaret." in shown
    assert (reason(freja), reason(noah)) == (Reason.ILLNESS, Reason.LEAVE)


def test_a_double_click_settles_once(waiting: Cast) -> None:
    freja, client, key = waiting.pupils[1], signed_in(waiting.secretary), uuid4()
    for outcome in ("S", "S"):
        assert client.post(URL, row(freja, outcome, key=key)).status_code == 303
    assert "blev imens" not in page(client)
    assert Explanation.objects.filter(pupil=freja).count() == 1


def test_a_double_click_on_an_error_settles_once(waiting: Cast) -> None:
    freja, client, key = waiting.pupils[1], signed_in(waiting.secretary), uuid4()
    for _ in range(2):
        assert client.post(URL, row(freja, "E", key=key)).status_code == 303
    assert "ikke længere registreret" not in page(client)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"outcome": "S", "note": "x" * 10_000}, "Noten er for lang: 10000 tegn"),
        ({"outcome": "S", "until": "32-13"}, "Skriv sygdommens sidste dag som en dato."),
        ({"outcome": "S", "until": "2026-03-09"}, "Sygdommens sidste dag ligger mellem"),
        ({"outcome": "S", "until": "2026-05-09"}, "Sygdommens sidste dag ligger mellem"),
        ({"outcome": "F", "until": "2026-03-11"}, "hører kun til sygdom"),
        ({"outcome": "", "note": "Ringet"}, "Vælg en afklaring for Freja Holm."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_of_the_form_is_written(
    waiting: Cast, typed: dict[str, Any], words: str
) -> None:
    freja, noah = waiting.pupils[1:3]
    answer = signed_in(waiting.secretary).post(URL, both(row(noah, "S", note="Ringet"), row(freja, **typed)))
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert words in shown
    assert 'value="Ringet"' in shown, "what was typed stays"
    assert (reason(freja), reason(noah)) == (Reason.PENDING, Reason.PENDING)


def test_tampered_fields_are_refused(waiting: Cast) -> None:
    client, freja = signed_in(waiting.secretary), waiting.pupils[1]
    for wrong in (
        row(freja, "X"),
        row(freja, "S", source="8"),
        row(freja, "S", source="99"),
        row(freja, "S", source=str(int(Source.LEADER))),
        row(freja, "S", word="12345"),
        row(freja, "S", day=TOMORROW),
        row(waiting.others[0], "S"),
        {"row": ["nonsense"]},
    ):
        assert client.post(URL, wrong).status_code == 400
    assert reason(freja) is Reason.PENDING


def test_a_schools_word_goes_with_its_own_reason(waiting: Cast) -> None:
    freja, client = waiting.pupils[1], signed_in(waiting.secretary)
    word = arrangements.add_reason(
        waiting.school.pk, code="TAND", name="Tandlæge", reason=Reason.ILLNESS, valid_from=DAY, user_id=None
    )
    assert (
        "“Tandlæge” tæller som “Syg”." in client.post(URL, row(freja, "U", word=str(word))).content.decode()
    )
    client.post(URL, row(freja, "S", word=str(word)))
    assert explaining.latest([(freja.pk, DAY)])[freja.pk, DAY, Checkpoint.START].local_reason == "Tandlæge"


def test_a_reason_past_its_deadline_is_proposed_unlawful_and_decided_by_nobody_but_a_person(
    waiting: Cast, clock: time_machine.Traveller
) -> None:
    clock.move_to(factories.moment(TOMORROW, 14, 59))
    shown = page(signed_in(waiting.secretary))
    assert "for 1 skoledag siden" in shown
    assert "forslag: Ulovligt" not in shown
    clock.move_to(factories.moment(TOMORROW, 15, 1))
    shown = page(signed_in(waiting.secretary), show="overdue")
    assert shown.count("forslag: Ulovligt. Du afgør.") == 2
    assert " checked" not in shown, "nothing is chosen beforehand"
    assert reason(waiting.pupils[1]) is Reason.PENDING


def test_a_deadline_counts_school_days(waiting: Cast, clock: time_machine.Traveller) -> None:
    friday = date(2026, 3, 13)
    clock.move_to(factories.moment(friday, 8))
    register.take(
        school_class_id=waiting.class_7b.pk,
        school_id=waiting.school.pk,
        year_group=7,
        day=friday,
        checkpoint=Checkpoint.START,
        marks={pupil.pk: Mark.HERE for pupil in waiting.pupils} | {waiting.pupils[0].pk: Mark.ABSENT},
        seen_version=0,
        key=uuid4(),
        user_id=None,
        now=timezone.now(),
    )
    [late] = [
        one
        for one in unexplained.waiting([waiting.class_7b.pk], DAY, friday, timezone.now())
        if one.day == friday
    ]
    assert late.due_at == factories.moment(date(2026, 3, 16), 15), "not on Saturday"


def test_a_telephone_is_shown_when_asked_for_and_that_is_noted(waiting: Cast) -> None:
    freja, client = waiting.pupils[1], signed_in(waiting.secretary)
    number = freja.guardianships.get().guardian.phones.get().e164
    assert number not in page(client)
    assert number in client.get(f"{URL}{freja.uuid}/phones/").content.decode()
    entry = Event.objects.get(action="read", subject="phones")
    assert (entry.actor_id, entry.pupil_ids) == (waiting.secretary.pk, [freja.pk])


def test_a_protected_pupils_telephone_is_shown_for_a_reason(waiting: Cast) -> None:
    freja, client = waiting.pupils[1], signed_in(waiting.secretary)
    Pupil.objects.filter(pk=freja.pk).update(protected=True)
    number = freja.guardianships.get().guardian.phones.get().e164
    address = f"{URL}{freja.uuid}/phones/"
    assert number not in client.get(address).content.decode()
    assert not Event.objects.filter(subject="phones.protected").exists()
    assert client.post(address).status_code == 422
    assert number in client.post(address, {"reason": "ring"}).content.decode()
    noted = Event.objects.get(subject="phones.protected")
    assert (noted.pupil_ids, noted.reason) == ([freja.pk], "ring")


def test_the_other_parent_without_custody_is_not_among_the_numbers(waiting: Cast) -> None:
    freja = waiting.pupils[1]
    factories.guardian(freja, name="Uden Myndighed", custody=False)
    shown = signed_in(waiting.leader).get(f"{URL}{freja.uuid}/phones/").content.decode()
    assert "Uden Myndighed" not in shown


def test_the_last_five_school_days_stand_beside_the_pupil(waiting: Cast) -> None:
    days = unexplained.last_days({waiting.pupils[1].pk: waiting.class_7b.pk}, TOMORROW)
    assert [state for _, state in days[waiting.pupils[1].pk]] == ["none", "none", "none", "none", "absent"]
    here = unexplained.last_days({waiting.pupils[0].pk: waiting.class_7b.pk}, TOMORROW)
    assert [state for _, state in here[waiting.pupils[0].pk]][-1] == "present"


def test_what_the_office_did_is_in_the_pupils_history(waiting: Cast) -> None:
    signed_in(waiting.secretary).post(URL, row(waiting.pupils[1], "S"))
    assert history.entries(waiting.pupils[1].pk, Period(DAY, TOMORROW)) != []


def test_another_school_is_never_met(waiting: Cast) -> None:
    shown = page(signed_in(waiting.stranger))
    assert "Freja" not in shown
    assert "Birkeskolen" not in shown


def test_a_long_list_comes_in_pages_and_no_more_queries(waiting: Cast) -> None:
    client = signed_in(waiting.leader)
    client.get(URL)
    with statements() as few:
        client.get(URL)
    many = factories.pupils(40, in_class=waiting.class_2a)
    for pupil in many:
        factories.guardian(pupil)
    take(waiting.class_2a, away(*many))
    choices.opt_in([waiting.school.pk], hours=HOURS, most_percent=100)
    morning.prepare(DAY, timezone.now())
    with statements() as full:
        shown = page(client)
    assert len(full) == len(few)
    assert shown.count("data-row") == 30
    assert page(client, page="2").count("data-row") == 12
