"""What does a roster say, whichever system it came from?

Plain values without tables: every adapter makes a `Roster`, everything behind it reads nothing else. Periods are half-open
here (`until` is the first day outside), whatever a file means by its last day. Rows name each other by the keys of the
roster: institution number, class key, pupil key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple


class ClassKey(NamedTuple):
    """A class of one school year: institution number, 1 August, year group and letter."""

    school: str
    year: date
    year_group: int
    letter: str

    @property
    def name(self) -> str:
        return f"{self.year_group}.{self.letter}"


@dataclass(frozen=True, slots=True)
class Municipality:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Area:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class School:
    number: str
    name: str
    area: str
    phone: str


@dataclass(frozen=True, slots=True)
class Pupil:
    key: str
    given_name: str
    family_name: str
    birth_on: date | None
    protected: bool


@dataclass(frozen=True, slots=True)
class Enrolment:
    pupil: str
    school_class: ClassKey
    starts_on: date
    until: date


@dataclass(frozen=True, slots=True)
class Guardian:
    """`phones` are E.164, the one to try first in front."""

    key: str
    given_name: str
    family_name: str
    language: str
    phones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Guardianship:
    pupil: str
    guardian: str
    custody: bool
    sms_allowed: bool
    relation: str


@dataclass(frozen=True, slots=True)
class Staff:
    """`phone` is E.164, empty when she has none, and None when the files do not speak of telephones."""

    key: str
    name: str
    email: str
    phone: str | None = ""


class Unit(StrEnum):
    """How wide a post reaches. NONE is the post of one who is let in case by case."""

    CLASS = "class"
    SCHOOL = "school"
    AREA = "area"
    MUNICIPALITY = "municipality"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Post:
    """What a member of staff does, where. At most one of area, school and class is named."""

    staff: str
    role: str
    area: str | None
    school: str | None
    school_class: ClassKey | None
    starts_on: date
    until: date

    @property
    def key(self) -> tuple[str, str, str | None, str | None, ClassKey | None, date]:
        return (self.staff, self.role, self.area, self.school, self.school_class, self.starts_on)


@dataclass(frozen=True, slots=True)
class PostKind:
    """What a word for a role means: our code for it, and the units such a post may be over."""

    role: str
    units: frozenset[Unit]


# The words a roster may use for a role, in small letters. Roles belong to a floor above, so they are passed in.
PostKinds = Mapping[str, PostKind]


@dataclass(frozen=True, slots=True)
class DayRule:
    """One day closed, or open although a wider rule closes it, for the narrowest unit named (none: the municipality)."""

    day: date
    school: str | None
    year_group: int | None
    school_class: ClassKey | None
    closed: bool
    reason: str

    @property
    def key(self) -> tuple[date, str | None, int | None, ClassKey | None]:
        return (self.day, self.school, self.year_group, self.school_class)


@dataclass(frozen=True, slots=True)
class Roster:
    """The whole municipality as one set of files tells it. `years` are the 1 Augusts of the school years it speaks of."""

    municipality: Municipality
    areas: tuple[Area, ...]
    schools: tuple[School, ...]
    years: tuple[date, ...]
    classes: tuple[ClassKey, ...]
    pupils: tuple[Pupil, ...]
    enrolments: tuple[Enrolment, ...]
    guardians: tuple[Guardian, ...]
    guardianships: tuple[Guardianship, ...]
    staff: tuple[Staff, ...]
    posts: tuple[Post, ...]
    day_rules: tuple[DayRule, ...]
    # CPR numbers by the pupil's key, of those for whom the files tell one.
    cprs: Mapping[str, str] = field(default_factory=dict, repr=False)
    # And those of grown-ups, by the key of the guardian or of the member of staff.
    guardian_cprs: Mapping[str, str] = field(default_factory=dict, repr=False)
    staff_cprs: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored already and no file may contradict: the municipality's code, and each staff key by its address.

    `keeps_cpr`: the installation keeps CPR numbers, so that files may tell them.
    """

    municipality_code: str | None = None
    staff_by_email: Mapping[str, str] = field(default_factory=dict)
    keeps_cpr: bool = False
