"""What does a register say to somebody who may not know why a child is away?

A substitute registers who is here and who is not, and is told no reason (need to know, forvaltningsloven § 32): to her every
absence is one without a reason. What she saves as that keeps the reason it had.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fravaer.absence.reasons import Mark
from fravaer.absence.standing import State
from fravaer.accounts.fields import Field, visible_fields
from fravaer.core.scope import Scope


def knows_why(scope: Scope) -> bool:
    """Whether the actor is told reasons at all."""
    return Field.REASON in visible_fields(scope)


def seen(mark: Mark, scope: Scope) -> Mark:
    """The mark as the actor may see it."""
    return Mark.ABSENT if mark.is_absence and not knows_why(scope) else mark


def veiled(stands: State, scope: Scope) -> State:
    """The register as the actor may see it, with what was known beforehand."""
    if knows_why(scope):
        return stands
    return replace(
        stands,
        marks={pupil: seen(mark, scope) for pupil, mark in stands.marks.items()},
        suggestions={
            pupil: replace(one, mark=Mark.ABSENT, text="", local_reason_id=None)
            if one.mark.is_absence
            else one
            for pupil, one in stands.suggestions.items()
        },
    )


def meant(marks: Mapping[int, Mark], stands: State) -> dict[int, Mark]:
    """The marks chosen by one who is told no reason: an absence that has a reason, or was known beforehand, keeps it."""
    return {pupil: _meant(pupil, mark, stands) for pupil, mark in marks.items()}


def _meant(pupil: int, mark: Mark, stands: State) -> Mark:
    stood: Mark | None = stands.marks.get(pupil)
    if not stands.taken:
        suggested = stands.suggestions.get(pupil)
        stood = suggested.mark if suggested else None
    return stood if mark is Mark.ABSENT and stood is not None and stood.is_absence else mark
