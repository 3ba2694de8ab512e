"""Which rows make up the municipality?

From the values of the other rooms to the rows `schools.bulk` loads, with keys reserved beforehand, so that rows can name
each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from fravaer.schools import bulk
from fravaer.schools.models import (
    Area,
    Guardian,
    Level,
    Pupil,
    School,
    SchoolClass,
    SchoolYear,
    StaffMember,
)
from fravaer.schools.models import Municipality as MunicipalityRow
from fravaer.synthetic import deviations
from fravaer.synthetic.people import Municipality
from fravaer.synthetic.staff import Employee, Post

NAME = "Søkøbing Kommune"
# No Danish municipality has this code, and no institution a number that begins with it.
CODE = "999"
AREAS = ("Havnen", "Skovene", "Engene", "Bakkerne", "Øerne")


def roster(of: Municipality, staff: list[Employee], *, posts: tuple[date, date]) -> bulk.Roster:
    """The municipality's rows; its values get their keys. `posts` is when the posts begin and end."""
    _give_keys(of)
    (municipality,) = bulk.keys(MunicipalityRow, 1)
    areas = bulk.keys(Area, 1 + max(school.area for school in of.schools))
    families = list(dict.fromkeys(child.family for child in of.children))
    guardians = [guardian for family in families for guardian in family.guardians]
    members = bulk.keys(StaffMember, len(staff))
    for guardian, key in zip(guardians, bulk.keys(Guardian, len(guardians)), strict=True):
        guardian.id = key
    return bulk.Roster(
        municipalities=[bulk.NewMunicipality(municipality, CODE, NAME)],
        areas=[
            bulk.NewArea(key, municipality, f"omraade-{nth}", f"Område {AREAS[nth - 1]}")
            for nth, key in enumerate(areas, 1)
        ],
        schools=[
            bulk.NewSchool(
                school.id, areas[school.area], f"{CODE}{school.index + 1:03d}", school.name, school.phone
            )
            for school in of.schools
        ],
        school_years=[
            bulk.NewSchoolYear(year.id, year.days[0], date(year.start + 1, 8, 1)) for year in of.years
        ],
        classes=[
            bulk.NewClass(c.id, c.line.school.id, c.year.id, c.grade, c.line.letter) for c in of.classes
        ],
        day_rules=_day_rules(of),
        pupils=_pupils(of),
        enrolments=_enrolments(of),
        guardians=(
            bulk.NewGuardian(g.id, g.uuid, f"V{g.id}", g.given_name, g.family_name, g.language)
            for g in guardians
        ),
        guardianships=(
            bulk.NewGuardianship(child.id, g.id, g.custody, g.sms_allowed, g.relation)
            for child in of.children
            for g in child.family.guardians
        ),
        phones=(
            bulk.NewPhone(g.id, number, rank) for g in guardians for rank, number in enumerate(g.phones, 1)
        ),
        staff=[
            bulk.NewStaffMember(key, f"M{key}", employee.name, employee.email, phone=employee.phone)
            for key, employee in zip(members, staff, strict=True)
        ],
        posts=[
            _post(key, post, areas, *posts)
            for key, employee in zip(members, staff, strict=True)
            for post in employee.posts
        ],
    )


def _give_keys(of: Municipality) -> None:
    for year, key in zip(of.years, bulk.keys(SchoolYear, len(of.years)), strict=True):
        year.id = key
    for school, key in zip(of.schools, bulk.keys(School, len(of.schools)), strict=True):
        school.id = key
    for class_year, key in zip(of.classes, bulk.keys(SchoolClass, len(of.classes)), strict=True):
        class_year.id = key
    for child, key in zip(of.children, bulk.keys(Pupil, len(of.children)), strict=True):
        child.id = key


def _day_rules(of: Municipality) -> Iterator[bulk.NewDayRule]:
    classes = {(c.year, c.line.school, c.grade, c.line.letter): c.id for c in of.classes}
    for year in of.years:
        for day, reason in year.closed.items():
            yield bulk.NewDayRule(year.id, day, Level.MUNICIPALITY, None, None, None, True, reason)
        for school in of.schools:
            for rule in deviations.deviations(school, year):
                of_class = None
                if rule.level == Level.CLASS:
                    of_class = classes.get((year, school, rule.year_group or 0, rule.letter or ""))
                    if of_class is None:
                        continue
                yield bulk.NewDayRule(
                    year.id,
                    year.days[rule.day],
                    rule.level,
                    None if of_class else school.id,
                    None if of_class else rule.year_group,
                    of_class,
                    rule.closed,
                    rule.reason,
                )


def _pupils(of: Municipality) -> Iterator[bulk.NewPupil]:
    for child in of.children:
        yield bulk.NewPupil(
            child.id,
            child.uuid,
            f"E{child.id}",
            child.given_name,
            child.family_name,
            child.birth_on,
            child.protected,
            child.sms_stopped,
        )


def _enrolments(of: Municipality) -> Iterator[bulk.NewEnrolment]:
    for child in of.children:
        for stays in child.stays.values():
            for stay in stays:
                year = stay.class_year.year
                # One past the last day of a year is the first of the next.
                days = [*year.days, date(year.start + 1, 8, 1)]
                yield bulk.NewEnrolment(child.id, stay.class_year.id, days[stay.since], days[stay.until])


def _post(member: int, post: Post, areas: list[int], starts_on: date, until: date) -> bulk.NewStaffPost:
    return bulk.NewStaffPost(
        member,
        post.role.value,
        None if post.area is None else areas[post.area],
        post.school.id if post.school else None,
        post.class_year.id if post.class_year else None,
        starts_on,
        until,
    )
