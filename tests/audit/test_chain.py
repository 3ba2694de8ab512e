"""Does it show when somebody who rules the database has changed the trail?"""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from pytest_django import Settings

from fravaer.audit import chain, tasks, trail
from fravaer.audit.models import Event, Seal
from fravaer.core.scope import Scope

MINE = Scope(actor_id=7, role="teacher")


@pytest.fixture
def anchors(tmp_path: Path, settings: Settings) -> Path:
    """A file outside the database, and a key it never sees."""
    key = tmp_path / "key"
    key.write_bytes(b"k" * 40)
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "kept" / "heads")
    settings.AUDIT_ANCHOR_KEY_FILE = str(key)
    return tmp_path / "kept" / "heads"


@pytest.fixture
def sealed(db: None, clock: time_machine.Traveller, anchors: Path) -> list[Event]:
    """Six entries, sealed and anchored after three and after five; the last is sealed yet."""
    for count in (3, 2, 1):
        for pupil in range(count):
            trail.saw(MINE, "register", [pupil + 1], subject_id=count)
        call_command("seal_trail", stdout=StringIO())
        clock.shift(timedelta(minutes=5))
    # The last head lies in the database alone.
    lines = anchors.read_text().splitlines()
    anchors.write_text("".join(f"{line}\n" for line in lines[:2]))
    return list(Event.objects.order_by("pk"))


def as_owner(*statements: str) -> None:
    """What somebody does who owns the tables: the guards are taken off first, and put on again."""
    with connection.cursor() as cursor:
        for table in ("audit_event", "audit_seal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement)
        for table in ("audit_event", "audit_seal"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def verified() -> str:
    out = StringIO()
    try:
        call_command("verify_trail", stdout=out)
    except CommandError as error:
        return f"{error}\nand exits with {error.returncode}"
    return out.getvalue()


def test_what_was_noted_is_sealed_once_and_found_whole(sealed: list[Event]) -> None:
    assert [seal.event_id for seal in Seal.objects.order_by("n")] == [event.pk for event in sealed]
    assert tasks.seal() == 0
    assert verified() == "The trail is whole: 6 links\n"


def test_nobody_changes_a_seal(sealed: list[Event]) -> None:
    for change in ("UPDATE audit_seal SET n = n + 10", "DELETE FROM audit_seal", "TRUNCATE audit_seal"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(change)


def test_an_entry_that_was_changed_is_named(sealed: list[Event]) -> None:
    as_owner(f"UPDATE audit_event SET actor_id = 8 WHERE id = {sealed[1].pk}")
    said = verified()
    assert f"entry {sealed[1].pk}, or its link 2, was changed" in said
    assert said.endswith("exits with 1")


def test_an_entry_that_was_deleted_is_named_with_and_without_its_link(sealed: list[Event]) -> None:
    as_owner(f"DELETE FROM audit_event WHERE id = {sealed[1].pk}")
    assert f"entry {sealed[1].pk}, sealed as link 2, was deleted" in verified()
    as_owner("DELETE FROM audit_seal WHERE n = 2")
    assert "link 2 is missing" in verified()


def test_a_chain_that_was_made_anew_is_told_from_the_one_that_was_anchored(sealed: list[Event]) -> None:
    as_owner(
        f"UPDATE audit_event SET actor_id = 8 WHERE id = {sealed[1].pk}", "DELETE FROM audit_seal WHERE true"
    )
    assert tasks.seal() == 6
    assert list(chain.broken(sealed[-1].at)) == []
    said = verified()
    assert "written anew: link 3" in said
    assert "link 5" in said


def test_an_end_that_was_cut_off_shows_against_the_anchor_alone(sealed: list[Event]) -> None:
    as_owner(
        f"DELETE FROM audit_event WHERE id >= {sealed[3].pk}",
        "DELETE FROM audit_seal WHERE n > 3",
    )
    assert list(chain.broken(sealed[-1].at)) == []
    assert "the end was cut off: link 5" in verified()


def test_an_entry_that_went_past_the_chain_is_named_after_some_minutes(
    sealed: list[Event], clock: time_machine.Traveller
) -> None:
    as_owner(
        "INSERT INTO audit_event (at, role, action, subject, subject_id, pupil_ids, detail, grant_ids, purpose, "
        "reason, transaction) VALUES ('2026-03-10 08:30+01', '', 'read', '', '', '{}', '{}', '{}', '', '', 0)"
    )
    assert "whole" in verified()
    clock.shift(timedelta(hours=1))
    assert tasks.seal() == 0
    assert "was never sealed" in verified()


def test_an_anchor_that_was_changed_or_taken_away_is_named(sealed: list[Event], anchors: Path) -> None:
    first, second = anchors.read_text().splitlines()
    anchors.write_text(second + "\n")
    assert "an anchor is missing before" in verified()
    forged = json.loads(second) | {"n": 4}
    anchors.write_text(f"{first}\n{json.dumps(forged)}\n")
    assert "is not signed by our key" in verified()


def test_the_head_is_sent_where_the_municipality_wants_it_and_once(
    sealed: list[Event], anchors: Path, settings: Settings, tmp_path: Path
) -> None:
    settings.AUDIT_ANCHOR_MAIL = "dpo@fjordby.invalid"
    line = tasks.anchor()
    assert tasks.anchor() == ""
    assert [(one.to, one.body.strip()) for one in mail.outbox] == [(["dpo@fjordby.invalid"], line)]
    sent = tmp_path / "sent"
    sent.write_text(line + "\n")
    settings.AUDIT_ANCHOR_FILE = ""
    as_owner("DELETE FROM audit_seal WHERE n > 3")
    with pytest.raises(CommandError, match="the end was cut off: link 6"):
        call_command("verify_trail", anchors=sent, stdout=StringIO())
