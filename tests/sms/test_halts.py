"""So many are unexplained that a person is asked: nothing leaves until the leader has answered."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from fravaer.absence.reasons import Mark
from fravaer.schools.models import Guardian, Guardianship, Phone, Pupil, SchoolClass
from fravaer.sms import choices, halts, morning, outbox
from fravaer.sms.models import Choice, Halt, Limits, Message, Withheld
from fravaer.sms.morning import Prepared
from fravaer.sms.states import Decision
from tests import factories
from tests.cast import DAY, MORNING, Cast, signed_in, statements
from tests.sms.conftest import HOURS, away, take

LATER = MORNING + timedelta(minutes=5)


@pytest.fixture
def class_of_ten(cast: Cast) -> Cast:
    """Birkeskolen uses SMS, and asks its leader above forty per cent; its 2.A has ten pupils, each with a guardian."""
    choices.opt_in([cast.school.pk], hours=HOURS)
    for pupil in factories.pupils(10, in_class=cast.class_2a):
        factories.guardian(pupil)
    return cast


def pupils(cast: Cast) -> list[Pupil]:
    return list(Pupil.objects.filter(enrolments__school_class=cast.class_2a).order_by("pk"))


def prepare(now: datetime = MORNING) -> Prepared:
    return morning.prepare(DAY, now)


def decide(cast: Cast, decision: Decision) -> None:
    halt = Halt.objects.get()
    morning.decide(halt, decision, seen=halt.unexplained, actor_id=cast.leader.pk, role="leader", now=LATER)


def leaving() -> int:
    """How many may leave a while later."""
    return outbox.release(LATER + timedelta(minutes=5))


def test_a_class_with_too_many_unexplained_sends_nothing_until_the_leader_says_so(class_of_ten: Cast) -> None:
    take(class_of_ten.class_2a, away(*pupils(class_of_ten)[:5]))
    assert prepare().queued == 5
    assert leaving() == 0
    assert outbox.claim(LATER, 10) == []
    decide(class_of_ten, Decision.SEND)
    assert leaving() == 5


def test_four_of_ten_are_not_asked_about(class_of_ten: Cast) -> None:
    take(class_of_ten.class_2a, away(*pupils(class_of_ten)[:4]))
    prepare()
    assert not Halt.objects.exists()
    assert leaving() == 4


def test_what_the_leader_decides_against_is_cancelled_written_down_and_not_rung_about(
    class_of_ten: Cast,
) -> None:
    take(class_of_ten.class_2a, away(*pupils(class_of_ten)[:5]))
    prepare()
    decide(class_of_ten, Decision.STOP)
    assert set(Message.objects.values_list("state", "because")) == {("cancelled", "halted")}
    assert list(Withheld.objects.values_list("reason", flat=True)) == ["halted"] * 5
    assert prepare() == Prepared(0, 0, 0, 5)
    page = signed_in(class_of_ten.secretary).get("/sms/ring/").content.decode()
    assert "Elev001" not in page
    # The leader may think better of it the same day.
    decide(class_of_ten, Decision.SEND)
    assert leaving() == 5


def test_a_register_that_was_wrong_takes_the_question_back(class_of_ten: Cast) -> None:
    take(class_of_ten.class_2a, away(*pupils(class_of_ten)))
    prepare()
    assert Halt.objects.get().unexplained == 10
    take(class_of_ten.class_2a, away(pupils(class_of_ten)[0]))
    prepare()
    assert not Halt.objects.exists()
    assert leaving() == 1


def test_new_absences_follow_the_decision_until_they_are_many_more(class_of_ten: Cast) -> None:
    take(class_of_ten.class_2a, away(*pupils(class_of_ten)[:5]))
    prepare()
    decide(class_of_ten, Decision.SEND)
    take(class_of_ten.class_2a, away(*pupils(class_of_ten)[:6]))
    prepare()
    assert leaving() == 6
    take(class_of_ten.class_2a, away(*pupils(class_of_ten)[:7]))
    prepare()
    assert Halt.objects.get().decision == ""
    assert leaving() == 0


def test_a_question_nobody_answers_puts_the_guardians_on_the_list_of_those_to_be_rung(
    class_of_ten: Cast,
) -> None:
    take(class_of_ten.class_2a, away(*pupils(class_of_ten)[:5]))
    prepare()
    assert outbox.expire(factories.moment(DAY, 11)) == 5
    assert "Elev001" in signed_in(class_of_ten.secretary).get("/sms/ring/").content.decode()


def test_the_leader_is_asked_on_the_morning_and_decides_only_about_what_she_saw(class_of_ten: Cast) -> None:
    take(class_of_ten.class_2a, away(*pupils(class_of_ten)[:5]))
    prepare()
    client = signed_in(class_of_ten.leader)
    assert "/sms/halts/" in client.get("/board/").content.decode()
    page = client.get("/sms/halts/").content.decode()
    assert "5 af 10 elever er fraværende uden forklaring" in page
    take(class_of_ten.class_2a, away(*pupils(class_of_ten)[:6]))
    prepare()
    address = f"/sms/halts/{Halt.objects.get().pk}/"
    assert client.post(address, {"decision": "send", "seen": "5"}).status_code == 409
    assert leaving() == 0
    assert client.post(address, {"decision": "send", "seen": "6"}).status_code == 303
    assert leaving() == 6
    assert "Det passer" not in signed_in(class_of_ten.secretary).get("/sms/halts/").content.decode()


def many(cast: Cast, classes: int, size: int) -> list[SchoolClass]:
    """Classes of so many pupils each, every pupil with a guardian on a number of her own."""
    made = [
        factories.school_class(f"{n % 9}.{chr(67 + n // 9)}", at=cast.school, year=cast.year)
        for n in range(classes)
    ]
    Phone.objects.bulk_create(
        Phone(guardian=guardian, e164=f"+9995{guardian.pk:07d}")
        for guardian in Guardian.objects.bulk_create(
            Guardian(roster_key=f"mange-{n}", given_name="Forælder", family_name="Prøve")
            for n in range(classes * size)
        )
    )
    for number, one in enumerate(made):
        parents = Guardian.objects.filter(roster_key__startswith="mange-").order_by("pk")
        of_class = parents[number * size : (number + 1) * size]
        Guardianship.objects.bulk_create(
            Guardianship(pupil=pupil, guardian=parent, custody=True, sms_allowed=True)
            for pupil, parent in zip(factories.pupils(size, in_class=one), of_class, strict=True)
        )
    return made


def test_a_wrong_import_never_texts_a_thousand_parents(cast: Cast) -> None:
    choices.opt_in([cast.school.pk], hours=HOURS)
    Limits.objects.update(most_a_day=900)
    chance = random.Random(20260310)
    missing: dict[int, int] = {}
    for one in many(cast, 45, 24):
        own = list(Pupil.objects.filter(enrolments__school_class=one))
        missing[one.pk] = chance.choice([0, 3, 9, 10, 24])
        take(one, dict.fromkeys(own[: missing[one.pk]], Mark.ABSENT))
    # More than forty per cent of the school: nothing about anybody leaves.
    with statements() as sent:
        prepare()
    assert len(sent) < 40
    assert leaving() == 0
    # Even if the school asked about nothing as a whole, each class is asked about for itself.
    Halt.objects.filter(school_class=None).delete()
    Choice.objects.filter(school_class=None).update(most_percent=100)
    Halt.objects.all().delete()
    for school_class in missing:
        choices.opt_in([cast.school.pk], class_ids=[school_class], hours=HOURS)
    prepare()
    allowed = sum(number for number in missing.values() if number * 100 <= 40 * 24)
    assert 0 < leaving() == allowed < 900
    assert Halt.objects.count() == sum(number * 100 > 40 * 24 for number in missing.values())


def test_the_whole_municipality_stays_under_its_ceiling_whatever_anybody_decides(cast: Cast) -> None:
    choices.opt_in([cast.school.pk], hours=HOURS, most_percent=100)
    Limits.objects.update(most_a_day=50)
    for one in many(cast, 4, 24):
        take(one, away(*Pupil.objects.filter(enrolments__school_class=one)))
    assert prepare().queued == 50
    assert prepare().queued == 0
    assert Withheld.objects.filter(reason="ceiling").count() == 46
    page = signed_in(cast.secretary).get("/board/").content.decode()
    assert "Dagens loft er nået: 46 forældre får ingen sms og skal ringes op" in page


def test_the_ones_of_a_small_class_are_never_asked_about(cast: Cast) -> None:
    choices.opt_in([cast.school.pk], hours=HOURS)
    assert len(cast.pupils) < halts.FEWEST_PUPILS
    take(cast.class_7b, away(*cast.pupils))
    prepare()
    assert leaving() == 5
