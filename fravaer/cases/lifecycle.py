"""Which step may follow which?

The only writer of a case's state. The steps are one table; each is stored with who took it and when, and never changed. A
pupil has one open case at a time, however many people open it at once. Who opens a case takes part in it: she sees the
pupil by it until thirty days after it was closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from fravaer.accounts import grants
from fravaer.accounts.models import Reach
from fravaer.accounts.roles import Action, Role
from fravaer.audit import trail
from fravaer.cases.domains import may
from fravaer.cases.models import Case, Crossing, Outcome, State, Step, StepKind
from fravaer.cases.notes import Stale, version
from fravaer.core.scope import Scope

# From which state a step leads to which. Opening makes the case.
STEPS: dict[StepKind, tuple[State | None, State]] = {
    StepKind.OPEN: (None, State.OPEN),
    StepKind.CLOSE: (State.OPEN, State.CLOSED),
    StepKind.REOPEN: (State.CLOSED, State.OPEN),
}
# A grant always names its end. Two years outlast a case that anybody still works on; closing ends it sooner.
GRANT = timedelta(days=730)
AFTER_CLOSING = timedelta(days=30)
ORIGIN = "case"


class NotAllowed(Exception):
    """The step does not follow from the state the case is in."""


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
            "opened_at": now,
        },
    )
    if made:
        _take(case, StepKind.OPEN, scope, now)
        _let_in(case, scope, now)
    return Opened(case, made)


@transaction.atomic
def close(case: Case, scope: Scope, now: datetime, *, seen: int, outcome: Outcome, text: str = "") -> None:
    """Close the case with an outcome.

    Raises NotAllowed when it is not open, Stale when its `notes.version` is no longer the one seen.
    """
    locked = _locked(case, StepKind.CLOSE, scope, seen)
    locked.state = State.CLOSED
    locked.save(update_fields=["state"])
    _take(locked, StepKind.CLOSE, scope, now, outcome=outcome, text=text)
    grants.end(origin=ORIGIN, origin_ref=str(case.uuid), at=now + AFTER_CLOSING, actor_id=scope.actor_id)


@transaction.atomic
def reopen(case: Case, scope: Scope, now: datetime, *, seen: int) -> None:
    """Open a closed case again; whoever does so takes part in it from now on.

    Raises NotAllowed, Stale, or AnotherOpen when the pupil has got another open case meanwhile.
    """
    locked = _locked(case, StepKind.REOPEN, scope, seen)
    locked.state = State.OPEN
    locked.responsible_id = _actor(scope)
    try:
        with transaction.atomic():
            locked.save(update_fields=["state", "responsible"])
    except IntegrityError as error:
        raise AnotherOpen(Case.objects.get(pupil_id=case.pupil_id, state=State.OPEN)) from error
    _take(locked, StepKind.REOPEN, scope, now)
    _let_in(locked, scope, now)


def _locked(case: Case, kind: StepKind, scope: Scope, seen: int) -> Case:
    """The case for nobody else to change until the transaction ends, in the state the step asks for."""
    if not may(scope, Action.CASE_CLOSE, case.pupil_id):
        raise PermissionError("the actor neither closes nor reopens this case")
    locked = Case.objects.select_for_update().get(pk=case.pk)
    if locked.state != STEPS[kind][0]:
        raise NotAllowed(f"a case that is {locked.state} cannot be {kind}")
    if version(locked, scope) != seen:
        raise Stale
    return locked


def _take(
    case: Case, kind: StepKind, scope: Scope, now: datetime, *, outcome: str = "", text: str = ""
) -> None:
    Step.objects.create(case=case, kind=kind, by_id=_actor(scope), at=now, outcome=outcome, text=text)
    trail.changed(
        scope.actor_id,
        f"case.{kind}",
        role=scope.role,
        subject="case",
        subject_id=case.uuid,
        pupil_ids=[case.pupil_id],
        detail={"outcome": outcome} if outcome else {},
    )


def _let_in(case: Case, scope: Scope, now: datetime) -> None:
    grants.give(
        user_id=_actor(scope),
        role=Role(scope.role),
        reach=Reach.PUPIL,
        unit_id=case.pupil_id,
        origin=ORIGIN,
        origin_ref=str(case.uuid),
        purpose="absence case",
        valid_from=now,
        valid_until=now + GRANT,
        granted_by_id=scope.actor_id,
    )


def _actor(scope: Scope) -> int:
    if scope.actor_id is None:
        raise ValueError("a case is worked on by a person")
    return scope.actor_id
