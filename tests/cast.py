"""Who appears in the tests?

One small municipality and its people, the same in every test that asks for the `cast` fixture. The day is a plain school
Tuesday, 10 March 2026, and the clock stands at eight in the morning.
"""

from __future__ import annotations

import pickle
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from io import StringIO

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fravaer.accounts import freshness, levels
from fravaer.accounts.models import User
from fravaer.accounts.roles import Role
from fravaer.accounts.sessions import SessionStore
from fravaer.core import secrets
from fravaer.schools.models import Area, Municipality, Pupil, School, SchoolClass, SchoolYear
from tests import emptying, factories

DAY = date(2026, 3, 10)
MORNING = factories.moment(DAY, 8)


@dataclass(frozen=True, slots=True)
class Cast:
    """Fjordby: Birkeskolen in the northern area, Havneskolen in the southern.

    `pupils` are the five of Birkeskolen's 7.B by given name, each with one guardian who can be reached; `others` are two
    of Havneskolen's 7.B. Grants last the whole school year 2025/26.
    """

    municipality: Municipality
    north: Area
    south: Area
    school: School
    other_school: School
    year: SchoolYear
    class_7b: SchoolClass
    class_2a: SchoolClass
    other_class: SchoolClass
    pupils: list[Pupil]
    others: list[Pupil]
    # Teaches Birkeskolen's 7.B, and no other class.
    mette: User
    leader: User
    secretary: User
    # Has Birkeskolen.
    social_worker: User
    # Has the northern area.
    area_manager: User
    # Leads Havneskolen: the same rights, but nothing to do with Birkeskolen.
    stranger: User


def assemble() -> Cast:
    """Make the municipality and its people in an empty database."""
    year = factories.school_year()
    municipality = factories.municipality()
    north = factories.area("Nord", of=municipality, code="nord")
    south = factories.area("Syd", of=municipality, code="syd")
    school = factories.school("Birkeskolen", of=north, institution_number="X10001")
    other_school = factories.school("Havneskolen", of=south, institution_number="X10002")
    class_7b = factories.school_class("7.B", at=school, year=year)
    class_2a = factories.school_class("2.A", at=school, year=year)
    other_class = factories.school_class("7.B", at=other_school, year=year)
    pupils = factories.pupils(
        ["Aksel Bro", "Freja Holm", "Noah Lund", "Zoë Dam", "Ørn Aagaard"], in_class=class_7b
    )
    for pupil in pupils:
        factories.guardian(pupil, name=f"Kim {pupil.family_name}")
    others = factories.pupils(["Alma Kruse", "Villads Vig"], in_class=other_class)

    def member(name: str, role: Role, over: SchoolClass | School | Area) -> User:
        user = factories.user(name, email=f"{name.split()[0].lower()}@fjordby.invalid")
        factories.grant(user, role, over)
        return user

    return Cast(
        municipality=municipality,
        north=north,
        south=south,
        school=school,
        other_school=other_school,
        year=year,
        class_7b=class_7b,
        class_2a=class_2a,
        other_class=other_class,
        pupils=pupils,
        others=others,
        mette=member("Mette Kjær", Role.TEACHER, class_7b),
        leader=member("Lars Toft", Role.LEADER, school),
        secretary=member("Sanne Friis", Role.SECRETARY, school),
        social_worker=member("Sofie Winther", Role.SOCIAL_WORKER, school),
        area_manager=member("Anders Bjerre", Role.AREA_MANAGER, north),
        stranger=member("Frida Krogh", Role.LEADER, other_school),
    )


def assembled() -> Cast:
    """The same in an empty database, quickly: what was made once is written again as it was, down to the keys."""
    if _made is None:
        # Numbers written with another key would not open later.
        return _remember(assemble) if secrets.head(secrets.NUMBER) == _KEY else assemble()
    factories.next_serial(_made.next_serial)
    with transaction.atomic(), connection.cursor() as cursor:
        for place, rows in _made.rows.items():
            cursor.copy_expert(f"COPY {place} FROM STDIN", StringIO(rows))
    return _made.cast()


@dataclass(frozen=True, slots=True)
class _Made:
    # What COPY wrote, by table and columns.
    rows: Mapping[str, str]
    pickled: bytes
    next_serial: int

    def cast(self) -> Cast:
        """People and places of the caller's own, whatever she does to them."""
        cast: Cast = pickle.loads(self.pickled)
        return cast


_made: _Made | None = None
_KEY = secrets.head(secrets.NUMBER)
# A trigger writes it whenever one of the others is written.
_WRITTEN_BY_TRIGGER = "schools_rosterchange"


def _remember(assembling: Callable[[], Cast]) -> Cast:
    global _made
    before = emptying.filled()
    cast = assembling()
    if any(table.startswith(("schools_", "accounts_")) for table in before):
        # Somebody was there already, who does not belong to the cast.
        return cast
    rows = {}
    with connection.cursor() as cursor:
        for table in emptying.filled():
            if table not in (*before, _WRITTEN_BY_TRIGGER):
                place = f"{table} ({', '.join(_columns(table))})"
                written = StringIO()
                cursor.copy_expert(f"COPY {place} TO STDOUT", written)
                rows[place] = written.getvalue()
    _made = _Made(rows, pickle.dumps(cast), factories.next_serial())
    return cast


def _columns(table: str) -> list[str]:
    """All but those that Postgres computes itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 "
            "AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
            [table],
        )
        return [column for (column,) in cursor.fetchall()]


def signed_in(user: User) -> Client:
    """A browser in which the user has signed in already: her session is written as signing in leaves it."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "fravaer.accounts.passwords.Passwords"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[freshness.CONFIRMED] = time.time()
    session[levels.KEY] = levels.Level.SUBSTANTIAL.value
    session.save()
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
    return client


def without_tokens(page: bytes) -> str:
    """The page without its own address and the forms' secrets, which differ from answer to answer."""
    return re.sub(r'[0-9A-Za-z]{64}|(?<=value=")/[^"]*', "", page.decode())


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements sent to the database inside the block, those of the trail's own connection last.

    Beginnings and ends of transactions do not count, nor does letting Postgres count a table it does not know.
    """
    sent: list[str] = []
    with CaptureQueriesContext(connection) as captured, CaptureQueriesContext(connections["trail"]) as noted:
        yield sent
    sent += [
        query["sql"]
        for query in [*captured.captured_queries, *noted.captured_queries]
        if not query["sql"].startswith(("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "ANALYZE"))
    ]
