"""What is a municipality made of while it is being made up?

Plain values, filled by the other rooms: school years, schools, classes through the years, families, children. Days are
numbers, counted from 1 August.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from fravaer.synthetic.names import Background
from fravaer.synthetic.numbers import Numbers

# The class the demonstration's teacher opens, at the first school.
DEMO_GRADE, DEMO_LETTER = 7, "B"
LAST_GRADE = 9
TENTH_GRADE = 10


@dataclass(slots=True, eq=False)
class Year:
    """A school year: its days, which of them are municipal school days, and why the others are not."""

    start: int
    days: list[date]
    open: list[int]
    closed: dict[date, str]
    # The first day nothing is known of, but for the registers of that very morning.
    view: int
    id: int = 0


@dataclass(slots=True, eq=False)
class School:
    index: int
    area: int
    name: str
    phone: str
    pupils: float
    # How much more or less absence than elsewhere, and the share of registers that nobody takes.
    factor: float
    missed: float
    has_tenth: bool
    id: int = 0


@dataclass(slots=True, eq=False)
class Line:
    """A class through the years; `cohort` is the year in which it was year group 0."""

    school: School
    cohort: int
    letter: str
    size: int
    classes: dict[int, ClassYear] = field(default_factory=dict)

    @property
    def last_grade(self) -> int:
        return TENTH_GRADE if self.school.has_tenth and self.letter == "A" else LAST_GRADE


@dataclass(slots=True, eq=False)
class ClassYear:
    """A class in one school year; `teacher` is the position of its class teacher among the teachers."""

    line: Line
    year: Year
    grade: int
    # The days (by number) on which this class has school.
    open: list[int]
    id: int = 0
    teacher: int = 0
    # By day number: which checkpoints were noted (bit 0 START, bit 1 END), and how many were absent at the START.
    taken: bytearray = field(default_factory=bytearray)
    away: bytearray = field(default_factory=bytearray)
    # The one day whose END nobody noted, where the story asks for it.
    forgotten_end: int | None = None
    # Illness that goes round: the first day and the share of the class who catch it.
    waves: list[tuple[int, float]] = field(default_factory=list)
    # How much more easily one stays away from a class that does not thrive.
    unrest: float = 1.0

    @property
    def name(self) -> str:
        return f"{self.grade}.{self.line.letter}"


@dataclass(slots=True, eq=False)
class Guardian:
    given_name: str
    family_name: str
    language: str
    phones: list[str]
    custody: bool
    sms_allowed: bool
    relation: str
    uuid: UUID
    id: int = 0


@dataclass(slots=True, eq=False)
class Family:
    background: Background
    name: str
    guardians: list[Guardian]
    # How many children more may still come, and the cohorts of those who are there.
    room: int
    frailty: float
    # Days of leave the family likes to take in a school year.
    travels: float
    cohorts: list[int] = field(default_factory=list)


@dataclass(slots=True, frozen=True)
class Stay:
    """In one class from day number `since` up to, and without, `until`, at most the number of days in the year."""

    class_year: ClassYear
    since: int
    until: int


@dataclass(slots=True, eq=False)
class Child:
    family: Family
    given_name: str
    family_name: str
    birth_on: date
    uuid: UUID
    protected: bool
    sms_stopped: bool
    # How easily the child falls ill, and how easily it stays away without a good reason; 1 is ordinary.
    frailty: float
    truancy: float
    line: Line
    # Since when, and until when, the child has a social measure.
    measure: tuple[date, date | None] | None = None
    # By school year (its first calendar year).
    stays: dict[int, list[Stay]] = field(default_factory=dict)
    id: int = 0


@dataclass(slots=True, eq=False)
class Municipality:
    """All of it. `numbers` gives further telephone numbers."""

    numbers: Numbers
    years: list[Year]
    schools: list[School]
    classes: list[ClassYear]
    children: list[Child]
    demo_class: ClassYear

    @property
    def view(self) -> date:
        """The day in view: the latest municipal school day."""
        year = self.years[-1]
        return year.days[year.view]
