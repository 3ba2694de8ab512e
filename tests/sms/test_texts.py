"""The words a municipality or a school has put in place of the files, and how they come to be sent."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.accounts.scoping import scope_of
from fravaer.audit.models import Event
from fravaer.core.scope import Scope
from fravaer.schools.models import School
from fravaer.sms import morning, outbox, texts
from fravaer.sms.models import Message, TextVersion
from fravaer.sms.states import Because
from fravaer.sms.texts import CannotBeSent, SecondPersonNeeded, Settled, Unit
from tests import factories
from tests.cast import DAY, MORNING, Cast, signed_in
from tests.sms.conftest import away, take

OURS = "{given_name} er her ikke. Ring på {phone}. {school}"
THEIRS = "Kommunen skriver: {given_name} er her ikke. {school}"


def scope(user: User) -> Scope:
    return scope_of(user.pk, MORNING)


@pytest.fixture
def chief(cast: Cast) -> User:
    made = factories.user("Hanne Skov", email="hanne@fjordby.invalid")
    factories.grant(made, Role.CHIEF, None)
    return made


def agreed(
    unit: Unit, body: str, first: User, second: User, name: str = "absence", language: str = "da"
) -> TextVersion:
    made = texts.propose(unit, name, language, body, scope(first), MORNING)
    return texts.approve(unit, made.pk, scope(second), MORNING)


def sent(cast: Cast) -> Message:
    """What would be sent about Freja, who is not here."""
    waiting = Message.objects.filter(state="held")
    outbox.cancel([message.pk for message in waiting], Because.BY_PERSON, timezone.now())
    morning.prepare(DAY, timezone.now())
    return Message.objects.get(state="held", pupil=cast.pupils[1])


def test_the_schools_own_words_beat_the_municipalitys_which_beat_the_files_and_each_is_named_as_evidence(
    chosen: Cast, chief: User
) -> None:
    School.objects.filter(pk=chosen.school.pk).update(phone="12345678")
    municipal, own = Unit(chosen.municipality.pk), Unit(chosen.municipality.pk, chosen.school.pk)
    take(chosen.class_7b, away(chosen.pupils[1]))
    morning.prepare(DAY, timezone.now(), answerable=True)
    assert "Svar 1: Jeg ved det." in (Message.objects.get().body or "")
    first = sent(chosen)
    assert "Giv besked i Aula" in (first.body or "")

    texts.propose(own, "absence", "da", OURS, scope(chosen.secretary), MORNING)
    assert sent(chosen).text_version == first.text_version, "a proposal is not sent"

    theirs = agreed(municipal, THEIRS, chosen.area_manager, chief)
    message = sent(chosen)
    assert message.body == "Kommunen skriver: Freja er her ikke. Birkeskolen"
    assert message.text_version == texts.named(theirs)

    ours = agreed(own, OURS, chosen.secretary, chosen.leader)
    message = sent(chosen)
    assert message.body == "Freja er her ikke. Ring på 12345678. Birkeskolen"
    assert (message.text_name, message.text_version) == ("absence", texts.named(ours))
    assert ours.version == 2

    texts.retire(own, ours.pk, scope(chosen.leader), MORNING)
    assert sent(chosen).text_version == texts.named(theirs)
    texts.retire(municipal, theirs.pk, scope(chief), MORNING)
    assert sent(chosen).text_version == first.text_version


def test_nobody_agrees_to_her_own_words_and_nothing_is_settled_twice(chosen: Cast) -> None:
    own = Unit(chosen.municipality.pk, chosen.school.pk)
    made = texts.propose(own, "absence", "da", OURS, scope(chosen.leader), MORNING)
    with pytest.raises(SecondPersonNeeded):
        texts.approve(own, made.pk, scope(chosen.leader), MORNING)
    texts.approve(own, made.pk, scope(chosen.secretary), MORNING)
    with pytest.raises(Settled):
        texts.approve(own, made.pk, scope(chosen.secretary), MORNING)
    with pytest.raises(TextVersion.DoesNotExist):
        texts.approve(Unit(chosen.municipality.pk), made.pk, scope(chosen.secretary), MORNING)
    # The next takes its place; who did what is on record, in the row and in the trail.
    later = agreed(own, OURS + " Hej.", chosen.leader, chosen.secretary)
    made.refresh_from_db()
    assert made.retired_by == chosen.secretary
    assert [row.pk for row in texts.history(own)] == [later.pk, made.pk]
    assert (
        list(Event.objects.filter(subject="sms.text").order_by("pk").values_list("action", flat=True))
        == [
            "sms.text.propose",
            "sms.text.approve",
        ]
        * 2
    )
    assert not any(OURS in str(detail) for detail in Event.objects.values_list("detail", flat=True))


def test_a_version_is_never_changed_not_even_from_behind(chosen: Cast) -> None:
    own = Unit(chosen.municipality.pk, chosen.school.pk)
    made = agreed(own, OURS, chosen.secretary, chosen.leader)
    for statement in (
        "UPDATE sms_textversion SET body = 'x' WHERE id = %s",
        "UPDATE sms_textversion SET approved_by_id = proposed_by_id WHERE id = %s",
        "DELETE FROM sms_textversion WHERE id = %s",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [made.pk])
    made.refresh_from_db()
    assert (made.body, made.approved_by) == (OURS, chosen.leader)


@pytest.mark.parametrize(
    ("name", "body", "rule", "about"),
    [
        ("absence", "  ", "empty", ""),
        ("absence", "{given_name} {family_name} er her ikke. {school}", "field", "family_name"),
        ("absence", "{given_name!r} er her ikke. {school}", "field", "given_name!r"),
        ("absence", "{given_name er her ikke. {school}", "braces", "given_name er her ikke."),
        ("absence", "{given_name} er her ikke.", "missing", "school"),
        ("absence", "Dit barn er her ikke. {school}", "missing", "given_name"),
        ("absence_neutral", "{given_name} er her ikke. {school}", "misplaced", "given_name"),
        ("absence_neutral", "Ring på {phone}. {school}", "misplaced", "phone"),
        ("absence", "{given_name} kl. {time}. {school}", "misplaced", "time"),
        ("correction_neutral", "Dit barn er her. {school}", "missing", "time"),
        ("monthly_neutral", "Dit barn var væk. {school}", "missing", "days"),
        ("absence_reply_neutral", "Svar 1, hvis du ved det. {school}", "answers", ""),
        ("absence_neutral", "Barn 010203-1234 er her ikke. {school}", "cpr", "010203-1234"),
        ("absence_neutral", "Læs mere på skolen.dk. {school}", "link", "n.dk"),
        ("absence_neutral", "Er dit barn syg? {school}", "word", "syg"),
        ("absence_neutral", "Fravær over 10 %. {school}", "word", "%"),
        ("absence_neutral", "Der er oprettet en sag. {school}", "word", "sag"),
        ("absence", "{given_name} " + "a" * 140 + " {school}", "long", "173"),
        ("absence", "{given_name} " + "a" * 105 + " {school}", "long_foreign", "138"),
        ("absence", "{given_name} " + "я" * 105 + " {school}", "long_foreign", "138"),
    ],
)
def test_what_may_not_leave_or_says_too_little_is_refused_with_its_reason(
    chosen: Cast, name: str, body: str, rule: str, about: str
) -> None:
    own = Unit(chosen.municipality.pk, chosen.school.pk)
    with pytest.raises(CannotBeSent) as refused:
        texts.propose(own, name, "da", body, scope(chosen.secretary), MORNING)
    [problem, *_] = refused.value.problems
    assert (problem.rule, problem.about) == (rule, about)
    assert not TextVersion.objects.exists()


def test_the_municipalitys_words_are_measured_with_the_longest_name_of_a_school(chosen: Cast) -> None:
    body = "{given_name} " + "a" * 95 + " {school}"
    municipal = Unit(chosen.municipality.pk)
    assert not texts.problems(municipal, "absence", body)
    factories.school("Skolen ved den lange Sø i Fjordby", of=chosen.north)
    assert [problem.rule for problem in texts.problems(municipal, "absence", body)] == ["long_foreign"]
    assert not texts.problems(Unit(chosen.municipality.pk, chosen.school.pk), "absence", body)


def address(cast: Cast, name: str = "absence", language: str = "da", unit: str = "") -> str:
    return f"/sms/texts/{unit or f'school-{cast.school.pk}'}/{name}/{language}/"


def test_the_office_proposes_and_the_leader_agrees_and_everybody_sees_who_and_when(chosen: Cast) -> None:
    words = "{fornavn} er her ikke i dag. Ring på {telefon}. {skole}"
    office, leader = signed_in(chosen.secretary), signed_in(chosen.leader)
    looked = office.post(address(chosen) + "propose/", {"body": words, "preview": "1"})
    shown = looked.content.decode()
    assert looked.status_code == 200
    assert "Bartholomæus-Kristof" not in shown
    # The school's own longest name, the one that makes an SMS dearer, and the text without a name.
    assert "Aksel er her ikke i dag. Ring på 12345678. Birkeskolen" in shown
    assert "Zoë er her ikke i dag." in shown
    assert "Dit barn er registreret fraværende i dag." in shown
    assert "tegn · 1 sms · andre bogstaver end de almindelige" in shown
    assert not TextVersion.objects.exists()

    assert office.post(address(chosen) + "propose/", {"body": words}).status_code == 303
    made = TextVersion.objects.get()
    assert made.body == "{given_name} er her ikke i dag. Ring på {phone}. {school}"
    approve = f"/sms/texts/school-{chosen.school.pk}/versions/{made.pk}/approve/"
    assert office.post(approve).status_code == 403
    assert "Sendes nu" in leader.get(address(chosen)).content.decode()
    assert "Godkend, og send den fra nu af" in leader.get(address(chosen)).content.decode()
    assert leader.post(approve).status_code == 303
    page = office.get(address(chosen)).content.decode()
    assert "Skolens egen" in page
    assert "Sanne Friis" in page
    assert "Lars Toft" in page
    assert words in office.get("/sms/texts/").content.decode()


def test_a_text_that_may_not_leave_comes_back_as_it_was_typed_with_the_reason(chosen: Cast) -> None:
    words = "{efternavn} er syg. Ring på {telefon}"
    answer = signed_in(chosen.secretary).post(address(chosen) + "propose/", {"body": words})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert f">{words}</textarea>" in page
    assert "af navnene må kun fornavnet stå i en sms" in page.casefold()


def test_a_language_nobody_has_read_says_that_danish_is_sent_until_two_people_have_agreed(
    chosen: Cast, chief: User
) -> None:
    manager = signed_in(chosen.area_manager)
    at = address(chosen, "absence_neutral", "uk", "municipality")
    assert "Ikke oversat endnu – der sendes dansk" in manager.get(at).content.decode()
    assert (
        manager.post(at + "propose/", {"body": "Вашої дитини сьогодні немає в школі. {skole}"}).status_code
        == 303
    )
    made = TextVersion.objects.get()
    assert signed_in(chief).post(f"/sms/texts/municipality/versions/{made.pk}/approve/").status_code == 303
    page = signed_in(chosen.secretary).get(address(chosen, "absence_neutral", "uk")).content.decode()
    assert "Вашої дитини сьогодні немає в школі." in page
    assert "Kommunens" in page
