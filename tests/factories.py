"""What does a test need to exist?

Typed functions, each making one kind of row with plain defaults; lists are made set-based. People are invented. Telephone
numbers come from the Swedish range set aside for fiction (+46 70 174 06 05 to 06 99), which reaches nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import count
from uuid import uuid4
from zoneinfo import ZoneInfo

from fravaer.accounts import terms
from fravaer.accounts.models import Emergency, Grant, Reach, User
from fravaer.accounts.roles import Role
from fravaer.schools import schooldays
from fravaer.schools.models import (
    Area,
    Calendar,
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
)
from fravaer.sms.models import Limits
from tests.plans import COPENHAGEN_2025, Plan

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
PASSWORD = "correct horse battery staple"
_serial = count(1)


def next_serial(then: int | None = None) -> int:
    """The number the next row is told from others by; it will be `then` if said."""
    global _serial
    upcoming = next(_serial) if then is None else then
    _serial = count(upcoming)
    return upcoming


def moment(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """The moment at which Danish clocks show `hour`.`minute` on `day`."""
    return datetime.combine(day, time(hour, minute), tzinfo=COPENHAGEN)


def municipality(name: str = "Fjordby Kommune", code: str = "999") -> Municipality:
    """A municipality that sends SMS to the countries of these tests' numbers as well, and knows no ceiling."""
    made = Municipality.objects.create(name=name, code=code)
    Limits.objects.create(municipality=made, countries=["45", "46", "999"], most_a_day=None)
    return made


def area(name: str, *, of: Municipality | None = None, code: str = "") -> Area:
    return Area.objects.create(
        municipality=of or Municipality.objects.first() or municipality(),
        name=name,
        code=code or f"omraade-{next(_serial)}",
    )


def school(name: str, *, of: Area, institution_number: str = "", phone: str = "") -> School:
    return School.objects.create(
        area=of, name=name, institution_number=institution_number or f"X{next(_serial):05d}", phone=phone
    )


def school_year(plan: Plan = COPENHAGEN_2025) -> SchoolYear:
    """The school year of a plan, its closed days and its municipal calendar drawn."""
    begins = plan.starts_on
    year = SchoolYear.objects.create(starts_on=begins, until=date(begins.year + 1, 8, 1))
    close(year, plan.closed_weekdays())
    schooldays.draw(year)
    return year


def close(
    year: SchoolYear,
    days: Sequence[date],
    *,
    school: School | None = None,
    year_group: int | None = None,
    school_class: SchoolClass | None = None,
    is_open: bool = False,
    reason: str = "Lukkedag",
) -> None:
    """Rules that close (or with `is_open` open) days for a unit. The calendars change when they are drawn."""
    level = Level.MUNICIPALITY
    if school_class:
        level = Level.CLASS
    elif school:
        level = Level.SCHOOL if year_group is None else Level.YEAR_GROUP
    DayRule.objects.bulk_create(
        DayRule(
            school_year=year,
            day=day,
            level=level,
            school=school,
            year_group=year_group,
            school_class=school_class,
            closed=not is_open,
            reason=reason,
        )
        for day in days
    )


def school_class(name: str, *, at: School, year: SchoolYear) -> SchoolClass:
    """The class written as `7.B`, on the municipal calendar until calendars are drawn anew."""
    year_group, _, letter = name.partition(".")
    return SchoolClass.objects.create(
        school=at,
        school_year=year,
        calendar=Calendar.objects.filter(school_year=year, key="municipality").first(),
        year_group=int(year_group),
        letter=letter,
    )


def pupils(
    names: Sequence[str] | int,
    *,
    in_class: SchoolClass,
    since: date | None = None,
    until: date | None = None,
    protected: bool = False,
) -> list[Pupil]:
    """Pupils of these names (`Freja Holm`), or that many of numbered names, enrolled for the whole school year if not said."""
    if isinstance(names, int):
        names = [f"Elev{n:03d} Prøve" for n in range(1, names + 1)]
    year = in_class.school_year
    born = date(year.starts_on.year - 6 - in_class.year_group, 5, 17)
    made = Pupil.objects.bulk_create(
        Pupil(
            roster_key=f"elev-{next(_serial)}",
            given_name=name.rpartition(" ")[0],
            family_name=name.rpartition(" ")[2],
            birth_on=born,
            protected=protected,
        )
        for name in names
    )
    enrol(made, in_class, since=since, until=until)
    return made


def pupil(
    name: str,
    *,
    in_class: SchoolClass,
    since: date | None = None,
    until: date | None = None,
    protected: bool = False,
) -> Pupil:
    [made] = pupils([name], in_class=in_class, since=since, until=until, protected=protected)
    return made


def enrol(
    pupils: Sequence[Pupil], in_class: SchoolClass, *, since: date | None = None, until: date | None = None
) -> None:
    year = in_class.school_year
    Enrolment.objects.bulk_create(
        Enrolment(
            pupil=pupil, school_class=in_class, starts_on=since or year.starts_on, until=until or year.until
        )
        for pupil in pupils
    )


def guardian(
    *pupils: Pupil,
    name: str = "Forælder Prøve",
    phone: str | None = None,
    custody: bool = True,
    sms_allowed: bool = True,
    language: str = "da",
) -> Guardian:
    """A guardian of these pupils, with a telephone; `phone=""` leaves her without one."""
    serial = next(_serial)
    made = Guardian.objects.create(
        roster_key=f"voksen-{serial}",
        given_name=name.rpartition(" ")[0],
        family_name=name.rpartition(" ")[2],
        language=language,
    )
    Guardianship.objects.bulk_create(
        Guardianship(pupil=pupil, guardian=made, custody=custody, sms_allowed=sms_allowed) for pupil in pupils
    )
    if phone is None:
        phone = f"+46701740{605 + serial % 95}"
    if phone:
        Phone.objects.create(guardian=made, e164=phone)
    return made


def user(name: str, *, email: str = "", password: str | None = None, title: str = "") -> User:
    """A member of staff without any grant; with `password` she can sign in on the page as well."""
    return User.objects.create_user(
        email or f"bruger-{next(_serial)}@fjordby.invalid", password, name=name, title=title
    )


def phone_of(member: User, number: str) -> None:
    """The roster has her, with the telephone `number`, and the account is hers."""
    StaffMember.objects.create(
        roster_key=f"ansat-{member.pk}", name=member.name, email=member.email, phone=number
    )
    member.staff_key = f"ansat-{member.pk}"
    member.save(update_fields=["staff_key"])


def grant(
    to: User,
    role: Role,
    over: SchoolClass | School | Area | Pupil | None,
    *,
    since: date = COPENHAGEN_2025.starts_on,
    until: date = COPENHAGEN_2025.starts_on + timedelta(days=365),
    origin: str = "roster",
) -> Grant:
    """Role `role` over one unit, or over the municipality (None), in force during the default school year if not said."""
    reach, column = {
        SchoolClass: (Reach.CLASS, "school_class"),
        School: (Reach.SCHOOL, "school"),
        Area: (Reach.AREA, "area"),
        Pupil: (Reach.PUPIL, "pupil"),
        type(None): (Reach.MUNICIPALITY, ""),
    }[type(over)]
    return Grant.objects.create(
        user=to,
        role=role,
        reach=reach,
        origin=origin,
        purpose=terms.purpose(role, reach),
        valid_from=moment(since),
        valid_until=moment(until),
        **({column: over} if column else {}),
    )


def emergency(by: User, pupil: Pupil, at: datetime, *, role: Role = Role.LEADER) -> Emergency:
    """The use of emergency access to one child for an hour, of which nobody was told."""
    key = uuid4()
    until = at + timedelta(hours=1)
    given = Grant.objects.create(
        user=by,
        role=role,
        purpose=terms.purpose(role, Reach.PUPIL),
        reach=Reach.PUPIL,
        pupil=pupil,
        origin="break_glass",
        origin_ref=str(key),
        valid_from=at,
        valid_until=until,
    )
    return Emergency.objects.create(
        uuid=key,
        user=by,
        role=role,
        pupil=pupil,
        grant=given,
        reason="danger",
        words="Politiet har ringet om barnet.",
        opened_at=at,
        until=until,
        answer_due_on=at.date() + timedelta(days=3),
    )
