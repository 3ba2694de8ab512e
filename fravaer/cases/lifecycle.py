"""How does a case come from one state to the next?

The only writer of a case's state, stage, unit and responsible. Each step is looked up in the one table (`cases.steps`),
taken while the case is held, stored with who took it and when, and never changed. A pupil has one open case at a time,
however many people open it at once. Who opens a case takes part in it: she sees the pupil by it until thirty days after it
was closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from fravaer.accounts import grants
from fravaer.accounts.roles import Action, Role
from fravaer.audit import trail
from fravaer.cases import followups, parties, sharing, steps
from fravaer.cases.domains import may
from fravaer.cases.models import (
    Case,
    Crossing,
    HandOver,
    Note,
    Outcome,
    Shared,
    Stage,
    State,
    Step,
    StepKind,
    Unit,
)
from fravaer.core.scope import Scope

AFTER_CLOSING = timedelta(days=30)


class NotOpen(Exception):
    """The case has been closed: nothing more is written in it."""


class Stale(Exception):
    """Somebody wrote in the case since the page was made; nothing was saved."""


class NotAllowed(Exception):
    """The step does not follow from the state the case is in."""


class StillOffered(NotAllowed):
    """A hand-over of the case awaits its answer."""


class HandedOver(Exception):
    """Somebody else has become responsible for the case since the form was made; nothing is saved."""


class AnotherOpen(Exception):
    """The pupil has another open case, so this one cannot be opened again."""

    def __init__(self, case: Case) -> None:
        super().__init__("another case is open")
        self.case = case


@dataclass(frozen=True, slots=True)
class Opened:
    """The pupil's open case, and whether this call opened it."""

    case: Case
    made: bool


def locked(case: Case) -> Case:
    """The case as it stands, for nobody else to write in until the transaction ends.

    Every room that writes in a case takes it first, so that writing and closing never cross.
    """
    return Case.objects.select_for_update().get(pk=case.pk)


def require_open(case: Case) -> None:
    """Raises NotOpen for a case that is closed. Ask it of a case that is `locked`."""
    if case.state != State.OPEN:
        raise NotOpen


def version(case: Case, scope: Scope) -> int:
    """How many steps and notes of the case the actor can have seen: moves with each, and tells nothing of the others."""
    seen = Note.objects.filter(sharing.visible(case, scope, Shared.NOTE), case__in=sharing.together(case))
    return case.steps.count() + seen.count()


def require_seen(case: Case, scope: Scope, seen: int) -> None:
    """Raises Stale when the case's `version` is no longer the one seen. Ask it of a case that is `locked`."""
    if version(case, scope) != seen:
        raise Stale


def turn(case: Case) -> int:
    """How often somebody else has become responsible for the case: a form made before the latest time is refused."""
    return Step.objects.filter(case=case, kind__in=(StepKind.ACCEPT, StepKind.RESPONSIBLE)).count()


@contextmanager
def holding(case: Case, seen_turn: int | None) -> Iterator[None]:
    """Hold the case while something is written in it. Raises HandedOver when its `turn` is no longer the one the form was made
    in, and for a form that does not say in which it was made (None)."""
    with transaction.atomic():
        held = locked(case)
        if turn(held) != seen_turn:
            raise HandedOver
        yield


@transaction.atomic
def open_case(crossing: Crossing, scope: Scope, now: datetime) -> Opened:
    """The pupil's open case: opened from the crossing by the actor, or the one there is already, as it stands."""
    actor_id = _actor(scope)
    case, made = Case.objects.get_or_create(
        pupil_id=crossing.pupil_id,
        state=State.OPEN,
        defaults={
            "crossing": crossing,
            "school_id": crossing.school_id,
            "responsible_id": actor_id,
            "unit": parties.UNITS[Role(scope.role)],
            "opened_at": now,
        },
    )
    if made:
        parties.let_in(case, actor_id, Role(scope.role), scope, now)
        _write(case, StepKind.OPEN, scope, now)
    return Opened(case, made)


@transaction.atomic
def close(case: Case, scope: Scope, now: datetime, *, seen: int, outcome: Outcome, text: str = "") -> None:
    """Close the case with an outcome.

    Raises NotAllowed when it is not open, StillOffered while a hand-over awaits its answer, Stale when its `version` is no
    longer the one seen.
    """
    held = locked(case)
    require_step(held, StepKind.CLOSE, scope, None)
    require_seen(held, scope, seen)
    if HandOver.objects.filter(case=held, answered_at=None).exists():
        raise StillOffered("a hand-over awaits its answer")
    take(held, StepKind.CLOSE, scope, now, outcome=outcome, text=text)
    followups.schedule(held, scope, now)


@transaction.atomic
def reopen(case: Case, scope: Scope, now: datetime, *, seen: int) -> None:
    """Open a closed case again, as an early effort; whoever does so takes part in it, as do those who did when it closed.

    Raises NotAllowed, Stale, or AnotherOpen when the pupil has got another open case meanwhile.
    """
    held = locked(case)
    require_step(held, StepKind.REOPEN, scope, Stage.EARLY)
    require_seen(held, scope, seen)
    if held.merged_into_id:
        raise NotAllowed("a case put together with another stays closed")
    actor_id = _actor(scope)
    try:
        with transaction.atomic():
            take(
                held,
                StepKind.REOPEN,
                scope,
                now,
                to=Stage.EARLY,
                responsible_id=actor_id,
                unit=parties.UNITS[Role(scope.role)],
            )
    except IntegrityError as error:
        raise AnotherOpen(Case.objects.get(pupil_id=case.pupil_id, state=State.OPEN)) from error
    parties.let_in(held, actor_id, Role(scope.role), scope, now)
    parties.prolong(held, scope, now)
    followups.drop(held, scope, now)


@transaction.atomic
def step_down(case: Case, scope: Scope, now: datetime, *, seen: int, text: str) -> None:
    """Let the absence team's case go on as an early effort. Raises NotAllowed or Stale."""
    held = locked(case)
    require_step(held, StepKind.STEP_DOWN, scope, Stage.EARLY)
    require_seen(held, scope, seen)
    take(held, StepKind.STEP_DOWN, scope, now, to=Stage.EARLY, unit=Unit.INCLUSION, text=text)


@transaction.atomic
def make_responsible(case: Case, user_id: int, scope: Scope, now: datetime, *, seen: int) -> None:
    """Let another who takes part be responsible. Raises NotAllowed, also of who does not take part, or Stale."""
    held = locked(case)
    require_step(held, StepKind.RESPONSIBLE, scope, None)
    require_seen(held, scope, seen)
    if user_id not in parties.users(held):
        raise NotAllowed("who is responsible takes part in the case")
    if user_id != held.responsible_id:
        take(held, StepKind.RESPONSIBLE, scope, now, responsible_id=user_id, detail={"user": user_id})


@transaction.atomic
def merge(older: Case, into: Case, scope: Scope, now: datetime, *, seen: int) -> None:
    """Put a closed, older case of the same pupil together with this one: what both hold is shown together.

    `seen` is the version of the newer case. Raises NotAllowed when the older is open, of another pupil, or merged already.
    """
    held = locked(into)
    require_seen(held, scope, seen)
    before = locked(older)
    require_step(before, StepKind.MERGE, scope, None)
    if (
        before.pupil_id != held.pupil_id
        or before.pk == held.pk
        or before.merged_into_id
        or held.merged_into_id
        or before.opened_at > held.opened_at
    ):
        raise NotAllowed("an older, closed case of the same pupil is put together with a newer one")
    before.merged_into = held
    take(before, StepKind.MERGE, scope, now, detail={"into": str(held.uuid)})
    _write(held, StepKind.MERGE, scope, now, detail={"older": str(before.uuid)})


def mergeable(case: Case) -> list[Case]:
    """Older, closed cases of the same pupil that can be put together with this one, the newest first."""
    found = Case.objects.filter(
        pupil_id=case.pupil_id,
        state=State.CLOSED,
        merged_into=None,
        opened_at__lte=case.opened_at,
    ).exclude(pk=case.pk)
    return list(found.order_by("-opened_at", "-pk"))


def note_move(case: Case, by_id: int, now: datetime, detail: Mapping[str, int | str]) -> None:
    """Write that the roster moved the pupil, under the name of who is responsible: the nightly job has none.

    The case is held by the caller. Nothing about it changes: who sees it follows the pupil.
    """
    if steps.found(StepKind.MOVE, case.state, case.stage, None) is None:
        raise NotAllowed("only an open case follows a move")
    Step.objects.create(case=case, kind=StepKind.MOVE, by_id=by_id, at=now, detail=dict(detail))
    trail.changed(
        None,
        "case.move",
        role="job.cases",
        subject="case",
        subject_id=case.uuid,
        pupil_ids=[case.pupil_id],
        detail=dict(detail),
    )


def take(
    held: Case,
    kind: StepKind,
    scope: Scope,
    now: datetime,
    *,
    to: Stage | None = None,
    unit: Unit | None = None,
    responsible_id: int | None = None,
    outcome: str = "",
    text: str = "",
    detail: Mapping[str, int | str] | None = None,
) -> None:
    """Take one step of the table in a case that the caller holds. Raises NotAllowed when no row leads there.

    `to` None leaves the stage as it is. A step into a closed state ends the grants thirty days later.
    """
    row = require_step(held, kind, scope, to)
    held.state = row.to_state
    held.stage = row.to_stage or held.stage
    held.unit = unit or held.unit
    held.responsible_id = responsible_id or held.responsible_id
    held.save(update_fields=["state", "stage", "unit", "responsible", "merged_into"])
    _write(held, kind, scope, now, outcome=outcome, text=text, detail=detail)
    if (row.state, row.to_state) == (State.OPEN, State.CLOSED):
        grants.end(
            origin=parties.ORIGIN,
            origin_ref=str(held.uuid),
            at=now + AFTER_CLOSING,
            actor_id=scope.actor_id,
        )


def possible(case: Case, scope: Scope) -> frozenset[StepKind]:
    """The steps the actor could take in the case now, as far as state, stage and her role decide."""
    return frozenset(
        row.kind
        for row in steps.TABLE
        if row.state == case.state
        and case.stage in row.stages
        and row.action is not None
        and may(scope, row.action, case.pupil_id)
    )


def require_step(case: Case, kind: StepKind, scope: Scope, to: Stage | None) -> steps.Allowed:
    """The row of the table by which the actor takes this step in a case that is `locked`.

    Raises NotAllowed when there is none, PermissionError when she may not take it.
    """
    row = steps.found(kind, case.state, case.stage, to)
    if row is None:
        raise NotAllowed(f"a case that is {case.state} and {case.stage} cannot be {kind}")
    if row.action is None or not _allowed(row.action, case, scope):
        raise PermissionError(f"the actor may not {kind} this case")
    return row


def _allowed(action: Action, case: Case, scope: Scope) -> bool:
    # Who answers a hand-over is asked by its own room.
    return may(scope, action, case.pupil_id) or (action == Action.CASE_READ and scope.may(action))


def _write(
    case: Case,
    kind: StepKind,
    scope: Scope,
    now: datetime,
    *,
    outcome: str = "",
    text: str = "",
    detail: Mapping[str, int | str] | None = None,
) -> None:
    Step.objects.create(
        case=case,
        kind=kind,
        by_id=_actor(scope),
        at=now,
        outcome=outcome,
        text=text,
        detail=dict(detail or {}),
    )
    trail.changed(
        scope.actor_id,
        f"case.{kind}",
        role=scope.role,
        subject="case",
        subject_id=case.uuid,
        pupil_ids=[case.pupil_id],
        detail={**({"outcome": outcome} if outcome else {}), **(detail or {})},
    )


def _actor(scope: Scope) -> int:
    if scope.actor_id is None:
        raise ValueError("a case is worked on by a person")
    return scope.actor_id
