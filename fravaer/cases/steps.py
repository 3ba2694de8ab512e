"""Which step may follow which, who takes it, and what must be there?

The table of a case's life, whole on one screen. `cases.lifecycle` follows it and nothing else does; docs/lifecycle.md draws
it. Percent proposes and people decide: no row begins by itself but the pupil's move, which changes nothing about the case.
Sources: Vesthimmerland's revised procedure, August 2024 (early effort; the absence team activated after a discussion between
the school and day-care chief and the psychologists; group 3 handed over to the youth effort).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fravaer.accounts.roles import Action
from fravaer.cases.models import Stage, State, StepKind

S = Stage
K = StepKind
# The stages an open case can be in; one handed over to the youth effort is closed.
WORKING = frozenset({S.EARLY, S.REFERRED, S.DISCUSSED, S.ACTIVE})
EVERY = frozenset(Stage)


@dataclass(frozen=True, slots=True)
class Allowed:
    """One row: a step from a state and any of some stages into a state and a stage (None: the stage stays).

    `action` is what the actor must be allowed in the case; None for the nightly job. `needs` says what must be there.
    """

    kind: StepKind
    state: State | None
    stages: frozenset[Stage]
    to_state: State
    to_stage: Stage | None
    action: Action | None
    needs: str | Promise = ""


TABLE: tuple[Allowed, ...] = (
    Allowed(K.OPEN, None, frozenset(), State.OPEN, S.EARLY, Action.CASE_OPEN,
            _("the pupil is over a line, and has no open case")),
    Allowed(K.REFER, State.OPEN, frozenset({S.EARLY}), State.OPEN, S.REFERRED, Action.CASE_REFER,
            _("a chief and a psychologist; a reason unless absence is over the line or attachment little or none")),
    Allowed(K.TAKE_BACK, State.OPEN, frozenset({S.REFERRED, S.DISCUSSED}), State.OPEN, S.EARLY, Action.CASE_REFER,
            _("a reason")),
    Allowed(K.DISCUSS, State.OPEN, frozenset({S.REFERRED}), State.OPEN, S.DISCUSSED, Action.CASE_DISCUSS,
            _("the discussion concluded to activate the absence team")),
    Allowed(K.DISCUSS, State.OPEN, frozenset({S.REFERRED}), State.OPEN, S.EARLY, Action.CASE_DISCUSS,
            _("the discussion concluded to go on with the early effort")),
    Allowed(K.DISCUSS, State.OPEN, frozenset({S.REFERRED}), State.OPEN, S.REFERRED, Action.CASE_DISCUSS,
            _("the discussion concluded something else")),
    Allowed(K.AGREE, State.OPEN, frozenset({S.DISCUSSED}), State.OPEN, S.DISCUSSED, Action.CASE_ACTIVATE,
            _("one of the two who discussed the case, signed in herself")),
    Allowed(K.ACTIVATE, State.OPEN, frozenset({S.DISCUSSED}), State.OPEN, S.ACTIVE, Action.CASE_ACTIVATE,
            _("the other of the two has agreed already")),
    Allowed(K.STEP_DOWN, State.OPEN, frozenset({S.ACTIVE}), State.OPEN, S.EARLY, Action.CASE_CLOSE,
            _("a reason")),
    Allowed(K.OFFER, State.OPEN, WORKING, State.OPEN, None, Action.CASE_HAND_OVER,
            _("no other hand-over awaits its answer")),
    Allowed(K.ACCEPT, State.OPEN, WORKING, State.OPEN, None, Action.CASE_READ,
            _("the one who was asked answers")),
    Allowed(K.ACCEPT, State.OPEN, WORKING, State.CLOSED, S.YOUTH, Action.CASE_READ,
            _("the youth effort (KUI) or Hotspot takes over")),
    Allowed(K.DECLINE, State.OPEN, WORKING, State.OPEN, None, Action.CASE_READ,
            _("the one who was asked answers, with a reason; or the offer is taken back")),
    Allowed(K.RESPONSIBLE, State.OPEN, WORKING, State.OPEN, None, Action.CASE_PARTIES,
            _("the new one takes part in the case")),
    Allowed(K.MOVE, State.OPEN, WORKING, State.OPEN, None, None,
            _("the roster moved the pupil to another school or class; the case follows")),
    Allowed(K.MERGE, State.CLOSED, EVERY, State.CLOSED, None, Action.CASE_CLOSE,
            _("the pupil's newer case; what both hold is shown together")),
    Allowed(K.CLOSE, State.OPEN, WORKING, State.CLOSED, None, Action.CASE_CLOSE,
            _("an outcome, and no hand-over that awaits its answer")),
    Allowed(K.REOPEN, State.CLOSED, EVERY, State.OPEN, S.EARLY, Action.CASE_CLOSE,
            _("the pupil has no other open case, and this one was not put together with another")),
)  # fmt: skip


def found(kind: StepKind, state: State | str, stage: Stage | str, to_stage: Stage | None) -> Allowed | None:
    """The row by which a case in this state and stage takes the step into `to_stage` (None: it stays), or None."""
    rows = (row for row in TABLE if row.kind == kind and row.state == state and stage in row.stages)
    return next((row for row in rows if row.to_stage == to_stage), None)


def leads(state: State | str, stage: Stage | str) -> frozenset[StepKind]:
    """The steps that can follow from this state and stage."""
    return frozenset(row.kind for row in TABLE if row.state == state and stage in row.stages)


def diagram() -> Iterator[str]:
    """The table as the lines of a Mermaid state diagram and of a table, in the language in force."""
    names = {stage: f"{State.OPEN.label}: {stage.label}" for stage in Stage if stage in WORKING}
    yield "```mermaid"
    yield "stateDiagram-v2"
    for stage, name in names.items():
        yield f'  state "{name}" as {stage}'
    yield f'  state "{State.CLOSED.label}" as closed'
    yield f'  state "{State.CLOSED.label}: {S.YOUTH.label}" as youth'
    for row in TABLE:
        if row.to_stage is None and row.to_state == row.state:
            # What leaves a case where it is stands in the table below.
            continue
        for here in (
            sorted(row.stages, key=list(Stage).index)
            if row.state == State.OPEN
            else ["[*]" if row.state is None else "closed"]
        ):
            yield f"  {here} --> {_box(row)}: {row.kind.label}"
    yield "```"
    yield ""
    heads = [str(word) for word in (_("Step"), _("From"), _("To"), _("Needs"))]
    yield f"| {' | '.join(heads)} |"
    yield "| --- | --- | --- | --- |"
    for row in TABLE:
        yield f"| {row.kind.label} | {_stages(row)} | {_end(row)} | {row.needs} |"


def _starts(row: Allowed) -> list[str]:
    if row.state is None:
        return ["[*]"]
    if row.state == State.CLOSED:
        return ["closed"]
    return [str(stage) for stage in Stage if stage in row.stages]


def _box(row: Allowed) -> str:
    if row.to_state == State.CLOSED:
        return str(row.to_stage or "closed")
    return str(row.to_stage)


def _stages(row: Allowed) -> str:
    if row.state is None:
        return "–"
    if row.stages in (WORKING, EVERY):
        return str(row.state.label)
    return ", ".join(str(stage.label) for stage in Stage if stage in row.stages)


def _end(row: Allowed) -> str:
    if row.to_stage is not None:
        return str(row.to_stage.label)
    return str(row.to_state.label) if row.to_state != row.state else "–"
