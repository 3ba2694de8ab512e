"""What the tables refuse whoever writes them, in which order Danish names come, and which rows a scope reaches."""

from __future__ import annotations

import random
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from fravaer.accounts.scoping import scope_of
from fravaer.core.scope import NOTHING, Scope
from fravaer.schools.models import (
    Area,
    Enrolment,
    Municipality,
    Phone,
    Pupil,
    School,
    SchoolClass,
    SchoolYear,
)
from tests import factories
from tests.cast import DAY, MORNING, Cast
from tests.plans import COPENHAGEN_2025


def test_a_pupil_is_never_in_two_classes_on_one_day(cast: Cast) -> None:
    [pupil, *_others] = cast.pupils
    with pytest.raises(IntegrityError, match="one_class_at_a_time"), transaction.atomic():
        factories.enrol([pupil], cast.class_2a, since=date(2026, 3, 1), until=date(2026, 3, 2))
    Enrolment.objects.filter(pupil=pupil).update(until=DAY)
    # The day the one ends is the day the other may begin.
    factories.enrol([pupil], cast.class_2a, since=DAY)
    with pytest.raises(IntegrityError, match="one_class_at_a_time"), transaction.atomic():
        Enrolment.objects.filter(pupil=pupil, school_class=cast.class_7b).update(until=date(2026, 3, 11))


def test_an_enrolment_ends_after_it_begins(cast: Cast) -> None:
    pupil = factories.pupil("Ida Skov", in_class=cast.class_2a, until=DAY)
    with pytest.raises(IntegrityError, match="enrolment_ends_after_start"), transaction.atomic():
        factories.enrol([pupil], cast.class_7b, since=DAY, until=DAY)


def test_a_class_has_a_year_group_of_the_folkeskole_and_a_name_of_its_own(cast: Cast) -> None:
    with pytest.raises(IntegrityError, match="year_group_0_to_10"), transaction.atomic():
        factories.school_class("11.A", at=cast.school, year=cast.year)
    with pytest.raises(IntegrityError, match="one_class_of_a_name_a_year"), transaction.atomic():
        factories.school_class("7.B", at=cast.school, year=cast.year)


@pytest.mark.parametrize("number", ["20123456", "4520123456", "+4520", "+45 20123456", "+0123456789", ""])
def test_a_telephone_number_is_stored_as_e164(cast: Cast, number: str) -> None:
    guardian = factories.guardian(cast.pupils[0], phone="")
    # An empty one the database refuses; of the others it would see nothing any more.
    with pytest.raises((ValueError, IntegrityError), match=r"E\.164|phone_is_fixed"), transaction.atomic():
        Phone.objects.create(guardian=guardian, e164=number)


def test_a_municipality_has_a_code_of_three_digits(db: None) -> None:
    with pytest.raises(IntegrityError, match="municipality_code_is_three_digits"), transaction.atomic():
        Municipality.objects.create(code="1O1", name="Fjordby")


def test_a_school_year_is_written_with_a_stroke(db: None) -> None:
    assert str(factories.school_year(COPENHAGEN_2025)) == "2025/26"
    assert str(SchoolYear(starts_on=date(2099, 8, 1), until=date(2100, 8, 1))) == "2099/00"


def test_names_come_in_danish_order(cast: Cast) -> None:
    in_danish_order = [
        "Zoë Dam",
        "Ærø Dam",
        "Ødum Dam",
        "Øster Dam",
        "Aaberg Dam",
        "Aage Dam",
        "Ågård Dam",
        "Aagaard Eg",
        "Åse Dam",
    ]
    shuffled = random.Random(7).sample(in_danish_order, len(in_danish_order))
    pupils = factories.pupils(shuffled, in_class=cast.class_2a)
    found = Pupil.objects.filter(pk__in=[pupil.pk for pupil in pupils])
    # Aa and å are one letter to a Danish dictionary: Ågård and Aagaard differ in the family name alone.
    assert [str(pupil) for pupil in found.order_by("sort_given")] == in_danish_order


def test_capitals_accents_and_family_names_follow_the_same_order(cast: Cast) -> None:
    names = [
        "bent aabo",
        "Bent Åbo-Holm",
        "Émile Ås",
        "Eva AAS",
        "Max Müller",
        "Mia Mylius",
        "Uli Özdemir",
        "Ulla Østergård",
    ]
    pupils = factories.pupils(names, in_class=cast.class_2a)
    found = Pupil.objects.filter(pk__in=[pupil.pk for pupil in pupils])
    assert [pupil.family_name for pupil in found.order_by("sort_family")] == [
        "Mylius",
        "Müller",
        "Østergård",
        "Özdemir",
        "aabo",
        "Åbo-Holm",
        "Ås",
        "AAS",
    ]


def test_schools_come_in_danish_order(cast: Cast) -> None:
    for name in ("Åløkkeskolen", "Aarhus Skole", "Ølby Skole"):
        factories.school(name, of=cast.north)
    assert [school.name for school in School.objects.order_by("sort_name")] == [
        "Birkeskolen",
        "Havneskolen",
        "Ølby Skole",
        "Åløkkeskolen",
        "Aarhus Skole",
    ]


def test_each_of_the_cast_reaches_her_own_rows(cast: Cast) -> None:
    def reach(scope: Scope) -> tuple[set[str], set[str], int, int]:
        return (
            {area.name for area in Area.objects.visible_to(scope)},
            {school.name for school in School.objects.visible_to(scope)},
            SchoolClass.objects.visible_to(scope).count(),
            Pupil.objects.visible_to(scope, DAY).count(),
        )

    assert reach(scope_of(cast.mette.pk, MORNING)) == (set(), set(), 1, 5)
    assert reach(scope_of(cast.leader.pk, MORNING)) == (set(), {"Birkeskolen"}, 2, 5)
    assert reach(scope_of(cast.social_worker.pk, MORNING)) == (set(), {"Birkeskolen"}, 2, 5)
    assert reach(scope_of(cast.stranger.pk, MORNING)) == (set(), {"Havneskolen"}, 1, 2)
    # Figures of her area, and no child by name.
    assert reach(scope_of(cast.area_manager.pk, MORNING)) == ({"Nord"}, {"Birkeskolen"}, 2, 0)
    assert reach(NOTHING) == (set(), set(), 0, 0)
    everything = Scope(municipality=True, persons=True)
    assert reach(everything) == ({"Nord", "Syd"}, {"Birkeskolen", "Havneskolen"}, 3, 7)


def test_a_pupil_is_visible_while_she_is_enrolled(cast: Cast) -> None:
    [moved, *_others] = cast.pupils
    Enrolment.objects.filter(pupil=moved).update(until=DAY)
    factories.enrol([moved], cast.other_class, since=DAY)
    of_mette = scope_of(cast.mette.pk, MORNING)
    assert moved in Pupil.objects.visible_to(of_mette, date(2026, 3, 9))
    assert moved not in Pupil.objects.visible_to(of_mette, DAY)
    assert moved in Pupil.objects.visible_to(scope_of(cast.stranger.pk, MORNING), DAY)


def test_classes_of_a_day_are_those_of_its_school_year(cast: Cast) -> None:
    assert SchoolClass.objects.in_year_of(DAY).count() == 3
    assert not SchoolClass.objects.in_year_of(date(2026, 8, 1)).exists()
