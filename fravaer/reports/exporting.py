"""Which files has somebody asked for, how far is each, and where does it lie?

A file that takes a while is a row first: who asked, in which role, for what. A worker claims it, writes down again and again
how far it is, and writes the file, sealed as it goes (`core.vault`), in a folder of its own, outside everything the web server
serves.
Whoever was killed stops writing, and is replaced; one that was only slow finds its claim gone, and leaves nothing. The file is
for the one who asked, as long as she still acts in that role, until its time is up. The only writer of exports.
"""

from __future__ import annotations

import errno
import logging
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F, Q
from django.utils import translation

from fravaer.accounts.scoping import scope_of
from fravaer.audit import trail
from fravaer.core import secrets, vault
from fravaer.core.scope import Scope
from fravaer.core.vault import Writer
from fravaer.reports.models import Export, ExportState

log = logging.getLogger(__name__)

# Whoever has written nothing down for so long is taken for dead.
LOST = timedelta(minutes=2)
# A claim is renewed at least this often while there is something to tell.
RENEWED = timedelta(seconds=10)
ATTEMPTS = 3
# The same workers send the morning's messages: files wait for one another.
AT_ONCE = 2
MOST_WAITING = 5
MOST_AN_HOUR = 20
# How long a file may be fetched, and how long it is remembered that there was one.
KEPT = timedelta(hours=24)
PURPOSE = "files.export"
REMEMBERED = timedelta(days=30)

Clock = Callable[[], datetime]
# Told how much is done, and of how much.
Progress = Callable[[int, int], None]
# What is asked, flat, as a form posts it: units and periods, never a name.
Fields = Mapping[str, str]


class Why(StrEnum):
    """Why a file was not made."""

    NO_ACCESS = "no-access"
    NOTHING = "nothing"
    SPACE = "space"
    DIED = "died"
    BROKEN = "broken"


class NotMade(Exception):
    """There is no such file to be made."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


class Superseded(Exception):
    """Somebody else makes the file meanwhile: this one stops."""


class TooMany(Exception):
    """Enough files of hers wait already."""


class TooOften(Exception):
    """She has asked for enough files within the hour; that she asked for more is noted."""


class KeyReused(Exception):
    """The form's key has asked for something else: the form has been tampered with."""


class NotThere(Exception):
    """The file is not made yet, or not there any more."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The fewest pupils the installation tells of within the administration: apart inside a group, and in a group."""

    part: int
    group: int


@dataclass(frozen=True, slots=True)
class Job:
    """What a maker goes by: what was asked for, by whom with the reach she has now, on which day, and as of when."""

    asked: Fields
    scope: Scope
    day: date
    now: datetime
    limits: Limits
    progress: Progress


# Writes the file, one piece after the other, and answers what it is called. Raises NotMade.
Make = Callable[[Job, Writer], str]


def ask(kind: str, asked: Fields, *, key: UUID, scope: Scope, day: date, now: datetime) -> Export:
    """Ask for a file. The same form sent twice asks once.

    Raises TooMany, TooOften, KeyReused.
    """
    if scope.actor_id is None:
        raise PermissionError("nobody asks for a file")
    waiting = Export.objects.filter(
        asked_by_id=scope.actor_id, state__in=[ExportState.WAITING, ExportState.RUNNING]
    )
    lately = Export.objects.filter(asked_by_id=scope.actor_id, asked_at__gt=now - timedelta(hours=1))
    if lately.exclude(key=key).count() >= MOST_AN_HOUR:
        trail.changed(
            scope.actor_id,
            "control.many_exports",
            role=scope.role,
            subject="export",
            detail={"exports": MOST_AN_HOUR, "minutes": 60},
        )
        raise TooOften
    wanted = {**asked, "day": day.isoformat(), "language": translation.get_language() or "da"}
    try:
        with transaction.atomic():
            if waiting.exclude(key=key).count() >= MOST_WAITING:
                raise TooMany
            made = Export.objects.create(
                key=key, kind=kind, asked=wanted, role=scope.role, asked_by_id=scope.actor_id, asked_at=now
            )
            _noted("export.ask", made, scope)
            return made
    except IntegrityError:
        known = Export.objects.filter(key=key, asked_by_id=scope.actor_id, kind=kind).first()
        if known is None or {name: known.asked.get(name) for name in asked} != dict(asked):
            raise KeyReused from None
        return known


def waiting(now: datetime) -> list[int]:
    """Files that nobody makes yet, or whose maker was lost; those lost too often are given up."""
    Export.objects.filter(
        state=ExportState.RUNNING, claimed_at__lt=now - LOST, attempts__gte=ATTEMPTS
    ).update(state=ExportState.FAILED, failure=Why.DIED)
    return list(Export.objects.filter(_free(now)).order_by("asked_at", "pk").values_list("pk", flat=True))


def carry_out(export_id: int, folder: Path, makers: Mapping[str, Make], limits: Limits, clock: Clock) -> bool:
    """Make the file, if it waits, nobody else does, and not too many are being made. Whether it was made here."""
    claim = _claim(export_id, clock)
    if claim is None:
        return False
    export = claim.export
    name = f"{export.uuid.hex}-{export.attempts}"
    half, whole = folder / f"{name}.part", folder / name
    try:
        make = makers.get(export.kind)
        if make is None:
            raise NotMade(Why.BROKEN)
        with (
            vault.writing(half, PURPOSE, export.uuid) as target,
            translation.override(export.asked["language"]),
        ):
            called = make(_job(claim, limits, clock()), target)
        half.replace(whole)
        done = _finish(claim, called, whole, target, clock())
    except Superseded:
        done = False
    except NotMade as refused:
        done = _fail(claim, refused.why)
    except DatabaseError:
        # Whoever comes next tries again.
        _remove(half, whole)
        raise
    except OSError as error:
        log.exception("a file could not be written", extra={"export": str(export.uuid)})
        done = _fail(claim, Why.SPACE if error.errno in (errno.ENOSPC, errno.EDQUOT) else Why.BROKEN)
    except Exception:
        log.exception("a file could not be made", extra={"export": str(export.uuid)})
        done = _fail(claim, Why.BROKEN)
    if not done:
        _remove(whole)
    _remove(half)
    return done


def fetched(export: Export, scope: Scope, folder: Path, now: datetime) -> Iterator[bytes]:
    """The file piece by piece, for the one who asked; that she fetched it is noted. Raises NotThere, and secrets.Unreadable
    on the way where it was changed or cut off."""
    if export.asked_by_id != scope.actor_id or export.role != scope.role:
        raise PermissionError("a file is for the one who asked for it")
    if not is_ready(export, now):
        raise NotThere
    try:
        content = vault.reading(folder / export.path, PURPOSE, export.uuid)
    except (OSError, secrets.Unreadable):
        raise NotThere from None
    with transaction.atomic():
        Export.objects.filter(pk=export.pk).update(fetched_at=now)
        _noted("export.fetch", export, scope)
    return content


def keys_needed(folder: Path) -> dict[str, int]:
    """How many files that wait to be fetched lie under each key, by its name; they are gone within a day."""
    found: Counter[str] = Counter()
    for name in Export.objects.filter(state=ExportState.READY).values_list("path", flat=True):
        with suppress(OSError, secrets.Unreadable):
            found[vault.key_of(folder / name).hex()] += 1
    return dict(found)


def is_ready(export: Export, now: datetime) -> bool:
    """Whether the file can be fetched."""
    return export.state == ExportState.READY and export.expires_at is not None and now < export.expires_at


def forget(folder: Path, now: datetime) -> int:
    """Delete files whose time is up, and what killed makers left behind; how many files went.

    That they were asked for is forgotten a month later.
    """
    Export.objects.filter(state=ExportState.READY, expires_at__lte=now).update(state=ExportState.GONE)
    over = Q(state__in=[ExportState.GONE, ExportState.FAILED])
    Export.objects.filter(over, asked_at__lt=now - REMEMBERED).delete()
    kept = set(Export.objects.filter(state=ExportState.READY).values_list("path", flat=True))
    gone = 0
    for path in folder.iterdir() if folder.is_dir() else ():
        with suppress(OSError):
            # What was touched a moment ago is being made.
            if path.name in kept or now.timestamp() - path.stat().st_mtime < KEPT.total_seconds() / 24:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
                gone += 1
    return gone


class _Claim:
    """One worker's hold on one export, renewed with every step; the number of the attempt tells it from another's."""

    def __init__(self, export: Export, clock: Clock, now: datetime) -> None:
        self.export = export
        self.clock = clock
        self.renewed = now
        self.share = 0

    def held(self) -> Any:
        return Export.objects.filter(
            pk=self.export.pk, state=ExportState.RUNNING, attempts=self.export.attempts
        )

    def progress(self, done: int, of: int) -> None:
        now, share = self.clock(), min(99 * done // max(of, 1), 99)
        if share == self.share and now - self.renewed < RENEWED:
            return
        if not self.held().update(progress=share, claimed_at=now):
            raise Superseded
        self.share, self.renewed = share, now


def _claim(export_id: int, clock: Clock) -> _Claim | None:
    now = clock()
    running = Export.objects.filter(state=ExportState.RUNNING, claimed_at__gte=now - LOST)
    if running.exclude(pk=export_id).count() >= AT_ONCE:
        return None
    if not Export.objects.filter(_free(now), pk=export_id).update(
        state=ExportState.RUNNING, claimed_at=now, attempts=F("attempts") + 1, progress=0
    ):
        return None
    return _Claim(Export.objects.get(pk=export_id), clock, now)


def _job(claim: _Claim, limits: Limits, now: datetime) -> Job:
    export = claim.export
    scope = scope_of(export.asked_by_id, now, export.role)
    if scope.role != export.role:
        raise NotMade(Why.NO_ACCESS)
    return Job(export.asked, scope, date.fromisoformat(export.asked["day"]), now, limits, claim.progress)


def _finish(claim: _Claim, called: str, path: Path, content: Writer, now: datetime) -> bool:
    return bool(
        claim.held().update(
            state=ExportState.READY,
            progress=100,
            name=called,
            path=path.name,
            size=content.size,
            sha256=content.sha256,
            ready_at=now,
            expires_at=now + KEPT,
        )
    )


def _fail(claim: _Claim, why: Why) -> bool:
    claim.held().update(state=ExportState.FAILED, failure=why)
    return False


def _free(now: datetime) -> Q:
    lost = Q(state=ExportState.RUNNING, claimed_at__lt=now - LOST, attempts__lt=ATTEMPTS)
    return Q(state=ExportState.WAITING) | lost


def _remove(*paths: Path) -> None:
    # What cannot be deleted now is swept later.
    for path in paths:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _noted(action: str, export: Export, scope: Scope) -> None:
    trail.changed(
        scope.actor_id,
        action,
        role=scope.role,
        subject="export",
        subject_id=export.uuid,
        detail={"kind": export.kind},
    )
