"""May this be written in a case now, and was it written before?

Everything that is written in a case begins alike: the case's row is locked, so that nobody closes it meanwhile, the actor
writes in it, and the form's key tells a retry from something new.
"""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model

from fravaer.accounts.roles import Action
from fravaer.audit import trail
from fravaer.cases import lifecycle
from fravaer.cases.domains import Domain, domains, may
from fravaer.cases.lifecycle import NotOpen, require_open
from fravaer.cases.models import Case
from fravaer.cases.notes import KeyReused
from fravaer.core.scope import Scope

__all__ = [
    "KeyReused",
    "NotOpen",
    "SavedAlready",
    "author",
    "before",
    "domain_of",
    "left",
    "locked",
    "require_open",
]
LONGEST = 10_000
Row = TypeVar("Row", bound=Model)


class SavedAlready(Exception):
    """The form was saved before with something else in it, or somebody settled the row meanwhile; nothing was written."""


def locked(case: Case, scope: Scope, action: Action = Action.CASE_NOTE) -> Case:
    """The case for nobody else to change until the transaction ends, to one who may do this in it.

    Ask `require_open` of it after `before`, so that a retry is answered like the first.
    """
    if scope.actor_id is None or not may(scope, action, case.pupil_id):
        raise PermissionError(f"the actor may not {action} in this case")
    return lifecycle.locked(case)


def before(
    model: type[Row], key: UUID, case: Case, scope: Scope, *, by: str = "by", **said: Any
) -> Row | None:
    """What the same form has saved already, or None. `by` names the column of the writer.

    Raises KeyReused when it was in another case or by another person, SavedAlready when something else was `said` then.
    """
    row = model._default_manager.filter(key=key).first()
    if row is None:
        return None
    if (getattr(row, "case_id"), getattr(row, f"{by}_id")) != (case.pk, scope.actor_id):  # noqa: B009
        raise KeyReused
    if any(getattr(row, name) != value for name, value in said.items()):
        raise SavedAlready
    return row


def domain_of(scope: Scope, wanted: Domain | None) -> Domain:
    """The domain wanted if it is one of the actor's, else her first."""
    own = domains(scope)
    return wanted if wanted in own else own[0]


def author(scope: Scope) -> int:
    """The id of whoever writes."""
    if scope.actor_id is None:
        raise PermissionError("a case is worked on by a person")
    return scope.actor_id


def left(case: Case, scope: Scope, action: str, **detail: str | int | bool | None) -> None:
    """Leave the change in the trail, as `case.…`, in its own transaction."""
    trail.changed(
        scope.actor_id,
        f"case.{action}",
        role=scope.role,
        subject="case",
        subject_id=case.uuid,
        pupil_ids=[case.pupil_id],
        detail=detail,
    )
