"""What is put by for the archive before it goes, where does it lie, and is it whole?

Public records are destroyed only as the national archivist's rules allow (arkivbekendtgørelsen, BEK 591 of 26 June 2003, § 5;
BEK 183 of 26 January 2018 on what municipalities make digitally), and what is to be preserved may be kept for an archive (data
protection act § 14). So the rows that go, the files that go with them and the names they point to are written into one sealed
package in the folder the municipality sets, in the transaction that removes them: whatever stops it after the package was
written removes nothing, and the next run takes the package for done when it holds exactly the same. A package is material for
an archive's own format, not that format.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import ForeignKey, Model, QuerySet

from fravaer.core import secrets, vault
from fravaer.core.disposal import leaving

PURPOSE = "files.package"
SUFFIX = ".fravaer"
LIST, NAMES = "list.json", "names.json"
# Whose names are written beside the rows that point to them.
NAMED = ("schools.Pupil", "schools.Guardian", "schools.School", "schools.SchoolClass", "accounts.User")
# What there was before 1980 cannot be told by a zip; the same rows are to give the same package.
WHEN = (1980, 1, 1, 0, 0, 0)
BATCH = 2_000

# The file a row stands for, with its name; None where there is none. Raises OSError and Unreadable.
FileOf = Callable[[Model, Path], tuple[str, bytes] | None]


class NotWritten(Exception):
    """The package could not be written: nothing goes."""


class Broken(Exception):
    """The package is not what its list says, or not what was proved."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package as it lies: its name in the folder, and the sha256 of the sealed file, which anybody can take without a key."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Places:
    """The folder packages are put in, if the municipality has set one, and that of the files of cases."""

    archive: Path | None
    documents: Path


NOWHERE = Places(None, Path())


@dataclass(slots=True)
class _Written:
    package: Package | None = None


@contextmanager
def writing(
    folder: Path, documents: Path, batch: UUID, kind: str, before: date, file_of: FileOf
) -> Iterator[_Written]:
    """Put by every row that is deleted inside the block. What is yielded names the package once the block is over.

    Raises NotWritten.
    """
    whole = folder / f"{batch}{SUFFIX}"
    half = whole.with_suffix(".part")
    done = _Written()
    try:
        with vault.writing(half, PURPOSE, batch) as target:
            package = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED)
            try:
                made = _Making(package, documents, file_of)
                with leaving(made.take):
                    yield done
                made.finish({"batch": str(batch), "kind": kind, "before": before.isoformat()})
            finally:
                with suppress(OSError):
                    package.close()
        if _holds(whole, batch, target.sha256):
            # Written by a run that was stopped before anything went.
            half.unlink()
        else:
            half.replace(whole)
            _durable(folder)
    except (OSError, secrets.Unreadable, secrets.NoKeys) as error:
        half.unlink(missing_ok=True)
        raise NotWritten(type(error).__name__) from error
    except BaseException:
        half.unlink(missing_ok=True)
        raise
    done.package = Package(whole.name, _sha256(whole))


def drop(folder: Path, batch: UUID) -> None:
    """Take away the package of a batch that does not go after all."""
    (folder / f"{batch}{SUFFIX}").unlink(missing_ok=True)


def opened(folder: Path, batch: UUID, out: Path) -> dict[str, Any]:
    """Write the package's content, a zip, to `out`, readable for its owner alone; its list. Raises Broken, OSError."""
    handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            for piece in vault.reading(folder / f"{batch}{SUFFIX}", PURPOSE, batch):
                stream.write(piece)
        with zipfile.ZipFile(out) as package:
            listed: dict[str, Any] = json.loads(package.read(LIST))
            for name, told in listed["contents"].items():
                if hashlib.sha256(package.read(name)).hexdigest() != told:
                    raise Broken(f"{name} is not what the list says")
    except BaseException as error:
        out.unlink(missing_ok=True)
        if isinstance(error, secrets.Unreadable | zipfile.BadZipFile | KeyError):
            raise Broken(str(error)) from error
        raise
    return listed


def is_whole(folder: Path, package: Package) -> bool:
    """Whether the package lies where it was put, unchanged."""
    try:
        return _sha256(folder / package.name) == package.sha256
    except OSError:
        return False


def keys_needed(folder: Path) -> dict[str, int]:
    """How many packages lie under each key, by its name."""
    found: dict[str, int] = defaultdict(int)
    for path in folder.glob(f"*{SUFFIX}"):
        found[vault.key_of(path).hex()] += 1
    return dict(found)


class _Making:
    """One package being written: rows by table, the files with them, and last the names and the list of all of it."""

    def __init__(self, package: zipfile.ZipFile, documents: Path, file_of: FileOf) -> None:
        self.package, self.documents, self.file_of = package, documents, file_of
        self.contents: dict[str, str] = {}
        self.rows: dict[str, int] = defaultdict(int)
        self.files: dict[str, str] = {}
        self.named: dict[str, dict[str, str]] = defaultdict(dict)
        self.parts = 0

    def take(self, rows: QuerySet[Any]) -> None:
        """Write these rows, which are about to be deleted."""
        label = rows.model._meta.label
        for some in _parts(rows.order_by("pk")):
            self.parts += 1
            self._put(
                f"rows/{label}/{self.parts:06}.json",
                json.dumps([_told(row) for row in some], ensure_ascii=False),
            )
            self.rows[label] += len(some)
            self._name(some)
            for row in some:
                if file := self.file_of(row, self.documents):
                    called = f"files/{label}/{row.pk}"
                    self.files[called] = file[0]
                    self._put(called, file[1])

    def finish(self, head: dict[str, Any]) -> None:
        """Write the names, and last the list of all of it."""
        self._put(
            NAMES, json.dumps({label: self.named[label] for label in sorted(self.named)}, ensure_ascii=False)
        )
        listed = {
            **head,
            "rows": dict(sorted(self.rows.items())),
            "files": self.files,
            "contents": self.contents,
        }
        self.package.writestr(zipfile.ZipInfo(LIST, WHEN), json.dumps(listed, ensure_ascii=False, indent=1))

    def _put(self, name: str, content: str | bytes) -> None:
        raw = content.encode() if isinstance(content, str) else content
        info = zipfile.ZipInfo(name, WHEN)
        info.compress_type = zipfile.ZIP_DEFLATED
        self.package.writestr(info, raw)
        self.contents[name] = hashlib.sha256(raw).hexdigest()

    def _name(self, rows: list[Any]) -> None:
        model = type(rows[0])
        for field in model._meta.concrete_fields:
            if isinstance(field, ForeignKey) and (label := field.related_model._meta.label) in NAMED:
                known = self.named[label]
                wanted = {getattr(row, field.attname) for row in rows} - {None, *map(int, known)}
                for one in field.related_model._base_manager.filter(pk__in=wanted).order_by("pk"):
                    known[str(one.pk)] = str(one)


def _parts(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    some: list[Any] = []
    for row in rows.iterator(chunk_size=BATCH):
        some.append(row)
        if len(some) == BATCH:
            yield some
            some = []
    if some:
        yield some


def _told(row: Model) -> dict[str, Any]:
    return {field.attname: _plain(getattr(row, field.attname)) for field in row._meta.concrete_fields}


def _plain(value: Any) -> Any:
    match value:
        case datetime() | date() | time():
            return value.isoformat()
        case UUID():
            return str(value)
        case bytes() | memoryview():
            return bytes(value).hex()
        case list() | tuple():
            return [_plain(one) for one in value]
        case _:
            return value


def _holds(path: Path, batch: UUID, told: str) -> bool:
    """Whether a package of exactly this content lies there already. The same rows give the same bytes."""
    found = hashlib.sha256()
    try:
        for piece in vault.reading(path, PURPOSE, batch):
            found.update(piece)
    except (OSError, secrets.Unreadable):
        return False
    return found.hexdigest() == told


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _durable(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
