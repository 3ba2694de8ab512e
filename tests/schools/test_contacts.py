"""Which guardian is told."""

from __future__ import annotations

from fravaer.schools import contacts
from fravaer.schools.contacts import Barred, Contact, Untold, Why
from fravaer.schools.models import Phone
from tests import factories
from tests.cast import Cast, statements

FIRST, SECOND = "+46701740605", "+46701740606"


def test_both_holders_of_custody_are_told_and_nobody_else(cast: Cast) -> None:
    pupil = factories.pupil("Ida Krag", in_class=cast.class_7b)
    mother = factories.guardian(pupil, name="Mor Krag", phone=FIRST, language="en")
    father = factories.guardian(pupil, name="Far Krag", phone=SECOND)
    factories.guardian(pupil, name="Onkel Krag", custody=False)
    assert contacts.told([pupil.pk]) == contacts.Told(
        (Contact(pupil.pk, mother.pk, FIRST, "en"), Contact(pupil.pk, father.pk, SECOND, "da")), ()
    )


def test_a_number_two_guardians_share_is_used_once(cast: Cast) -> None:
    pupil = factories.pupil("Ida Krag", in_class=cast.class_7b)
    mother = factories.guardian(pupil, phone=FIRST)
    father = factories.guardian(pupil, phone=FIRST)
    told = contacts.told([pupil.pk])
    assert [contact.guardian_id for contact in told.contacts] == [mother.pk]
    assert told.untold == (Untold(pupil.pk, father.pk, Why.SHARED_NUMBER),)


def test_two_children_with_one_telephone_are_told_of_one_by_one(cast: Cast) -> None:
    one, other = factories.pupils(["Ida Krag", "Bo Krag"], in_class=cast.class_7b)
    factories.guardian(one, other, phone=FIRST)
    assert {contact.pupil_id for contact in contacts.told([one.pk, other.pk]).contacts} == {one.pk, other.pk}


def test_a_number_that_is_dead_gives_way_to_the_next(cast: Cast) -> None:
    pupil = factories.pupil("Ida Krag", in_class=cast.class_7b)
    guardian = factories.guardian(pupil, phone=FIRST)
    Phone.objects.create(guardian=guardian, e164=SECOND, rank=2)
    assert [contact.e164 for contact in contacts.told([pupil.pk]).contacts] == [FIRST]
    assert [contact.e164 for contact in contacts.told([pupil.pk], Barred(dead={FIRST})).contacts] == [SECOND]
    assert contacts.told([pupil.pk], Barred(dead={FIRST, SECOND})).untold == (
        Untold(pupil.pk, guardian.pk, Why.DEAD_NUMBER),
    )


def test_it_says_why_somebody_is_not_told(cast: Cast) -> None:
    declined, phoneless, alone, stopped = factories.pupils(
        ["A Krag", "B Krag", "C Krag", "D Krag"], in_class=cast.class_7b
    )
    one = factories.guardian(declined, sms_allowed=False)
    other = factories.guardian(phoneless, phone="")
    factories.guardian(alone, custody=False)
    factories.guardian(stopped)
    stopped.sms_stopped = True
    stopped.save()
    told = contacts.told([declined.pk, phoneless.pk, alone.pk, stopped.pk])
    assert told.contacts == ()
    assert set(told.untold) == {
        Untold(declined.pk, one.pk, Why.DECLINED),
        Untold(phoneless.pk, other.pk, Why.NO_PHONE),
        Untold(alone.pk, None, Why.NO_CUSTODY),
        Untold(stopped.pk, None, Why.STOPPED),
    }


def test_one_query_answers_for_everybody(cast: Cast) -> None:
    with statements() as sent:
        contacts.told([pupil.pk for pupil in cast.pupils])
    assert len(sent) == 1
