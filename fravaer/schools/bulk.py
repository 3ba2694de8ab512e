"""How does a whole municipality come in at once?

Rows are appended as they are given, with the keys the caller reserved, and calendars are drawn from the day rules. For an
empty or nearly empty installation: the tables of people are locked until the transaction ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db import models, transaction

from fravaer.core import copying, secrets
from fravaer.core.sealing import FixedNumber
from fravaer.schools import schooldays
from fravaer.schools.models import (
    Area,
    Calendar,
    CalendarDay,
    DayRule,
    Enrolment,
    Guardian,
    Guardianship,
    Level,
    Municipality,
    Phone,
    Pupil,
    School,
    SchoolClass,
    SchoolYear,
    StaffMember,
    StaffPost,
)


class NewMunicipality(NamedTuple):
    id: int
    code: str
    name: str


class NewArea(NamedTuple):
    id: int
    municipality_id: int
    code: str
    name: str


class NewSchool(NamedTuple):
    id: int
    area_id: int
    institution_number: str
    name: str
    phone: str
    opens_at: str = "07:45"
    due_at: str = "08:15"


class NewSchoolYear(NamedTuple):
    id: int
    starts_on: date
    until: date


class NewDayRule(NamedTuple):
    school_year_id: int
    day: date
    level: Level
    school_id: int | None
    year_group: int | None
    school_class_id: int | None
    closed: bool
    reason: str


class NewClass(NamedTuple):
    id: int
    school_id: int
    school_year_id: int
    year_group: int
    letter: str


class NewPupil(NamedTuple):
    id: int
    uuid: UUID
    roster_key: str
    given_name: str
    family_name: str
    birth_on: date | None
    protected: bool
    sms_stopped: bool


class NewEnrolment(NamedTuple):
    pupil_id: int
    school_class_id: int
    starts_on: date
    until: date


class NewGuardian(NamedTuple):
    id: int
    uuid: UUID
    roster_key: str
    given_name: str
    family_name: str
    language: str


class NewGuardianship(NamedTuple):
    pupil_id: int
    guardian_id: int
    custody: bool
    sms_allowed: bool
    relation: str


class NewPhone(NamedTuple):
    guardian_id: int
    e164: str
    rank: int


class NewStaffMember(NamedTuple):
    id: int
    roster_key: str
    name: str
    email: str
    active: bool = True
    phone: str = ""


class NewStaffPost(NamedTuple):
    staff_member_id: int
    role: str
    area_id: int | None
    school_id: int | None
    school_class_id: int | None
    starts_on: date
    until: date


@dataclass(slots=True)
class Roster:
    """The rows of a municipality, or of a part of one."""

    municipalities: Iterable[NewMunicipality] = ()
    areas: Iterable[NewArea] = ()
    schools: Iterable[NewSchool] = ()
    school_years: Sequence[NewSchoolYear] = ()
    classes: Iterable[NewClass] = ()
    day_rules: Iterable[NewDayRule] = ()
    pupils: Iterable[NewPupil] = ()
    enrolments: Iterable[NewEnrolment] = ()
    guardians: Iterable[NewGuardian] = ()
    guardianships: Iterable[NewGuardianship] = ()
    phones: Iterable[NewPhone] = ()
    staff: Iterable[NewStaffMember] = ()
    posts: Iterable[NewStaffPost] = ()


UNITS = (Area, School, SchoolYear, SchoolClass, DayRule, StaffMember, StaffPost)
CALENDARS = (Calendar, CalendarDay, SchoolClass)
PEOPLE = (Pupil, Enrolment, Guardian, Guardianship, Phone)


def keys(model: type[models.Model], count: int) -> list[int]:
    """As many new primary keys of the table."""
    return copying.reserved(model._meta.db_table, count)


@transaction.atomic
def load(roster: Roster) -> None:
    """Append the roster's rows and draw the calendars of its school years.

    Raises IntegrityError when rows break a constraint: a name or number twice, overlapping enrolments, an unknown key.
    """
    _copy(Municipality, NewMunicipality, roster.municipalities)
    _copy(Area, NewArea, roster.areas)
    _copy(School, NewSchool, roster.schools)
    _copy(SchoolYear, NewSchoolYear, roster.school_years)
    _copy(SchoolClass, NewClass, roster.classes)
    _copy(DayRule, NewDayRule, roster.day_rules)
    _copy(StaffMember, NewStaffMember, roster.staff)
    _copy(StaffPost, NewStaffPost, roster.posts)
    copying.analyse(*(model._meta.db_table for model in UNITS))
    for school_year in SchoolYear.objects.filter(pk__in=[row.id for row in roster.school_years]):
        schooldays.draw(school_year)
    copying.analyse(*(model._meta.db_table for model in CALENDARS))
    with copying.bare(*(model._meta.db_table for model in PEOPLE)):
        _copy(Pupil, NewPupil, roster.pupils)
        _copy(Enrolment, NewEnrolment, roster.enrolments)
        _copy(Guardian, NewGuardian, roster.guardians)
        _copy(Guardianship, NewGuardianship, roster.guardianships)
        _copy(Phone, NewPhone, roster.phones)


def _copy(
    model: type[models.Model], row: type[tuple[object, ...]], rows: Iterable[tuple[object, ...]]
) -> None:
    fields: tuple[str, ...] = row._fields  # type: ignore[attr-defined]
    numbers = [at for at, name in enumerate(fields) if isinstance(model._meta.get_field(name), FixedNumber)]
    copying.copy(model._meta.db_table, fields, (_fixed(one, numbers) for one in rows) if numbers else rows)


def _fixed(row: tuple[object, ...], numbers: Iterable[int]) -> list[object]:
    """The row with its telephone numbers as they stand in tables."""
    values = list(row)
    for at in numbers:
        values[at] = secrets.fix(str(values[at]), secrets.NUMBER) if values[at] else ""
    return values
