"""What is written in a case lies sealed in its tables, and is read as before."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import FieldError
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet
from pytest_django import Settings

from fravaer.accounts.roles import Role
from fravaer.accounts.scoping import scope_of
from fravaer.audit.models import Former
from fravaer.cases import documents, drafts
from fravaer.cases.domains import Domain
from fravaer.cases.models import (
    AgreedAction,
    Case,
    CaseDraft,
    Contact,
    Deed,
    Document,
    Goal,
    Letter,
    LetterKind,
    Meeting,
    Note,
    Share,
    View,
)
from fravaer.core import resealing, secrets
from fravaer.core.sealing import SealedText
from fravaer.core.secrets import Unreadable
from tests.cases import casework, lettering
from tests.cast import DAY, MORNING, Cast

RESEALING = "SET LOCAL fravaer.reseal = 'on'"
SAID = "Mor drikker igen, siger barnet"


@pytest.fixture
def case(cast: Cast) -> Case:
    return casework.case_of(cast.pupils[0], {Role.SOCIAL_WORKER: cast.social_worker})


@pytest.fixture
def keys(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """A copy of the keys, to be changed."""
    folder = Path(shutil.copytree(settings.FIELD_KEYS, tmp_path / "keys"))
    secrets.use(folder)
    yield folder
    secrets.use(Path(settings.FIELD_KEYS))


def note_of(case: Case, text: str = SAID, domain: Domain = Domain.SOCIAL) -> Note:
    return Note.objects.create(
        key=uuid4(), case=case, domain=domain, author=case.responsible, at=MORNING, text=text
    )


def raw(table: str, column: str) -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} ORDER BY id")
        return [bytes(value) for (value,) in cursor.fetchall()]


def test_what_each_domain_writes_is_read_by_its_row_and_by_nothing_else(cast: Cast, case: Case) -> None:
    by = cast.social_worker
    view = View.objects.create(
        key=uuid4(), case=case, voice="child", text=SAID, domain=Domain.PPR, author=by, at=MORNING
    )
    contact = Contact.objects.create(
        key=uuid4(),
        pupil=case.pupil,
        kind="phone",
        held_on=DAY,
        text=SAID,
        domain="social",
        by=by,
        at=MORNING,
    )
    meeting = Meeting.objects.create(
        key=uuid4(), case=case, kind="network", starts_at=MORNING, ends_at=MORNING.replace(hour=23), called_by=by,
        called_at=MORNING, domain=Domain.SOCIAL, agenda=SAID, minutes=SAID,
    )  # fmt: skip
    action = AgreedAction.objects.create(
        key=uuid4(), pupil=case.pupil, deed=Deed.CALL, text=SAID, responsible=by, due_on=DAY, agreed_by=by,
        agreed_at=MORNING,
    )  # fmt: skip
    share = Share.objects.create(
        case=case, kind="note", item_id=1, domain="school", basis="consent", text=SAID, by=by, at=MORNING
    )
    drafts.keep(case, scope_of(by.pk, MORNING), MORNING, "note", {"text": SAID, "domain": "social"})
    note = note_of(case)
    for row, column in [
        *((one, "text") for one in (note, view, contact, action, share)),
        *((meeting, column) for column in ("agenda", "minutes")),
    ]:
        fresh = type(row).objects.get(pk=row.pk)
        assert getattr(fresh, column) == getattr(row, column) == SAID
        [value] = raw(row._meta.db_table, column)
        assert value.startswith(secrets.head(f"{getattr(row, 'domain')}.x"))  # noqa: B009
        assert SAID.encode() not in value
    assert meeting.end_reason == Meeting.objects.get().end_reason == ""
    assert CaseDraft.objects.get().fields == {"text": SAID, "domain": "social"}
    assert b"drikker" not in raw("cases_casedraft", "fields")[0]


def test_78_notes_swapped_between_rows_or_domains_open_nowhere(case: Case) -> None:
    one, other = note_of(case, "den ene"), note_of(case, "den anden")
    with connection.cursor() as cursor:
        cursor.execute(RESEALING)
        cursor.execute(
            "UPDATE cases_note a SET text = b.text FROM cases_note b WHERE a.id <> b.id AND a.id IN (%s, %s)",
            [one.pk, other.pk],
        )
    for pk in (one.pk, other.pk):
        with pytest.raises(Unreadable) as refused:
            _said = Note.objects.get(pk=pk).text
        assert "den" not in str(refused.value).split()
    third = note_of(case, "den tredje")
    held = Note.objects.get(pk=third.pk)
    held.domain = Domain.PPR
    with pytest.raises(Unreadable):
        _said = held.text


def test_80_an_object_that_is_kept_printed_or_dumped_shows_no_text(case: Case) -> None:
    note = note_of(case)
    fresh = Note.objects.get(pk=note.pk)
    assert fresh.text == SAID
    out = StringIO()
    call_command("dumpdata", "cases.note", stdout=out)
    assert json.loads(out.getvalue())[0]["fields"]["text"]
    for shown in (repr(vars(fresh)), out.getvalue(), repr(Note.objects.values_list("text").first())):
        assert "drikker" not in shown
    for kept in (note, fresh):
        stored = pickle.dumps(kept)
        assert b"drikker" not in stored
        assert pickle.loads(stored).text == SAID


def change(rows: QuerySet[Note], first: str, **values: Any) -> None:
    """Change or, without values, delete rows in a transaction that says something first."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(first)
        if values:
            rows.update(**values)
        else:
            rows.delete()


def test_nothing_finds_or_changes_text_past_its_row(case: Case) -> None:
    note = note_of(case)
    row = Note.objects.filter(pk=note.pk)
    for lookup in ("text", "text__icontains", "text__gt"):
        with pytest.raises(FieldError):
            Note.objects.filter(**{lookup: SAID})
    with pytest.raises(TypeError):
        change(row, RESEALING, text="noget andet")
    # Only a change of key touches a row that is only ever added, and nothing of it but the sealed column.
    refused: list[tuple[str, dict[str, Any]]] = [
        ("SELECT 1", {"text": ""}),
        ("SELECT 1", {"restricted": True}),
        (RESEALING, {"restricted": True}),
        (RESEALING, {}),
    ]
    for first, values in refused:
        with pytest.raises(DatabaseError):
            change(row, first, **values)
    assert row.get().text == SAID


def test_what_stood_open_is_sealed_batch_after_batch_and_may_stop_anywhere(cast: Cast, case: Case) -> None:
    said = {
        Goal.objects.create(
            key=uuid4(), case=case, text="x", due_on=DAY, by=cast.leader, at=MORNING
        ).pk: f"mål {number}"
        for number in range(5)
    }
    with connection.cursor() as cursor:
        for pk, text in said.items():
            cursor.execute("UPDATE cases_goal SET text = %s WHERE id = %s", [text.encode(), pk])
    field = Goal._meta.get_field("text")
    assert isinstance(field, SealedText)
    batches = resealing.seal_plain(Goal, field, batch=2)
    assert next(batches) == 2
    del batches
    # As the migration does when it is begun again.
    assert list(resealing.seal_plain(Goal, field, batch=2)) == [2, 1]
    assert {goal.pk: goal.text for goal in Goal.objects.all()} == said
    assert list(resealing.seal_plain(Goal, field)) == []
    assert Goal.objects.filter(text__written=True).count() == 5


def test_79_a_change_of_keys_may_stop_anywhere_and_goes_on(
    cast: Cast, case: Case, keys: Path, tmp_path: Path, settings: Settings
) -> None:
    settings.FRAVAER_DOCUMENTS = str(tmp_path / "kept")
    written = {note_of(case, f"nummer {number}").pk: f"nummer {number}" for number in range(7)}
    kept = documents.add(
        case, scope_of(cast.social_worker.pk, MORNING), MORNING, tmp_path / "kept",
        key=uuid4(), name="notat.txt", content=b"fil", domain=Domain.SOCIAL,
    )  # fmt: skip

    def read() -> dict[int, str]:
        return {note.pk: note.text for note in Note.objects.filter(domain=Domain.SOCIAL)}

    letter = lettering.draft_of(cast.pupils[0], cast.school, LetterKind.SUMMONS)
    body, evidence = letter.body, letter.evidence
    Letter.objects.filter(pk=letter.pk).update(state="signed", signed_at=MORNING, signed_by=cast.leader)
    older = secrets.newest("social.x")[0].hex()
    secrets.make(keys, ["social.keys", "files.keys", "school.keys"], rotate=True)
    secrets.use(keys)
    # Stopped after two batches: half is under the newer key, and everything is read.
    field = Note._meta.get_field("text")
    assert isinstance(field, SealedText)
    batches = resealing.reseal(Note, field, batch=2)
    assert (next(batches), next(batches)) == (2, 2)
    del batches
    assert read() == written
    note_of(case, "skrevet imens")
    assert {left.count for left in resealing.left() if left.model is Note} == {3}
    out = StringIO()
    call_command("reencrypt", left=True, stdout=out)
    assert f"cases.Note.text 3 ({older})" in out.getvalue()
    assert "cases.Letter.evidence 1 (" in out.getvalue()
    assert "files of cases 1 (" in out.getvalue()
    out = StringIO()
    call_command("reencrypt", batch=2, stdout=out)
    assert "cases.Note.text 3" in out.getvalue()
    assert "files 1" in out.getvalue()
    assert not any(left.count for left in resealing.left())
    # That a key was changed is nothing that was done to a row, and leaves nothing of its older sealing behind.
    assert not Former.objects.filter(source="cases_note").exists()
    Former.objects.create(
        at=MORNING, transaction=1, source="cases_note", row_key="1", change="removed", actor="", by_role="",
        before={"text": "\\x01" + older + "00"},
    )  # fmt: skip
    out = StringIO()
    call_command("reencrypt", left=True, stdout=out)
    assert out.getvalue() == f"cases.Note.text in what rows were 1 ({older})\n"
    # The older keys are not needed any more.
    assert Letter.objects.get().body == body
    for name in ("social.keys", "files.keys", "school.keys"):
        (keys / name).write_text((keys / name).read_text().splitlines()[-1])
    secrets.use(keys)
    assert {pk: read()[pk] for pk in written} == written
    scope = scope_of(cast.social_worker.pk, MORNING)
    assert documents.content_of(kept, case, scope, tmp_path / "kept") == b"fil"
    assert Letter.objects.get().evidence == evidence
    assert Document.objects.get().name == "notat.txt"
    out = StringIO()
    call_command("reencrypt", stdout=out)
    assert out.getvalue() == ""
