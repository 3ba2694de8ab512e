"""How a school arranges its registration, and who may."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponseBase
from django.test import Client

from fravaer.absence import arrangements, explaining
from fravaer.absence.arrangements import Refused, Settings
from fravaer.absence.reasons import Mark, Reason, Source
from fravaer.accounts.roles import Role
from fravaer.audit.models import Event
from tests import factories
from tests.absence.conftest import save
from tests.cast import DAY, MORNING, Cast, signed_in, statements

CHOICES = {
    "days_back": "3",
    "reason_due_days": "0",
    "reason_due_at": "15:30",
    "teacher_leave_days": "2",
    "end_opens_at": "12:30",
    "end_due_at": "14:00",
    "first_reminder_at": "08:25",
    "second_reminder_at": "09:00",
    "seen": "",
}


def url(cast: Cast, part: str = "") -> str:
    return f"/arrangement/{cast.school.pk}/{part}"


def page(client: Client, cast: Cast) -> str:
    return client.get(url(cast)).content.decode()


def add(cast: Cast, name: str = "Læge", **choices: Any) -> int:
    wanted: dict[str, Any] = {"code": name[:4].upper(), "reason": Reason.ILLNESS, "valid_from": DAY} | choices
    return arrangements.add_reason(cast.school.pk, name=name, user_id=cast.leader.pk, **wanted)


def test_a_school_that_never_chose_follows_the_defaults(cast: Cast) -> None:
    assert arrangements.of(cast.school.pk) == Settings(
        5, 1, time(15), 1, time(12), time(15), time(8, 20), time(8, 40), time(15, 5), time(15, 30)
    )
    assert "intet er ændret" in page(signed_in(cast.leader), cast)


def test_the_leader_chooses_and_the_page_says_who_chose_when(cast: Cast) -> None:
    client = signed_in(cast.leader)
    assert client.post(url(cast, "change/"), CHOICES).status_code == 302
    chosen = arrangements.of(cast.school.pk)
    assert (chosen.days_back, chosen.reason_due_at, chosen.second_reminder_at) == (3, time(15, 30), time(9))
    assert "ændret 10-03-2026 kl. 8.00 af Lars Toft" in page(client, cast)
    assert arrangements.of(cast.other_school.pk) == Settings()


def test_a_reminder_left_empty_reminds_nobody(cast: Cast) -> None:
    answer = signed_in(cast.leader).post(
        url(cast, "change/"), CHOICES | {"first_reminder_at": "", "second_reminder_at": ""}
    )
    assert answer.status_code == 302
    assert arrangements.of(cast.school.pk).first_reminder_at is None
    assert "ingen bliver påmindet" in page(signed_in(cast.secretary), cast)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"days_back": "400"}, "60"),
        ({"days_back": "-1"}, "0"),
        ({"reason_due_at": "25:99"}, "Indtast en gyldig tid."),
        ({"second_reminder_at": "08:25"}, "Lederen påmindes senere end lærerne"),
        ({"first_reminder_at": ""}, "Lederen påmindes senere end lærerne"),
        ({"end_second_reminder_at": "14:00"}, "Lederen påmindes senere end lærerne"),
        ({"end_first_reminder_at": "12:00"}, "så tidligt"),
    ],
)
def test_a_wrong_choice_is_said_at_its_field_and_changes_nothing(
    cast: Cast, wrong: dict[str, str], words: str
) -> None:
    answer = signed_in(cast.leader).post(url(cast, "change/"), CHOICES | wrong)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert words in shown
    assert 'value="15:30"' in shown or "reason_due_at" in wrong, "what was typed stays"
    assert arrangements.of(cast.school.pk) == Settings()


def test_a_tampered_form_is_refused(cast: Cast) -> None:
    assert signed_in(cast.leader).post(url(cast, "change/"), CHOICES | {"seen": "x"}).status_code == 400


def test_the_office_reads_and_cannot_change(cast: Cast) -> None:
    client = signed_in(cast.secretary)
    shown = page(client, cast)
    assert "5 skoledage" in shown
    # Any page can be stayed signed in on.
    main = shown[shown.index("<main") : shown.index("</main")]
    assert "<form" not in main
    assert 'type="submit"' not in main
    assert client.post(url(cast, "change/"), CHOICES).status_code == 403


def test_of_two_leaders_the_slower_is_told_and_keeps_what_she_typed(cast: Cast) -> None:
    client = signed_in(cast.leader)
    client.post(url(cast, "change/"), CHOICES)
    answer = client.post(url(cast, "change/"), CHOICES | {"days_back": "9"})
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "Lars Toft har ændret" in shown
    assert 'value="9"' in shown
    assert arrangements.of(cast.school.pk).days_back == 3


def test_a_change_is_in_the_trail_with_what_moved(cast: Cast) -> None:
    signed_in(cast.leader).post(url(cast, "change/"), CHOICES)
    entry = Event.objects.get(action="arrangement.change")
    assert (entry.actor_id, entry.role, entry.subject_id) == (cast.leader.pk, "leader", str(cast.school.pk))
    assert entry.detail["days_back"] == "5 > 3"
    signed_in(cast.leader).post(url(cast, "change/"), CHOICES)
    assert Event.objects.filter(action="arrangement.change").count() == 1, "choosing the same changes nothing"


def test_a_schools_own_word_counts_as_one_of_the_laws_three_from_its_day_on(cast: Cast) -> None:
    client = signed_in(cast.leader)
    answer = client.post(
        url(cast, "reasons/"),
        {"code": "TAND", "name": "Tandlæge", "reason": "1", "valid_from": "2026-03-11"},
    )
    assert answer.status_code == 302
    assert arrangements.local_reasons(cast.school.pk, DAY) == []
    [word] = arrangements.local_reasons(cast.school.pk, DAY + timedelta(days=1))
    assert (word.name, word.reason) == ("Tandlæge", Reason.ILLNESS)
    assert arrangements.local_reasons(cast.other_school.pk, DAY + timedelta(days=1)) == []
    assert "Tandlæge" in page(client, cast)


def test_a_word_cannot_count_as_awaiting_or_as_nothing(cast: Cast) -> None:
    for reason in ("0", "7", "x", ""):
        answer = signed_in(cast.leader).post(
            url(cast, "reasons/"), {"code": "X", "name": "X", "reason": reason, "valid_from": "2026-03-11"}
        )
        assert answer.status_code == 422
    assert arrangements.all_local_reasons(cast.school.pk) == []


def test_two_words_that_look_alike_are_not_used_on_the_same_days(cast: Cast) -> None:
    add(cast, valid_until=DAY + timedelta(days=10))
    answer = signed_in(cast.leader).post(
        url(cast, "reasons/"), {"code": "læge", "name": "Lægen", "reason": "1", "valid_from": "2026-03-12"}
    )
    assert answer.status_code == 422
    assert "bruges allerede" in answer.content.decode()
    add(cast, valid_from=DAY + timedelta(days=10))
    with pytest.raises(Refused):
        add(cast, name="Anden", valid_from=DAY, valid_until=DAY)


def test_the_municipalitys_words_hold_at_every_school_and_no_school_ends_them(cast: Cast) -> None:
    municipal = arrangements.add_reason(
        None, code="SYG", name="Syg, meldt", reason=Reason.ILLNESS, valid_from=DAY, user_id=None
    )
    for school in (cast.school, cast.other_school):
        assert [word.municipal for word in arrangements.local_reasons(school.pk, DAY)] == [True]
    client = signed_in(cast.leader)
    assert client.post(url(cast, f"reasons/{municipal}/end/")).status_code == 404


@pytest.fixture
def chief(cast: Cast) -> Client:
    user = factories.user("Karen Skov")
    factories.grant(user, Role.CHIEF, None)
    return signed_in(user)


def say(chief: Client, name: str = "Speciallæge", code: str = "SPEC") -> HttpResponseBase:
    typed = {"code": code, "name": name, "reason": "1", "valid_from": "2026-03-10"}
    return chief.post("/words/add/", typed)


def test_the_chief_gives_the_municipality_a_word_that_every_school_uses_until_she_ends_it(
    cast: Cast, chief: Client
) -> None:
    assert say(chief).status_code == 303
    [word] = arrangements.local_reasons(cast.other_school.pk, DAY)
    assert (word.name, word.reason, word.municipal) == ("Speciallæge", Reason.ILLNESS, True)
    assert "Speciallæge" in page(signed_in(cast.leader), cast)
    assert chief.post(f"/words/{word.id}/end/").status_code == 303
    assert arrangements.local_reasons(cast.school.pk, DAY) != []
    assert arrangements.local_reasons(cast.school.pk, DAY + timedelta(days=1)) == []
    assert [
        (entry.subject, entry.role) for entry in Event.objects.filter(action__startswith="local_reason")
    ] == [("municipality", "chief")] * 2
    assert chief.post(f"/words/{add(cast)}/end/").status_code == 404, "a school's own is not hers to end"


def test_a_municipal_word_that_looks_like_one_in_use_is_refused_with_whose_it_is(
    cast: Cast, chief: Client
) -> None:
    add(cast, name="Tand-læge", code="TAND")
    refused = say(chief, name="TANDLÆGE", code="T")
    shown = refused.content.decode()  # type: ignore[attr-defined]
    assert refused.status_code == 422
    assert "Birkeskolen: skolens eget ord ligner" in shown
    assert 'value="TANDLÆGE"' in shown, "what was typed stays"
    say(chief)
    assert "bruges allerede" in say(chief, code="SPEC.").content.decode()  # type: ignore[attr-defined]
    assert [word.name for word in arrangements.municipal_reasons()] == ["Speciallæge"]


def test_the_chief_sees_how_many_schools_use_a_word_and_the_schools_own(cast: Cast, chief: Client) -> None:
    say(chief)
    add(cast, name="Tandlæge")
    shown = " ".join(chief.get("/words/").content.decode().split())
    assert "0 af 2 skoler" in shown
    assert "Tandlæge" in shown
    [word] = arrangements.municipal_reasons()
    away, *here = cast.pupils
    save(signed_in(cast.mette), cast.class_7b, DAY, {away: "I"} | dict.fromkeys(here, "T"))
    explaining.explain(
        pupil_id=away.pk,
        school_class_id=cast.class_7b.pk,
        school_id=cast.school.pk,
        day=DAY,
        mark=Mark.ILL,
        source=Source.OFFICE,
        user_id=cast.secretary.pk,
        role="secretary",
        now=MORNING,
        key=uuid4(),
        local_reason_id=word.id,
    )
    assert "1 af 2 skoler" in " ".join(chief.get("/words/").content.decode().split())


def test_who_answers_for_an_area_alone_does_not_decide_the_words_of_every_school(cast: Cast) -> None:
    user = factories.user("Karen Skov")
    factories.grant(user, Role.CHIEF, cast.north)
    assert signed_in(user).get("/words/").status_code == 404
    assert say(signed_in(user)).status_code == 404


def test_a_word_ends_tomorrow_and_stays_on_the_days_before(cast: Cast) -> None:
    word = add(cast)
    client = signed_in(cast.leader)
    assert client.post(url(cast, f"reasons/{word}/end/")).status_code == 302
    assert [one.id for one in arrangements.local_reasons(cast.school.pk, DAY)] == [word]
    assert arrangements.local_reasons(cast.school.pk, DAY + timedelta(days=1)) == []
    assert client.post(url(cast, f"reasons/{word}/end/")).status_code == 404, "it is over already"


def test_a_word_that_has_not_begun_goes_away(cast: Cast) -> None:
    word = add(cast, valid_from=DAY + timedelta(days=5))
    signed_in(cast.leader).post(url(cast, f"reasons/{word}/end/"))
    assert arrangements.all_local_reasons(cast.school.pk) == []


def test_who_leads_several_schools_chooses_the_one_to_arrange(cast: Cast) -> None:
    factories.grant(cast.leader, cast.leader.grants.get().role, cast.other_school)  # type: ignore[arg-type]
    client = signed_in(cast.leader)
    shown = client.get("/arrangement/", {"school": cast.other_school.pk}, follow=True).content.decode()
    assert f'<option value="{cast.other_school.pk}" selected>' in shown


def test_many_schools_cost_one_query(cast: Cast) -> None:
    with statements() as sent:
        arrangements.of_schools([cast.school.pk, cast.other_school.pk])
    assert len(sent) == 1
