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
from fravaer.cases import sharing
from fravaer.cases.domains import may
from fravaer.cases.models import Case, Crossing, Note, Outcome, Shared, State, Step, StepKind
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


class NotOpen(Exception):
    """The case has been closed: nothing more is written in it."""


class Stale(Exception):
    """Somebody wrote in the case since the page was made; nothing was saved."""


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
    seen = Note.objects.filter(sharing.visible(case, scope, Shared.NOTE), case=case)
    return case.steps.count() + seen.count()


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

    Raises NotAllowed when it is not open, Stale when its `version` is no longer the one seen.
    """
    held = _held(case, StepKind.CLOSE, scope, seen)
    held.state = State.CLOSED
    held.save(update_fields=["state"])
    _take(held, StepKind.CLOSE, scope, now, outcome=outcome, text=text)
    grants.end(origin=ORIGIN, origin_ref=str(case.uuid), at=now + AFTER_CLOSING, actor_id=scope.actor_id)


@transaction.atomic
def reopen(case: Case, scope: Scope, now: datetime, *, seen: int) -> None:
    """Open a closed case again; whoever does so takes part in it from now on.

    Raises NotAllowed, Stale, or AnotherOpen when the pupil has got another open case meanwhile.
    """
    held = _held(case, StepKind.REOPEN, scope, seen)
    held.state = State.OPEN
    held.responsible_id = _actor(scope)
    try:
        with transaction.atomic():
            held.save(update_fields=["state", "responsible"])
    except IntegrityError as error:
        raise AnotherOpen(Case.objects.get(pupil_id=case.pupil_id, state=State.OPEN)) from error
    _take(held, StepKind.REOPEN, scope, now)
    _let_in(held, scope, now)


def _held(case: Case, kind: StepKind, scope: Scope, seen: int) -> Case:
    """The case for nobody else to change until the transaction ends, in the state the step asks for."""
    if not may(scope, Action.CASE_CLOSE, case.pupil_id):
        raise PermissionError("the actor neither closes nor reopens this case")
    held = locked(case)
    if held.state != STEPS[kind][0]:
        raise NotAllowed(f"a case that is {held.state} cannot be {kind}")
    if version(held, scope) != seen:
        raise Stale
    return held


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
