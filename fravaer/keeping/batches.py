"""What would go today, who has agreed to it, and what proves that exactly that went?

The only writer of batches and of the proof. A dry run counts what is old enough and what stays all the same; one controller
proposes exactly that, another agrees, and it goes only while it is still exactly that. Rows that are otherwise only ever added
to can be deleted for an approved batch and for nothing else: the database looks the batch up itself.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from fravaer.audit import trail
from fravaer.cases import disposal as cases
from fravaer.core.disposal import Item, Why, going
from fravaer.core.scope import Scope
from fravaer.core.walls import DatabaseRole, acting_as
from fravaer.keeping import holds, packages, terms
from fravaer.keeping.catalogue import KINDS
from fravaer.keeping.models import Batch, BatchState, Disposal
from fravaer.keeping.packages import NOWHERE, Package, Places
from fravaer.reports import gone

JOB = "job.retention"
# While a child's case is open, what it rests on stays.
RESTS_ON = frozenset({"absence.registers", "sms.message", "cases.measure", "schools.pupil"})


class Nothing(Exception):
    """There is nothing to go, or a batch of the kind waits already."""


class SamePerson(Exception):
    """Who proposed a batch does not agree to it."""


class Settled(Exception):
    """Somebody has decided already."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a dry run found of one kind: what ended before the day, and why some of it stays. `before` None: it is kept."""

    kind: str
    before: date | None
    going: tuple[Item, ...]
    held: dict[str, int]

    @property
    def oldest(self) -> date | None:
        return self.going[0].since if self.going else None

    @property
    def keys(self) -> list[str]:
        return sorted(item.key for item in self.going)

    @property
    def digest(self) -> str:
        return digest(self.keys)


def digest(keys: Collection[str]) -> str:
    """The sha256 of the keys, sorted, one a line."""
    return hashlib.sha256("".join(f"{key}\n" for key in sorted(keys)).encode()).hexdigest()


@acting_as(DatabaseRole.REPORT)
def dry_run(kind: str, day: date) -> Found:
    """What of the kind has had its time on `day`, and what stays. Writes nothing."""
    before = terms.before(kind, day)
    return _before(kind, before)


def propose(kind: str, scope: Scope, day: date, now: datetime) -> Batch:
    """Propose exactly what a dry run finds now. Raises Nothing."""
    assert scope.actor_id is not None
    found = dry_run(kind, day)
    if found.before is None or not found.going:
        raise Nothing
    try:
        with transaction.atomic():
            made = Batch.objects.create(
                kind=kind,
                before=found.before,
                things=len(found.going),
                oldest=found.oldest,
                held=found.held,
                digest=found.digest,
                archives=terms.archives(kind, day),
                proposed_by_id=scope.actor_id,
                proposed_at=now,
            )
    except IntegrityError:
        raise Nothing from None
    _note(made, "keeping.batch.propose", scope.actor_id, scope.role)
    return made


def decide(batch: Batch, *, agreed: bool, scope: Scope, now: datetime) -> None:
    """Agree that the batch goes, or not; its proposer may take it back alone. Raises SamePerson and Settled."""
    own = batch.proposed_by_id == scope.actor_id
    if own and agreed:
        raise SamePerson
    state = BatchState.APPROVED if agreed else BatchState.REFUSED
    moved = Batch.objects.filter(pk=batch.pk, state=BatchState.PROPOSED).update(
        state=state, decided_by=None if own else scope.actor_id, decided_at=now
    )
    if not moved:
        raise Settled
    _note(batch, f"keeping.batch.{state}", scope.actor_id, scope.role)


def approved() -> list[UUID]:
    """The batches somebody has agreed to that have not gone yet, the oldest first."""
    found = Batch.objects.filter(state=BatchState.APPROVED).order_by("decided_at", "pk")
    return list(found.values_list("uuid", flat=True))


def run(batch_uuid: UUID, now: datetime, places: Places = NOWHERE) -> Disposal | None:
    """Let an approved batch go, if it is still exactly what was proposed; None when it is not, and it is out of date then.

    What is put by for an archive is written first, out of the very rows that go. Raises packages.NotWritten with nothing gone.
    """
    alone = not connection.in_atomic_block
    with transaction.atomic():
        if alone:
            # What is written into the package is what is deleted, whoever changes it meanwhile: she or this gives way.
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        batch = Batch.objects.select_for_update().get(uuid=batch_uuid)
        if batch.state != BatchState.APPROVED:
            return None
        found = _before(batch.kind, batch.before)
        if found.digest != batch.digest:
            Batch.objects.filter(pk=batch.pk).update(state=BatchState.STALE)
            _note(batch, "keeping.batch.stale", None, JOB)
            if batch.archives and places.archive:
                # Of a run that was stopped; nothing of it went.
                packages.drop(places.archive, batch.uuid)
            return None
        if not batch.archives:
            return _proved(batch, found.keys, _deleted(batch, found.keys, now), now)
        if places.archive is None:
            raise packages.NotWritten("no folder for the archive is set")
        with packages.writing(
            places.archive, places.documents, batch.uuid, batch.kind, batch.before, cases.file_of
        ) as put_by:
            rows = _deleted(batch, found.keys, now)
        return _proved(batch, found.keys, rows, now, package=put_by.package)


def repeat(batch: Batch, keys: Collection[str], now: datetime) -> Disposal:
    """Let the keys of a batch go again, in a copy that was restored from before. Holds said otherwise then or not at all."""
    with transaction.atomic():
        Batch.objects.filter(uuid=batch.uuid).update(state=BatchState.APPROVED)
        return _proved(batch, sorted(keys), _deleted(batch, sorted(keys), now), now, again=True)


def known(
    batch_uuid: UUID, *, kind: str, before: date, digest: str, proposed_by: int, decided_by: int, at: datetime
) -> Batch:
    """The batch as a copy knows it, or as the journal tells of it where the copy is older."""
    found, _made = Batch.objects.get_or_create(
        uuid=batch_uuid,
        defaults={
            "kind": kind,
            "before": before,
            "things": 0,
            "digest": digest,
            "state": BatchState.APPROVED,
            "proposed_by_id": proposed_by,
            "proposed_at": at,
            "decided_by_id": decided_by,
            "decided_at": at,
        },
    )
    if found.decided_by_id is None:
        Batch.objects.filter(pk=found.pk).update(decided_by_id=decided_by, decided_at=at)
    return found


def proof(batch: Batch) -> Disposal | None:
    """What proves that the batch went; None before it has."""
    return Disposal.objects.filter(batch=batch).first()


def disposed_since(moment: datetime) -> list[Disposal]:
    """What went since then, the oldest first, with its batch."""
    rows = Disposal.objects.filter(at__gte=moment, again=False).select_related("batch")
    return list(rows.order_by("at", "pk"))


def _deleted(batch: Batch, keys: list[str], now: datetime) -> dict[str, int]:
    dispose, items = KINDS[batch.kind].dispose, KINDS[batch.kind].items
    assert dispose is not None
    assert items is not None
    going_keys = set(keys)
    latest = max((item.since for item in items(batch.before) if item.key in going_keys), default=batch.before)
    with connection.cursor() as cursor:
        # The database looks up whether this batch is approved before it lets guarded rows go.
        cursor.execute("SELECT set_config('fravaer.disposing', %s, true)", [str(batch.uuid)])
        with going() as formers:
            rows = dict(dispose(keys))
        for table, row_keys in formers.items():
            cursor.execute("SELECT forget_formers(%s, %s)", [table, row_keys])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT set_config('fravaer.disposing', '', true)")
    # What was frozen of it stands, and says so.
    gone.note(batch.kind, latest, now)
    return rows


def _proved(
    batch: Batch,
    keys: list[str],
    rows: dict[str, int],
    now: datetime,
    *,
    package: Package | None = None,
    again: bool = False,
) -> Disposal:
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.DONE, things=len(keys))
    made = Disposal.objects.create(
        batch=batch,
        kind=batch.kind,
        keys=keys,
        digest=digest(keys),
        rows=rows,
        at=now,
        again=again,
        package=package.name if package else "",
        package_sha256=package.sha256 if package else "",
    )
    _note(batch, "keeping.dispose", None, JOB, {"things": len(keys), "rows": sum(rows.values())})
    return made


def _before(kind: str, before: date | None) -> Found:
    items = KINDS[kind].items
    if before is None or items is None:
        return Found(kind, None, (), {})
    held = holds.pupils(kind)
    all_held = holds.whole(kind)
    found = [
        replace(item, why=Why.HOLD) if all_held or item.pupils & held else item for item in items(before)
    ]
    if kind in RESTS_ON:
        ids = {pupil for item in found if item.why is None for pupil in item.pupils}
        opened = cases.pupils_with_cases(ids, open_only=True)
        found = [
            replace(item, why=Why.OPEN_CASE) if item.why is None and item.pupils & opened else item
            for item in found
        ]
    going = sorted((item for item in found if item.why is None), key=lambda item: (item.since, item.key))
    return Found(kind, before, tuple(going), dict(Counter(item.why.value for item in found if item.why)))


def _note(
    batch: Batch, what: str, actor_id: int | None, role: str, more: dict[str, int] | None = None
) -> None:
    trail.changed(
        actor_id,
        what,
        role=role,
        subject="batch",
        subject_id=batch.uuid,
        detail={"kind": batch.kind, "digest": batch.digest, **(more or {})},
    )
