"""A whole municipality comes in at once."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
from django.db import IntegrityError

from fravaer.schools import bulk, schooldays
from fravaer.schools.models import (
    Area,
    Enrolment,
    Guardian,
    Level,
    Municipality,
    Pupil,
    School,
    SchoolClass,
    SchoolYear,
    StaffMember,
    StaffPost,
)

pytestmark = pytest.mark.django_db

CLOSED = date(2025, 10, 13)
OPEN_AT_THE_SCHOOL = date(2025, 9, 20)


def roster(*, overlapping: bool = False, of_nobody: bool = False) -> bulk.Roster:
    """One school with 3.A and 9.A, a pupil in each, a mother and a teacher; with something wrong if that is asked for."""
    [municipality] = bulk.keys(Municipality, 1)
    [area] = bulk.keys(Area, 1)
    [school] = bulk.keys(School, 1)
    [year] = bulk.keys(SchoolYear, 1)
    third, ninth = bulk.keys(SchoolClass, 2)
    freja, aksel = bulk.keys(Pupil, 2)
    [mother] = bulk.keys(Guardian, 1)
    [teacher] = bulk.keys(StaffMember, 1)
    begins, ends = date(2025, 8, 1), date(2026, 8, 1)
    enrolments = [
        bulk.NewEnrolment(freja, third, begins, ends),
        bulk.NewEnrolment(aksel, ninth, begins, date(2026, 1, 1)),
    ]
    phones = [bulk.NewPhone(mother, "+46701740606", 1)]
    if overlapping:
        enrolments.append(bulk.NewEnrolment(aksel, third, date(2025, 12, 1), ends))
    if of_nobody:
        phones.append(bulk.NewPhone(mother + 1, "+46701740607", 1))
    return bulk.Roster(
        municipalities=[bulk.NewMunicipality(municipality, "999", "Fjordby Kommune")],
        areas=[bulk.NewArea(area, municipality, "nord", "Område Nord")],
        schools=[bulk.NewSchool(school, area, "X10001", "Birkeskolen", "+46701740605")],
        school_years=[bulk.NewSchoolYear(year, begins, ends)],
        classes=[bulk.NewClass(third, school, year, 3, "A"), bulk.NewClass(ninth, school, year, 9, "A")],
        day_rules=[
            bulk.NewDayRule(year, CLOSED, Level.MUNICIPALITY, None, None, None, True, "Efterårsferie"),
            bulk.NewDayRule(year, OPEN_AT_THE_SCHOOL, Level.SCHOOL, school, None, None, False, "Åben lørdag"),
            bulk.NewDayRule(year, date(2026, 6, 26), Level.YEAR_GROUP, school, 9, None, True, "Færdig"),
        ],
        pupils=[
            bulk.NewPupil(freja, uuid4(), "P1", "Freja", "Ærø", date(2016, 5, 1), False, False),
            bulk.NewPupil(aksel, uuid4(), "P2", "Aksel", "Aagaard", None, True, False),
        ],
        enrolments=enrolments,
        guardians=[bulk.NewGuardian(mother, uuid4(), "V1", "Lene", "Ærø", "da")],
        guardianships=[bulk.NewGuardianship(freja, mother, True, True, "mor")],
        phones=phones,
        staff=[bulk.NewStaffMember(teacher, "M1", "Mette Hald", "mette@fjordby.invalid")],
        posts=[bulk.NewStaffPost(teacher, "teacher", None, None, third, begins, ends)],
    )


def test_it_brings_in_units_people_and_posts() -> None:
    bulk.load(roster())
    freja = Pupil.objects.get(given_name="Freja")
    [guardianship] = freja.guardianships.all()
    assert (guardianship.custody, str(guardianship.guardian)) == (True, "Lene Ærø")
    assert guardianship.guardian.phones.get().e164 == "+46701740606"
    assert str(freja.enrolments.get().school_class) == "3.A"
    assert StaffPost.objects.get().school_class == freja.enrolments.get().school_class
    assert School.objects.get().due_at.isoformat() == "08:15:00"


def test_names_sort_as_danes_sort_them_from_the_start() -> None:
    bulk.load(roster())
    assert [pupil.family_name for pupil in Pupil.objects.order_by("sort_family")] == ["Ærø", "Aagaard"]


def test_each_class_gets_the_calendar_its_rules_make() -> None:
    bulk.load(roster())
    third, ninth = SchoolClass.objects.order_by("year_group")
    assert schooldays.closed_because(third, CLOSED) == "Efterårsferie"
    assert schooldays.closed_because(third, OPEN_AT_THE_SCHOOL) is None
    assert schooldays.closed_because(third, date(2026, 6, 26)) is None
    assert schooldays.closed_because(ninth, date(2026, 6, 26)) == "Færdig"
    assert schooldays.closed_because(ninth, OPEN_AT_THE_SCHOOL) is None


def test_overlapping_enrolments_are_refused_and_nothing_stays() -> None:
    with pytest.raises(IntegrityError):
        bulk.load(roster(overlapping=True))
    assert not Pupil.objects.exists()
    assert not Municipality.objects.exists()


def test_a_row_about_nobody_is_refused() -> None:
    with pytest.raises(IntegrityError):
        bulk.load(roster(of_nobody=True))
    assert not Guardian.objects.exists()


def test_a_second_load_adds_to_what_is_there() -> None:
    bulk.load(roster())
    third = SchoolClass.objects.get(year_group=3)
    [key] = bulk.keys(Pupil, 1)
    bulk.load(
        bulk.Roster(
            pupils=[bulk.NewPupil(key, uuid4(), "P3", "Noah", "Lund", None, False, False)],
            enrolments=[bulk.NewEnrolment(key, third.pk, date(2026, 2, 1), date(2026, 8, 1))],
        )
    )
    assert Enrolment.objects.filter(school_class=third).count() == 2
