"""What is sealed is opened in its place, with its key, or not at all."""

from __future__ import annotations

import pickle
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from fravaer.core import secrets
from fravaer.core.secrets import NoKeys, Sealed, Unreadable

CPR = "170512-1234"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Keys of this test's own."""
    keys = tmp_path / "keys"
    secrets.make(keys)
    secrets.use(keys)
    yield keys
    secrets.use(Path(settings.FIELD_KEYS))


def test_78_what_is_not_in_its_place_whole_and_with_its_key_is_refused_and_never_shown(
    folder: Path, tmp_path: Path
) -> None:
    value = secrets.seal(CPR, "cpr.pupil", 7)
    assert secrets.open_(value, "cpr.pupil", 7) == CPR
    assert value != secrets.seal(CPR, "cpr.pupil", 7), "the same text twice looks like two"
    unknown = secrets.V1 + b"\0\0\0\0" + value[secrets.HEAD_BYTES :]
    changed = value[:-1] + bytes([value[-1] ^ 1])
    attempts = {
        "another row": (value, "cpr.pupil", 8),
        "another field": (value, "cpr.guardian", 7),
        "another domain": (value, "social.pupil", 7),
        "truncated": (value[:-1], "cpr.pupil", 7),
        "cut short": (value[:9], "cpr.pupil", 7),
        "changed": (changed, "cpr.pupil", 7),
        "unknown key": (unknown, "cpr.pupil", 7),
        "another version": (b"\x02" + value[1:], "cpr.pupil", 7),
        "never sealed": (CPR.encode() * 4, "cpr.pupil", 7),
        "empty": (b"", "cpr.pupil", 7),
    }
    for what, (raw, purpose, row) in attempts.items():
        with pytest.raises(Unreadable) as refused:
            secrets.open_(raw, purpose, row)
        assert CPR not in repr(refused.value), what
        assert refused.value.__cause__ is None, what
    secrets.make(tmp_path / "others")
    secrets.use(tmp_path / "others")
    with pytest.raises(Unreadable):
        secrets.open_(value, "cpr.pupil", 7)


def test_what_is_found_again_is_found_by_a_hash_that_needs_its_own_key(folder: Path, tmp_path: Path) -> None:
    found = secrets.index(CPR, "cpr.pupil")
    assert len(found) == 32
    assert found == secrets.index(CPR, "cpr.pupil") != secrets.index(CPR, "cpr.guardian")
    secrets.make(folder, ["cpr.index"], rotate=True)
    secrets.use(folder)
    newest, before = secrets.indexes(CPR, "cpr.pupil")
    assert (newest, before) == (secrets.index(CPR, "cpr.pupil"), found)


def test_a_newer_key_is_written_with_and_the_older_still_opens(folder: Path) -> None:
    old = secrets.seal("første", "social.note", "a")
    assert secrets.make(folder, ["social.keys"], rotate=True) == ["social.keys"]
    secrets.use(folder)
    new = secrets.seal("anden", "social.note", "b")
    assert secrets.open_(old, "social.note", "a") == "første"
    assert secrets.open_(new, "social.note", "b") == "anden"
    assert new.startswith(secrets.head("social.note"))
    assert not old.startswith(secrets.head("social.note"))
    # The older key is gone: what it sealed raises and nothing else happens to the new.
    keys = folder / "social.keys"
    keys.write_text(keys.read_text().splitlines()[1])
    secrets.use(folder)
    with pytest.raises(Unreadable):
        secrets.open_(old, "social.note", "a")
    assert secrets.open_(new, "social.note", "b") == "anden"


def test_keys_are_made_once_for_their_owner_alone_and_a_process_needs_those_it_uses(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(before) == set(secrets.files())
    assert secrets.make(folder) == []
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    (folder / "ppr.keys").unlink()
    secrets.use(folder)
    assert secrets.seal("x", "social.note", 1)
    with pytest.raises(NoKeys, match=r"ppr\.keys"):
        secrets.seal("x", "ppr.note", 1)


def test_an_installation_without_its_keys_does_not_start_and_says_the_settings_name(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not [found for found in run_checks() if found.id == "fravaer.E005"]
    line = (folder / "files.keys").read_text().strip()
    for spoil in (line[:-8], "ikke en nøgle", ""):
        (folder / "files.keys").write_text(spoil)
        secrets.use(folder)
        [found] = [found for found in run_checks() if found.id == "fravaer.E005"]
        assert "FIELD_KEYS" in found.msg
        assert line[:20] not in found.msg
    secrets.use(None)
    with pytest.raises(NoKeys, match="FIELD_KEYS"):
        secrets.require()
    monkeypatch.setattr(settings, "FIELD_KEYS", "")
    with pytest.raises(CommandError, match="FIELD_KEYS"):
        call_command("make_keys")
    call_command("make_keys", folder=str(tmp_path / "new"))
    secrets.use(tmp_path / "new")
    secrets.require()


def test_80_nothing_that_prints_or_stores_an_object_shows_a_value_or_a_key(folder: Path) -> None:
    sealed = Sealed(secrets.seal(CPR, "cpr.pupil", 7))
    assert f"{sealed!r} {sealed}" == "[sealed] [sealed]"
    stored = pickle.dumps(sealed)
    assert CPR.encode() not in stored
    assert secrets.open_(pickle.loads(stored), "cpr.pupil", 7) == CPR
    [key] = secrets._ring.keys("cpr.keys")
    assert repr(key) == f"Key({key.id.hex()})"
    assert key.material.hex() not in f"{key!r} {secrets._ring!r} {vars(secrets)!r}"
