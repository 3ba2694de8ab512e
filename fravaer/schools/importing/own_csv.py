"""What do the six CSV files of our own set say?

The adapter for a folder of `schools, classes, pupils, guardians, staff, calendar` (.csv), described for those who make
the files in docs/skoledata.md. Nothing here reads or writes tables.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from fravaer.schools.importing.canonical import Known, PostKinds, Roster
from fravaer.schools.importing.files import Column, lines
from fravaer.schools.importing.problems import Problems
from fravaer.schools.importing.reading import Reading
from fravaer.schools.importing.rows import Row

CPR = Column("cpr", "cpr-nummer", optional=True, longest=11, cpr=True)
SCHOOL = Column("school", "skole", longest=10)
CLASS = Column("class", "klasse", longest=20)
FROM = Column("from", "fra", longest=10)
TO = Column("to", "til", optional=True, longest=10)
COLUMNS: dict[str, tuple[Column, ...]] = {
    "schools.csv": (
        Column("municipality", "kommune", longest=3),
        Column("municipality_name", "kommunenavn"),
        Column("area", "område", longest=40),
        Column("area_name", "områdenavn"),
        SCHOOL,
        Column("name", "navn"),
        Column("phone", "telefon", optional=True, phone=True, longest=30),
    ),
    "classes.csv": (SCHOOL, Column("school_year", "skoleår", longest=9), CLASS),
    "pupils.csv": (
        Column("pupil", "elev", longest=64),
        Column("given_name", "fornavn"),
        Column("family_name", "efternavn"),
        Column("birth_date", "fødselsdato", optional=True, longest=10),
        Column("protected", "beskyttet", optional=True),
        CPR,
        SCHOOL,
        CLASS,
        FROM,
        TO,
    ),
    "guardians.csv": (
        Column("guardian", "voksen", longest=64),
        Column("given_name", "fornavn"),
        Column("family_name", "efternavn"),
        Column("pupil", "elev", longest=64),
        Column("custody", "forældremyndighed"),
        Column("sms", "sms-tilladt", optional=True),
        Column("language", "sprog", optional=True),
        Column("relation", "relation", optional=True, longest=40),
        Column("phone", "telefon", optional=True, phone=True, longest=30),
        Column("phone_2", "telefon2", optional=True, phone=True, longest=30),
        CPR,
    ),
    "staff.csv": (
        Column("staff", "medarbejder", longest=64),
        Column("name", "navn", longest=150),
        Column("email", "e-mail", longest=254),
        Column("phone", "telefon", optional=True, phone=True, longest=30),
        CPR,
        Column("role", "rolle"),
        Column("area", "område", optional=True, longest=40),
        Column("school", "skole", optional=True, longest=10),
        Column("class", "klasse", optional=True, longest=20),
        FROM,
        TO,
    ),
    "calendar.csv": (
        FROM,
        TO,
        Column("school", "skole", optional=True, longest=10),
        Column("year_group", "klassetrin", optional=True, longest=2),
        Column("class", "klasse", optional=True, longest=20),
        Column("state", "status", longest=10),
        Column("reason", "årsag"),
    ),
}


def read(directory: Path, kinds: PostKinds, known: Known, today: date) -> Roster:
    """The roster in the directory. Raises RosterRefused with every problem of every file."""
    problems = Problems(files={file: order for order, file in enumerate(COLUMNS)})
    found = {
        file: lines(directory / file, columns, problems, keeps_cpr=known.keeps_cpr)
        for file, columns in COLUMNS.items()
    }
    reading = Reading(problems, kinds, known, today)
    for line in found["schools.csv"]:
        reading.school(Row(line, problems))
    for line in found["classes.csv"]:
        reading.school_class(Row(line, problems))
    for line in found["pupils.csv"]:
        reading.pupil(Row(line, problems))
    for line in found["guardians.csv"]:
        reading.guardian(Row(line, problems))
    for line in found["staff.csv"]:
        reading.member_of_staff(Row(line, problems))
    for line in found["calendar.csv"]:
        reading.day_rule(Row(line, problems))
    return reading.finish()
