"""Does a file that takes a while reach the one who asked, and nobody else, whatever happens to its maker?"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from django.http import Http404
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from fravaer.accounts.models import Grant
from fravaer.accounts.roles import Action, Role
from fravaer.audit.models import Event
from fravaer.core import vault
from fravaer.core.scope import Scope
from fravaer.core.secrets import Unreadable
from fravaer.core.vault import PIECE, Writer
from fravaer.reports import exporting, making, tasks
from fravaer.reports.exporting import Job, Limits
from fravaer.reports.making import Kind
from fravaer.reports.models import Export, ExportState
from tests import factories
from tests.cast import DAY, MORNING, Cast, signed_in

MINE = reverse("reports:exports")
ASK = reverse("reports:export-ask")
LIMITS = Limits(part=5, group=10)


class Killed(BaseException):
    """What a worker is told that has no time to say anything."""


@pytest.fixture
def kept(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of files, and a kind of file whose making a test decides."""
    folder = tmp_path / "exports"
    settings.FRAVAER_EXPORTS = str(folder)
    monkeypatch.setitem(making.KINDS, "numbers", Kind(Action.QUARTER_READ, _title, _read, _make))
    return folder


def _title(asked: Mapping[str, str]) -> str:
    return f"Tallene til {asked['upto']}"


def _read(fields: Mapping[str, str], scope: Scope, day: date) -> dict[str, str]:
    if fields["upto"] == "foreign":
        raise Http404
    return {"upto": fields["upto"]}


def _make(job: Job, target: Writer) -> str:
    upto = int(job.asked["upto"])
    for number in range(upto):
        target.write(f"{number}\n".encode())
        job.progress(number + 1, upto)
        BETWEEN(number)
    return "fravaer_tal.csv"


def BETWEEN(number: int) -> None:
    """What happens while the file is being made."""


def meanwhile(monkeypatch: pytest.MonkeyPatch, happens: Callable[[int], None]) -> None:
    monkeypatch.setitem(globals(), "BETWEEN", happens)


def ask(client: Client, upto: str = "4", **more: str) -> Export:
    answer = client.post(ASK, {"key": str(uuid4()), "kind": "numbers", "upto": upto, **more})
    assert answer.status_code == 303
    return Export.objects.get(uuid=answer["Location"].rstrip("/").rpartition("/")[2])


def page(client: Client, export: Export) -> str:
    return client.get(reverse("reports:export", args=[export.uuid])).content.decode()


def test_who_asks_sees_it_being_made_and_fetches_it(
    cast: Cast, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(cast.area_manager)
    export = ask(client)
    address = reverse("reports:export-fetch", args=[export.uuid])
    assert "Se, om den er klar" in page(client, export)
    assert client.get(address).status_code == 410
    seen: list[str] = []
    meanwhile(monkeypatch, lambda number: seen.append(page(client, export)) if number == 1 else None)
    tasks.export(export.pk)
    assert 'value="49"' in seen[0]
    assert 'hx-trigger="every 2s"' in seen[0]
    ready = page(client, export)
    assert "Filen er klar" in ready
    assert "hx-trigger" not in ready
    answer = client.get(address)
    content = b"".join(answer)
    assert content == b"0\n1\n2\n3\n"
    assert answer["Content-Disposition"] == 'attachment; filename="fravaer_tal.csv"'
    assert answer["Cache-Control"] == "no-store, private"
    export.refresh_from_db()
    assert export.sha256 == hashlib.sha256(content).hexdigest()
    assert export.sha256 in ready
    assert export.fetched_at is not None
    assert list(Event.objects.filter(subject_id=str(export.uuid)).values_list("action", flat=True)) == [
        "export.ask",
        "export.fetch",
    ]
    assert "Tallene til 4" in client.get(MINE).content.decode()
    [path] = kept.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600


CANARY = "Kanariefuglen Aksel"


def test_65_nothing_of_a_file_lies_open_while_it_is_made_or_waits_and_one_that_was_touched_is_cut_off(
    cast: Cast, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def long(job: Job, target: Writer) -> str:
        for _number in range(2 * PIECE // len(CANARY)):
            target.write(CANARY.encode())
            BETWEEN(0)
        return "æ.csv"

    def scan(number: int = 0) -> list[bytes]:
        found = [path.read_bytes() for path in kept.rglob("*") if path.is_file()]
        assert not any(CANARY.encode() in content for content in found)
        return found

    monkeypatch.setitem(making.KINDS, "numbers", Kind(Action.QUARTER_READ, _title, _read, long))
    client = signed_in(cast.area_manager)
    export = ask(client)
    sizes: set[int] = set()
    meanwhile(monkeypatch, lambda number: sizes.add(len(scan()[0])) if len(sizes) < 2 else None)
    tasks.export(export.pk)
    [lies] = scan()
    address = reverse("reports:export-fetch", args=[export.uuid])
    answer = client.get(address)
    content = b"".join(answer)
    assert content == CANARY.encode() * (2 * PIECE // len(CANARY))
    assert int(answer["Content-Length"]) == len(content)
    [path] = kept.iterdir()
    # Another's file in its place is not there; one that lacks its end is cut off before anybody takes it for whole.
    path.write_bytes(lies[:-40])
    with pytest.raises(Unreadable):
        b"".join(client.get(address))
    path.write_bytes(b"".join([lies[:40], b"x", lies[41:]]))
    assert client.get(address).status_code == 410


def test_a_file_is_for_the_one_who_asked_in_the_role_she_asked_in(cast: Cast, kept: Path) -> None:
    client = signed_in(cast.area_manager)
    export = ask(client)
    tasks.export(export.pk)
    addresses = [reverse(f"reports:export{what}", args=[export.uuid]) for what in ("", "-fetch")]
    factories.grant(cast.area_manager, Role.CHIEF, None)
    other_hat = signed_in(cast.area_manager)
    session = other_hat.session
    session["role"] = Role.CHIEF.value
    session.save()
    for stranger in (signed_in(cast.leader), other_hat):
        assert [stranger.get(address).status_code for address in addresses] == [404, 404]
        assert "Tallene til" not in stranger.get(MINE).content.decode()
    assert client.post(ASK, {"key": str(uuid4()), "kind": "numbers", "upto": "foreign"}).status_code == 404
    assert client.post(ASK, {"key": str(uuid4()), "kind": "nothing"}).status_code == 404
    assert client.post(ASK, {"key": "1", "kind": "numbers", "upto": "4"}).status_code == 400
    used = {"key": str(export.key), "kind": "numbers", "upto": "5"}
    assert client.post(ASK, used).status_code == 400
    # The same form sent twice.
    again = client.post(ASK, used | {"upto": "4"})
    assert again["Location"] == addresses[0]


def test_a_killed_maker_is_replaced_and_a_slow_one_gives_way(
    cast: Cast, kept: Path, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = ask(signed_in(cast.area_manager))

    def killed(number: int) -> None:
        raise Killed

    meanwhile(monkeypatch, killed)
    with pytest.raises(Killed):
        tasks.export(export.pk)
    # What a kill leaves: a claim that nobody renews, and half a file.
    assert Export.objects.get().state == ExportState.RUNNING
    assert exporting.waiting(timezone.now()) == []
    tasks.export(export.pk)
    assert Export.objects.get().attempts == 1
    clock.shift(exporting.LOST + timedelta(seconds=1))
    assert exporting.waiting(timezone.now()) == [export.pk]

    # The next is slow, writing only once in a while: its claim holds as long as it writes.
    def slow(number: int) -> None:
        clock.shift(exporting.LOST - timedelta(seconds=10))
        assert exporting.waiting(timezone.now()) == []

    meanwhile(monkeypatch, slow)
    assert exporting.carry_out(export.pk, kept, making.makers(), LIMITS, timezone.now)
    assert Export.objects.get().attempts == 2
    [made] = [path for path in kept.iterdir() if path.suffix != ".part"]
    whole = "0\n1\n2\n3\n"
    # It lies sealed, and is whole.
    assert whole.encode() not in made.read_bytes()
    assert b"".join(vault.reading(made, exporting.PURPOSE, export.uuid)) == whole.encode()


def test_one_that_was_taken_for_dead_leaves_nothing_of_its_own(
    cast: Cast, kept: Path, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = ask(signed_in(cast.area_manager))

    def asleep(number: int) -> None:
        if number == 1:
            meanwhile(monkeypatch, lambda number: None)
            clock.shift(exporting.LOST + timedelta(seconds=1))
            tasks.export(export.pk)

    meanwhile(monkeypatch, asleep)
    assert not exporting.carry_out(export.pk, kept, making.makers(), LIMITS, timezone.now)
    found = Export.objects.get()
    assert (found.state, found.attempts) == (ExportState.READY, 2)
    assert [path.name for path in kept.iterdir()] == [found.path]


def test_one_that_kills_its_maker_every_time_is_given_up(
    cast: Cast, kept: Path, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(cast.area_manager)
    export = ask(client)

    def killed(number: int) -> None:
        raise Killed

    meanwhile(monkeypatch, killed)
    for _attempt in range(exporting.ATTEMPTS):
        with pytest.raises(Killed):
            tasks.export(export.pk)
        clock.shift(exporting.LOST + timedelta(seconds=1))
    tasks.make_exports()
    assert "selvom det blev forsøgt flere gange" in page(client, export)
    meanwhile(monkeypatch, lambda number: None)
    again = ask(client, "4")
    tasks.export(again.pk)
    assert "Filen er klar" in page(client, again)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, "full"), "Der er ikke plads"),
        (exporting.NotMade(exporting.Why.NOTHING), "Der er ingen tal"),
        (ZeroDivisionError(), "Noget gik galt"),
    ],
)
def test_a_file_that_cannot_be_made_says_why(
    error: Exception, sentence: str, cast: Cast, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(cast.area_manager)
    export = ask(client)

    def fails(number: int) -> None:
        raise error

    meanwhile(monkeypatch, fails)
    tasks.export(export.pk)
    shown = page(client, export)
    assert sentence in shown
    assert "Bestil den igen" in shown
    assert list(kept.iterdir()) == []
    assert client.get(reverse("reports:export-fetch", args=[export.uuid])).status_code == 410


def test_who_has_lost_her_grant_gets_no_file(cast: Cast, kept: Path) -> None:
    client = signed_in(cast.area_manager)
    export = ask(client)
    Grant.objects.filter(user=cast.area_manager).update(valid_until=timezone.now())
    factories.grant(cast.area_manager, Role.LEADER, cast.school)
    tasks.export(export.pk)
    export.refresh_from_db()
    assert (export.state, export.failure) == (ExportState.FAILED, exporting.Why.NO_ACCESS)


def test_a_file_is_gone_when_its_time_is_up(cast: Cast, kept: Path, clock: time_machine.Traveller) -> None:
    client = signed_in(cast.area_manager)
    export = ask(client)
    tasks.export(export.pk)
    # Left behind by a worker that was killed, as is the folder a workbook was being written in.
    (kept / "left.part").write_text("half")
    (kept / "tmp1").mkdir()
    clock.shift(exporting.KEPT)
    client = signed_in(cast.area_manager)
    answer = client.get(reverse("reports:export-fetch", args=[export.uuid]))
    assert answer.status_code == 410
    assert "Filen er slettet" in answer.content.decode()
    # Files are as old as the machine says, whose time stands still for nobody.
    for path in kept.iterdir():
        os.utime(path, (MORNING.timestamp(), MORNING.timestamp()))
    tasks.forget_exports()
    assert list(kept.iterdir()) == []
    assert Export.objects.get().state == ExportState.GONE
    clock.shift(exporting.REMEMBERED)
    tasks.forget_exports()
    assert not Export.objects.exists()


def test_files_wait_for_one_another_and_nobody_asks_for_too_many(
    cast: Cast, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(cast.area_manager)
    exports = [ask(client) for _number in range(exporting.MOST_WAITING)]
    answer = client.post(ASK, {"key": str(uuid4()), "kind": "numbers", "upto": "4"})
    assert answer.status_code == 409
    assert "Du venter allerede på 5 filer" in answer.content.decode()
    busy = exports[: exporting.AT_ONCE]
    Export.objects.filter(pk__in=[export.pk for export in busy]).update(
        state=ExportState.RUNNING, claimed_at=timezone.now()
    )
    assert not exporting.carry_out(exports[-1].pk, kept, making.makers(), LIMITS, timezone.now)
    Export.objects.filter(pk=busy[0].pk).update(state=ExportState.READY)
    assert exporting.carry_out(exports[-1].pk, kept, making.makers(), LIMITS, timezone.now)


def test_63_whoever_asks_for_file_after_file_waits_and_it_is_noted(
    cast: Cast, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_AN_HOUR", 1)
    client = signed_in(cast.area_manager)
    ask(client)
    answer = client.post(ASK, {"key": str(uuid4()), "kind": "numbers", "upto": "4"})
    assert answer.status_code == 409
    assert "Du har bedt om 1 filer inden for en time" in answer.content.decode()
    noted = Event.objects.get(action="control.many_exports")
    assert (noted.actor_id, noted.pupil_ids) == (cast.area_manager.pk, [])


def test_what_was_asked_names_a_day_and_no_person(cast: Cast, kept: Path) -> None:
    export = ask(signed_in(cast.area_manager), csrfmiddlewaretoken="x")
    assert export.asked == {"upto": "4", "day": DAY.isoformat(), "language": "da"}
