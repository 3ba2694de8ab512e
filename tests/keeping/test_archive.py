"""What is put by for the archive is written whole before anything goes, and once."""

from __future__ import annotations

import json
import zipfile
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from pytest_django import Settings

from fravaer.accounts.roles import Role
from fravaer.accounts.scoping import scope_of
from fravaer.audit.models import Event
from fravaer.cases import documents
from fravaer.cases.domains import Domain
from fravaer.cases.models import Case, Note
from fravaer.keeping import batches, terms
from fravaer.keeping.models import Batch, BatchState, Disposal, Term
from fravaer.keeping.packages import NotWritten, Places
from tests.cases import casework
from tests.cast import MORNING, signed_in
from tests.keeping.test_disposal import LATER, THEN, House, house

__all__ = ["house"]
SAID = "Ringede hjem, Kanariefuglen"
KIND = "cases.case"


def stopped(batch: Batch, places: Places) -> None:
    """The batch is run, and stops after its package was written and before anything is gone for good."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE keeping_disposal ADD CONSTRAINT stops_here CHECK (false) NOT VALID")
        with pytest.raises(DatabaseError, match="stops_here"), transaction.atomic():
            batches.run(batch.uuid, THEN, places)
        cursor.execute("ALTER TABLE keeping_disposal DROP CONSTRAINT stops_here")


def write(case: Case, text: str) -> None:
    Note.objects.create(
        case=case, key=uuid4(), domain="school", text=text, author=case.responsible, at=MORNING
    )


def agreed(house: House) -> Batch:
    """One proposes what is old enough to go, the other agrees."""
    batch = batches.propose(KIND, house.scope(house.dorte), LATER, THEN)
    batches.decide(batch, agreed=True, scope=house.scope(house.erik), now=THEN)
    return batch


def test_a_package_is_written_before_anything_goes_and_a_run_that_was_stopped_goes_on(
    house: House, tmp_path: Path, settings: Settings
) -> None:
    archive, kept = tmp_path / "archive", tmp_path / "kept"
    settings.FRAVAER_ARCHIVE, settings.FRAVAER_DOCUMENTS = str(archive), str(kept)
    places = Places(archive, kept)
    aksel = house.cast.pupils[0]
    case = casework.case_of(aksel, {Role.SOCIAL_WORKER: house.cast.social_worker})
    write(case, SAID)
    documents.add(
        case, scope_of(house.cast.social_worker.pk, MORNING), MORNING, kept,
        key=uuid4(), name="notat.txt", content=b"fil", domain=Domain.SOCIAL,
    )  # fmt: skip
    casework.closed(case)
    # Two persons decide that it is put by, on the page.
    dorte, erik = signed_in(house.dorte), signed_in(house.erik)
    assert "Læg det til arkivet" in dorte.get(f"/keeping/{KIND}/").content.decode()
    form = {"months": "60", "valid_from": "2026-03-10", "source": "Aftalt med arkivet", "archives": "on"}
    assert dorte.post(f"/keeping/{KIND}/", form).status_code == 303
    assert not terms.archives(KIND, LATER)
    assert "Lægges til arkivet og slettes så" in erik.get("/keeping/").content.decode()
    erik.post(f"/keeping/terms/{Term.objects.get().uuid}/", {"agree": "yes"})
    batch = agreed(house)

    # Nowhere to put it: nothing goes.
    with pytest.raises(NotWritten), transaction.atomic():
        batches.run(batch.uuid, THEN)
    stopped(batch, places)
    assert Case.objects.filter(pk=case.pk).exists()
    [package] = archive.iterdir()
    first = package.read_bytes()
    assert package.stat().st_mode & 0o777 == 0o600
    for word in (SAID.encode(), aksel.family_name.encode(), b"cases.Note"):
        assert word not in first
    # More is written meanwhile: the package that lies there is not what goes, and is made anew.
    write(case, "Skrevet imens")
    stopped(batch, places)
    assert package.read_bytes() != first
    lies = package.stat().st_ino
    proof = batches.run(batch.uuid, THEN, places)
    assert proof is not None
    assert package.stat().st_ino == lies, "the same is not written twice"
    assert [path.name for path in archive.iterdir()] == [proof.package] == [f"{batch.uuid}.fravaer"]
    assert not Case.objects.exists()
    assert batches.run(batch.uuid, THEN, places) is None
    assert Disposal.objects.count() == 1
    page = erik.get(f"/keeping/batches/{batch.uuid}/").content.decode()
    assert proof.package in page
    assert proof.package_sha256 in page

    out, said = tmp_path / "out.zip", StringIO()
    call_command("open_package", str(batch.uuid), str(out), stdout=said)
    assert "2 cases.Note" in said.getvalue()
    with zipfile.ZipFile(out) as opened:
        listed = json.loads(opened.read("list.json"))
        inside = {name: opened.read(name).decode() for name in opened.namelist()}
    assert listed["rows"] == {label: count for label, count in proof.rows.items() if count}
    assert {SAID, "Skrevet imens"} == {
        row["text"] for name, rows in inside.items() if "/cases.Note/" in name for row in json.loads(rows)
    }
    [file] = listed["files"]
    assert (listed["files"][file], inside[file]) == ("notat.txt", "fil")
    assert str(aksel) in inside["names.json"]
    assert Event.objects.filter(action="keeping.package.open", subject_id=str(batch.uuid)).exists()
    package.write_bytes(first)
    with pytest.raises(CommandError, match="is not what was put by"):
        call_command("open_package", str(batch.uuid), str(tmp_path / "other.zip"))


def test_what_is_no_longer_what_was_agreed_leaves_no_package_behind(house: House, tmp_path: Path) -> None:
    places = Places(tmp_path, tmp_path / "kept")
    casework.closed(casework.case_of(house.cast.pupils[0]))
    term = terms.propose(
        KIND, months=60, valid_from=LATER, source="Arkivet", archives=True, scope=house.scope(house.dorte), now=THEN
    )  # fmt: skip
    terms.decide(term, agreed=True, scope=house.scope(house.erik), now=THEN)
    batch = agreed(house)
    stopped(batch, places)
    assert list(tmp_path.iterdir())
    casework.closed(casework.case_of(house.cast.pupils[1]))
    assert batches.run(batch.uuid, THEN, places) is None
    assert Batch.objects.get().state == BatchState.STALE
    assert list(tmp_path.iterdir()) == []
    assert Case.objects.count() == 2
