"""Who works in a municipality that does not exist?

A class teacher for every class, who follows it from year to year, a leader for every school, and the people of the demonstration,
one for each of its roles.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from fravaer.accounts.demo import DEMO_ACCOUNTS, DOMAIN
from fravaer.accounts.roles import Role
from fravaer.synthetic import names
from fravaer.synthetic.numbers import Numbers
from fravaer.synthetic.people import ClassYear, Line, Municipality, School

# Addresses nobody has: the top-level domain is reserved for that (RFC 2606).
STAFF_DOMAIN = "skole.invalid"
# Key of the demonstration's account: the person's name and title.
DEMO_PEOPLE: dict[str, tuple[str, str]] = {
    "laerer": ("Mette Hald", "Klasselærer i 7.B"),
    "sekretaer": ("Birthe Kvist", "Skolesekretær"),
    "skoleleder": ("Jens Overgaard", "Skoleleder"),
    "inklusion": ("Louise Thorup", "Inklusionsvejleder"),
    "socialraadgiver": ("Amira Rahmani", "Skolesocialrådgiver"),
    "socialleder": ("Torben Lykke", "Leder af skolesocialrådgiverne"),
    "psykolog": ("Pia Skovgaard", "Psykolog i PPR"),
    "omraadechef": ("Kirsten Bang", "Områdechef"),
    "socialchef": ("Søren Aagaard", "Chef for voksne, børn og familier"),
    "skolechef": ("Hanne Rosenkilde", "Skole- og dagtilbudschef"),
    "brugeradministrator": ("Gerda Lindholm", "Brugeradministrator"),
    "databeskyttelse": ("Poul Errebo", "Databeskyttelsesrådgiver"),
}
TEACHER = "laerer"
# What the teacher of 7.B teaches besides, and how many schools the school social worker has.
ALSO_TEACHES = ((7, "A"), (8, "A"))
SOCIAL_WORKERS_SCHOOLS = 3


@dataclass(slots=True)
class Post:
    """A role over one unit, over the whole municipality, or, let in case by case, over none."""

    role: Role
    area: int | None = None
    school: School | None = None
    class_year: ClassYear | None = None


@dataclass(slots=True)
class Employee:
    name: str
    email: str
    title: str = ""
    phone: str = ""
    posts: list[Post] = field(default_factory=list)


def staff(of: Municipality, seed: int) -> list[Employee]:
    """Everybody employed in the last school year; those whom `ClassYear.teacher` counts come first.

    Gives every class of every year its teacher.
    """
    random = Random(f"{seed}:staff")
    employees = list(_teachers(of, random))
    by_name: dict[str, int] = {}
    for school in of.schools:
        if school.index:
            leader = Employee(_name(random), "", "Skoleleder")
            leader.posts.append(Post(Role.LEADER, school=school))
            employees.append(leader)
    for key, role in DEMO_ACCOUNTS.items():
        if key != TEACHER:
            name, title = DEMO_PEOPLE[key]
            employees.append(Employee(name, f"{key}@{DOMAIN}", title, posts=list(_demo_posts(role, of))))
    for employee in employees:
        if not employee.email:
            employee.email = _address(employee.name, by_name)
    # Of their own, so that whom they are called does not hang on their numbers; one may be a guardian's, as teachers' may.
    numbers = Numbers(Random(f"{seed}:staff telephones"))
    for employee in employees:
        employee.phone = numbers.next()
    return employees


def _teachers(of: Municipality, random: Random) -> list[Employee]:
    teachers: list[Employee] = []
    last = of.years[-1]
    for school in of.schools:
        of_line: dict[Line, int] = {}
        for year in of.years:
            classes = [c for c in of.classes if c.year is year and c.line.school is school]
            here = {class_year.line for class_year in classes}
            free = [of_line.pop(line) for line in list(of_line) if line not in here]
            for class_year in classes:
                if class_year.line not in of_line:
                    of_line[class_year.line] = free.pop() if free else len(teachers)
                    if of_line[class_year.line] == len(teachers):
                        teachers.append(Employee(_name(random), "", "Lærer"))
                class_year.teacher = of_line[class_year.line]
                if year is last:
                    teachers[class_year.teacher].posts.append(Post(Role.TEACHER, class_year=class_year))
    demo = teachers[of.demo_class.teacher]
    demo.name, demo.title = DEMO_PEOPLE[TEACHER]
    demo.email = f"{TEACHER}@{DOMAIN}"
    demo.posts += [
        Post(Role.TEACHER, class_year=class_year)
        for class_year in of.classes
        if class_year.year is last
        and class_year.line.school.index == 0
        and (class_year.grade, class_year.line.letter) in ALSO_TEACHES
    ]
    return teachers


def _demo_posts(role: Role, of: Municipality) -> Iterator[Post]:
    first = of.schools[0]
    match role:
        case Role.SOCIAL_WORKER:
            for school in of.schools[:SOCIAL_WORKERS_SCHOOLS]:
                yield Post(role, school=school)
        case Role.SOCIAL_LEADER | Role.AREA_MANAGER:
            yield Post(role, area=first.area)
        case Role.SOCIAL_MANAGER | Role.CHIEF | Role.PSYCHOLOGIST | Role.ACCESS_ADMIN | Role.CONTROLLER:
            yield Post(role)
        case _:
            yield Post(role, school=first)


def _name(random: Random) -> str:
    background = names.background(random)
    given = names.grown_up_name(random, background, woman=random.random() < 0.7)
    return f"{given} {names.family_name(random, background)}"


def _address(name: str, taken: dict[str, int]) -> str:
    """An address made of the name's plain letters; a number tells namesakes apart."""
    plain = "".join(
        letter for letter in name.lower().translate(PLAIN) if letter.isascii() and letter.isalpha()
    )
    taken[plain] = taken.get(plain, 0) + 1
    return f"{plain}{taken[plain] if taken[plain] > 1 else ''}@{STAFF_DOMAIN}"


PLAIN = str.maketrans(
    {"æ": "ae", "ø": "oe", "å": "aa", "ö": "o", "ü": "u", "ş": "s", "ç": "c", "ł": "l", "ı": "i"}
)
