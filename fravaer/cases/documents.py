"""Which files belong to this case, who may read them, and where do they lie?

A file is checked when it comes (`filecheck`) and kept sealed (`core.secrets`) under a random name in a folder of its own,
outside everything the web server serves. It is written to disk before its row is committed, so that no row is ever without
its file; a file without a row, left behind by a crash, is swept. Removing one keeps the row and deletes the file. The only
writer of documents.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.cases import filecheck, lifecycle, sharing
from fravaer.cases.domains import Domain, domains, may
from fravaer.cases.models import Case, Document, Shared
from fravaer.core import secrets
from fravaer.core.scope import Scope

MOST_A_CASE = 200
PURPOSE = "files.document"
# A file younger than this may belong to a row that is not committed yet.
YOUNG = timedelta(hours=24)


class NotKept(Exception):
    """The disk did not take the file; nothing was saved."""


class TooMany(Exception):
    """The case has as many files as a case may have."""


class Lost(Exception):
    """The file is not there any more, or is not what was kept."""


class KeyReused(Exception):
    """The form's key has saved a file elsewhere: the form has been tampered with."""


def readable(case: Case, scope: Scope) -> QuerySet[Document]:
    """The files of a case the actor may read, of her own domains and shared with them; removed ones too, the newest first."""
    rows = Document.objects.filter(case=case).filter(sharing.visible(case, scope, Shared.DOCUMENT))
    return rows.select_related("by", "removed_by").order_by("-at", "-pk")


def may_remove(document: Document, case: Case, scope: Scope) -> bool:
    """Whoever put it there, and the leader what belongs to the school."""
    if document.removed_at or not may(scope, Action.CASE_NOTE, case.pupil_id):
        return False
    own = document.by_id == scope.actor_id and Domain(document.domain) in domains(scope)
    return own or (scope.may(Action.LETTER_SIGN) and document.domain == Domain.SCHOOL)


def add(
    case: Case,
    scope: Scope,
    now: datetime,
    folder: Path,
    *,
    key: UUID,
    name: str,
    content: bytes,
    domain: Domain | None,
) -> Document:
    """Check and keep a file. A retry with the same key keeps none.

    Raises filecheck.Refused, NotKept, TooMany, KeyReused, lifecycle.NotOpen.
    """
    if scope.actor_id is None or not may(scope, Action.CASE_NOTE, case.pupil_id):
        raise PermissionError("the actor puts no files in this case")
    found = filecheck.checked(name, content)
    own = domains(scope)
    document = Document(
        uuid=uuid4(),
        key=key,
        name=found.name,
        kind=found.kind,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        domain=domain if domain in own else own[0],
        by_id=scope.actor_id,
        at=now,
    )
    known = Document.objects.filter(key=key).first()
    if known:
        return _same(known, case, scope, document)
    path = place(folder, document.uuid)
    _kept(path, secrets.seal_bytes(content, PURPOSE, document.uuid))
    try:
        with transaction.atomic():
            document.case = lifecycle.locked(case)
            lifecycle.require_open(document.case)
            if Document.objects.filter(case=case, removed_at=None).count() >= MOST_A_CASE:
                raise TooMany
            document.save(force_insert=True)
            _noted("document.add", document, case, scope)
    except IntegrityError:
        _unlinked(path)
        return _same(Document.objects.get(key=key), case, scope, document)
    except BaseException:
        _unlinked(path)
        raise
    return document


def content_of(document: Document, case: Case, scope: Scope, folder: Path) -> bytes:
    """What was kept, and that it was read is noted. Raises Lost when it is gone or is not what was kept."""
    if document.removed_at:
        raise Lost
    try:
        content = secrets.open_bytes(place(folder, document.uuid).read_bytes(), PURPOSE, document.uuid)
    except (OSError, secrets.Unreadable) as error:
        raise Lost from error
    if hashlib.sha256(content).hexdigest() != document.sha256:
        raise Lost
    trail.saw(scope, "document", [case.pupil_id], subject_id=document.uuid)
    return content


@transaction.atomic
def remove(document: Document, case: Case, scope: Scope, now: datetime, folder: Path) -> None:
    """Delete the file and keep its row: what it was called, who put it there and who removed it. Twice removes once."""
    locked = Document.objects.select_for_update().get(pk=document.pk)
    if locked.removed_at:
        return
    if not may_remove(locked, case, scope):
        raise PermissionError("the actor does not remove this file")
    locked.removed_by_id, locked.removed_at = scope.actor_id, now
    _saved(locked, "removed_by", "removed_at")
    _noted("document.remove", locked, case, scope)
    path = place(folder, locked.uuid)
    transaction.on_commit(lambda: _unlinked(path))


def sweep(folder: Path, now: datetime) -> int:
    """Delete files nobody's row stands for, a day old at least; how many there were."""
    swept = 0
    for path in _files(folder):
        with suppress(OSError):
            if now.timestamp() - path.stat().st_mtime < YOUNG.total_seconds():
                continue
            try:
                known = Document.objects.filter(uuid=UUID(hex=path.name), removed_at=None).exists()
            except ValueError:
                # Half of a file that was never finished.
                known = False
            if not known:
                path.unlink()
                swept += 1
    return swept


def missing(folder: Path) -> int:
    """How many rows have lost their file: after a restore of the database without its folder, all of them."""
    there = {path.name for path in _files(folder)}
    kept = Document.objects.filter(removed_at=None).values_list("uuid", flat=True)
    return sum(one.hex not in there for one in kept.iterator())


def reseal(folder: Path) -> Iterator[UUID]:
    """Bring every file under the newest key, one after the other; those that were not. A file that cannot be opened stays.

    Also files from before they were sealed, if they are what was kept.
    """
    newest = secrets.head(PURPOSE)
    for document in Document.objects.filter(removed_at=None).order_by("pk").iterator(chunk_size=500):
        path = place(folder, document.uuid)
        with suppress(OSError, secrets.Unreadable):
            raw = path.read_bytes()
            if raw.startswith(newest):
                continue
            is_plain = hashlib.sha256(raw).hexdigest() == document.sha256
            content = raw if is_plain else secrets.open_bytes(raw, PURPOSE, document.uuid)
            with transaction.atomic():
                # Somebody may have removed it meanwhile, and it must not come back.
                if Document.objects.select_for_update().filter(pk=document.pk, removed_at=None).exists():
                    _kept(path, secrets.seal_bytes(content, PURPOSE, document.uuid))
                    yield document.uuid


def keys_needed(folder: Path) -> dict[str, int]:
    """How many files lie under each key, by its name; under "" those from before they were sealed."""
    found: Counter[str] = Counter()
    for uuid in Document.objects.filter(removed_at=None).values_list("uuid", flat=True).iterator():
        with suppress(OSError), place(folder, uuid).open("rb") as stream:
            head = stream.read(secrets.HEAD_BYTES)
            found[head[len(secrets.V1) :].hex() if head.startswith(secrets.V1) else ""] += 1
    return dict(found)


def place(folder: Path, document_uuid: UUID) -> Path:
    """Where the file lies: a random name that says nothing, in one of 256 folders."""
    return folder / document_uuid.hex[:2] / document_uuid.hex


def _kept(path: Path, content: bytes) -> None:
    """Write the whole file durably, or nothing."""
    half = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        half.replace(path)
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        _unlinked(half)
        raise NotKept from error


def _unlinked(path: Path) -> None:
    # What cannot be deleted now is swept later.
    with suppress(OSError):
        path.unlink()


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        for shelf in sorted(folder.iterdir()):
            if shelf.is_dir() and not shelf.is_symlink():
                yield from (path for path in sorted(shelf.iterdir()) if path.is_file())


def _same(known: Document, case: Case, scope: Scope, document: Document) -> Document:
    if (known.case_id, known.by_id, known.sha256) != (case.pk, scope.actor_id, document.sha256):
        raise KeyReused
    return known


def _saved(document: Document, *fields: str) -> None:
    document.save(update_fields=fields)


def _noted(action: str, document: Document, case: Case, scope: Scope) -> None:
    trail.changed(
        scope.actor_id,
        action,
        role=scope.role,
        subject="document",
        subject_id=document.uuid,
        pupil_ids=[case.pupil_id],
        detail={"kind": document.kind, "size": document.size, "domain": document.domain},
    )
