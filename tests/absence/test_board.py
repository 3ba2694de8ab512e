"""The office's morning: which classes lack their register, and what can be done about it."""

from __future__ import annotations

import re
from datetime import date, timedelta

import time_machine
from django.test import Client

from fravaer.absence import reminders
from fravaer.absence.checkpoints import Checkpoint
from fravaer.accounts.roles import Role
from fravaer.audit.models import Event
from fravaer.schools import schooldays
from tests import factories
from tests.absence.conftest import save
from tests.cast import DAY, Cast, signed_in, statements

URL = "/board/"


def board(client: Client, **asked: str) -> str:
    return client.get(URL, asked).content.decode()


def line(page: str, name: str) -> str:
    """The row of one class, without markup."""
    rows = re.findall(r'<tr id="line.*?</tr>', page, re.DOTALL)
    [row] = [row for row in rows if f"<b>{name}</b>" in row]
    return " ".join(re.sub(r"<[^>]+>", " ", row).split())


def filled(cast: Cast) -> None:
    factories.pupils(3, in_class=cast.class_2a)


def title(page: str) -> str:
    return " ".join(page.partition("<title>")[2].partition("</title>")[0].split())


def test_the_office_begins_on_the_board_and_a_teacher_does_not(cast: Cast) -> None:
    for user in (cast.secretary, cast.leader):
        assert signed_in(user).get("/")["Location"] == URL
    assert signed_in(cast.mette).get("/")["Location"] == "/today/"
    assert signed_in(cast.mette).get(URL).status_code == 403


def test_those_that_lack_their_register_come_first_and_are_counted_in_the_title(cast: Cast) -> None:
    filled(cast)
    client = signed_in(cast.secretary)
    assert title(board(client)).startswith("(2) mangler – Morgenoverblik")
    marks = dict.fromkeys(cast.pupils, "T") | {cast.pupils[0]: "I", cast.pupils[1]: "S"}
    save(signed_in(cast.mette), cast.class_7b, DAY, marks)
    page = board(client)
    assert title(page).startswith("(1) mangler")
    assert page.index("<b>2.A</b>") < page.index("<b>7.B</b>")
    assert "Mette Kjær Registreret kl. 8.00 · 3/5 kl. 8.00 2 1" in line(page, "7.B")
    assert "1 registrering mangler." in page


def test_the_office_can_ring_the_teacher_of_a_class_that_lacks_its_register(cast: Cast) -> None:
    filled(cast)
    factories.grant(factories.user("Bent Byg"), Role.TEACHER, cast.class_2a)
    factories.phone_of(cast.mette, "+4568123456")
    client = signed_in(cast.secretary)
    page = board(client)
    assert "Vis telefon 7.B +45 68 12 34 56" in line(page, "7.B")
    assert 'href="tel:+4568123456"' in page
    assert "Vis telefon" not in line(page, "2.A"), "an account without a number"
    save(signed_in(cast.mette), cast.class_7b, DAY, dict.fromkeys(cast.pupils, "T"))
    assert "tel:" not in board(client), "there is nothing to ring about"


def test_a_class_past_the_schools_time_is_late_and_one_before_it_opens_is_not_missing(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    clock.move_to(factories.moment(DAY, 7, 30))
    assert "Åbner kl. 7.45" in line(board(signed_in(cast.leader)), "7.B")
    clock.move_to(factories.moment(DAY, 8, 16))
    page = board(signed_in(cast.leader))
    assert "Mangler – for sent" in line(page, "7.B")
    marks = dict.fromkeys(cast.pupils, "T")
    save(signed_in(cast.mette), cast.class_7b, DAY, marks)
    assert "efter tiden" in line(board(signed_in(cast.leader)), "7.B")


def test_a_class_without_pupils_lacks_nothing(cast: Cast) -> None:
    factories.pupil("Nye Elev", in_class=cast.class_2a, since=DAY + timedelta(days=1))
    page = board(signed_in(cast.leader))
    assert "Ingen elever i klassen" in line(page, "2.A")
    assert title(page).startswith("(1) mangler"), "7.B alone"


def test_a_class_of_today_counts_from_its_first_pupil(cast: Cast) -> None:
    brand_new = factories.school_class("0.Å", at=cast.school, year=cast.year)
    factories.pupil("Ny Begynder", in_class=brand_new, since=DAY)
    assert "Mangler" in line(board(signed_in(cast.leader)), "0.Å")


def test_a_closed_day_is_named_and_lacks_nothing(cast: Cast) -> None:
    factories.close(cast.year, [DAY], school=cast.school, reason="Pædagogisk dag")
    schooldays.draw(cast.year)
    page = board(signed_in(cast.leader))
    assert "Lukket i dag Pædagogisk dag" in line(page, "7.B")
    assert "Intet skal registreres lige nu." in page
    assert "Påmind" not in page[page.index("<tbody") :].replace("Påmindet", "")


def test_the_end_of_the_day_is_asked_for_once_its_time_has_come(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    filled(cast)
    client = signed_in(cast.leader)
    assert board(client).count('id="line-') == 2
    clock.move_to(factories.moment(DAY, 12, 5))
    page = board(signed_in(cast.leader))
    assert page.count('id="line-') == 3, "year group 7 has a second register, year group 2 has none"
    assert f"/r/{cast.class_7b.pk}/2026-03-10/slut/" in page


def test_the_chips_narrow_the_list_and_keep_the_counts(cast: Cast) -> None:
    filled(cast)
    marks = dict.fromkeys(cast.pupils, "T") | {cast.pupils[0]: "I"}
    save(signed_in(cast.mette), cast.class_7b, DAY, marks)
    client = signed_in(cast.secretary)
    for chip, there, gone in (
        ("missing", "2.A", "7.B"),
        ("unexplained", "7.B", "2.A"),
        ("taken", "7.B", "2.A"),
    ):
        page = board(client, show=chip)
        assert f"<b>{there}</b>" in page
        assert f"<b>{gone}</b>" not in page
        assert "Alle (2)" in page
    assert "Ingen klasse passer til dit valg." in board(client, show="rest")
    assert board(client, show="nonsense", sort="nonsense", school="x", page="0").count('id="line-') == 2


def test_the_list_can_be_sorted_by_absence(cast: Cast) -> None:
    filled(cast)
    save(signed_in(cast.mette), cast.class_7b, DAY, dict.fromkeys(cast.pupils, "I"))
    page = board(signed_in(cast.secretary), sort="absent")
    assert page.index("<b>7.B</b>") < page.index("<b>2.A</b>")


def test_a_leader_of_two_schools_sees_both_or_the_one_she_chooses(cast: Cast) -> None:
    factories.grant(cast.leader, Role.LEADER, cast.other_school)
    client = signed_in(cast.leader)
    assert board(client).count("<b>7.B</b>") == 2
    assert board(client, school=str(cast.school.pk)).count("<b>7.B</b>") == 1


def test_a_substitute_stands_beside_the_teacher(cast: Cast) -> None:
    factories.grant(factories.user("Vera Vikar"), Role.SUBSTITUTE, cast.class_7b)
    assert "Vera Vikar (vikar) Mette Kjær" in line(board(signed_in(cast.leader)), "7.B")


def test_one_press_reminds_the_teachers_and_says_whom(cast: Cast) -> None:
    client = signed_in(cast.secretary)
    answer = client.post(f"{URL}remind/", {"one": f"{cast.class_7b.pk}-1", "query": "show=missing"})
    assert (answer.status_code, answer["Location"]) == (303, "/board/?show=missing")
    page = board(client)
    assert "1 klasse er påmindet: 7.B (Mette Kjær)." in page
    assert "kl. 8.00 af Sanne Friis Lige påmindet" in line(page, "7.B")
    [asked] = reminders.open_for(cast.mette.pk, DAY)
    assert (asked.class_name, asked.checkpoint, asked.by) == ("7.B", Checkpoint.START, "Sanne Friis")
    entry = Event.objects.get(action="register.remind")
    assert (entry.actor_id, entry.subject_id) == (cast.secretary.pk, str(cast.class_7b.pk))


def test_all_that_are_missing_are_reminded_at_once(cast: Cast) -> None:
    filled(cast)
    factories.grant(cast.mette, Role.TEACHER, cast.class_2a)
    client = signed_in(cast.leader)
    page = board(client)
    assert "Påmind 2" in page
    keys = re.findall(r'name="missing" value="([^"]+)"', page)
    client.post(f"{URL}remind/", {"all": "yes", "missing": keys, "chosen": []})
    assert "2 klasser er påmindet" in board(client)


def test_a_class_is_reminded_every_ten_minutes_at_most(cast: Cast, clock: time_machine.Traveller) -> None:
    client = signed_in(cast.leader)
    one = {"one": f"{cast.class_7b.pk}-1"}
    client.post(f"{URL}remind/", one)
    client.post(f"{URL}remind/", one)
    assert "Påmindet for mindre end ti minutter siden: 7.B." in board(client)
    clock.shift(timedelta(minutes=10, seconds=1))
    client.post(f"{URL}remind/", one)
    assert "1 klasse er påmindet" in board(client)
    assert Event.objects.filter(action="register.remind").count() == 2


def test_a_register_taken_meanwhile_is_not_asked_for(cast: Cast) -> None:
    save(signed_in(cast.mette), cast.class_7b, DAY, dict.fromkeys(cast.pupils, "T"))
    client = signed_in(cast.leader)
    client.post(f"{URL}remind/", {"one": f"{cast.class_7b.pk}-1"})
    assert "Registreringen mangler ikke: 7.B." in board(client)
    assert reminders.open_for(cast.mette.pk, DAY) == []


def test_a_class_nobody_teaches_is_named(cast: Cast) -> None:
    filled(cast)
    client = signed_in(cast.leader)
    client.post(f"{URL}remind/", {"one": f"{cast.class_2a.pk}-1"})
    assert "Ingen lærer har adgang til 2.A." in board(client)


def test_what_is_asked_of_a_teacher_is_over_when_the_register_is_taken(cast: Cast) -> None:
    signed_in(cast.leader).post(f"{URL}remind/", {"one": f"{cast.class_7b.pk}-1"})
    save(signed_in(cast.leader), cast.class_7b, DAY, dict.fromkeys(cast.pupils, "T"))
    assert reminders.open_for(cast.mette.pk, DAY) == []


def test_another_schools_class_and_nonsense_are_not_reminded(cast: Cast) -> None:
    client = signed_in(cast.stranger)
    for wanted in (f"{cast.class_7b.pk}-1", "x", "1-9", ""):
        client.post(f"{URL}remind/", {"one": wanted, "query": "school=//evil"})
    assert not Event.objects.filter(action="register.remind").exists()


def test_a_page_that_refreshes_itself_does_not_keep_a_forgotten_session_open(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    client = signed_in(cast.secretary)
    board(client)
    for _ in range(7):
        clock.shift(timedelta(minutes=10))
        answer = client.get(URL, headers={"X-Fravaer-Poll": "yes"})
    assert answer.status_code == 302, "an hour has passed in which nobody worked"


def test_a_large_school_costs_no_more_queries(cast: Cast) -> None:
    client = signed_in(cast.leader)
    board(client)
    with statements() as few:
        board(client)
    for year_group in range(10):
        made = factories.school_class(f"{year_group}.C", at=cast.school, year=cast.year)
        factories.pupils(5, in_class=made)
        factories.grant(cast.mette, Role.TEACHER, made)
    with statements() as many:
        page = board(client)
    assert page.count('id="line-') == 12
    assert len(few) == len(many)


def test_a_day_outside_the_school_year_has_an_empty_board(cast: Cast, clock: time_machine.Traveller) -> None:
    clock.move_to(factories.moment(date(2026, 8, 12), 8))
    leader = factories.user("Lone Friis", email="lone@fjordby.invalid")
    factories.grant(leader, Role.LEADER, cast.school, since=date(2026, 8, 1), until=date(2027, 8, 1))
    assert "Skolen har ingen klasser i dette skoleår." in board(signed_in(leader))
