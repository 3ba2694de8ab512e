"""Whom is this person kept away from, whatever else she may see?

The only writer of blocks. Her own child, her family, a close colleague's child: declared by herself or by the leader of the
child's school, and lifted by somebody else than herself; or told by the CPR numbers, where staff's and guardians' are known, and
then ended when the roster no longer says so. A block beats every grant, a case's and an emergency's too. One thing
it leaves her: to say in her class's register whether the child is there, which the trail notes apart. Nobody takes part in a
matter of her own (forvaltningsloven § 3), nor gets to know what her task does not need (§ 32).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from fravaer.accounts import kin, overview
from fravaer.accounts.models import AccessBlock, BlockOrigin, Kind
from fravaer.audit import trail
from fravaer.core.scope import Scope

JOB = "job.access"
# What the CPR numbers tell and no open row says yet; and the open rows of theirs that they no longer tell.
BEGIN = """
INSERT INTO accounts_accessblock (user_id, pupil_id, kind, origin, valid_from)
SELECT user_id, pupil_id, %(kind)s, %(origin)s, %(now)s FROM told
ON CONFLICT (user_id, pupil_id, origin) WHERE valid_until IS NULL DO NOTHING
RETURNING id, user_id, pupil_id
"""
END = """
UPDATE accounts_accessblock block SET valid_until = greatest(%(now)s, block.valid_from)
WHERE block.origin = %(origin)s AND block.valid_until IS NULL AND NOT EXISTS (
    SELECT 1 FROM told WHERE told.user_id = block.user_id AND told.pupil_id = block.pupil_id
)
RETURNING id, user_id, pupil_id
"""


class NotHerself(Exception):
    """Who is kept away does not lift it herself."""


class Told(Exception):
    """The CPR numbers tell it: it ends when the roster no longer says so, and nobody lifts it."""


def in_force(user_id: int, at: datetime) -> QuerySet[AccessBlock]:
    """The user's blocks at `at`."""
    ended = Q(valid_until__isnull=False, valid_until__lte=at)
    return AccessBlock.objects.filter(~ended, user_id=user_id, valid_from__lte=at)


def blocked(user_id: int, now: datetime) -> frozenset[int]:
    """The keys of the pupils the user is kept away from now. One query; a request has them in its scope already."""
    return frozenset(in_force(user_id, now).values_list("pupil_id", flat=True))


def over(scope: Scope, at: datetime) -> QuerySet[AccessBlock]:
    """The blocks in force at `at` of the people who have access to the actor's units; of herself none."""
    ended = Q(valid_until__isnull=False, valid_until__lte=at)
    people = overview.over(scope, at).values("user_id")
    found = AccessBlock.objects.filter(~ended, valid_from__lte=at, user__in=people)
    return (
        found.exclude(user=scope.actor_id)
        .select_related("user", "declared_by")
        .order_by("user__name", "valid_from", "pk")
    )


def touched(scope: Scope, where: str, pupil_ids: Iterable[int], *, subject_id: object = "") -> None:
    """Note that the actor met pupils she is kept away from where she still may: in her class's register."""
    met = scope.blocked.intersection(pupil_ids)
    if met:
        trail.changed(
            scope.actor_id,
            "block.touched",
            role=scope.role,
            subject=where,
            subject_id=subject_id,
            pupil_ids=met,
        )


@transaction.atomic
def declare(
    *,
    user_id: int,
    pupil_id: int,
    kind: Kind,
    declared_by: Scope,
    now: datetime,
    until: datetime | None = None,
) -> AccessBlock:
    """Keep the user away from the pupil from now on. Who is kept away already by a person's word stays so: no second row."""
    said = in_force(user_id, now).filter(origin=BlockOrigin.PERSON)
    block = said.filter(pupil_id=pupil_id, valid_until=until).first()
    if block is not None:
        return block
    assert declared_by.actor_id is not None
    block = AccessBlock.objects.create(
        user_id=user_id,
        pupil_id=pupil_id,
        kind=kind,
        valid_from=now,
        valid_until=until,
        declared_by_id=declared_by.actor_id,
    )
    _note("block.declare", block, declared_by)
    return block


def lift(block_id: int, scope: Scope, now: datetime) -> None:
    """Let the user see the pupil again, as far as her grants go. Lifting it twice changes nothing.

    Raises NotHerself when the actor is the one kept away, Told when no person has said it, DoesNotExist when there is no such
    block.
    """
    standing = AccessBlock.objects.get(pk=block_id)
    if standing.user_id == scope.actor_id:
        # Outside the transaction, which would take the entry back with it.
        trail.changed(
            scope.actor_id, "block.lift.refused", role=scope.role, subject="block", subject_id=block_id
        )
        raise NotHerself
    if standing.origin == BlockOrigin.CPR:
        raise Told
    with transaction.atomic():
        block = AccessBlock.objects.select_for_update().get(pk=block_id)
        if block.valid_until is not None and block.valid_until <= now:
            return
        block.valid_until, block.lifted_by_id = now, scope.actor_id
        block.save(update_fields=["valid_until", "lifted_by"])
        _note("block.lift", block, scope)


@transaction.atomic
def follow(now: datetime) -> tuple[int, int]:
    """Bring the blocks that the CPR numbers tell in line with them; how many began and how many ended.

    What a person said is left alone. Two statements, and an entry of the trail for each block.
    """
    counts = []
    values: dict[str, datetime | str] = {
        "now": now,
        "kind": Kind.OWN_CHILD.value,
        "origin": BlockOrigin.CPR.value,
    }
    with connection.cursor() as cursor:
        for what, statement in (("block.begin", BEGIN), ("block.end", END)):
            cursor.execute(kin.TOLD + statement, values)
            moved = cursor.fetchall()
            for block_id, user_id, pupil_id in moved:
                trail.changed(
                    None,
                    what,
                    role=JOB,
                    subject="block",
                    subject_id=block_id,
                    pupil_ids=[pupil_id],
                    detail={"user": user_id, "kind": Kind.OWN_CHILD.value},
                )
            counts.append(len(moved))
    began, ended = counts
    return began, ended


def _note(what: str, block: AccessBlock, scope: Scope) -> None:
    trail.changed(
        scope.actor_id,
        what,
        role=scope.role,
        subject="block",
        subject_id=block.pk,
        pupil_ids=[block.pupil_id],
        detail={"user": block.user_id, "kind": block.kind},
    )
